// Elements. Everything that comes from the server is put in as text, never as markup.

/** An element with attributes and content: strings, which become text, and other elements. */
export function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...content);
  return made;
}

/** A button that does something. */
export function button(attributes, content, action) {
  const made = element("button", { type: "button", ...attributes }, content);
  made.addEventListener("click", action);
  return made;
}

/** What went wrong, for people. */
export function problemOf(error) {
  return element("p", { class: "problem", role: "alert" }, error.message);
}

/** `1 document`, `2 documents`. */
export function counted(count, what) {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
