// The bar over a document: where one is in it, and the way from citation to citation and back to the answer.

import { copyButton } from "./copying.js";
import { button, element } from "./elements.js";

export class Bar {
  element = element("div", { class: "bar", role: "toolbar", "aria-label": "Citations" });
  #where = element("p", { class: "where" });
  #told = element("span", { role: "status" });
  #steps;
  #page = element("a", { target: "_blank", rel: "noopener" });
  #before;
  #next;

  /** on: what is done on `back()`, `step(by)`; `link()` gives the address of what is read. */
  constructor(on) {
    this.#before = stepOf("‹", "Previous citation (p)", () => on.step(-1));
    this.#next = stepOf("›", "Next citation (n)", () => on.step(1));
    this.#steps = element("span", { class: "steps" }, this.#before, this.#told, this.#next);
    const back = button({ class: "plain back", title: "Back to the answer (b)" }, "← Answer", on.back);
    this.element.append(back, this.#where, this.#steps, this.#page, copyButton("Copy link", on.link));
    this.show(-1, 0, null);
  }

  /** Say at which of how many citations one is, -1 for none; pdf: {page, href} where it stands in a PDF, or null. */
  show(at, count, pdf) {
    this.#steps.hidden = count < 2;
    this.#told.textContent = at < 0 ? `${count} footnotes` : `Footnote ${at + 1} of ${count}`;
    setOff(this.#before, at <= 0);
    setOff(this.#next, at >= count - 1);
    this.#page.hidden = !pdf;
    if (!pdf) return;
    this.#page.href = pdf.href;
    this.#page.textContent = `Page ${pdf.page} of the PDF`;
  }

  /** Say what is in view. */
  locate(where) {
    this.#where.textContent = where;
    this.#where.title = where;
  }
}

function stepOf(sign, label, action) {
  return button({ class: "step", "aria-label": label, title: label }, sign, action);
}

// A button that is disabled would lose the focus of who steps with it.
function setOff(step, is) {
  step.setAttribute("aria-disabled", String(is));
}
