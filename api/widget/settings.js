// What a page says of the chat in the attributes of its element.

import { URL } from "./captured.js";
import { wordsIn } from "./words.js";

const FROM = new URL(".", document.currentScript?.src || document.baseURI).href;

/** The attributes that change what is built. */
export const READ = ["endpoint", "collection", "heading", "title", "greeting", "questions", "lang", "name", "mode"];

/** The settings of an element. endpoint: without a slash at its end. base: where questions go. name: what the conversation is kept under. */
export function settingsOf(host) {
  const said = (name) => (host.getAttribute(name) || "").trim();
  const words = wordsIn(said("lang"), document.documentElement.lang);
  const endpoint = endpointOf(said("endpoint"));
  const collection = said("collection");
  return {
    endpoint,
    collection,
    words,
    base: collection ? `${endpoint}/collections/${encodeURIComponent(collection)}` : endpoint,
    heading: said("heading") || said("title") || words.heading,
    greeting: said("greeting") || words.greeting,
    questions: said("questions").split("|").map((one) => one.trim()).filter(Boolean),
    inline: said("mode") === "inline",
    name: `footnote-chat ${said("name") || `${endpoint} ${collection}`}`,
  };
}

// An address that is no web address leads nowhere, so that no link is made of it.
function endpointOf(said) {
  let url;
  try {
    url = new URL(said || FROM, document.baseURI);
  } catch {
    return "about:invalid";
  }
  return /^https?:$/.test(url.protocol) ? (url.origin + url.pathname).replace(/\/+$/, "") : "about:invalid";
}
