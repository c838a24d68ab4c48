// The sitting: the questions that were answered here, and what a reviewer said of each citation, kept in the browser.

const KEY = "footnote-sitting";
const MOST = 200; // answers, the latest: as many as the server exports

export class Sitting extends EventTarget {
  #entries = read();

  constructor() {
    super();
    window.addEventListener("storage", ({ key }) => {
      if (key === KEY || key === null) this.#changed(read());
    });
  }

  /** The entries, the earliest first: {answer, collection, reviews: {number: {verdict, note}}}. */
  get entries() {
    return this.#entries;
  }

  /** The entry of an answer. */
  find(id) {
    return this.#entries.find((entry) => entry.answer.id === id);
  }

  /** Take up an answer; what was said of it before stays. */
  add(answer, collection) {
    if (this.find(answer.id)) return;
    this.#keep([...this.#entries, { answer, collection, reviews: {} }].slice(-MOST));
  }

  /** Say something of a citation: {verdict} or {note}. */
  review(id, number, said) {
    const { reviews } = this.find(id);
    reviews[number] = { verdict: null, note: "", ...reviews[number], ...said };
    this.#keep(this.#entries);
  }

  /** Forget everything. */
  clear() {
    this.#keep([]);
  }

  // Where there is no room for all, the latest stay.
  #keep(entries) {
    try {
      localStorage.setItem(KEY, JSON.stringify(entries));
    } catch {
      if (entries.length > 1) return this.#keep(entries.slice(Math.ceil(entries.length / 2)));
    }
    this.#changed(entries);
  }

  #changed(entries) {
    this.#entries = entries;
    this.dispatchEvent(new Event("change"));
  }
}

// What stands there may be of another version of the page, or of anybody.
function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) || "[]").filter(({ answer, reviews }) => Array.isArray(answer.citations) && reviews);
  } catch {
    return [];
  }
}

/** How many of an entry's citations have a verdict, and how many there are. */
export function progressOf({ answer, reviews }) {
  return [answer.citations.filter(({ number }) => reviews[number]?.verdict).length, answer.citations.length];
}
