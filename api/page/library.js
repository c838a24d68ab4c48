// The library: what is in a collection, what comes in and what goes.

import { placeOf } from "./address.js";
import { Anatomy } from "./anatomy.js";
import { element, problemOf } from "./elements.js";
import { Listing } from "./listing.js";
import { pathOf, request } from "./server.js";
import { Uploads } from "./uploads.js";

export class Library {
  #documents;
  #on;
  #collection = "";
  #said = element("div", { role: "status" });
  #uploads = new Uploads((collection) => this.#changed(collection));
  #listing = new Listing();
  #anatomy;

  /** on: what is done on `go(place)`, and when `made(collection)` there is a new collection. */
  constructor(view, documents, on) {
    this.#documents = documents;
    this.#on = on;
    this.#anatomy = new Anatomy(documents, (about) => this.#remove(about));
    const made = collectionForm((name) => this.#make(name));
    const list = element("div", { class: "pane" }, this.#uploads.element, this.#said, this.#listing.element, made);
    view.replaceChildren(list, this.#anatomy.element);
  }

  /** Show a collection, and one of its documents if the place names one. */
  async show({ collection, document }) {
    const isOther = collection !== this.#collection;
    this.#collection = collection;
    this.#uploads.into(collection);
    this.#said.replaceChildren();
    await Promise.all([this.#listing.show(collection, document, isOther), this.#anatomy.show(collection, document)]);
  }

  async #changed(collection) {
    this.#documents.forget();
    if (collection === this.#collection) await this.#listing.read();
  }

  async #remove({ id, title }) {
    if (!window.confirm(`Remove “${title}” with all its versions? Citations of it can be looked up no more.`)) return;
    const collection = this.#collection;
    await this.#trying(async () => {
      await request(pathOf(collection, "documents", id), { method: "DELETE" });
      await this.#changed(collection);
      this.#on.go(placeOf({ view: "library", collection }));
      this.#said.replaceChildren(element("p", { class: "note" }, `“${title}” was removed.`));
    });
  }

  async #make(name) {
    await this.#trying(async () => {
      await request(pathOf("", "collections", name), { method: "PUT" });
      this.#on.made(name);
    });
  }

  async #trying(change) {
    try {
      await change();
    } catch (error) {
      this.#said.replaceChildren(problemOf(error));
    }
  }
}

function collectionForm(make) {
  const pattern = "[a-z0-9][a-z0-9_\\-]{0,63}";
  const told = { title: "Lower-case letters, digits, - and _", placeholder: "name", "aria-label": "Name of a new collection" };
  const name = element("input", { required: "", pattern, ...told });
  const form = element("form", { class: "row quiet" }, name, element("button", { type: "submit", class: "plain" }, "Make a collection"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    make(name.value);
    name.value = "";
  });
  return form;
}
