"""Examples: a question, a window of text, and which of its sentences answer. Drawn at random, with a seed."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from qa.names import names
from qa.training.negatives import with_an_opposite, with_another_name
from qa.training.sources import Asked, Paragraph, Source, Span, gold_sentences
from qa.training.variants import varied

# How often a question of each kind is drawn, and what of an answerable one is made of it.
KINDS = {"new_wiki": 0.28, "reddit": 0.12, "amazon_reviews": 0.12, "squad2": 0.18, "bioasq": 0.30}
CUT_OUT, RETRIEVED, SWAPPED = 0.12, 0.14, 0.14  # made unanswerable by: cutting the answer out, another text, another name or word
TITLED = 0.5  # of the windows show the title as their heading
JOINED = 0.6  # of the windows of BioASQ hold another text too: its texts are gold snippets alone, with nothing beside the answer
WIDTHS = (220, 700)  # characters of a window


@dataclass(frozen=True, slots=True)
class Example:
    """gold: the sentences that answer, none if the text does not. answer: the short answer's span, if one is known."""

    question: str
    heading: str
    text: str
    sentences: tuple[Span, ...]
    gold: tuple[int, ...]
    answer: Span | None = None


class Examples:
    """Draws examples from sources; `neighbours` are the paragraphs that retrieval finds for a question, best first."""

    def __init__(self, sources: Sequence[Source], neighbours: Mapping[str, Sequence[str]], seed: int) -> None:
        self._dice = random.Random(seed)
        self._neighbours = neighbours
        self._paragraphs = {id: paragraph for source in sources for id, paragraph in source.paragraphs.items()}
        self._asked: dict[str, list[Asked]] = {kind: [] for kind in KINDS}
        for asked in (asked for source in sources for asked in source.trained):
            self._asked[asked.kind].append(asked)

    def draw(self) -> Example:
        """One example."""
        kind = self._dice.choices(list(KINDS), list(KINDS.values()))[0]
        asked = self._dice.choice(self._asked[kind])
        if not asked.answering:
            return self._unanswerable(asked.question, self._paragraphs[str(asked.about)])
        paragraph = self._paragraphs[self._dice.choice(list(asked.answering))]
        if asked.kind == "bioasq" and self._dice.random() < JOINED:
            return self._joined(asked, paragraph)
        chance = self._dice.random()
        negative: Example | None = None
        if chance < CUT_OUT:
            negative = self._cut_out(asked, paragraph)
        elif chance < CUT_OUT + RETRIEVED:
            negative = self._retrieved(asked)
        elif chance < CUT_OUT + RETRIEVED + SWAPPED:
            negative = self._swapped(asked, paragraph)
        return negative or self._answerable(asked, paragraph)

    def _answerable(self, asked: Asked, paragraph: Paragraph) -> Example:
        spans = asked.answering[paragraph.id]
        gold = gold_sentences(paragraph, spans)
        if not gold:
            return self.draw()
        first, last = self._window(paragraph, self._dice.choice(gold))
        base = paragraph.sentences[first][0]
        inside = tuple(n - first for n in gold if first <= n < last)
        answer = self._dice.choice(spans) if asked.short else None
        if answer and base <= answer[0] and answer[1] <= paragraph.sentences[last - 1][1]:
            return self._example(asked.question, paragraph, first, last, inside, (answer[0] - base, answer[1] - base))
        return self._example(asked.question, paragraph, first, last, inside)

    def _joined(self, asked: Asked, paragraph: Paragraph) -> Example:
        other = self._paragraphs[self._dice.choice(self._neighbours[asked.id])]
        pieces = self._dice.sample([(paragraph, gold_sentences(paragraph, asked.answering[paragraph.id])), (other, ())], 2)
        texts = [one.text for one, _ in pieces]
        shift, count = len(texts[0]) + 1, len(pieces[0][0].sentences)
        spans = pieces[0][0].sentences + tuple((start + shift, end + shift) for start, end in pieces[1][0].sentences)
        gold = tuple(pieces[0][1]) + tuple(n + count for n in pieces[1][1])
        whole = Paragraph(paragraph.id, paragraph.title, " ".join(texts), spans)
        first, last = self._window(whole, self._dice.choice(gold)) if gold else (0, len(spans))
        return self._example(asked.question, whole, first, last, tuple(n - first for n in gold if first <= n < last))

    def _unanswerable(self, question: str, paragraph: Paragraph) -> Example:
        if not paragraph.sentences:
            return self.draw()
        first, last = self._window(paragraph, self._dice.randrange(len(paragraph.sentences)))
        return self._example(question, paragraph, first, last, ())

    def _cut_out(self, asked: Asked, paragraph: Paragraph) -> Example | None:
        gold = gold_sentences(paragraph, asked.answering[paragraph.id])
        left = [paragraph.text[start:end] for n, (start, end) in enumerate(paragraph.sentences) if n not in gold]
        text = " ".join(left)
        if not left or not asked.short or _says(text, asked.answers):
            return None
        starts = [sum(map(len, left[:n])) + n for n in range(len(left))]
        spans = tuple((start, start + len(sentence)) for start, sentence in zip(starts, left, strict=True))
        return self._unanswerable(asked.question, Paragraph(paragraph.id, paragraph.title, text, spans))

    def _retrieved(self, asked: Asked) -> Example | None:
        found = [self._paragraphs[id] for id in self._neighbours.get(asked.id, ()) if id not in asked.answering]
        fitting = [one for one in found if not _says(one.text, asked.answers)]
        return self._unanswerable(asked.question, self._dice.choice(fitting)) if fitting else None

    def _swapped(self, asked: Asked, paragraph: Paragraph) -> Example | None:
        others = [name for id in self._dice.choices(list(self._paragraphs), k=12) for name in names(self._paragraphs[id].text)]
        near = [name for id in self._neighbours.get(asked.id, ()) for name in names(self._paragraphs[id].text)]
        opposite = with_an_opposite(asked.question, self._dice)
        question = opposite or with_another_name(asked.question, paragraph.text, near or others, self._dice)
        return self._unanswerable(question, paragraph) if question else None

    def _window(self, paragraph: Paragraph, around: int) -> tuple[int, int]:
        """Sentences `[first, last)` around one, as many as a width drawn at random holds."""
        width, spans = self._dice.uniform(*WIDTHS), paragraph.sentences
        first, last = around, around + 1
        while (sides := [first > 0, last < len(spans)]) != [False, False]:
            before = self._dice.choices([True, False], sides)[0]
            wider = (first - 1, last) if before else (first, last + 1)
            if spans[wider[1] - 1][1] - spans[wider[0]][0] > width:
                break
            first, last = wider
        return first, last

    def _example(
        self, question: str, paragraph: Paragraph, first: int, last: int, gold: tuple[int, ...], answer: Span | None = None
    ) -> Example:
        start, end = paragraph.sentences[first][0], paragraph.sentences[last - 1][1]
        spans = tuple((one - start, other - start) for one, other in paragraph.sentences[first:last])
        heading = heading_of(paragraph) if self._dice.random() < TITLED else ""
        return Example(varied(question, self._dice), heading, paragraph.text[start:end], spans, gold, answer)


def heading_of(paragraph: Paragraph) -> str:
    """The title of a paragraph as a person would write it."""
    title = unquote(paragraph.title).replace("_", " ")
    return "" if title.startswith(("Filtered Reddit", "Amazon Reviews")) else title


def _says(text: str, answers: Sequence[str]) -> bool:
    lowered = text.casefold()
    return any(answer.casefold() in lowered for answer in answers)
