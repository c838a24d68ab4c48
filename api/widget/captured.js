// What the page might replace later is taken as it is when the script loads.

export const { AbortController, CSSStyleSheet, CustomEvent, TextDecoder, URL, URLSearchParams } = globalThis;
export const { clearTimeout, fetch, setTimeout } = globalThis;
export const { parse, stringify } = JSON;
export const { from, isArray } = Array;
export const { entries, keys, setPrototypeOf } = Object;

/** JSON of plain values; no `toJSON` that a page has put on its prototypes takes part. */
export function toJson(value) {
  return stringify(bare(value));
}

function bare(value) {
  if (value === null || typeof value !== "object") return value;
  const copy = setPrototypeOf(isArray(value) ? [] : {}, null);
  for (const name of keys(value)) copy[name] = bare(value[name]);
  return copy;
}
