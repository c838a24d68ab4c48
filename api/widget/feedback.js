// What a reader says of an answer: that it helped, that it is wrong, or that a footnote is, with a word.

import { send } from "./asking.js";
import { button, element } from "./elements.js";

const VERDICTS = ["helpful", "wrong", "wrong_source"];

/** The buttons of the verdicts; the form of the one that is pressed comes into `place`. */
export function verdictsOf(answer, settings, place) {
  const buttons = VERDICTS.map((verdict) =>
    button({ class: "plain", "aria-pressed": "false" }, settings.words[verdict], ({ currentTarget }) => {
      for (const one of buttons) one.setAttribute("aria-pressed", String(one === currentTarget));
      const form = remarkOf(answer, verdict, settings, place);
      place.replaceChildren(form);
      form.querySelector("select, input").focus();
    }),
  );
  return answer.citations.length ? buttons : buttons.slice(0, 2);
}

function remarkOf(answer, verdict, settings, place) {
  const { words } = settings;
  const comment = element("input", { maxlength: "2000", autocomplete: "off", "aria-label": words.comment, placeholder: words.comment });
  const which = verdict === "wrong_source" ? chooserOf(answer, words) : null;
  const form = element("form", { class: "feedback" }, ...(which ? [which] : []), comment, element("button", { type: "submit" }, words.submit));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = { answer: answer.id, question: answer.question, verdict, citation: which && Number(which.value), comment: comment.value.trim() };
    form.querySelector("button").disabled = true;
    const told = await send(`${settings.base}/feedback`, said, "application/json").then(
      () => words.thanks,
      (failure) => (typeof failure.detail === "string" && failure.detail) || words.unsent,
    );
    place.replaceChildren(element("p", { class: "note", role: "status", tabindex: "-1" }, told));
    place.firstChild.focus();
  });
  return form;
}

function chooserOf(answer, words) {
  const options = answer.citations.map(({ number }) => element("option", { value: number }, `${words.which} ${number}`));
  return element("select", { "aria-label": words.which }, ...options);
}
