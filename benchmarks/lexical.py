"""Full-text search: `index/postings.py` against tantivy, and why Footnote uses the first.

    python benchmarks/lexical.py DATA [--passages 10000] [--questions 500]

DATA is the folder of the development sets; passages are drawn from scifact, bioasq and squadshifts. Both index the same text (title and
passage), both on one thread. tantivy stems with `en_stem`, joins a question's words by OR, and keeps its index in a temporary folder.
Measured: building, saving and opening again, a question (the best 50), how soon a question sees a passage added or removed, whether the
ten best are the same, and whether scores after a third of the passages is removed are those of an index that never held them.
"""

import argparse
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tantivy
from figures import SEED, machine, p50_p99, table
from sets import mixed_documents, mixed_questions

from index.passages import passages
from index.postings import Postings, Statistics, bm25
from index.shadow import terms

FOUND = 50  # passages a question asks for
CHANGES = 15  # passages added and removed one by one
_HEAP = 128 * 2**20  # bytes tantivy's writer may use

Ranking = list[tuple[int, float]]  # passage number and score, best first


class Engine(Protocol):
    """A full-text index over numbered passages."""

    def search(self, question: str) -> Ranking: ...

    def add(self, number: int, text: str) -> None: ...

    def remove(self, numbers: Sequence[int]) -> None: ...


class Ours:
    """Postings of `index.postings` as a snapshot holds them: segments, masks of the rows alive, statistics of the whole."""

    def __init__(self, postings: Postings, numbers: Sequence[int]) -> None:
        self._segments = [(postings, np.ones(len(numbers), dtype=np.bool_))]
        self._numbers = [np.array(numbers)]
        self._statistics = Statistics.of(self._segments)

    def search(self, question: str) -> Ranking:
        found: Ranking = []
        for numbers, (_, alive), scores in zip(
            self._numbers, self._segments, bm25(self._segments, self._statistics, terms(question)), strict=True
        ):
            rows = np.flatnonzero((scores > 0) & alive)
            best = rows[np.lexsort((rows, -scores[rows]))[:FOUND]]
            found += zip(numbers[best].tolist(), scores[best].tolist(), strict=True)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:FOUND]

    def add(self, number: int, text: str) -> None:
        self._segments.append((Postings.of([terms(text)]), np.ones(1, dtype=np.bool_)))
        self._numbers.append(np.array([number]))
        self._statistics = Statistics.of(self._segments)

    def remove(self, numbers: Sequence[int]) -> None:
        for held, (_, alive) in zip(self._numbers, self._segments, strict=True):
            alive[np.isin(held, numbers)] = False
        self._statistics = Statistics.of(self._segments)


