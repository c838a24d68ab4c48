// A question on its way to the server, and the answer on its way back.

import { fetch, isArray, parse, toJson } from "./captured.js";
import { EventReader } from "./stream.js";

/** Why there is no answer. kind: `silent`, `refused`, `cut` or `stopped`. detail: what the server says of it, or its status. */
export class Failure extends Error {
  constructor(kind, detail = "") {
    super(kind);
    this.kind = kind;
    this.detail = detail;
  }
}

/** Send JSON. Throws Failure: `silent`, `refused`, or `stopped` by the signal. */
export async function send(url, body, accept, signal) {
  const headers = { __proto__: null, "Content-Type": "application/json", Accept: accept };
  const response = await fetch(url, { __proto__: null, method: "POST", headers, body: toJson(body), signal }).catch(() => {
    throw new Failure(signal?.aborted ? "stopped" : "silent");
  });
  if (!response.ok) throw new Failure("refused", await detailOf(response));
  return response;
}

/** The whole answer; `heard(name, value)` is called with the events before it. Throws Failure. */
export async function ask(url, body, signal, heard) {
  const response = await send(url, body, "text/event-stream", signal);
  try {
    for await (const { name, data } of eventsOf(response)) {
      const value = parse(data);
      if (name === "error") throw new Failure("refused", value.detail);
      if (name === "answer") return checked(value);
      heard(name, value);
    }
  } catch (error) {
    if (signal.aborted) throw new Failure("stopped");
    if (error instanceof Failure) throw error;
  }
  throw new Failure("cut");
}

async function* eventsOf(response) {
  const source = response.body.getReader();
  const events = new EventReader();
  try {
    for (let piece; !(piece = await source.read()).done; ) yield* events.read(piece.value);
  } finally {
    source.cancel().catch(() => {}); // it is read no further, whatever it says to that
  }
}

/** An answer that has what is shown of one. Throws TypeError. */
export function checked(answer) {
  for (const name of ["sentences", "citations", "conflicts", "closest", "notes"]) {
    if (!isArray(answer[name])) throw new TypeError(`an answer without ${name}`);
  }
  return answer;
}

async function detailOf(response) {
  const problem = await response.json().catch(() => null);
  return typeof problem?.detail === "string" ? problem.detail : response.status;
}
