// The reading room: what the address says is shown, and what a reader does becomes an address.

import { addressOf, placeAt, placeOf, placeOfCited } from "./address.js";
import { Collections } from "./collections.js";
import { Documents } from "./documents.js";
import { Library } from "./library.js";
import { Reader } from "./reader.js";
import { Review } from "./review.js";
import { Search } from "./search.js";
import { Sitting } from "./sitting.js";
import { welcome } from "./welcome.js";

const part = (id) => document.getElementById(id);
const chat = document.querySelector("footnote-chat");
const sitting = new Sitting();
const documents = new Documents();
const reader = new Reader(part("document"), documents, { go, back });
const views = {
  library: new Library(part("library-view"), documents, { go, made }),
  search: new Search(part("search-view"), go),
  review: new Review(part("review-view"), sitting, go),
};
const collections = new Collections(part("collections"), (collection) => go(placeOf({ view: place.view, collection, q: place.q })));
let place = placeOf({});
let last = placeOf({}); // what was read last
let reopened = false; // whether a link to an answer is being followed

/** Go to a place, which becomes the page's address. */
function go(to) {
  history.pushState(null, "", addressOf(to));
  show(to);
}

// There is a new collection.
function made(collection) {
  collections.forget();
  go(placeOf({ view: "library", collection }));
}

/** Show a place. */
async function show(to) {
  place = to;
  for (const view of ["read", ...Object.keys(views)]) part(`${view}-view`).hidden = view !== to.view;
  if (to.view === "read") last = to;
  point(to);
  if (chat.collection !== to.collection) chat.setAttribute("collection", to.collection);
  collections.show(to.collection);
  if (to.view === "read") await open(to);
  else await views[to.view].show(to);
}

// The links of the navigation lead to the views of the same collection, and back to what was read in it.
function point({ view, collection }) {
  for (const link of part("views").querySelectorAll("a")) {
    const target = link.dataset.view;
    link.href = addressOf(target === "read" && last.collection === collection ? last : placeOf({ view: target, collection }));
    if (target === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// An answer without a document is read at the first of its citations.
async function open(to) {
  part("read-view").dataset.pane = to.document ? "read" : "ask";
  const answer = to.answer ? await answerOf(to) : null;
  if (place !== to) return;
  const first = answer?.citations[0];
  const shown = !to.document && first ? placeOfCited(first, { collection: to.collection, answer: to.answer, ask: to.ask }) : to;
  part("welcome").hidden = Boolean(shown.document);
  if (!shown.document) welcome(part("welcome"), to.collection);
  const cited = await reader.show(shown, answer);
  if (place === to) chat.select(answer?.id, cited?.number);
}

// An answer as it was given here, or given anew; null if there is none.
async function answerOf({ answer: id, ask, collection }) {
  const shown = chat.answers.find((one) => one.id === id);
  if (shown) return shown;
  const entry = sitting.find(id);
  if (entry?.collection === collection) return chat.put(entry.answer);
  if (!ask) return null;
  reopened = true;
  const given = await chat.ask(ask);
  reopened = false;
  part("changed").hidden = !given || given.id === id;
  return given;
}

function back() {
  part("read-view").dataset.pane = "ask";
  chat.focus();
}

function found({ detail: { answer } }) {
  const { collection } = chat;
  sitting.add(answer, collection);
  part("changed").hidden = true;
  if (reopened) return;
  const to = placeOf({ collection, answer: answer.id, ask: answer.standalone_question });
  if (place.view === "read") return go(to);
  last = to; // who looks at something else is not called away
  point(place);
}

function opened(event) {
  const { citation, answer } = event.detail;
  event.preventDefault();
  go(placeOfCited(citation, { collection: chat.collection, answer: answer.id, ask: answer.standalone_question }));
}

const KEYS = {
  n: () => (views[place.view] ?? reader).step?.(1),
  p: () => (views[place.view] ?? reader).step?.(-1),
  b: back,
  Escape: back,
};

// A letter alone is a key only where nothing is written.
function pressed(event) {
  const [target] = event.composedPath();
  const isTyped = event.ctrlKey || event.altKey || event.metaKey || target.closest?.("input, textarea, select");
  const isBack = event.key === "b" || event.key === "Escape";
  if (isTyped || (isBack && (place.view !== "read" || event.composedPath().includes(chat)))) return;
  (KEYS[event.key] ?? (() => views[place.view]?.pressed?.(event.key)))();
}

// Links to other places of this page need no new page.
function followed(event) {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || link.target || link.origin !== location.origin || link.pathname !== location.pathname) return;
  event.preventDefault();
  go(placeAt(link));
}

document.addEventListener("footnote-answer", found);
document.addEventListener("footnote-open", opened);
document.addEventListener("keydown", pressed);
document.addEventListener("click", followed);
window.addEventListener("popstate", () => show(placeAt(location)));
show(placeAt(location));
