// One question and what became of it, in the log of a conversation.

import { abstentionOf, restOf, understoodOf } from "./answers.js";
import { copied, textOf } from "./copying.js";
import { button, element } from "./elements.js";
import { verdictsOf } from "./feedback.js";
import { sentenceOf } from "./sentences.js";
import { filled } from "./words.js";

export class Exchange {
  answer = null;
  #question;
  #settings;
  #understood = element("div", {});
  #sentences = element("div", { class: "sentences" });
  #rest = element("div", {});
  #streamed = [];

  constructor(question, settings) {
    this.#question = question;
    this.#settings = settings;
    const asked = element("p", { class: "question" }, element("span", { class: "unseen" }, `${settings.words.asked} `), question);
    this.element = element("article", {}, asked, this.#understood, this.#sentences, this.#rest);
  }

  wait() {
    this.#rest.replaceChildren(element("p", { class: "note waiting" }, this.#settings.words.looking));
  }

  /** Take an event of the stream. */
  heard(name, value) {
    if (name === "standalone_question") this.#understand(value.standalone_question);
    if (name !== "sentence") return;
    this.#rest.replaceChildren();
    this.#streamed.push(value);
    this.#sentences.append(sentenceOf(value, this.#settings.words));
  }

  /** The whole answer takes the place of what was streamed; sentences that are the same stay, and are not said again. */
  finish(answer, open) {
    const { words } = this.#settings;
    this.answer = answer;
    this.element.dataset.answer = answer.id;
    this.#understand(answer.standalone_question);
    const lines = answer.sentences.map((one) => sentenceOf(one, words));
    if (!same(lines, this.#sentences.children)) this.#sentences.replaceChildren(...lines);
    for (const footnote of this.#sentences.querySelectorAll(".footnote")) footnote.setAttribute("aria-disabled", "false");
    if (answer.status === "abstained") this.#sentences.replaceChildren(abstentionOf(answer, words, open));
    this.#rest.replaceChildren(...restOf(answer, words), this.#actions(answer));
  }

  /** Say why there is no answer, or not all of it, and offer to ask again. */
  fail({ kind, detail }, again) {
    const { words } = this.#settings;
    const told = typeof detail === "number" ? filled(words.refused, detail) : detail || words[kind] || words.cut;
    this.element.classList.toggle("incomplete", this.#streamed.length > 0);
    const lines = [element("p", { class: "problem" }, told)];
    if (this.#streamed.length && kind === "refused") lines.push(element("p", { class: "note" }, words.cut));
    this.#rest.replaceChildren(...lines, button({ class: "plain" }, words.again, again));
  }

  /** The citation that a footnote of this answer is of. */
  citation(footnote) {
    return this.answer?.citations.find((one) => String(one.number) === footnote.dataset.number);
  }

  #understand(standalone) {
    this.#understood.replaceChildren(...understoodOf(this.#question, standalone, this.#settings.words));
  }

  #actions(answer) {
    const { words } = this.#settings;
    const place = element("div", {});
    const copy = button({ class: "plain" }, words.copy, async () => {
      const box = await copied(textOf(answer, this.#settings), words.select);
      place.replaceChildren(box || element("p", { class: "note", role: "status" }, words.copied));
      box?.select();
    });
    const row = element("div", { class: "actions" }, copy, ...verdictsOf(answer, this.#settings, place));
    return element("div", { "aria-live": "off" }, row, place);
  }
}

function same(lines, others) {
  return lines.length === others.length && lines.every((line, number) => line.isEqualNode(others[number]));
}
