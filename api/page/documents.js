// Documents: what is known of a version, and its text.

import { pathOf, request, requestJson } from "./server.js";
import { Text } from "./texts.js";

const KEPT = 8; // versions that are not asked for again

export class Documents {
  #kept = new Map(); // path → promise of a version

  /** A version of a document, the present one if none is named: `about`, as the server describes it, and `text`. */
  async version(collection, id, version) {
    const key = JSON.stringify([collection, id, version]);
    if (!version || !this.#kept.has(key)) this.#keep(key, read(collection, id, version));
    return this.#kept.get(key);
  }

  /** Ask for everything anew: documents were changed. */
  forget() {
    this.#kept.clear();
  }

  #keep(key, promise) {
    this.#kept.set(key, promise);
    promise.catch(() => this.#kept.delete(key));
    for (const old of [...this.#kept.keys()].slice(0, -KEPT)) this.#kept.delete(old);
  }
}

async function read(collection, id, version) {
  const path = pathOf(collection, "documents", id);
  const query = new URLSearchParams({ version });
  const [about, content] = await Promise.all([requestJson(`${path}?${query}`), request(`${path}/text?${query}`)]);
  return { about, text: new Text(await content.text()) };
}

/** The address of a version's file; with a page, that at which a PDF is shown. */
export function fileOf(collection, about, page) {
  const query = new URLSearchParams({ version: about.sha256.slice(0, 16), ...(page ? { inline: true } : {}) });
  return `${pathOf(collection, "documents", about.id, "file")}?${query}${page ? `#page=${page}` : ""}`;
}

/** Who wrote it, when, and where it comes from. */
export function originOf(about) {
  return [about.authors.join(", "), about.date, about.source].filter(Boolean).join(" · ");
}

/** Where an offset of a document stands: the titles of its sections, and its page, 0 without pages. */
export function standingOf(about, offset) {
  const passage = about.split.find((one) => one.end > offset) ?? about.split.at(-1); // a heading stands before its passages
  return { section: passage?.section ?? [], page: about.page_starts.filter((start) => start <= offset).length };
}
