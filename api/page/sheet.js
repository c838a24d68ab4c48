// The sheet: a version of a document as it is read, with what is cited set off.

import { blocksOf } from "./blocks.js";
import { fileOf } from "./documents.js";
import { element } from "./elements.js";
import { fill } from "./marks.js";

const BELOW = 40; // pixels under the upper edge, at which one is held to read

export class Sheet {
  element = element("div", { class: "text", tabindex: "0" });
  #text;
  #blocks;
  #marked = new Set(); // blocks that hold marks

  /** moved: what is done when another part of it came into view. */
  constructor({ about, text }, collection, moved) {
    this.about = about;
    this.#text = text;
    this.#blocks = blocksOf(text, about).map((block) => ({ ...block, element: this.#elementOf(block, collection) }));
    this.element.setAttribute("aria-label", about.title);
    this.element.append(...this.#blocks.map((block) => block.element));
    let frame = 0;
    this.element.addEventListener("scroll", () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(moved);
    });
  }

  /** Set off spans, [{start, end, current}], in the place of those before, and bring the current one into view. */
  mark(spans) {
    const touched = this.#blocks.filter((block) => spans.some((span) => span.start < block.end && span.end > block.start));
    for (const block of new Set([...this.#marked, ...touched])) fill(block.element.lastChild, this.#text, block, spans);
    this.#marked = new Set(touched);
    this.element.querySelector("mark.current")?.scrollIntoView({ block: "center", behavior: "instant" });
  }

  /** The offset at which the block begins that is read at the top; undefined for none. */
  offsetInView() {
    const { left, top, width } = this.element.getBoundingClientRect();
    const found = document.elementFromPoint(left + width / 2, top + BELOW)?.closest("[data-start]");
    return found && this.element.contains(found) ? Number(found.dataset.start) : undefined;
  }

  // What is no part of the text, the numbers of pages, is written by the style sheet, so that the text is what can be selected.
  #elementOf(block, collection) {
    const made = element("div", { class: block.heading ? "block heading" : "block", "data-start": block.start });
    if (block.page) made.append(this.#pageOf(block.page, collection));
    const content = element("div");
    fill(content, this.#text, block, []);
    made.append(content);
    return made;
  }

  #pageOf(page, collection) {
    const label = `Page ${page}`;
    const said = { class: "page", "data-label": label, "aria-label": label };
    if (this.about.kind !== "pdf") return element("span", { ...said, role: "separator" });
    return element("a", { ...said, href: fileOf(collection, this.about, page), target: "_blank", rel: "noopener" });
  }
}
