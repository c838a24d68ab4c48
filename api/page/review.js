// The review: the questions of one sitting, and a verdict on each citation.

import { placeOf } from "./address.js";
import { placeLink } from "./citing.js";
import { button, counted, element } from "./elements.js";
import { exportsOf } from "./exporting.js";
import { Reviewed } from "./reviewed.js";
import { progressOf } from "./sitting.js";

export class Review {
  #sitting;
  #go;
  #list = element("ol", { class: "questions" });
  #progress = element("p", { class: "note", role: "status" });
  #outlet = element("div");
  #reviewed;
  #place = placeOf({});

  constructor(view, sitting, go) {
    this.#sitting = sitting;
    this.#go = go;
    this.#reviewed = new Reviewed(sitting);
    const clear = button({ class: "plain" }, "Forget this sitting", () => this.#clear());
    const heading = element("h2", {}, "Questions of this sitting");
    const list = element("div", { class: "pane" }, heading, this.#progress, this.#list, this.#outlet, clear);
    view.replaceChildren(list, this.#reviewed.element);
    sitting.addEventListener("change", () => this.#fill());
  }

  /** Show the sitting, and the answer that the place names, or the first. */
  show(place) {
    this.#place = place;
    this.#outlet.replaceChildren(exportsOf(() => this.#entries()));
    this.#fill();
    this.#reviewed.show(this.#sitting.find(place.answer) ?? this.#entries()[0]);
  }

  /** Go to the citation that is so many further on, also in the next answer. */
  step(by) {
    if (this.#reviewed.step(by)) return;
    const entries = this.#entries();
    const next = entries[entries.indexOf(this.#reviewed.entry) + by];
    if (next) this.#go(placeOf({ view: "review", collection: this.#place.collection, answer: next.answer.id }));
  }

  /** A key was pressed: a, r, w are verdicts. */
  pressed(key) {
    this.#reviewed.pressed(key);
  }

  #entries() {
    return this.#sitting.entries.filter((entry) => entry.collection === this.#place.collection);
  }

  #fill() {
    const entries = this.#entries();
    const sums = entries.map(progressOf).reduce(([done, all], [some, of]) => [done + some, all + of], [0, 0]);
    this.#progress.textContent = entries.length ? `${sums[0]} of ${counted(sums[1], "citation")} reviewed` : "Nothing was asked yet.";
    this.#list.replaceChildren(...entries.map((entry) => this.#itemOf(entry)));
    this.#outlet.hidden = !entries.length;
  }

  #itemOf({ answer, collection, reviews }) {
    const link = placeLink({ view: "review", collection, answer: answer.id }, answer.question);
    if (answer.id === this.#reviewed.entry?.answer.id) link.setAttribute("aria-current", "true");
    const [done, all] = progressOf({ answer, reviews });
    return element("li", {}, link, element("span", { class: "note" }, all ? ` ${done}/${all}` : " no answer"));
  }

  #clear() {
    if (!window.confirm("Forget the questions of this sitting and what was said of their citations?")) return;
    this.#sitting.clear();
    this.show(placeOf({ ...this.#place, answer: "" }));
  }
}
