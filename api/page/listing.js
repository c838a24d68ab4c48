// The list of the documents of a collection.

import { placeLink } from "./citing.js";
import { originOf } from "./documents.js";
import { button, counted, element, problemOf } from "./elements.js";
import { pathOf, requestJson } from "./server.js";

const SHOWN = 100; // documents that come into view at once
const READ = 1000; // that the server is asked for at once

export class Listing {
  element = element("section", { "aria-label": "Documents" });
  #filter = element("input", { type: "search", placeholder: "Title, author, file, …", "aria-label": "Show only documents with" });
  #count = element("p", { class: "note", role: "status" });
  #list = element("ul", { class: "documents" });
  #more = button({ class: "plain" }, "Show more", () => this.#fill((this.#most += SHOWN)));
  #collection = "";
  #selected = "";
  #documents = [];
  #most = SHOWN;
  #turn = 0;

  constructor() {
    this.#filter.addEventListener("input", () => this.#fill((this.#most = SHOWN)));
    this.element.append(this.#filter, this.#count, this.#list, this.#more);
  }

  /** Show the documents of a collection, one of them as selected. */
  async show(collection, selected, isOther) {
    this.#collection = collection;
    this.#selected = selected;
    if (isOther || !this.#documents.length) await this.read();
    else this.#fill();
  }

  /** Read the list anew, all of its pages. */
  async read() {
    const turn = ++this.#turn;
    const found = [];
    try {
      for (let next = ""; next !== null; ) {
        const page = await requestJson(`${pathOf(this.#collection, "documents")}?${new URLSearchParams({ limit: READ, after: next })}`);
        if (turn !== this.#turn) return;
        found.push(...page.documents);
        next = page.next;
        this.#documents = found;
        this.#fill();
      }
    } catch (error) {
      this.#list.replaceChildren(problemOf(error));
    }
  }

  #fill() {
    const words = this.#filter.value.toLowerCase().split(/\s+/);
    const chosen = this.#documents.filter((one) => words.every((word) => `${one.title} ${originOf(one)}`.toLowerCase().includes(word)));
    const [all, some] = [counted(this.#documents.length, "document"), chosen.length.toLocaleString("en")];
    this.#count.textContent = chosen.length === this.#documents.length ? all : `${some} of ${all}`;
    this.#list.replaceChildren(...chosen.slice(0, this.#most).map((one) => this.#itemOf(one)));
    this.#more.hidden = chosen.length <= this.#most;
  }

  #itemOf(about) {
    const link = placeLink({ view: "library", collection: this.#collection, document: about.id }, about.title);
    if (about.id === this.#selected) link.setAttribute("aria-current", "true");
    return element("li", {}, link, element("p", { class: "place" }, `${originOf(about)} · ${counted(about.passages, "passage")}`));
  }
}
