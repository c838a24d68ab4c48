// Where a citation, or a passage that is not an answer, stands.

import { URLSearchParams } from "./captured.js";
import { filled } from "./words.js";

/** The address that shows a document at the very characters, in the version that was cited. */
export function sourceUrl(settings, cited) {
  const query = new URLSearchParams();
  query.append("document", cited.document.id);
  query.append("version", cited.document.sha256.slice(0, 16));
  if (settings.collection) query.append("collection", settings.collection);
  return `${settings.endpoint}/?${query}#char=${Number(cited.start)},${Number(cited.end)}`;
}

/** Title and sections. */
export function placeOf(cited) {
  return [cited.document.title, ...cited.section].join(" › ");
}

/** The page, if there are pages, and the characters. */
export function positionOf(cited, words) {
  const characters = filled(words.characters, `${cited.start}–${cited.end}`);
  return cited.page ? `${filled(words.page, cited.page)}, ${characters}` : characters;
}
