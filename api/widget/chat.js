// <footnote-chat>: a conversation with the documents of a Footnote server.

import { ask } from "./asking.js";
import { AbortController, CSSStyleSheet, CustomEvent } from "./captured.js";
import { Card } from "./card.js";
import { Conversation } from "./conversation.js";
import { Exchange } from "./exchange.js";
import { follower } from "./follower.js";
import { greetingOf, panelOf } from "./panel.js";
import { READ, settingsOf } from "./settings.js";
import { sourceUrl } from "./sources.js";
import { STYLE } from "./style.css";

const NAME = "footnote-chat";
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

class FootnoteChat extends HTMLElement {
  static observedAttributes = [...READ, "open"];

  #root = this.attachShadow({ __proto__: null, mode: "open" });
  #settings;
  #conversation;
  #parts; // of the frame
  #card;
  #exchanges = new Map(); // element → Exchange
  #asking = null; // AbortController of the question that is being answered

  connectedCallback() {
    if (!this.#parts) this.#build();
  }

  disconnectedCallback() {
    this.stop();
  }

  attributeChangedCallback(name) {
    if (!this.#parts) return;
    if (name === "open") this.#opened();
    else this.#build();
  }

  /** The address of the server, without a slash at its end. */
  get endpoint() {
    return settingsOf(this).endpoint;
  }

  /** The collection that is asked, "" for the library that needs no name. */
  get collection() {
    return settingsOf(this).collection;
  }

  get open() {
    return this.hasAttribute("open");
  }

  set open(open) {
    this.toggleAttribute("open", Boolean(open));
  }

  /** The answers of the conversation, the earliest first. */
  get answers() {
    return this.#conversation?.answers ?? [];
  }

  /** Ask a question; the answer, or null if none came. One that is still being answered is stopped. */
  async ask(question) {
    this.stop();
    const control = (this.#asking = new AbortController());
    const exchange = this.#add(question);
    const { form, log } = this.#parts;
    const follow = follower(log, exchange.element);
    const conversation = this.#conversation;
    exchange.wait();
    follow();
    form.setBusy(true);
    this.#emit("footnote-asked", { question });
    try {
      const body = { question, history: conversation.history };
      const heard = (name, value) => (exchange.heard(name, value), follow());
      const answer = await ask(`${this.#settings.base}/ask`, body, control.signal, heard);
      exchange.finish(answer, (passage) => this.#show(passage, answer));
      conversation.add(question, answer);
      this.#emit("footnote-answer", { answer });
      return answer;
    } catch (failure) {
      exchange.fail(failure, () => this.#again(exchange, question));
      return null;
    } finally {
      follow();
      if (this.#asking === control) {
        this.#asking = null;
        form.setBusy(false);
      }
    }
  }

  /** Put in an answer that was given before, as the latest; the answer. */
  put(answer) {
    this.#add(answer.question).finish(answer, (passage) => this.#show(passage, answer));
    this.#conversation.add(answer.question, answer);
    return answer;
  }

  /** Give the focus to the footnote that is read, or else to the field. */
  focus() {
    const { log, form } = this.#parts;
    (log.querySelector(".footnote[aria-current]") ?? form.field).focus();
  }

  /** Stop the answer that is coming. */
  stop() {
    this.#asking?.abort();
  }

  /** Begin a new conversation; the old one is forgotten. */
  clear() {
    this.stop();
    this.#conversation.clear();
    this.#fill();
    this.#parts.form.field.focus();
  }

  /** Mark a footnote as the one that is read; with none, mark none. */
  select(answer, number) {
    for (const footnote of this.#parts.log.querySelectorAll(".footnote")) {
      const exchange = this.#exchangeOf(footnote);
      const read = exchange?.answer?.id === answer && footnote.dataset.number === String(number);
      if (read) footnote.setAttribute("aria-current", "true");
      else footnote.removeAttribute("aria-current");
    }
  }

  #build() {
    this.stop();
    this.#settings = settingsOf(this);
    const { name } = this.#settings;
    if (this.#conversation?.name !== name) this.#conversation = new Conversation(name);
    this.#root.adoptedStyleSheets = [sheet];
    this.#parts = panelOf(this.#settings, {
      toggle: () => this.#toggle(),
      clear: () => this.clear(),
      ask: (question) => this.ask(question),
      stop: () => this.stop(),
    });
    const { frame, panel, log } = this.#parts;
    const found = (footnote) => this.#exchangeOf(footnote)?.citation(footnote);
    this.#card = new Card(this.#root, log, this.#settings.words, found, (citation, footnote) =>
      this.#show(citation, this.#exchangeOf(footnote).answer),
    );
    panel.append(this.#card.element);
    frame.addEventListener("keydown", (event) => event.key === "Escape" && this.open && this.#toggle());
    this.#root.replaceChildren(frame);
    this.#fill();
    this.#opened();
  }

  // The log anew: what was kept of the conversation, or the greeting.
  #fill() {
    this.#card.hide();
    this.#exchanges.clear();
    const { log, form } = this.#parts;
    log.replaceChildren();
    for (const { question, answer } of this.#conversation.exchanges) {
      this.#add(question).finish(answer, (passage) => this.#show(passage, answer));
    }
    if (!this.#exchanges.size) log.append(greetingOf(this.#settings, (question) => (form.field.focus(), this.ask(question))));
  }

  #add(question) {
    if (!this.#exchanges.size) this.#parts.log.replaceChildren();
    const exchange = new Exchange(question, this.#settings);
    this.#exchanges.set(exchange.element, exchange);
    this.#parts.log.append(exchange.element);
    return exchange;
  }

  #again(exchange, question) {
    this.#exchanges.delete(exchange.element);
    exchange.element.remove();
    this.#parts.form.field.focus();
    this.ask(question);
  }

  #exchangeOf(footnote) {
    return this.#exchanges.get(footnote.closest("article"));
  }

  #show(citation, answer) {
    this.#card.hide();
    const proceed = this.#emit("footnote-open", { citation, answer });
    if (proceed) window.open(sourceUrl(this.#settings, citation), "_blank", "noopener,noreferrer");
  }

  #emit(name, detail) {
    return this.dispatchEvent(new CustomEvent(name, { __proto__: null, detail, bubbles: true, composed: true, cancelable: true }));
  }

  #toggle() {
    if (this.#settings.inline) return;
    this.open = !this.open;
    const { bubble, form } = this.#parts;
    (this.open ? form.field : bubble).focus();
  }

  #opened() {
    const { bubble, panel } = this.#parts;
    const open = this.open || this.#settings.inline;
    panel.hidden = !open;
    bubble.setAttribute("aria-expanded", String(open));
    if (!open) this.#card.hide();
  }
}

if (!customElements.get(NAME)) customElements.define(NAME, FootnoteChat);
