// What a review is taken away as: the answers with their verdicts, and references to the documents they cite.

import { button, element, problemOf } from "./elements.js";
import { pathOf, request } from "./server.js";

const FORMATS = [["markdown", "Markdown"], ["csv", "CSV"], ["docx", "Word"], ["annotations", "Web Annotations"]];
const REFERENCES = [["csl", "CSL-JSON"], ["bibtex", "BibTeX"]];
const MOST = 200; // documents of which references are asked for at once

/** Buttons that save the entries `entries()` gives in each of the formats. */
export function exportsOf(entries) {
  const said = element("div", { role: "status" });
  const row = (label, formats, asked) => {
    const buttons = formats.map(([format, name]) => button({ class: "plain" }, name, () => saved(asked(entries(), format), said)));
    return element("p", { class: "row", role: "group", "aria-label": label }, `${label}: `, ...buttons);
  };
  const rows = [row("Save the answers", FORMATS, reviewed), row("Save the references", REFERENCES, references)];
  return element("div", { class: "exports" }, ...rows, said);
}

function reviewed(entries, format) {
  const answers = entries.map(({ answer, reviews }) => ({
    answer: usedOf(answer),
    reviews: Object.entries(reviews).map(([number, { verdict, note }]) => ({ citation: Number(number), verdict, note })),
  }));
  const headers = { "Content-Type": "application/json" };
  return request(pathOf(entries[0].collection, "export"), { method: "POST", headers, body: JSON.stringify({ format, answers }) });
}

// What an export uses of an answer: the server reads a body of limited size.
function usedOf({ id, question, standalone_question, text, sentences, citations }) {
  return { id, question, standalone_question, text, sentences, citations };
}

function references(entries, format) {
  const cited = new Set(entries.flatMap(({ answer }) => answer.citations.map(({ document }) => document.id)));
  const query = new URLSearchParams({ format });
  for (const id of [...cited].slice(0, MOST)) query.append("document", id);
  return request(`${pathOf(entries[0].collection, "bibliography")}?${query}`);
}

async function saved(asked, said) {
  said.replaceChildren();
  try {
    const response = await asked;
    const name = /filename="?([^";]+)/.exec(response.headers.get("Content-Disposition"))?.[1] ?? "answers";
    const link = element("a", { href: URL.createObjectURL(await response.blob()), download: name });
    link.click();
    URL.revokeObjectURL(link.href);
  } catch (error) {
    said.replaceChildren(problemOf(error));
  }
}
