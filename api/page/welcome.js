// What stands where documents are read, before one is: what can be asked.

import { placeLink } from "./citing.js";
import { counted, element, problemOf } from "./elements.js";
import { pathOf, requestJson } from "./server.js";

const MOST = 12; // documents that are named

/** Say what is in a collection. */
export async function welcome(pane, collection) {
  const said = element("p", { id: "library" });
  const list = element("ul", { class: "documents" });
  pane.replaceChildren(
    element("h2", {}, "Read what is cited"),
    element("p", {}, "Each sentence of an answer has footnotes. Choose one, and its source is shown here at the very characters."),
    said,
    list,
  );
  try {
    const { documents, total } = await requestJson(`${pathOf(collection, "documents")}?limit=${MOST}`);
    said.append(`In the library: ${counted(total, "document")}.`);
    list.append(...documents.map(({ id, title }) => element("li", {}, placeLink({ document: id, collection }, title))));
    if (total > documents.length) list.append(element("li", {}, placeLink({ view: "library", collection }, "All of them")));
  } catch (error) {
    said.append(problemOf(error));
  }
}
