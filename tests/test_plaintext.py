"""Plain text as blocks."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.blocks import Block
from index.plaintext import blocks, title

LINES = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    st.sampled_from(
        [
            "",
            "",
            "Methods",
            "RESULTS",
            "2.1 Patients",
            "A sentence here. Another one there.",
            "- an item",
            "• another item",
            "3) a third",
            "=====",
            "---",
            "\u3000\u3000第一句。",
            "\u0085",
            "\u2003",
            "\ufeff",
            "👩‍🔬 e\u0301",
            "שלום עולם",
        ]
    ),
)
ENDS = st.sampled_from(["\n", "\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\n\n\n\n", "\u2028", "\u2029", "\u0085"])
ANY_TEXT = st.lists(st.tuples(LINES, ENDS), max_size=12).map(lambda pairs: "".join(line + end for line, end in pairs))


def _shown(text: str) -> list[tuple[int, str]]:
    return [(block.level, text[block.start : block.end]) for block in blocks(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("One.\nTwo.\n\nThree.\n", [(0, "One.\nTwo."), (0, "Three.")], id="paragraphs between blank lines"),
        pytest.param("One.\r\n\r\nTwo.", [(0, "One."), (0, "Two.")], id="Windows line ends"),
        pytest.param("One.\r\rTwo.", [(0, "One."), (0, "Two.")], id="old Macintosh line ends"),
        pytest.param("One.\u2029\u2029Two.", [(0, "One."), (0, "Two.")], id="paragraph separators"),
        pytest.param("One.\n \t\u00a0\nTwo.", [(0, "One."), (0, "Two.")], id="a line of blanks is blank"),
        pytest.param(
            "One.\n\n\nMethods\n\nTwo.", [(0, "One."), (1, "Methods"), (0, "Two.")], id="a line after two blank ones is a heading"
        ),
        pytest.param("One.\n\nMethods\n\nTwo.", [(0, "One."), (0, "Methods"), (0, "Two.")], id="after one blank line it is not"),
        pytest.param("One.\n\nMETHODS\n\nTwo.", [(0, "One."), (1, "METHODS"), (0, "Two.")], id="unless in capitals"),
        pytest.param("One.\n\n2.1 Methods\n\nTwo.", [(0, "One."), (1, "2.1 Methods"), (0, "Two.")], id="or numbered"),
        pytest.param("One.\n\n\nThat was all:\n\nTwo.", [(0, "One."), (0, "That was all:"), (0, "Two.")], id="punctuation ends no heading"),
        pytest.param("One.\n\n\nin lower case\n\nTwo.", [(0, "One."), (0, "in lower case"), (0, "Two.")], id="nor does it begin small"),
        pytest.param(
            "One.\n\n\n" + "Long " * 30 + "\n\nTwo.", [(0, "One."), (0, ("Long " * 30).strip()), (0, "Two.")], id="nor is it long"
        ),
        pytest.param("One.\n\n\nMethods", [(0, "One."), (0, "Methods")], id="the last paragraph is no heading"),
        pytest.param("Methods\n=======\nOne.", [(0, "Methods\n=======\nOne.")], id="three lines are no underlined heading"),
        pytest.param("Methods\n=======\n\nOne.", [(1, "Methods"), (0, "One.")], id="an underlined heading without its line"),
        pytest.param(
            "Two:\n- one\n- two\n  more\n3) three", [(0, "Two:"), (0, "- one"), (0, "- two\n  more"), (0, "3) three")], id="items"
        ),
        pytest.param("One two\nthree - four", [(0, "One two\nthree - four")], id="a dash inside a line is no bullet"),
        pytest.param("", [], id="nothing"),
        pytest.param("\ufeff \n\n", [], id="blank"),
        pytest.param("\ufeffOne.", [(0, "One.")], id="a byte order mark belongs to no block"),
    ],
)
def test_blocks_of(text: str, expected: list[tuple[int, str]]):
    assert _shown(text) == expected


@pytest.mark.parametrize(
    "blank", ["\u3000", "\u2003", "\u0085", "\x1c"], ids=["ideographic space", "em space", "next line", "file separator"]
)
def test_a_line_of_any_white_space_is_blank(blank: str):
    assert _shown(f"One.\n\n{blank}\n\nTwo.") == [(0, "One."), (0, "Two.")]


def test_a_byte_order_mark_hides_no_heading():
    assert _shown("\ufeffThe title\n\n\nOne.") == [(1, "The title"), (0, "One.")]


@pytest.mark.parametrize("above", ["", "\n", "\n\n", "\n\n\n"], ids=["no line", "one line", "two lines", "three lines"])
def test_the_first_line_stands_as_a_heading_however_many_blank_lines_are_above_it(above: str):
    assert _shown(f"{above}The title\n\nOne.") == [(1, "The title"), (0, "One.")]


def _titled(text: str) -> tuple[str, list[str]]:
    found, rest = title(text, list(blocks(text)))
    return found, [text[block.start : block.end] for block in rest]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("The title\n\n\nOne.", ("The title", ["One."]), id="one heading before the text"),
        pytest.param(
            "Kicker\n\n\nThe longer title\n\n\nMethods\n\nOne.\n\n\nResults\n\nTwo.",
            ("The longer title", ["Methods", "One.", "Results", "Two."]),
            id="kicker, title, and the first section's own heading",
        ),
        pytest.param(
            "The title\n\n\nOne.\n\n\nResults\n\nTwo.", ("The title", ["One.", "Results", "Two."]), id="title and a later section"
        ),
        pytest.param("One.\n\n\nResults\n\nTwo.", ("", ["One.", "Results", "Two."]), id="text before any heading"),
        pytest.param("One.", ("", ["One."]), id="no heading"),
        pytest.param("", ("", []), id="nothing"),
    ],
)
def test_the_title_is_among_the_headings_before_the_text(text: str, expected: tuple[str, list[str]]):
    assert _titled(text) == expected


def _unblocked(text: str, found: list[Block]) -> str:
    inside = {i for block in found for i in range(block.start, block.end)}
    return "".join(character for i, character in enumerate(text) if i not in inside)


@settings(deadline=None, max_examples=300, derandomize=True)
@given(ANY_TEXT)
def test_blocks_stand_in_order_inside_the_text_and_leave_out_blanks_and_underlines_only(text: str):
    found = list(blocks(text))
    assert all(0 <= block.start < block.end <= len(text) for block in found)
    assert all(first.end <= second.start for first, second in pairwise(found))
    assert all(text[block.start : block.end] == text[block.start : block.end].strip().strip("\ufeff") for block in found)
    assert (
        not _unblocked(text, found).replace("\ufeff", "").strip("=- \t\r\n\f\v\x1c\x1d\x1e\x1f\u00a0\u0085\u2028\u2029\u2003\u3000").strip()
    )


@settings(deadline=None, max_examples=100, derandomize=True)
@given(ANY_TEXT)
def test_a_title_is_taken_from_the_front_and_the_rest_stays(text: str):
    found = list(blocks(text))
    name, rest = title(text, found)
    assert found[len(found) - len(rest) :] == rest
    assert all(block.level for block in found[: len(found) - len(rest)])
    assert bool(name) == (len(rest) < len(found))
