"""A reader that the user names: any extractive question answering model or cross-encoder of transformers, by path or hub name.

It reads the windows that late interaction finds. Imports torch and transformers, and only when such a reader is made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from index.view import Hit
from qa.calibration import Calibration
from qa.errors import ReaderUnavailable
from qa.evidence import Evidence, Margins, Place, Reading
from qa.pair_scorer import Floats, shortest_answer
from qa.questions import Understood
from qa.readers import LateInteractionReader, Weight, ranked, reading
from qa.windows import Window, windows

PREFIX = "model:"
WIDTH, BUDGET = 200, 800  # tokens
LOG_ODDS = Margins(as_good=1.0, usable=2.0)

Found = tuple[float, tuple[int, int] | None]  # score and short answer of a sentence


class NamedReader:
    """Question answering: the best answer within a sentence against that there is none. Cross-encoder: its score of each sentence."""

    def __init__(self, first: LateInteractionReader, source: str, calibration: Calibration | None = None) -> None:
        """source: a path, or a name on the hub, which needs the network.

        Raises:
            ReaderUnavailable: there is no such model, or it is of another kind.
        """
        self.name = PREFIX + source
        self.calibration = calibration or Calibration(self.name, (1.0, 0.0, 0.0, 0.0), 0.0, 0.5, 1.0, 0.0, 0, "")
        self._first = first
        self._tokenizer, self._model = _loaded(source)
        self._found = self._answers if hasattr(self._model, "qa_outputs") else self._scores

    def read(self, question: Understood, hits: Sequence[Hit], weight: Weight) -> Reading:
        first = self._first.read(question, hits, weight)
        seen = {one.place: one for one in first.evidence}
        read = windows(first.evidence, WIDTH, BUDGET)
        found = ranked(one for window in read for one in self._read_closely(question.in_words_of(window.text), window, seen))
        return reading(question, hits, found, weight, self.calibration, LOG_ODDS)

    def _read_closely(self, question: str, window: Window, seen: dict[Place, Evidence]) -> Iterator[Evidence]:
        found = zip(window.places(), self._found(question, window), strict=True)
        for number, (place, (score, answer)) in enumerate(found, start=window.first):
            if np.isfinite(score):
                yield replace(seen[place], hit=window.hit, sentence=number, score=score, answer=answer)

    def _answers(self, question: str, window: Window) -> Iterator[Found]:
        encoded = self._tokenizer(question, window.text, truncation="only_second", return_tensors="pt", return_offsets_mapping=True)
        offsets = encoded.pop("offset_mapping")[0].numpy()
        held = np.array([part == 1 for part in encoded.sequence_ids(0)]) & (offsets[:, 1] > offsets[:, 0])
        output = self._run(encoded)
        first, last = (logits[0].float().numpy() for logits in (output.start_logits, output.end_logits))
        for start, end in window.sentences:
            places = np.flatnonzero(held & (offsets[:, 0] >= start) & (offsets[:, 1] <= end))
            yield _answer(first, last, places, offsets, window.start) if len(places) else (-np.inf, None)

    def _scores(self, question: str, window: Window) -> Iterator[Found]:
        for start, end in window.sentences:
            encoded = self._tokenizer(question, window.text[start:end], truncation="only_second", return_tensors="pt")
            logits = self._run(encoded).logits[0].float().numpy()
            yield float(logits[0] if len(logits) == 1 else logits[1] - logits[0]), None

    def _run(self, encoded: Any) -> Any:
        import torch

        with torch.inference_mode():
            return self._model(**encoded)


def _answer(first: Floats, last: Floats, places: Any, offsets: Any, base: int) -> Found:
    """The best stretch of the tokens at `places`; BERT's and RoBERTa's first token stands for "no answer"."""
    one, other, _ = shortest_answer(first[places], last[places])
    score = first[places[one]] + last[places[other]] - first[0] - last[0]
    return float(score), (base + int(offsets[places[one], 0]), base + int(offsets[places[other], 1]))


def _loaded(source: str) -> tuple[Any, Any]:
    from transformers import AutoConfig, AutoModelForQuestionAnswering, AutoModelForSequenceClassification, AutoTokenizer

    local = Path(source).is_dir()
    try:
        kinds = AutoConfig.from_pretrained(source, local_files_only=local).architectures or []
        answers = any("QuestionAnswering" in kind for kind in kinds)
        kind = AutoModelForQuestionAnswering if answers else AutoModelForSequenceClassification
        if not answers and not any("SequenceClassification" in one for one in kinds):
            raise ValueError(f"it is made for {', '.join(kinds) or 'nothing named'}")
        model = kind.from_pretrained(source, local_files_only=local).eval()
        return AutoTokenizer.from_pretrained(source, local_files_only=local), model
    except Exception as error:  # whatever the libraries below raise, the reason is all that matters
        reason = (str(error).splitlines() or ["no reason"])[0]
        raise ReaderUnavailable(
            f"{source!r} is no question answering model or cross-encoder that can be loaded ({type(error).__name__}: {reason})."
        ) from error
