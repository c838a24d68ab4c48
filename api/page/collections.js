// Which collection is asked and read.

import { element } from "./elements.js";
import { requestJson } from "./server.js";

export class Collections {
  #select;
  #label;
  #names = null; // promise

  /** chosen: what is done when another one is chosen. */
  constructor(label, chosen) {
    this.#label = label;
    this.#select = label.querySelector("select");
    this.#select.addEventListener("change", () => chosen(this.#select.value));
  }

  /** Show which one it is; where there are none, none can be chosen. */
  async show(collection) {
    this.#names ??= requestJson("collections");
    const { collections } = await this.#names.catch(() => ({ collections: [] }));
    const names = [...new Set(["", ...collections, collection])];
    this.#label.hidden = names.length < 2;
    this.#select.replaceChildren(...names.map((name) => element("option", { value: name }, name || "Library")));
    this.#select.value = collection;
  }

  /** Ask for the names anew: one was made. */
  forget() {
    this.#names = null;
  }
}
