// Texts that are counted in code points, as every offset of Footnote is; strings count UTF-16 units.

const TWO_UNITS = /[\u{10000}-\u{10FFFF}]/gu;

export class Text {
  #content;
  #long = []; // units at which characters of two units stand

  constructor(content) {
    this.#content = content;
    for (const { index } of content.matchAll(TWO_UNITS)) this.#long.push(index);
  }

  get length() {
    return this.#content.length - this.#long.length;
  }

  /** The characters of `[start, end)`. */
  slice(start, end) {
    return this.#content.slice(this.#unit(start), this.#unit(end));
  }

  /** The lines with their ends, as [start, end). */
  *lines() {
    let [start, seen] = [0, 0];
    for (const [line] of this.#content.matchAll(/[^\n]*\n|[^\n]+$/g)) {
      const units = seen + line.length;
      const end = units - this.#longBefore(units, (long) => long);
      yield [start, end];
      [start, seen] = [end, units];
    }
  }

  // The unit at which a character begins.
  #unit(point) {
    return point + this.#longBefore(point, (long, count) => long - count);
  }

  // How many of the long characters begin before a place; `at(unit, number)` says where each does.
  #longBefore(place, at) {
    let [low, high] = [0, this.#long.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(this.#long[middle], middle) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
