"""What reading adds to retrieval: evidence recall at three sentences over all of BioASQ.

    python benchmarks/evidence.py DATA [--work FOLDER]

DATA is the folder of the development sets. Over all 11,022 documents of BioASQ, the questions that the trained reader was not trained on.
A sentence is evidence if it shares half of its characters with a gold snippet, or of the snippet's with it; recall: the share of the three
best sentences that are, out of as many as there are, at most three. Intervals as in `development.py`.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from figures import interval, machine, table
from readings import answers
from sets import Case, case_of, library_of
from threadpoolctl import threadpool_limits

from index.library import Library
from index.view import Hit, View
from qa.answering import PASSAGES_READ
from qa.evidence import Evidence
from qa.readers import LateInteractionReader, LexicalReader, Reader
from qa.sets import document_of, read_lines
from qa.trained import shipped_reader
from qa.training.sources import read_source

TAKEN = 3  # sentences
ALONE = "retrieval alone: the first sentences of the best passages"


def recalls(library: Library, cases: Sequence[Case]) -> dict[str, np.ndarray]:
    """For each manner of taking three sentences the recall of every question."""
    readers: list[Reader] = [LexicalReader(), LateInteractionReader(library.encoder), shipped_reader(library.encoder)]
    found: dict[str, list[float]] = {ALONE: [], **{reader.name: [] for reader in readers}}
    with library.view() as view:
        for case in cases:
            hits = view.search(case.question.text, PASSAGES_READ)
            most = min(TAKEN, sum(any(answers(one, *span) for span in case.spans) for one in _in_order(hits)))
            if most:
                found[ALONE].append(_recall(list(_in_order(hits)), case, most))
                for reader in readers:
                    found[reader.name].append(_recall(_read(reader, case, hits, view), case, most))
    return {name: np.array(values) for name, values in found.items()}


def _in_order(hits: Sequence[Hit]) -> Iterator[Evidence]:
    """Every sentence in the order of the passages, and as it stands in each."""
    nothing = np.empty(0, dtype=np.float32)
    return (Evidence(hit, sentence, 0.0, nothing) for hit in hits for sentence in range(len(hit.row.sentences)))


def _read(reader: Reader, case: Case, hits: Sequence[Hit], view: View) -> Sequence[Evidence]:
    return reader.read(case.question.understood(), hits, view.weight).evidence


def _recall(evidence: Sequence[Evidence], case: Case, most: int) -> float:
    return sum(any(answers(one, *span) for span in case.spans) for one in evidence[:TAKEN]) / most


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the development sets")
    parser.add_argument("--work", type=Path, default=Path(".footnote/benchmarks"), help="where the library is made and kept")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    threadpool_limits(limits=1, user_api="blas")
    documents = [document_of(line) for line in read_lines(arguments.data / "bioasq" / "corpus.jsonl.gz")]
    library = library_of(documents, arguments.work / "bioasq-whole")
    held_out = {asked.id for asked in read_source(arguments.data, "bioasq").held_out}
    cases = [case_of(line) for line in read_lines(arguments.data / "bioasq" / "questions.jsonl.gz") if line["id"] in held_out]
    found = recalls(library, cases)
    print(f"{machine()}\n\n{len(found[ALONE])} questions, evidence recall at {TAKEN} sentences\n")
    print(table(["", "recall", "95 %"], (_row(name, values) for name, values in found.items())))


def _row(name: str, values: np.ndarray) -> list[object]:
    low, high = interval(values, lambda rows: rows.mean(axis=1))
    return [name, f"{values.mean():.3f}", f"{low:.3f} to {high:.3f}"]


if __name__ == "__main__":
    main()
