"""The calibration a reader is shipped with: `python -m qa.training.calibrating DATA WORK --reader trained`.

Fitted to questions that no reader was trained on: SQuAD 2.0 (held-out articles), CLAPnq, and BioASQ (held-out questions, half of
which are made unanswerable by leaving every document out that answers them). Each set is a library of its own.
"""

import argparse
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from index.library import Library
from qa.answering import Answerer
from qa.calibration import Calibration, calibrated
from qa.catalogue import reader_named
from qa.evidence import Signals
from qa.sets import Line, document_of, question_of, read_lines
from qa.training.sources import read_source

SETS = ("squad2", "clapnq", "bioasq")
SEED = 2026
MOST = 200  # questions of a kind of a set
OTHERS = 800  # documents of BioASQ that answer none of the questions
FALSE_ANSWERS = 0.5

# The score alone tells answerable questions of a set left out from the others as well as with any other signal (AUROC SQuAD 2.0, CLAPnq,
# BioASQ: 0.701, 0.897, 0.939), better than with all of them (0.688, 0.903, 0.923). On one's own questions they may help.
USED = ("score",)


def main() -> None:
    """Fit and write the calibration."""
    parser = argparse.ArgumentParser(prog="python -m qa.training.calibrating", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the sets")
    parser.add_argument("work", type=Path, help="the folder of the training: its encoder is used, libraries are made in it")
    parser.add_argument("--reader", default="trained")
    parser.add_argument("--false-answers", type=float, default=FALSE_ANSWERS, help="share of unanswerable questions that may be answered")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    known = [pair for name in SETS for pair in _signals(arguments.data, name, arguments.work, arguments.reader)]
    fitted = calibrated(arguments.reader, [one for one, _ in known], [kind for _, kind in known], arguments.false_answers, USED)
    fitted.save(arguments.out)


def _signals(data: Path, name: str, work: Path, reader: str) -> Iterator[tuple[Signals, bool]]:
    corpus, questions = _sample(data, name)
    library = _library(work / f"library-{name}", work / "encoder", corpus)
    answerer = Answerer(library, reader_named(reader, library.encoder, _none_yet(reader)))
    for line in tqdm(questions, desc=name, mininterval=10):
        if signals := answerer.read(question_of(line)).signals:
            yield signals, line["answerable"]
    library.close()


def _none_yet(reader: str) -> Calibration:
    return Calibration(reader, (0.0, 0.0, 0.0, 0.0), 0.0, 0.0, 1.0, 0.0, 0, "")


def _sample(data: Path, name: str) -> tuple[list[Line], list[Line]]:
    held_out = {one.id for one in read_source(data, name).held_out}
    corpus = read_lines(data / name / "corpus.jsonl.gz")
    asked = [line for line in read_lines(data / name / "questions.jsonl.gz") if line["id"] in held_out]
    random.Random(SEED).shuffle(asked)
    if name == "bioasq":
        return _left_out(corpus, asked)
    return corpus, [line for kind in (True, False) for line in [one for one in asked if one["answerable"] is kind][:MOST]]


def _left_out(corpus: list[Line], asked: list[Line]) -> tuple[list[Line], list[Line]]:
    """Half of the questions with every document gone that answers them, and a corpus around the other half."""
    kept, out = asked[: len(asked) // 2], asked[len(asked) // 2 :]
    gone = {id for line in out for id in line["gold_doc"]}
    kept = [line for line in kept if gone.isdisjoint(line["gold_doc"])]
    wanted = {id for line in kept for id in line["gold_doc"]}
    others = [line for line in corpus if line["id"] not in wanted | gone]
    chosen = [line for line in corpus if line["id"] in wanted] + random.Random(SEED).sample(others, min(OTHERS, len(others)))
    return chosen, [*kept, *({**line, "answerable": False} for line in out)]


def _library(home: Path, encoder: Path, corpus: list[Line]) -> Library:
    if not home.exists():
        part = home.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(encoder, part / "encoder-all-MiniLM-L6-v2-int8")
        library = Library.create(part)
        for line in tqdm(corpus, desc=home.name, mininterval=10):
            library.add(document_of(line))
        library.publish()
        library.close()
        part.rename(home)
    return Library.open(home)


if __name__ == "__main__":
    main()
