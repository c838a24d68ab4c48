// The frame around a conversation: the bubble, and the panel with its heading, log and form.

import { button, element, icon } from "./elements.js";

const BUBBLE = "M4 5h16v11H11l-4 4v-4H4z M8 9h8 M8 12h5";
const CLOSE = "M6 6l12 12 M18 6L6 18";
const CLEAR = "M5 7h14 M10 7V5h4v2 M7 7l1 12h8l1-12";

/** The elements of the frame. on: what is done on `toggle`, `clear`, `ask(question)` and `stop`. */
export function panelOf(settings, on) {
  const { words, heading, inline } = settings;
  const log = element("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": words.conversation, tabindex: "0" });
  const clear = button({ class: "icon", "aria-label": words.clear, title: words.clear }, icon(CLEAR), on.clear);
  const close = button({ class: "icon", "aria-label": words.close, title: words.close }, icon(CLOSE), on.toggle);
  const head = element("header", {}, element("h2", { id: "heading" }, heading), clear, ...(inline ? [] : [close]));
  const form = formOf(words, on);
  const role = inline ? "region" : "dialog";
  const panel = element("section", { class: "panel", id: "panel", role, "aria-labelledby": "heading" }, head, log, form.element);
  const bubble = button({ class: "bubble", "aria-label": heading, "aria-expanded": "false", "aria-controls": "panel" }, icon(BUBBLE), on.toggle);
  const frame = element("div", { class: "chat", lang: words.language, dir: "ltr" }, ...(inline ? [] : [bubble]), panel);
  return { frame, panel, bubble, log, form };
}

/** The form: Return asks, Shift+Return begins a line. While an answer comes the button stops it. */
function formOf(words, on) {
  const field = element("textarea", { rows: "1", maxlength: "2000", "aria-label": words.question, placeholder: words.question });
  const submit = element("button", { type: "submit" }, words.ask);
  const form = element("form", { class: "ask" }, field, submit);
  let busy = false;
  const ask = () => {
    const question = field.value;
    if (busy || !question.trim()) return;
    field.value = "";
    on.ask(question);
  };
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    ask();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) on.stop();
    else ask();
  });
  const setBusy = (now) => {
    busy = now;
    submit.replaceChildren(now ? words.stop : words.ask);
  };
  return { element: form, field, setBusy };
}

/** What stands in a log before the first question. */
export function greetingOf(settings, ask) {
  const questions = settings.questions.map((one) => button({ class: "suggestion" }, one, () => ask(one)));
  return element("div", { class: "greeting" }, element("p", {}, settings.greeting), ...questions);
}
