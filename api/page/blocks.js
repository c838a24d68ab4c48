// A text in blocks: paragraphs, headings, beginnings of pages. Together they are the text, letter by letter.

/** The blocks of a text as {start, end, heading, page}. page: the number of the page that begins with it, else 0. */
export function blocksOf(text, about) {
  const titles = new Set([about.title, ...about.split.flatMap((passage) => passage.section)]);
  const pages = new Map(about.page_starts.map((start, index) => [start, index + 1]));
  const blocks = [];
  for (const [start, end] of pieces(text, about.page_starts)) {
    const said = text.slice(start, end).trim();
    const [heading, page, last] = [said !== "" && titles.has(bare(said)), pages.get(start) || 0, blocks.at(-1)];
    if (last && !page && (!said || !(last.closed || heading))) {
      last.end = end;
      last.closed ||= !said;
    } else blocks.push({ start, end, heading, page, closed: heading || !said });
  }
  return blocks;
}

// A heading of Markdown without its signs.
function bare(line) {
  return line.replace(/^#+\s*|\s*#+$/g, "");
}

// Lines, cut where a page begins amid one.
function* pieces(text, starts) {
  let next = 0;
  for (let [start, end] of text.lines()) {
    for (; starts[next] < end; next++) {
      if (starts[next] <= start) continue;
      yield [start, starts[next]];
      start = starts[next];
    }
    yield [start, end];
  }
}
