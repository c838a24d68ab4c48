// A sentence of an answer, and the numbers of its footnotes behind it.

import { from } from "./captured.js";
import { button, element } from "./elements.js";
import { filled } from "./words.js";

/**
 * A sentence, with what answers most shortly in bold. Its footnotes are quiet numbers until the whole answer is there.
 * Nothing is put into the sentence later, so that a screen reader says it once.
 */
export function sentenceOf(sentence, words) {
  const line = element("p", { class: sentence.context ? "sentence context" : "sentence" });
  line.append(...highlighted(sentence));
  for (const number of sentence.citations) line.append(footnoteOf(number, words));
  return line;
}

/** The button of a footnote; what it does is the card's part. */
export function footnoteOf(number, words, quiet = "true") {
  const label = filled(words.footnote, number);
  return button({ class: "footnote", "data-number": number, "aria-label": label, "aria-disabled": quiet }, String(number), () => {});
}

// Offsets count code points, not the UTF-16 units of a string.
function* highlighted({ text, highlights }) {
  const points = from(text);
  let at = 0;
  for (const [start, end] of highlights) {
    yield points.slice(at, start).join("");
    yield element("strong", {}, points.slice(start, end).join(""));
    at = end;
  }
  yield points.slice(at).join("");
}
