// The card of a footnote: the quote in its context, and where it stands. It shows on hover, focus or tap.

import { CSSStyleSheet, clearTimeout, setTimeout } from "./captured.js";
import { button, element } from "./elements.js";
import { placeOf, positionOf } from "./sources.js";
import { filled } from "./words.js";

const PATIENCE = 200; // milliseconds in which the pointer may go from the footnote to its card
const MARGIN = 8; // pixels around the card

export class Card {
  element = element("div", { class: "card", id: "card", role: "group", hidden: "" });
  #place = new CSSStyleSheet(); // where the card is: a `style` attribute would be against the policy of strict pages
  #log;
  #words;
  #found;
  #open;
  #of = null; // the footnote it belongs to
  #touched = false; // whether the click that is to come is a tap on a footnote whose card did not show
  #leaving = 0;
  #escaped = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.hide();
  };

  /** root: the shadow root. found: footnote → citation, or nothing before the answer is whole. open: shows a citation in its source. */
  constructor(root, log, words, found, open) {
    [this.#log, this.#words, this.#found, this.#open] = [log, words, found, open];
    this.#place.replaceSync(".card { left: 0; top: 0; max-height: none; }");
    root.adoptedStyleSheets = [root.adoptedStyleSheets[0], this.#place];
    const listen = (name, does) => log.addEventListener(name, (event) => does(event, event.target.closest(".footnote")));
    listen("pointerover", ({ pointerType }, footnote) => footnote && pointerType !== "touch" && this.show(footnote));
    listen("pointerout", (_, footnote) => footnote && this.#leave());
    listen("pointerdown", ({ pointerType }, footnote) => (this.#touched = pointerType === "touch" && footnote !== this.#of));
    listen("focusin", (_, footnote) => footnote && this.show(footnote));
    listen("focusout", (_, footnote) => footnote && this.#leave());
    listen("click", (event, footnote) => footnote && this.#pressed(footnote));
    listen("keydown", (event, footnote) => footnote && footnote === this.#of && this.#scrolled(event));
    log.addEventListener("scroll", () => this.#of && this.#put());
    this.element.addEventListener("pointerenter", () => clearTimeout(this.#leaving));
    for (const name of ["pointerleave", "focusout"]) this.element.addEventListener(name, () => this.#leave());
  }

  show(footnote) {
    clearTimeout(this.#leaving);
    const citation = this.#found(footnote);
    if (!citation || footnote === this.#of) return;
    this.hide();
    this.#of = footnote;
    footnote.setAttribute("aria-expanded", "true");
    footnote.setAttribute("aria-describedby", "card");
    this.element.setAttribute("aria-label", filled(this.#words.footnote, citation.number));
    this.element.replaceChildren(...this.#content(citation));
    this.element.hidden = false;
    document.addEventListener("keydown", this.#escaped, true); // the pointer may show a card while the focus is elsewhere
    this.#put();
  }

  hide() {
    clearTimeout(this.#leaving);
    this.#of?.setAttribute("aria-expanded", "false");
    this.#of?.removeAttribute("aria-describedby");
    this.#of = null;
    this.element.hidden = true;
    document.removeEventListener("keydown", this.#escaped, true);
  }

  #leave() {
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => this.element.matches(":hover, :focus-within") || this.hide(), PATIENCE);
  }

  #pressed(footnote) {
    const citation = this.#found(footnote);
    if (!citation) return;
    if (this.#touched) this.show(footnote);
    else this.#open(citation, footnote);
    this.#touched = false;
  }

  // The focus stays on the footnote, so that the arrow keys have to reach the card from there.
  #scrolled(event) {
    const lines = { __proto__: null, ArrowDown: 2, ArrowUp: -2 }[event.key];
    if (!lines || this.element.scrollHeight === this.element.clientHeight) return;
    event.preventDefault();
    this.element.scrollBy(0, lines * 20);
  }

  #content(citation) {
    const context = element("p", {}, `… ${citation.prefix}`, element("mark", {}, citation.quote), `${citation.suffix} …`);
    const place = element("p", { class: "place" }, `${placeOf(citation)}, ${positionOf(citation, this.#words)}`);
    const footnote = this.#of;
    return [context, place, button({ class: "plain" }, this.#words.source, () => this.#open(citation, footnote))];
  }

  // Below its footnote, or above it where there is more room, and never over it; gone once the footnote is scrolled out of sight.
  #put() {
    const frame = this.element.parentNode.getBoundingClientRect();
    const log = this.#log.getBoundingClientRect();
    const mark = this.#of.getBoundingClientRect();
    if (mark.bottom < log.top || mark.top > log.bottom) return this.hide();
    const { style } = this.#place.cssRules[0];
    style.setProperty("max-height", "none");
    const { width, height } = this.element.getBoundingClientRect();
    const below = frame.bottom - mark.bottom - 2 * MARGIN;
    const above = mark.top - frame.top - 2 * MARGIN;
    const over = height > below && above > below;
    const top = over ? mark.top - Math.min(height, above) - MARGIN / 2 : mark.bottom + MARGIN / 2;
    const left = Math.min(mark.left - frame.left, frame.width - width) - MARGIN;
    style.setProperty("max-height", `${over ? above : below}px`);
    style.setProperty("left", `${Math.max(MARGIN, left)}px`);
    style.setProperty("top", `${top - frame.top}px`);
  }
}
