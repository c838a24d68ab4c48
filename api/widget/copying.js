// An answer with its footnotes as plain text.

import { element } from "./elements.js";
import { placeOf, positionOf, sourceUrl } from "./sources.js";
import { filled } from "./words.js";

/** The text of an answer: what stands in it, and of each footnote the quote, its place, its version and its address. */
export function textOf(answer, settings) {
  const lines = [answer.question.trim()];
  if (answer.standalone_question !== answer.question.trim()) lines.push(filled(settings.words.understood, answer.standalone_question));
  lines.push("", answer.text, ...answer.notes);
  for (const { citations } of answer.conflicts) lines.push(`${settings.words.disagree}: ${citations.map((one) => `[${one}]`).join(" ")}`);
  return [...lines, ...answer.citations.flatMap((one) => footnote(one, settings)), ""].join("\n");
}

function footnote(citation, settings) {
  return [
    "",
    `[${citation.number}] “${citation.quote}”`,
    `    ${placeOf(citation)}, ${positionOf(citation, settings.words)}`,
    `    ${citation.document.source}, sha256 ${citation.document.sha256}`,
    `    ${sourceUrl(settings, citation)}`,
  ];
}

/** Put a text into the clipboard; where a page may not, give a box to copy it from. */
export async function copied(text, label) {
  try {
    await navigator.clipboard.writeText(text);
    return null;
  } catch {
    const box = element("textarea", { readonly: "", rows: "6", "aria-label": label });
    box.value = text;
    return box;
  }
}
