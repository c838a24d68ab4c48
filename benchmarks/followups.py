"""How follow-ups are understood: against the question alone, against all words of the earlier questions, and against people's rewrites.

    python benchmarks/followups.py DATA [--work FOLDER] [--fit]

DATA is the folder of the development sets. Conversations are halved by the hash of their id: on the first half everything was
chosen, the second was held out. --fit gives the weights of `qa.followups`, fitted to the first half.
"""

import argparse
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import regex
from figures import Floats, machine, mean, p50_p99, table
from sets import DevelopmentSet, read_set
from threadpoolctl import threadpool_limits

from index.shadow import content_terms, is_function_word, words
from index.view import Hit, View
from qa.answering import PASSAGES_READ
from qa.conversation import FEATURES, Conversation, Turn
from qa.followups import gaps
from qa.questions import Message, Question, Understood
from qa.readers import LateInteractionReader
from qa.sets import Line, read_lines

REWRITTEN = ("canard", "cast2021")
RETRIEVED = ("cast2021", "mtrag")
HALVES = ("chosen on", "held out")
_CONVERSATION = regex.compile(r"#|_\d+$|<::>")  # what parts a conversation's id from the number of a turn
_REFERENCE = regex.compile(
    r"\b(it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|ones?|there|such|former|latter|others?|same)\b"
    r"|^\s*(and|or|but|so|also|then|what about|how about|what else|any other|why\W*$|how so)\b",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question with earlier ones, the sources that answer it, and a person's rewrite of it, "" if there is none."""

    question: Question
    sources: frozenset[str]
    rewrite: str
    half: str


def follow_ups(data: Path, name: str) -> list[FollowUp]:
    """The follow-ups of a set. Where a conversation has a title, the title is its first question."""
    return [_follow_up(line) for line in read_lines(data / name / "questions.jsonl.gz") if line["history"]]


def _follow_up(line: Line) -> FollowUp:
    titles = [turn["text"] for turn in line["history"] if turn["role"] == "topic"]
    history = [Message("user", ". ".join(titles))] if titles else []
    others = [turn for turn in line["history"] if turn["role"] != "topic"]
    history += [Message("user" if turn["role"] == "user" else "assistant", turn["text"]) for turn in others]
    conversation = _CONVERSATION.split(line["id"])[0]
    half = HALVES[int(hashlib.sha256(conversation.encode()).hexdigest(), 16) % 2]
    question = Question(line["question"].strip(), tuple(history))
    return FollowUp(question, frozenset(f"{id}.txt" for id in line["gold_doc"]), line.get("rewrite") or "", half)


def _with_all_words(one: FollowUp) -> Understood:
    """As Footnote did it before: the content words of all earlier questions, if the question seems to depend on them."""
    asked = one.question.text
    have = set(content_terms(asked))
    found: list[str] = []
    if _REFERENCE.search(asked) or len(have) <= 2:
        for message in one.question.history:
            for word in words(message.content) if message.role == "user" else ():
                typed = message.content[word.start : word.end]
                if not is_function_word(typed) and not have.issuperset(word.terms):
                    found.append(typed)
                    have.update(word.terms)
    return Understood(asked, " ".join(found))


_MANNERS: dict[str, Callable[[FollowUp], Understood]] = {
    "the question alone": lambda one: Understood(one.question.text),
    "all words of earlier questions": _with_all_words,
    "as Footnote understands it": lambda one: one.question.understood(),
    "rewritten by a person": lambda one: Understood(one.rewrite),
}


# Rewriting


def rewriting(data: Path) -> Iterator[list[object]]:
    """How near each manner is to what people wrote."""
    for name in REWRITTEN:
        for half in HALVES:
            sample = [one for one in follow_ups(data, name) if one.half == half]
            for manner in list(_MANNERS)[:-1]:
                yield [name, half, len(sample), manner, *_nearness(sample, [_MANNERS[manner](one).standalone for one in sample])]


def _nearness(sample: Sequence[FollowUp], standalone: Sequence[str]) -> Iterator[str]:
    """ROUGE-1; precision, recall and F1 of the terms added, all questions together; and how many are added to one."""
    yield mean([_rouge(made, one.rewrite) for made, one in zip(standalone, sample, strict=True)])
    added = [_added(one.question.text, made) for made, one in zip(standalone, sample, strict=True)]
    wanted = [_added(one.question.text, one.rewrite) for one in sample]
    right = sum(len(made & one) for made, one in zip(added, wanted, strict=True))
    made, asked = sum(map(len, added)), sum(map(len, wanted))
    yield from (f"{share:.3f}" for share in (right / max(made, 1), right / asked, 2 * right / (made + asked)))
    yield f"{made / len(sample):.2f}"


def _added(asked: str, standalone: str) -> set[str]:
    return set(content_terms(standalone)) - set(content_terms(asked))


def _rouge(made: str, wanted: str) -> float:
    counts = [Counter(text[word.start : word.end].lower() for word in words(text)) for text in (made, wanted)]
    return 2 * (counts[0] & counts[1]).total() / max(sum(count.total() for count in counts), 1)


# Retrieval


def retrieval(data: Path, work: Path) -> Iterator[list[object]]:
    """What each manner finds and what the reader takes for the best sentence."""
    for name in RETRIEVED:
        sample = [one for one in follow_ups(data, name) if one.sources]
        yield from _retrieval_rows(read_set(data, name), sample, work)


def _retrieval_rows(documents: DevelopmentSet, sample: Sequence[FollowUp], work: Path) -> Iterator[list[object]]:
    library = documents.library(work)
    reader = LateInteractionReader(library.encoder)
    with library.view() as view:
        for half in HALVES:
            for manner, understood in _MANNERS.items():
                asked = [
                    (one, understood(one)) for one in sample if one.half == half and (one.rewrite or manner != "rewritten by a person")
                ]
                found = [_found(view, reader, how, one.sources) for one, how in asked]
                if found:
                    yield [documents.name, half, len(found), manner, *map(mean, zip(*found, strict=True))]
    library.close()


def _found(view: View, reader: LateInteractionReader, understood: Understood, sources: frozenset[str]) -> tuple[float, ...]:
    """Found among the first passages, reciprocal rank among them, found at all, best sentence from a right document, passages read."""
    hits = _searched(view, understood)
    right = [hit.document.source in sources for hit in hits]
    first = right[:PASSAGES_READ]
    evidence = reader.read(understood, hits, view.weight).evidence
    best = bool(evidence) and evidence[0].hit.document.source in sources
    return any(first), 1 / (1 + first.index(True)) if any(first) else 0.0, any(right), best, len(hits)


def _searched(view: View, understood: Understood) -> list[Hit]:
    found: dict[int, Hit] = {}
    for text in dict.fromkeys((understood.standalone, understood.with_background)):
        for hit in view.search(text, PASSAGES_READ):
            found.setdefault(hit.number, hit)
    return list(found.values())


def _seconds(data: Path) -> Iterator[float]:
    for name in RETRIEVED:
        for one in follow_ups(data, name):
            started = time.process_time()
            one.question.understood()
            yield time.process_time() - started


# Weights


def fitted(data: Path) -> Floats:
    """Logistic regression with a ridge of 3, by Newton's method: how well a phrase makes up what a person added (F1 of its terms).

    Both sets weigh the same. The last of the weights is the intercept.
    """
    samples = [list(_examples([one for one in follow_ups(data, name) if one.half == HALVES[0]])) for name in REWRITTEN]
    size = sum(map(len, samples))
    rows = np.array([(*features, 1.0) for sample in samples for features, _ in sample])
    wanted = np.array([right for sample in samples for _, right in sample])
    weight = np.concatenate([np.full(len(sample), size / (20 * len(sample))) for sample in samples])
    ridge = np.diag([3.0] * len(FEATURES) + [0.0])
    fit = np.zeros(rows.shape[1])
    for _ in range(30):
        said = 1 / (1 + np.exp(-rows @ fit))
        curvature = (rows * (weight * said * (1 - said))[:, None]).T @ rows + ridge
        fit += np.linalg.solve(curvature, rows.T @ (weight * (wanted - said)) - ridge @ fit)
    return fit


def _examples(sample: Sequence[FollowUp]) -> Iterator[tuple[tuple[float, ...], float]]:
    for one in sample:
        asked = one.question.text
        if not (added := _added(asked, one.rewrite)):
            continue
        conversation = Conversation([Turn(message.role == "user", message.content) for message in one.question.history])
        for number in [gap.number for gap in gaps(asked)] or [None]:
            for mention in conversation.mentions:
                terms = mention.phrase.terms
                if not terms.issubset(content_terms(asked)):
                    yield conversation.features(mention, number), 2 * len(terms & added) / (len(terms) + len(added))


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the development sets")
    parser.add_argument("--work", type=Path, default=Path(".footnote/benchmarks"), help="where libraries are made and kept")
    parser.add_argument("--fit", action="store_true", help="fit the weights, and nothing else")
    arguments = parser.parse_args()
    if arguments.fit:
        print(table(["feature", "weight"], zip([*FEATURES, "intercept"], (f"{one:.2f}" for one in fitted(arguments.data)), strict=True)))
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    threadpool_limits(limits=1, user_api="blas")  # as `footnote serve` has it
    print(f"{machine()}\n")
    heads = ["set", "half", "questions", "asked as"]
    print(table([*heads, "ROUGE-1", "added: precision", "recall", "F1", "terms added"], rewriting(arguments.data)), flush=True)
    measures = [f"found in {PASSAGES_READ}", "MRR", "found in all", "best sentence's right", "passages read"]
    print(table([*heads, *measures], retrieval(arguments.data, arguments.work)))
    print(f"Milliseconds of processor time to understand a follow-up, p50 / p99: {p50_p99(list(_seconds(arguments.data)))}")


if __name__ == "__main__":
    main()
