// Uploads: files that are dropped or chosen become documents, with what became of each.

import { placeLink } from "./citing.js";
import { button, element } from "./elements.js";
import { send } from "./sending.js";
import { pathOf } from "./server.js";

const OUTCOMES = {
  added: "added",
  replaced: "new version",
  unchanged: "there already, unchanged",
  duplicate: "there already, under another name",
  cancelled: "cancelled",
};
const LARGEST_BATCH = 32 * 2 ** 20; // bytes that are sent in one request, and
const MOST_IN_BATCH = 100; // files

export class Uploads {
  element = element("section", { class: "drop", "aria-label": "Add documents" });
  #field = element("input", { type: "file", multiple: "", class: "unseen", id: "files" });
  #list = element("ul", { class: "outcomes", "aria-live": "polite" });
  #collection = "";
  #changed;
  #last = Promise.resolve(); // batches go one after another

  /** changed: what is done when documents came into a collection. */
  constructor(changed) {
    this.#changed = changed;
    const label = element("label", { for: "files" }, element("strong", {}, "Choose files"), " or drop them here");
    const told = element("p", { class: "note" }, "PDF, Word, EPUB, HTML, JATS, Markdown or text");
    this.element.append(this.#field, label, told, this.#list);
    this.#field.addEventListener("change", () => this.#take(this.#field.files, () => (this.#field.value = "")));
    for (const name of ["dragenter", "dragover", "dragleave", "drop"]) this.element.addEventListener(name, (event) => this.#dragged(event));
  }

  /** Into which collection files go. */
  into(collection) {
    this.#collection = collection;
  }

  #dragged(event) {
    event.preventDefault();
    this.element.classList.toggle("over", event.type === "dragenter" || event.type === "dragover");
    if (event.type === "drop") this.#take(event.dataTransfer.files);
  }

  #take(files, done) {
    const path = pathOf(this.#collection, "documents");
    for (const batch of batchesOf([...files])) this.#queue(this.#collection, path, "POST", batch);
    done?.();
  }

  #queue(collection, path, method, files) {
    const rows = files.map((file) => new Row(file));
    this.#list.prepend(...rows.map((row) => row.element));
    this.#last = this.#last.then(() => this.#send(collection, path, method, files, rows));
  }

  async #send(collection, path, method, files, rows) {
    const tell = (said) => rows.forEach((row) => row.tell(said));
    try {
      const outcomes = await send(path, method, files, tell);
      outcomes.forEach((outcome, index) => rows[index].end(outcome, collection, (id) => this.#replace(collection, id, files[index])));
      await this.#changed(collection);
    } catch (error) {
      rows.forEach((row) => row.fail(error.message));
    }
  }

  #replace(collection, id, file) {
    this.#queue(collection, pathOf(collection, "documents", id), "PUT", [file]);
  }
}

/** A file, and what became of it. */
class Row {
  #said = element("span", { class: "note" }, "waiting");
  #bar = element("progress", { max: "1", value: "0", "aria-label": "Sent" });

  constructor({ name }) {
    this.element = element("li", {}, element("span", { class: "name" }, name), this.#bar, this.#said);
  }

  /** sent: how much of it, 0 to 1. */
  tell({ sent, said }) {
    this.#bar.value = sent;
    this.#said.textContent = said;
  }

  end({ outcome, document, problem }, collection, replace) {
    if (problem?.code === "name_taken" && document) return this.#offer(() => replace(document.id));
    if (problem) return this.fail(problem.detail);
    this.#ended("ended", `${OUTCOMES[outcome] ?? outcome} `);
    if (document) this.#said.append(placeLink({ view: "library", collection, document: document.id }, document.title));
  }

  fail(detail) {
    this.#ended("problem", detail);
  }

  #offer(replace) {
    const make = button({ class: "plain" }, "Make it the new version", () => (this.element.remove(), replace()));
    this.#ended("problem", "There is a document of this name with other content. ", make);
  }

  #ended(kind, ...said) {
    this.#bar.remove();
    this.#said.className = kind;
    this.#said.replaceChildren(...said);
  }
}

function* batchesOf(files) {
  let [batch, bytes] = [[], 0];
  for (const file of files) {
    if (batch.length && (batch.length === MOST_IN_BATCH || bytes + file.size > LARGEST_BATCH)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(file);
    bytes += file.size;
  }
  if (batch.length) yield batch;
}
