// What an answer shows beside its sentences.

import { button, element } from "./elements.js";
import { footnoteOf } from "./sentences.js";
import { placeOf, positionOf } from "./sources.js";
import { filled } from "./words.js";

/** How a question was understood; nothing if it was as it stands. */
export function understoodOf(question, standalone, words) {
  const differs = standalone && standalone !== question.trim();
  return differs ? [element("p", { class: "note" }, filled(words.understood, standalone))] : [];
}

/** What follows the sentences of an answer: sources that disagree, and what it had to do without. */
export function* restOf(answer, words) {
  for (const { citations } of answer.conflicts) {
    const sides = citations.map((number) => answer.citations.find((one) => one.number === number));
    yield element("div", { class: "conflict" }, element("p", { class: "note" }, words.disagree), ...sides.map((one) => sideOf(one, words)));
  }
  for (const note of answer.notes) yield element("p", { class: "note" }, note);
}

function sideOf(citation, words) {
  const foot = element("footer", {}, footnoteOf(citation.number, words, "false"), ` ${placeOf(citation)}`);
  return element("blockquote", {}, citation.quote, foot);
}

/** An abstention: why, and the closest passages as what they are. `open(passage)` shows one in its source. */
export function abstentionOf(answer, words, open) {
  const box = element("div", { class: "abstained" }, element("p", {}, words[answer.reason] || answer.text));
  if (answer.closest.length) box.append(element("p", { class: "note" }, words.closest));
  for (const passage of answer.closest) {
    const place = `${placeOf(passage)}, ${positionOf(passage, words)}`;
    const source = button({ class: "plain" }, words.source, () => open(passage));
    box.append(element("div", { class: "closest" }, element("p", {}, passage.text), element("p", { class: "place" }, place), source));
  }
  return box;
}
