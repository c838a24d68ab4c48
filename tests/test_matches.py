"""Matches: the words of a question that stand in a passage are named as they were typed, with every place where they stand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.matches import matches
from index.shadow import content_terms, terms

WORDS = "CAR‐T CAR T cells cell IL‐6 il6 γδ 1,000 1000 the of Ångström e\u0301 ﬁne 中文字 文 CD19‐ CD19+ \u00ad 🦘 . ( ) \r\n".split(" ")
TYPED = st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join)


@pytest.mark.parametrize(
    ("question", "text", "found"),
    [
        pytest.param("otter", "An otter, two otters.", {"otter": ["otter", "otters"]}, id="inflected"),
        pytest.param("Otters swim", "The otter swims; otters!", {"Otters": ["otter", "otters"], "swim": ["swims"]}, id="in order"),
        pytest.param("swim otter", "The otter swims.", {"swim": ["swims"], "otter": ["otter"]}, id="in the order of the question"),
        pytest.param("IL-6", "IL‐6 and il6", {"IL-6": ["IL‐6", "il6"]}, id="hyphens"),
        pytest.param("angstrom", "An Ångström.", {"angstrom": ["Ångström"]}, id="diacritics"),
        pytest.param("γ gamma", "IFN-γ", {"γ": ["IFN-γ"]}, id="two ways to type one term are one"),
        pytest.param("CAR-T", "The CAR of a CAR‐T", {"CAR-T": ["CAR", "CAR‐T"]}, id="parts of a compound"),
        pytest.param("1000", "1,000 cells", {"1000": ["1,000"]}, id="numbers"),
        pytest.param("What is the otter?", "What is it? The otter.", {"otter": ["otter"]}, id="function words"),
        pytest.param("what is it", "What is it?", {}, id="function words alone"),
        pytest.param("badger", "The otter.", {}, id="none"),
        pytest.param("", "The otter.", {}, id="no question"),
        pytest.param("otter", "", {}, id="no text"),
        pytest.param("otter OTTER otters", "The otter.", {"otter": ["otter"]}, id="each once"),
        pytest.param("otter", "🦘🦘 otter \r\n otter", {"otter": ["otter", "otter"]}, id="after emoji and over line ends"),
        pytest.param("中文", "用中文写,不是英文。", {"中文": ["中文", "文"]}, id="scripts without spaces, by the character"),
    ],
)
def test_the_words_of_a_question_are_found_as_search_sees_them(question: str, text: str, found: dict[str, list[str]]):
    shown = {match.term: [text[start:end] for start, end in match.spans] for match in matches(question, text)}
    assert shown == found
    assert list(shown) == list(found)


@settings(deadline=None, max_examples=300, derandomize=True)
@given(TYPED, TYPED)
def test_spans_rise_apart_and_everything_in_them_and_nothing_outside_has_a_term(question: str, text: str):
    wanted = set(content_terms(question))
    found = matches(question, text)
    for match in found:
        assert wanted >= set(terms(match.term)) != set()
        edges = [edge for span in match.spans for edge in span]
        assert edges == sorted(set(edges))
        assert all(set(terms(match.term)) & set(terms(text[start:end])) for start, end in match.spans)
    marked = {at for match in found for start, end in match.spans for at in range(start, end)}
    rest = "".join(" " if at in marked else character for at, character in enumerate(text))
    assert not wanted & set(terms(rest))
