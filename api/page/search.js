// The search view: the passages an answer would be chosen from, and why each was found.

import { placeOf } from "./address.js";
import { placeName, spanLink } from "./citing.js";
import { element, problemOf } from "./elements.js";
import { fill } from "./marks.js";
import { pathOf, requestJson } from "./server.js";
import { Text } from "./texts.js";

const MOST = 20; // passages
const LOOK = "What to look for";
const SCORES = { Fused: "score", Words: "text_score", Meaning: "vector_score" };

export class Search {
  #field = element("input", { type: "search", name: "q", maxlength: "2000", required: "", "aria-label": LOOK, placeholder: LOOK });
  #found = element("div", { "aria-live": "polite" });
  #place = placeOf({});

  constructor(view, go) {
    const form = element("form", { class: "row", role: "search" }, this.#field, element("button", { type: "submit" }, "Search"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      go(placeOf({ view: "search", collection: this.#place.collection, q: this.#field.value }));
    });
    const told = "Passages by their fused score; words by BM25, meaning by the cosine of the embeddings. An answer is chosen from these.";
    view.replaceChildren(element("div", { class: "pane" }, form, element("p", { class: "note" }, told), this.#found));
  }

  /** Show what is found for the words of a place. */
  async show(place) {
    this.#place = place;
    this.#field.value = place.q;
    if (!place.q) return this.#found.replaceChildren();
    try {
      const query = new URLSearchParams({ q: place.q, limit: MOST });
      const { passages, notes } = await requestJson(`${pathOf(place.collection, "search")}?${query}`);
      if (place === this.#place) this.#found.replaceChildren(...listOf(passages, notes, place.collection));
    } catch (error) {
      if (place === this.#place) this.#found.replaceChildren(problemOf(error));
    }
  }
}

function* listOf(passages, notes, collection) {
  for (const note of notes) yield element("p", { class: "note" }, note);
  if (!passages.length) yield element("p", {}, "Nothing was found.");
  const most = { score: highest(passages, "score"), text_score: highest(passages, "text_score"), vector_score: 1 };
  yield element("ol", { class: "found" }, ...passages.map((passage) => passageOf(passage, most, collection)));
}

function highest(passages, score) {
  return Math.max(...passages.map((passage) => passage[score]));
}

function passageOf(passage, most, collection) {
  const place = element("p", { class: "place" }, `${placeName(passage.document.title, passage)} · `, spanLink(passage, { collection }));
  const words = passage.terms.map(({ term }) => term).join(", ");
  const why = element("p", { class: "why" }, words ? `Words found: ${words}` : "None of the words; found by its meaning");
  return element("li", {}, place, contentOf(passage), why, scoresOf(passage, most));
}

function contentOf({ text, terms }) {
  const content = element("p", { class: "content" });
  const spans = terms.flatMap((term) => term.spans).map(([start, end]) => ({ start, end }));
  const whole = new Text(text);
  fill(content, whole, { start: 0, end: whole.length }, spans);
  return content;
}

function scoresOf(passage, most) {
  const rows = Object.entries(SCORES).map(([label, name]) => {
    const score = passage[name];
    const bar = element("meter", { min: "0", max: most[name] || 1, value: Math.max(score, 0), "aria-label": label });
    return element("span", { class: "score" }, label, bar, score.toFixed(3));
  });
  return element("p", { class: "scores" }, ...rows);
}
