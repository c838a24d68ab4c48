// The questions and answers of a conversation, kept over a reload in the page's localStorage.

import { checked } from "./asking.js";
import { from, parse, toJson } from "./captured.js";

const MOST = 50; // exchanges: the server reads a history of 100 messages
const LONGEST = 20_000; // characters of a message, as it reads them

export class Conversation {
  name;
  exchanges;

  constructor(name) {
    this.name = name;
    this.exchanges = read(name);
  }

  /** The answers, the earliest first. */
  get answers() {
    return this.exchanges.map((one) => one.answer);
  }

  /** The messages as POST /ask takes them. */
  get history() {
    return this.exchanges.flatMap(({ question, answer }) => [message("user", question), message("assistant", answer.text)]);
  }

  add(question, answer) {
    this.exchanges = [...this.exchanges, { question, answer }].slice(-MOST);
    keep(this.name, this.exchanges);
  }

  clear() {
    this.exchanges = [];
    keep(this.name, []);
  }
}

function message(role, text) {
  return { role, content: from(text).slice(0, LONGEST).join("") };
}

// What stands there may be of another version of the script, or of anybody; the storage may be closed to the page.
function read(name) {
  try {
    return parse(localStorage.getItem(name) || "[]").filter((one) => typeof one.question === "string" && checked(one.answer));
  } catch {
    return [];
  }
}

// Where there is room for fewer, the latest are kept; where there is none, the conversation lasts as long as the page.
function keep(name, exchanges) {
  try {
    if (exchanges.length) localStorage.setItem(name, toJson(exchanges));
    else localStorage.removeItem(name);
  } catch {
    if (exchanges.length) keep(name, exchanges.slice(Math.ceil(exchanges.length / 2)));
  }
}
