// Where the page is, as its address says: which view, of what, at which characters.

const NAMES = ["view", "collection", "document", "version", "answer", "ask", "q"];
const VIEWS = ["read", "library", "search", "review"];
const NOWHERE = { ...Object.fromEntries(NAMES.map((name) => [name, ""])), view: "read", span: null };

/** A place. span: [start, end] in code points, null for none; what else is not said is "". */
export function placeOf(said) {
  return { ...NOWHERE, ...said };
}

/** The place of an address. `#char=START,END` is read as RFC 5147 has it. */
export function placeAt({ search, hash }) {
  const query = new URLSearchParams(search);
  const place = placeOf(Object.fromEntries(NAMES.map((name) => [name, query.get(name) || ""])));
  if (!VIEWS.includes(place.view)) place.view = "read";
  const span = /^#char=(\d+),(\d+)/.exec(hash);
  if (span) place.span = [Number(span[1]), Number(span[2])];
  return place;
}

/** The address of a place, from the page's own. */
export function addressOf(place) {
  const query = new URLSearchParams();
  for (const name of NAMES) if (place[name] !== NOWHERE[name]) query.append(name, place[name]);
  return `./${query.size ? `?${query}` : ""}${place.span ? `#char=${place.span.join(",")}` : ""}`;
}

/** The place of a citation, or of a passage. */
export function placeOfCited({ document, start, end }, more) {
  return placeOf({ document: document.id, version: document.sha256.slice(0, 16), span: [start, end], ...more });
}

/** An address to be sent to others: the browser finds the quote itself too (the text fragment of the WICG). */
export function linkTo(place, quote) {
  const link = new URL(addressOf(place), document.baseURI).href;
  return quote ? `${link}:~:text=${directiveOf(quote)}` : link;
}

const LONGEST = 120; // characters of a quote that stands in a link whole
const ENDS = 5; // words of a longer one, at either end

function directiveOf(quote) {
  const words = quote.trim().split(/\s+/);
  if (quote.length <= LONGEST || words.length <= 2 * ENDS) return encoded(words);
  return `${encoded(words.slice(0, ENDS))},${encoded(words.slice(-ENDS))}`;
}

function encoded(words) {
  return encodeURIComponent(words.join(" ")).replaceAll("-", "%2D");
}
