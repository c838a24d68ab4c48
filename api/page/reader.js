// The reader: a document, with what an answer cites in it.

import { linkTo, placeOf, placeOfCited } from "./address.js";
import { Bar } from "./bar.js";
import { fileOf, originOf, standingOf } from "./documents.js";
import { button, element, problemOf } from "./elements.js";
import { Sheet } from "./sheet.js";

export class Reader {
  #pane;
  #documents;
  #go;
  #bar;
  #head = element("header");
  #body = element("div", { class: "body" });
  #place = placeOf({});
  #cited = []; // what can be stepped through: citations of an answer, or the one span that the address names
  #at = -1;
  #sheet = null;

  /** on: what is done on `go(place)` and `back()`. */
  constructor(pane, documents, on) {
    this.#pane = pane;
    this.#documents = documents;
    this.#go = on.go;
    this.#bar = new Bar({ back: on.back, step: (by) => this.step(by), link: () => this.#link() });
    pane.replaceChildren(this.#bar.element, this.#head, this.#body);
  }

  /**
   * Show the document of a place with the citations of an answer, null for none; the pane is hidden without a document.
   * The citation that stands at the place, if there is one.
   */
  async show(place, answer) {
    this.#place = place;
    this.#pane.hidden = !place.document;
    if (!place.document) return;
    try {
      const version = await this.#documents.version(place.collection, place.document, place.version);
      if (place === this.#place) this.#open(version, answer);
    } catch (error) {
      if (place === this.#place) this.#fail(error);
    }
    return this.#cited[this.#at];
  }

  /** Go to the citation that is so many further on. */
  step(by) {
    const next = this.#cited[this.#at + by];
    const { collection, answer, ask } = this.#place;
    if (next) this.#go(placeOfCited(next, { collection, answer, ask }));
  }

  #open(version, answer) {
    if (this.#sheet?.about !== version.about) this.#lay(version);
    this.#cited = answer?.citations ?? [];
    this.#at = this.#cited.findIndex((one) => this.#isHere(one) && isAt(one, this.#place.span));
    if (this.#at < 0 && this.#place.span) [this.#cited, this.#at] = [[this.#linked()], 0];
    const cited = this.#cited[this.#at];
    this.#bar.show(this.#at, this.#cited.length, this.#pdfAt(cited));
    this.#sheet.mark(this.#cited.filter((one) => this.#isHere(one)).map((one) => ({ ...one, current: one === cited })));
    this.#locate();
  }

  #lay(version) {
    this.#sheet = new Sheet(version, this.#place.collection, () => this.#locate());
    this.#head.replaceChildren(...this.#headOf(version.about));
    this.#body.replaceChildren(this.#sheet.element);
  }

  #fail(error) {
    this.#sheet = null;
    [this.#cited, this.#at] = [[], -1];
    this.#head.replaceChildren();
    this.#bar.show(-1, 0, null);
    this.#body.replaceChildren(problemOf(error));
  }

  // What the address names, as if it were a citation.
  #linked() {
    const [start, end] = this.#place.span;
    return { document: this.#sheet.about, start, end };
  }

  #isHere({ document: { id, sha256 } }) {
    const { about } = this.#sheet;
    return id === about.id && sha256 === about.sha256;
  }

  #link() {
    return linkTo(this.#place, this.#cited[this.#at]?.quote);
  }

  // The page of the PDF on which a citation stands, as the browser shows it.
  #pdfAt(cited) {
    const { about } = this.#sheet;
    if (!cited || about.kind !== "pdf") return null;
    const { page } = standingOf(about, cited.start);
    return page ? { page, href: fileOf(this.#place.collection, about, page) } : null;
  }

  *#headOf(about) {
    const file = element("a", { href: fileOf(this.#place.collection, about), title: "The file as it was added" }, "file");
    yield element("h2", { id: "title" }, about.title);
    yield element("p", { class: "place" }, `${originOf(about)} · `, file);
    if (about.present) return;
    const { collection } = this.#place;
    const present = button({ class: "plain" }, "Read the present one", () => this.#go(placeOf({ collection, document: about.id })));
    yield element("p", { class: "note" }, "This is an earlier version; there is a newer one. ", present);
  }

  // Say which section and page is in view.
  #locate() {
    const offset = this.#sheet?.offsetInView();
    if (offset === undefined) return;
    const { section, page } = standingOf(this.#sheet.about, offset);
    const pages = this.#sheet.about.page_starts.length;
    this.#bar.locate([section.join(" › "), page ? `page ${page} of ${pages}` : ""].filter(Boolean).join(" · "));
  }
}

function isAt({ start, end }, span) {
  return span !== null && start === span[0] && end === span[1];
}
