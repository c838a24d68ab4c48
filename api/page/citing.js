// How a place is named, and the link that leads there.

import { addressOf, placeOf, placeOfCited } from "./address.js";
import { element } from "./elements.js";

/** What it is in, from the outside in: `title › section › page 3`. */
export function placeName(title, { section, page }) {
  return [title, ...section, page && `page ${page}`].filter(Boolean).join(" › ");
}

/** A link to a place; said: what is said of it, as `placeOf` takes it. */
export function placeLink(said, text) {
  return element("a", { href: addressOf(placeOf(said)) }, text);
}

/** A link to the characters of a citation, or of a passage; more: the rest of the place. */
export function spanLink(cited, more) {
  return placeLink(placeOfCited(cited, more), `characters ${cited.start}–${cited.end}`);
}
