// Elements. What the server sends goes in by `append`, as text, and never as markup.

import { entries } from "./captured.js";

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and content: strings, which become text, and other elements. */
export function element(name, attributes, ...content) {
  const made = document.createElement(name);
  for (const [attribute, value] of entries(attributes)) made.setAttribute(attribute, value);
  made.append(...content);
  return made;
}

/** A button that does something. */
export function button(attributes, content, action) {
  const made = element("button", { type: "button", ...attributes }, content);
  made.addEventListener("click", action);
  return made;
}

/** A drawing in lines on a square of 24. */
export function icon(path) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}
