// How a place in a document is named, and the link that leads there.

import { addressOf, placeOfCited } from "./address.js";
import { element } from "./elements.js";

/** What it is in, from the outside in: `title › section › page 3`. */
export function placeName(title, { section, page }) {
  return [title, ...section, page && `page ${page}`].filter(Boolean).join(" › ");
}

/** A link to the characters of a citation, or of a passage; more: the rest of the place. */
export function spanLink(cited, more) {
  return element("a", { href: addressOf(placeOfCited(cited, more)) }, `characters ${cited.start}–${cited.end}`);
}
