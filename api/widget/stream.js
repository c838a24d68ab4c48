// Server-sent events as the WHATWG HTML standard reads them; a piece of the stream may end anywhere, in a character too.

import { TextDecoder } from "./captured.js";

const LINE = /\r\n|\n|\r/;

/** Gives the events of a stream of bytes, as they become whole. */
export class EventReader {
  #decoder = new TextDecoder();
  #rest = "";
  #returned = false; // whether the last line ended with the last character that came, a CR: an LF after it belongs to it
  #name = "";
  #data = [];

  /** The events `{name, data}` that a piece of the stream completes. */
  *read(bytes) {
    const text = this.#decoder.decode(bytes, { __proto__: null, stream: true });
    if (!text) return;
    this.#rest += this.#returned && text[0] === "\n" ? text.slice(1) : text;
    this.#returned = false;
    for (let end; (end = LINE.exec(this.#rest)); ) {
      const line = this.#rest.slice(0, end.index);
      this.#rest = this.#rest.slice(end.index + end[0].length);
      this.#returned = end[0] === "\r" && !this.#rest;
      if (line) this.#take(line);
      else yield* this.#whole();
    }
  }

  #take(line) {
    const [, field, value] = /^([^:]*)(?:: ?)?(.*)$/su.exec(line);
    if (field === "data") this.#data.push(value);
    if (field === "event") this.#name = value;
  }

  *#whole() {
    const event = { name: this.#name || "message", data: this.#data.join("\n") };
    const empty = !this.#data.length;
    this.#name = "";
    this.#data = [];
    if (!empty) yield event;
  }
}
