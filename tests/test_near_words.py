"""Near words: words of a like meaning in the place of those that people share with the text (module qa.training.near_words)."""

from pathlib import Path

import numpy as np
import pytest

from index.encoder import Encoding, Kind
from qa.training.examples import Example, Examples
from qa.training.near_words import COMMON, near_words, replaceable
from qa.training.sources import Asked, Paragraph, Source

MEANINGS = {
    "doctor": (1.0, 0.0, 0.0),
    "doctors": (1.0, 0.0, 0.0),
    "physician": (0.8, 0.6, 0.0),  # cosine 0.8 with doctor
    "nurse": (0.5, 0.87, 0.0),
    "higher": (0.0, 0.0, 1.0),
    "lower": (0.0, 0.1, 0.995),
    "elevated": (0.0, 0.6, 0.8),
}


class Meanings:
    """An encoder that knows a few words by heart."""

    fingerprint = "meanings"
    dimension = 3
    asked = 0

    def encode(self, text: str, kind: Kind) -> Encoding:
        self.asked += 1
        vector = np.array(MEANINGS[text], dtype=np.float32)
        return Encoding(vector / np.linalg.norm(vector), vector[None], np.array([[0, len(text)]]))


def _source(text: str) -> Source:
    return Source({"p": Paragraph("p", "", text, ((0, len(text)),))}, (), ())


@pytest.fixture
def near(tmp_path: Path) -> dict[str, list[str]]:
    text = " ".join(" ".join(MEANINGS) for _ in range(COMMON)) + " rare about"
    return dict(near_words([_source(text)], Meanings(), tmp_path / "near.json"))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("doctor", ["physician"], id="its plural is the same word"),
        pytest.param("physician", ["nurse", "doctor", "doctors"], id="nearest first, down to a cosine of 0.6"),
        pytest.param("higher", ["elevated"], id="an opposite is near but means something else"),
        pytest.param("rare", None, id="seen too seldom"),
        pytest.param("about", None, id="a function word"),
    ],
)
def test_a_word_has_the_words_of_a_like_meaning(near: dict[str, list[str]], word: str, expected: list[str] | None):
    assert near.get(word) == expected


def test_near_words_are_remembered_and_not_made_again(tmp_path: Path):
    encoder = Meanings()
    first = near_words([_source("doctor physician " * COMMON)], encoder, tmp_path / "near.json")
    made = encoder.asked
    assert near_words([_source("nurse " * COMMON)], encoder, tmp_path / "near.json") == first
    assert encoder.asked == made == 2


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("Which doctor came?", "The doctor came late.", ["doctor"]),
        ("Which doctor came?", "The nurse came late.", []),
        ("Which Doctor came?", "The doctor came late.", []),
        ("Which doctor-led trial?", "A doctor led it.", []),
        ("Is higher higher?", "Higher than that.", ["higher", "higher"]),
        ("Who was it?", "", []),
    ],
)
def test_a_word_is_replaceable_that_has_near_words_and_stands_in_the_text(
    near: dict[str, list[str]], question: str, text: str, expected: list[str]
):
    assert [match[0] for match in replaceable(question, text, near)] == expected


def _drawn(near: dict[str, list[str]]) -> list[Example]:
    text = "The doctor came late."
    paragraph = Paragraph("p", "", text, ((0, len(text)),))
    asked = tuple(
        Asked(kind, kind, "Did the doctor come?", {"p": ((0, len(text)),)}, "p", ("late",))
        for kind in ("new_wiki", "reddit", "amazon_reviews", "squad2", "bioasq")
    )
    examples = Examples([Source({"p": paragraph}, asked, ())], {one.id: ["p"] for one in asked}, near, seed=5)
    return [examples.draw() for _ in range(600)]


def test_some_answerable_questions_are_reworded_and_no_unanswerable_one(near: dict[str, list[str]]):
    drawn = _drawn(near)
    reworded = [one for one in drawn if "physician" in one.question]
    assert 0.05 < len(reworded) / len(drawn) < 0.2
    assert all(one.gold for one in reworded)
    assert not any("physician" in one.question for one in _drawn({}))
