"use strict";
// A document at the characters that were cited: /?document=ID&version=SHA256&collection=NAME#char=START,END
// What makes elements and asks the server stands in page.js.

const shownDocument = document.getElementById("document");

// START and END of the fragment (RFC 5147), in code points; nothing is cited without them.
function citedSpan() {
  const found = /^#char=(\d+),(\d+)/.exec(window.location.hash);
  return found ? [Number(found[1]), Number(found[2])] : [0, 0];
}

function mark(text, points, [start, end]) {
  const cited = element("mark", points.slice(start, end).join(""));
  text.replaceChildren(points.slice(0, start).join(""), ...(end > start ? [cited] : []), points.slice(Math.max(start, end)).join(""));
  cited.scrollIntoView({ block: "center", behavior: "instant" });
}

async function openDocument(query) {
  const collection = query.get("collection");
  const path = `${collection ? `collections/${encodeURIComponent(collection)}/` : ""}documents/${encodeURIComponent(query.get("document"))}`;
  const version = query.get("version") || "";
  const [described, content] = await Promise.all([request(path), request(`${path}/text?${new URLSearchParams({ version })}`)]);
  const { title, source, sha256 } = await described.json();
  const points = Array.from(await content.text());
  const heading = element("h2", title);
  heading.id = "title";
  const file = element("a", source);
  file.href = `${path}/file?${new URLSearchParams({ version })}`;
  const text = element("div", undefined, "text");
  shownDocument.replaceChildren(heading, element("p", file, "place"));
  if (!sha256.startsWith(version)) shownDocument.append(element("p", "This is an earlier version; there is a newer one.", "note"));
  shownDocument.append(text);
  shownDocument.hidden = false;
  mark(text, points, citedSpan());
  window.addEventListener("hashchange", () => mark(text, points, citedSpan()));
}

const asked = new URLSearchParams(window.location.search);
if (asked.get("document")) {
  openDocument(asked).catch((error) => {
    shownDocument.replaceChildren(problemOf(error));
    shownDocument.hidden = false;
  });
}