class Tantivy:
    """A tantivy index in a folder, with one writer thread."""

    def __init__(self, folder: Path) -> None:
        schema = tantivy.SchemaBuilder()
        schema.add_integer_field("number", stored=True, indexed=True)
        schema.add_text_field("text", tokenizer_name="en_stem", index_option="freq")
        self._index = tantivy.Index(schema.build(), path=str(folder))
        self._writer: Any = self._index.writer(_HEAP, 1)
        self._searcher: Any = self._index.searcher()

    def search(self, question: str) -> Ranking:
        return [(self._searcher.doc(address)["number"][0], score) for score, address in self.addresses(question)]

    def addresses(self, question: str) -> list[tuple[float, Any]]:
        """Scores and tantivy's own addresses of what is found, which it takes longer to turn into numbers."""
        query = self._index.parse_query(" ".join(re.findall(r"\w+", question.lower())), ["text"])  # words alone: no operators
        return list(self._searcher.search(query, FOUND, count=False).hits)

    def fill(self, texts: Iterator[tuple[int, str]]) -> None:
        for number, text in texts:
            self._writer.add_document(tantivy.Document(number=number, text=text))

    def add(self, number: int, text: str) -> None:
        self.fill(iter([(number, text)]))
        self.commit()

    def remove(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._writer.delete_documents_by_term("number", number)
        self.commit()

    def commit(self) -> None:
        self._writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()


def read_texts(data: Path, count: int) -> list[str]:
    """`count` passages with title, as they are indexed."""
    documents, _ = mixed_documents(data, count)
    texts = [f"{one.context(document.title)}\n{document.text[one.start : one.end]}" for document in documents for one in passages(document)]
    return texts[:count]


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def build(texts: list[str], folder: Path) -> tuple[Ours, Tantivy, list[list[object]]]:
    """Both indexes over the texts, and the rows of the table on making, saving and opening them."""
    stored = [" ".join(terms(text)) for text in texts]  # and the words' forms are remembered now, as in a running process
    from_text = seconds(lambda: Postings.of(map(terms, texts)))
    from_terms = seconds(lambda: Postings.of(text.split() for text in stored))
    postings = Postings.of(text.split() for text in stored)
    theirs = Tantivy(folder)
    filling = seconds(lambda: theirs.fill(enumerate(texts)))
    committing = seconds(theirs.commit)
    path = folder.with_suffix(".npz")
    saving = seconds(lambda: postings.save(path))
    opening = [seconds(lambda: Postings.load(path)) for _ in range(5)]
    theirs_opening = [seconds(lambda: tantivy.Index.open(str(folder)).searcher()) for _ in range(5)]
    size = sum(file.stat().st_size for file in folder.iterdir())
    rows: list[list[object]] = [
        ["built from text, passages/s", f"{len(texts) / from_text:,.0f}", f"{len(texts) / (filling + committing):,.0f}"],
        ["built from stored terms, passages/s", f"{len(texts) / from_terms:,.0f}", "–"],
        ["saved, ms", f"{1000 * saving:.0f}", f"{1000 * committing:.0f} (commit)"],
        ["opened again, ms", f"{1000 * np.median(opening):.1f}", f"{1000 * np.median(theirs_opening):.1f}"],
        ["on disk, MB", f"{path.stat().st_size / 1e6:.1f}", f"{size / 1e6:.1f}"],
    ]
    return Ours(postings, range(len(texts))), theirs, rows


def asked(ours: Ours, theirs: Tantivy, questions: Sequence[str]) -> Iterator[list[object]]:
    """The rows on questions: their time, and whether both find the same."""
    times = [[seconds(partial(search, question)) for question in questions] for search in (ours.search, theirs.search, theirs.addresses)]
    theirs_time = f"{p50_p99(times[1])} (without passage numbers {p50_p99(times[2])})"
    yield [f"a question, best {FOUND}, p50 / p99 ms", p50_p99(times[0]), theirs_time]
    same = [len(_numbers(ours.search(q)) & _numbers(theirs.search(q))) / 10 for q in questions]
    first = [ours.search(q)[:1] != [] and ours.search(q)[0][0] == theirs.search(q)[0][0] for q in questions]
    yield ["ten best in both / same first", f"{np.mean(same):.2f} / {np.mean(first):.2f}", "the same"]


def _numbers(ranking: Ranking) -> set[int]:
    return {number for number, _ in ranking[:10]}


def changed(ours: Ours, theirs: Tantivy, texts: Sequence[str]) -> Iterator[list[object]]:
    """The rows on how soon a question sees a change: a passage that holds a word of its own is added, then removed."""
    times = {engine: [_change(engine, len(texts) + i, f"zyzzyva{i} {texts[i]}") for i in range(CHANGES)] for engine in (ours, theirs)}
    for place, what in enumerate(("added", "removed")):
        yield [
            f"until a question sees a passage {what}, ms",
            *(f"{1000 * np.median([t[place] for t in times[e]]):.2f}" for e in (ours, theirs)),
        ]


def _change(engine: Engine, number: int, text: str) -> tuple[float, float]:
    question = text.split(maxsplit=1)[0]

    def add() -> None:
        engine.add(number, text)
        assert _numbers(engine.search(question)) == {number}

    def remove() -> None:
        engine.remove([number])
        assert not engine.search(question)

    return seconds(add), seconds(remove)


def removed(texts: Sequence[str], questions: Sequence[str], folder: Path) -> Iterator[list[object]]:
    """The rows on scores after a third of the passages is removed, against an index made of the others alone."""
    numbers = list(range(len(texts)))
    gone = sorted(random.Random(SEED).sample(numbers, len(numbers) // 3))
    kept = sorted(set(numbers) - set(gone))
    found = [list(map(terms, texts)), [terms(texts[number]) for number in kept]]
    ours = Ours(Postings.of(found[0]), numbers), Ours(Postings.of(found[1]), kept)
    theirs = Tantivy(folder / "all"), Tantivy(folder / "kept")
    theirs[0].fill(enumerate(texts))
    theirs[0].commit()
    theirs[1].fill((number, texts[number]) for number in kept)
    theirs[1].commit()
    for engine in (ours[0], theirs[0]):
        engine.remove(gone)
    columns = [list(_compared(after, fresh, questions)) for after, fresh in (ours, theirs)]
    heads = ("largest difference of a score", "questions with a score that differs", "questions whose ten best differ or change order")
    yield from ([f"a third removed, against made afresh: {head}", *cells] for head, *cells in zip(heads, *columns, strict=True))


def _compared(after: Engine, fresh: Engine, questions: Sequence[str]) -> Iterator[str]:
    pairs = [(after.search(question), fresh.search(question)) for question in questions]
    scores = [(dict(one), dict(other)) for one, other in pairs]
    largest = [max((abs(one[n] - other[n]) for n in one.keys() & other.keys()), default=0.0) for one, other in scores]
    yield f"{max(largest):.3f}" if max(largest) else "0 (equal to the last bit)"
    yield f"{np.mean(np.array(largest) > 0):.1%}"
    yield f"{np.mean([[n for n, _ in one[:10]] != [n for n, _ in other[:10]] for one, other in pairs]):.1%}"


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the development sets")
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=500)
    arguments = parser.parse_args()
    texts = read_texts(arguments.data, arguments.passages)
    questions = mixed_questions(arguments.data, arguments.questions)
    with tempfile.TemporaryDirectory() as name:
        for folder in ("index", "all", "kept"):
            (Path(name) / folder).mkdir()
        ours, theirs, rows = build(texts, Path(name) / "index")
        rows += [*asked(ours, theirs, questions), *changed(ours, theirs, texts), *removed(texts, questions, Path(name))]
    words_each = np.mean([len(text.split()) for text in texts])
    print(f"{machine()}; {len(texts)} passages of {words_each:.0f} words on average, {len(questions)} questions\n")
    print(table(["", "index/postings.py", f"tantivy {metadata.version('tantivy')}"], rows))


if __name__ == "__main__":
    main()
