// An answer under review: its sentences, and each of its citations with a verdict and a note.

import { placeName, spanLink } from "./citing.js";
import { button, element } from "./elements.js";

const VERDICTS = [["accepted", "Accept", "a"], ["rejected", "Reject", "r"], ["wrong_span", "Wrong span", "w"]];

export class Reviewed {
  element = element("div", { class: "pane", id: "reviewed" });
  entry;
  #sitting;
  #cards = [];
  #at = 0;

  constructor(sitting) {
    this.#sitting = sitting;
  }

  /** Show an entry of the sitting, none if there is none. */
  show(entry) {
    this.entry = entry;
    this.element.hidden = !entry;
    if (!entry) return;
    const { answer } = entry;
    this.#cards = answer.citations.map((citation) => this.#cardOf(citation));
    const help = element("p", { class: "note" }, "Keys: a accept, r reject, w wrong span, n next, p previous.");
    const cards = this.#cards.length ? [help, ...this.#cards] : [];
    this.element.replaceChildren(element("h2", {}, answer.question), ...linesOf(answer), ...cards);
    this.element.scrollTop = 0;
    this.#select(0);
  }

  /** Go to the citation that is so many further on; false if there is none in this answer. */
  step(by) {
    if (!this.#cards[this.#at + by]) return false;
    this.#select(this.#at + by);
    this.#cards[this.#at].focus({ preventScroll: true });
    this.#cards[this.#at].scrollIntoView({ block: "nearest" });
    return true;
  }

  pressed(key) {
    const verdict = VERDICTS.find(([, , one]) => one === key);
    if (verdict && this.#cards.length) this.#judge(this.#at, verdict[0]);
  }

  // Saying the same again takes it back.
  #judge(at, verdict) {
    const { answer, reviews } = this.entry;
    const { number } = answer.citations[at];
    this.#sitting.review(answer.id, number, { verdict: reviews[number]?.verdict === verdict ? null : verdict });
    this.entry = this.#sitting.find(answer.id);
    this.#select(at);
    this.#tell(at);
  }

  #tell(at) {
    const { answer, reviews } = this.entry;
    const said = reviews[answer.citations[at].number]?.verdict;
    for (const one of this.#cards[at].querySelectorAll("[data-verdict]")) {
      one.setAttribute("aria-pressed", String(one.dataset.verdict === said));
    }
  }

  // Nothing moves here: the pointer may be about to press what would.
  #select(at) {
    this.#at = at;
    this.#cards.forEach((card, index) => card.classList.toggle("current", index === at));
  }

  #cardOf(citation) {
    const { collection, answer, reviews } = this.entry;
    const { number } = citation;
    const at = answer.citations.indexOf(citation);
    const place = element("h3", {}, `[${number}] ${placeName(citation.document.title, citation)}`);
    const link = spanLink(citation, { collection, answer: answer.id, ask: answer.standalone_question });
    const card = element("section", { class: "citation", tabindex: "-1", "aria-label": `Citation ${number}` });
    card.append(place, contextOf(citation), link, this.#verdictsOf(at, reviews[number]), this.#noteOf(number, reviews[number]));
    card.addEventListener("focusin", () => this.#at !== at && this.#select(at));
    return card;
  }

  #verdictsOf(at, review) {
    const buttons = VERDICTS.map(([verdict, label, key]) => {
      const state = { "data-verdict": verdict, "aria-pressed": String(review?.verdict === verdict) };
      return button({ class: "verdict", title: `${label} (${key})`, ...state }, label, () => this.#judge(at, verdict));
    });
    return element("div", { class: "row", role: "group", "aria-label": "Verdict" }, ...buttons);
  }

  #noteOf(number, review) {
    const note = element("textarea", { rows: "1", maxlength: "2000", placeholder: "Note", "aria-label": `Note on citation ${number}` });
    note.value = review?.note ?? "";
    note.addEventListener("input", () => this.#sitting.review(this.entry.answer.id, number, { note: note.value }));
    return note;
  }
}

// The sentences with the numbers of their citations, or why there are none.
function linesOf({ sentences, text }) {
  if (!sentences.length) return [element("p", { class: "abstained" }, text)];
  return sentences.map((one) => {
    const numbers = one.citations.map((number) => element("sup", {}, `[${number}]`));
    return element("p", { class: "sentence" }, one.text, ...numbers);
  });
}

function contextOf({ prefix, quote, suffix }) {
  const [before, after] = [element("span", {}, `… ${prefix}`), element("span", {}, `${suffix} …`)];
  return element("p", { class: "context" }, before, element("mark", {}, quote), after);
}
