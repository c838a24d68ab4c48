"""Sources: the public sets a reader is trained on, as paragraphs and the questions asked about them.

A data folder holds a folder for each set, with `corpus.jsonl.gz` ({"id", "title", "text"}) and `questions.jsonl.gz` ({"id",
"question", "gold_doc", "gold_spans", "answerable", "context_doc", …}); spans are code points of the text.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from index.blocks import Block
from index.sentences import sentences
from qa.sets import Line, read_lines

Span = tuple[int, int]

HELD_OUT_ARTICLES = ("Normans", "Immune system", "Packet switching", "Huguenot")  # of SQuAD 2.0, never trained on
HELD_OUT_SHARE = 0.1  # of the paragraphs of SQuADShifts, of the questions of BioASQ


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text and its sentences `[start, end)`."""

    id: str
    title: str
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the paragraphs that answer it: for each, the spans of its text that do.

    kind: where it comes from, which decides how often it is drawn. about: the paragraph it was written for, answering or not.
    answers: the answers' words, by which a paragraph taken for a negative is checked.
    """

    id: str
    kind: str
    question: str
    answering: dict[str, tuple[Span, ...]]
    about: str | None
    answers: tuple[str, ...]

    @property
    def short(self) -> bool:
        """Whether the spans are short answers within sentences, not sentences."""
        return self.kind != "bioasq"


@dataclass(frozen=True, slots=True)
class Source:
    """Paragraphs by id, and the questions about them that are trained on and those that are held out."""

    paragraphs: dict[str, Paragraph]
    trained: tuple[Asked, ...]
    held_out: tuple[Asked, ...]


def read_source(data: Path, name: str) -> Source:
    """The set `name` of the folder `data`."""
    paragraphs = {line["id"]: _paragraph(line) for line in read_lines(data / name / "corpus.jsonl.gz")}
    asked = [_asked(name, line) for line in read_lines(data / name / "questions.jsonl.gz")]
    held_out = [one for one in asked if _is_held_out(name, one, paragraphs)]
    gone = {id for one in held_out for id in one.answering} if name == "bioasq" else set()
    trained = [one for one in asked if not _is_held_out(name, one, paragraphs) and gone.isdisjoint(one.answering)]
    return Source(paragraphs, tuple(trained), tuple(held_out))


def gold_sentences(paragraph: Paragraph, spans: tuple[Span, ...]) -> tuple[int, ...]:
    """The sentences of which a span covers half, or which hold half of a span."""

    def held(sentence: Span, span: Span) -> bool:
        shared = min(sentence[1], span[1]) - max(sentence[0], span[0])
        return shared > 0 and 2 * shared >= min(sentence[1] - sentence[0], span[1] - span[0])

    return tuple(n for n, sentence in enumerate(paragraph.sentences) if any(held(sentence, span) for span in spans))


def _is_held_out(name: str, asked: Asked, paragraphs: dict[str, Paragraph]) -> bool:
    if name in ("clapnq", "scifact"):
        return True
    if name == "squad2":
        return asked.about is None or paragraphs[asked.about].title.replace("_", " ") in HELD_OUT_ARTICLES
    return _share(asked.id if name == "bioasq" else str(asked.about)) < HELD_OUT_SHARE


def _share(id: str) -> float:
    """A number from 0 to 1 that an id always has."""
    return int.from_bytes(hashlib.sha256(id.encode()).digest()[:4], "big") / 2**32


def _paragraph(line: Line) -> Paragraph:
    text = line["text"]
    return Paragraph(line["id"], (line.get("title") or "").strip(), text, tuple(sentences(text, Block(0, len(text)))))


def _asked(name: str, line: Line) -> Asked:
    answering: dict[str, list[Span]] = {}
    for span in line["gold_spans"]:
        answering.setdefault(span["doc"], []).append((span["start"], span["end"]))
    about = line.get("context_doc") or next(iter(line["gold_doc"]), None)
    answers = tuple(answer for answer in line["answers"] if isinstance(answer, str))
    spans = {id: tuple(sorted(set(found))) for id, found in answering.items()}
    return Asked(line["id"], line.get("subset") or name, line["question"], spans, about, answers)
