"use strict";
// Everything that comes from the server is put in as text, never as markup.

const form = document.getElementById("ask");
const question = document.getElementById("question");
const place = document.getElementById("answer");

function element(name, content, className) {
  const made = document.createElement(name);
  if (content !== undefined) made.append(content);
  if (className) made.className = className;
  return made;
}

function heading(source) {
  return [source.document.title, ...source.section].join(" › ");
}

// The sentence with what answers most shortly in it set off; offsets count code points, not the UTF-16 units of a string.
function* highlighted(sentence) {
  const points = Array.from(sentence.text);
  let at = 0;
  for (const [start, end] of sentence.highlights) {
    yield points.slice(at, start).join("");
    yield element("strong", points.slice(start, end).join(""));
    at = end;
  }
  yield points.slice(at).join("") + " ";
}

function sentenceOf(sentence) {
  const line = element("p", undefined, sentence.context ? "sentence leant-on" : "sentence");
  line.append(...highlighted(sentence));
  for (const number of sentence.citations) {
    const link = element("a", `[${number}]`);
    link.href = `#footnote-${number}`;
    link.setAttribute("aria-label", `Footnote ${number}`);
    line.append(link);
  }
  return line;
}

// The page of a PDF, which the browser's viewer opens.
function pageOf({ url, page }) {
  const link = element("a", `page ${page}`);
  link.href = `${url.split("#")[0].replace("/text?", "/file?inline=true&")}#page=${page}`;
  return link;
}

function footnoteOf(citation) {
  const item = element("li");
  item.id = `footnote-${citation.number}`;
  const context = element("p", undefined, "context");
  context.append(element("span", `… ${citation.prefix}`), element("mark", citation.quote), element("span", `${citation.suffix} …`));
  const source = element("a", `characters ${citation.start}–${citation.end}`);
  source.href = citation.url;
  const line = element("div", `${heading(citation)}, ${citation.document.source}, `, "place");
  if (citation.page) line.append(pageOf(citation), ", ");
  line.append(source);
  item.append(context, line);
  return item;
}

// Two citations that contradict each other, side by side.
function conflictOf(conflict, citations) {
  const box = element("div", undefined, "conflict");
  box.append(element("p", "The sources disagree:", "note"));
  for (const number of conflict.citations) {
    const citation = citations.find((one) => one.number === number);
    const side = element("blockquote", citation.quote);
    side.append(element("footer", `[${number}] ${heading(citation)}`));
    box.append(side);
  }
  return box;
}

function closestOf(passage) {
  const item = element("li");
  item.append(element("p", passage.text, "context"), element("div", heading(passage), "place"));
  return item;
}

function show(answer) {
  const shown = [];
  if (answer.standalone_question !== answer.question.trim()) shown.push(element("p", `Understood as: ${answer.standalone_question}`, "note"));
  if (answer.status === "answered") {
    const notes = element("ol", undefined, "footnotes");
    notes.append(...answer.citations.map(footnoteOf));
    shown.push(...answer.sentences.map(sentenceOf), ...answer.conflicts.map((one) => conflictOf(one, answer.citations)), notes);
  } else {
    const box = element("div", element("p", answer.text), "abstained");
    if (answer.closest.length) {
      box.append(element("p", "The closest passages, which are not an answer:", "note"));
      const list = element("ul");
      list.append(...answer.closest.map(closestOf));
      box.append(list);
    }
    shown.push(box);
  }
  place.replaceChildren(...shown);
}

// The response to a request; an Error with what the server says is wrong, if anything is.
async function request(path, options) {
  const response = await fetch(path, options);
  if (response.ok) return response;
  throw new Error((await response.json()).detail);
}

function problemOf(error) {
  return element("p", error.message || "The server did not answer.", "problem");
}

async function ask(text) {
  const response = await request("ask", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ question: text }),
  });
  return response.json();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  place.setAttribute("aria-busy", "true");
  try {
    show(await ask(question.value));
  } catch (error) {
    place.replaceChildren(problemOf(error));
  } finally {
    button.disabled = false;
    place.setAttribute("aria-busy", "false");
  }
});

fetch("documents")
  .then((response) => response.json())
  .then(({ documents }) => {
    const count = documents.length === 1 ? "1 document" : `${documents.length} documents`;
    document.getElementById("library").textContent = `In the library: ${count}.`;
  });
