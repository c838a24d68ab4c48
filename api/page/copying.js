// Copying: a text to the clipboard, or where the browser gives it to nobody, to be selected.

import { button, element } from "./elements.js";

/** A button that copies what `text()` gives. */
export function copyButton(label, text) {
  const made = button({ class: "plain" }, label, async () => {
    try {
      await navigator.clipboard.writeText(text());
      made.replaceChildren("Copied");
      setTimeout(() => made.replaceChildren(label), 2000);
    } catch {
      const field = element("input", { class: "copied", readonly: "", "aria-label": label, value: text() });
      made.after(field);
      field.select();
    }
  });
  made.setAttribute("aria-live", "polite");
  return made;
}
