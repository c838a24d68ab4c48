// Marks: the characters that are cited, set off in the blocks of a text.

/** Fill a block's element with its text, with the spans in marks. spans: [{start, end, current}]; they may overlap. */
export function fill(element, text, { start, end }, spans) {
  const here = spans.filter((span) => span.start < end && span.end > start);
  const inside = here.flatMap((span) => [span.start, span.end]).filter((at) => at > start && at < end);
  const cuts = [...new Set([start, end, ...inside])].sort((one, other) => one - other);
  const pieces = cuts.slice(1).map((to, index) => [cuts[index], to]);
  element.replaceChildren(...pieces.map(([from, to]) => pieceOf(text.slice(from, to), here.filter((span) => holds(span, from)))));
}

function holds({ start, end }, at) {
  return start <= at && at < end;
}

function pieceOf(content, spans) {
  if (!spans.length) return content;
  const mark = document.createElement("mark");
  mark.append(content);
  mark.classList.toggle("current", spans.some((span) => span.current));
  return mark;
}
