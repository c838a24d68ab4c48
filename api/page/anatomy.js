// The anatomy of a document: what is known of it, its versions, and the passages it was split into.

import { placeLink, placeName, spanLink } from "./citing.js";
import { fileOf, standingOf } from "./documents.js";
import { button, counted, element, problemOf } from "./elements.js";
import { pathOf, requestJson } from "./server.js";

const NONE = "Choose a document to see what is known of it, and the passages it was split into.";

export class Anatomy {
  element = element("div", { class: "pane", id: "anatomy" });
  #documents;
  #remove;
  #shown = "";

  /** remove: what is done when a document is to go. */
  constructor(documents, remove) {
    this.#documents = documents;
    this.#remove = remove;
  }

  /** Show a document; none is shown without an id. */
  async show(collection, id) {
    const shown = (this.#shown = JSON.stringify([collection, id]));
    if (!id) return this.element.replaceChildren(element("p", { class: "note" }, NONE));
    try {
      const version = await this.#documents.version(collection, id, "");
      const { versions } = await requestJson(pathOf(collection, "documents", id, "versions"));
      if (shown === this.#shown) this.element.replaceChildren(...this.#partsOf(version, versions, collection));
    } catch (error) {
      if (shown === this.#shown) this.element.replaceChildren(problemOf(error));
    }
  }

  *#partsOf({ about, text }, versions, collection) {
    yield element("h2", {}, about.title);
    yield this.#actionsOf(about, collection);
    yield knownOf(about);
    if (versions.length > 1) yield versionsOf(about, versions, collection);
    yield element("h3", {}, counted(about.split.length, "passage"));
    const passages = about.split.map((passage, index) => passageOf(passage, index + 1, about, text, collection));
    yield element("ol", { class: "passages" }, ...passages);
  }

  #actionsOf(about, collection) {
    const read = placeLink({ collection, document: about.id }, "Read");
    const file = element("a", { href: fileOf(collection, about) }, "File");
    return element("p", { class: "row" }, read, file, button({ class: "plain" }, "Remove", () => this.#remove(about)));
  }
}

function knownOf(about) {
  const { metadata, pages, characters, authors, date, doi, source, kind, sha256, notes } = about;
  const size = [pages && counted(pages, "page"), counted(characters, "character")].filter(Boolean).join(", ");
  const said = Object.entries(metadata).map(([name, value]) => [name, [value].flat().join(", ")]);
  const itself = { Authors: authors.join(", "), Date: date, DOI: doi, Source: source, Format: kind, Size: size, "SHA-256": sha256 };
  const rows = [...Object.entries(itself), ...said, ["Left out", notes.join(" ")]].filter(([, value]) => value);
  return element("dl", {}, ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

function versionsOf(about, versions, collection) {
  const items = versions.map(({ sha256, present, characters }) => {
    const version = sha256.slice(0, 16);
    const link = placeLink({ collection, document: about.id, version }, version);
    return element("li", {}, link, ` ${counted(characters, "character")}${present ? ", the present one" : ""}`);
  });
  return element("details", {}, element("summary", {}, counted(versions.length, "version")), element("ul", {}, ...items));
}

function passageOf({ section, start, end }, number, about, text, collection) {
  const { page } = standingOf(about, start);
  const place = placeName(`${number}`, { section, page });
  const link = spanLink({ document: about, start, end }, { collection });
  const content = element("p", { class: "content" }, text.slice(start, end));
  return element("li", {}, element("p", { class: "place" }, `${place} · `, link), content);
}
