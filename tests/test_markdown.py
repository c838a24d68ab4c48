"""Markdown as blocks."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.blocks import sections
from index.markdown import blocks, title

LINES = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=15),
    st.sampled_from(
        [
            "",
            "# Head",
            "## Deeper ##",
            "### ",
            "Under",
            "=====",
            "---",
            "- item",
            "  more of it",
            "1. first",
            "> quoted",
            "> # Head in a quote",
            "> > deep",
            "```python",
            "code = 1",
            "~~~",
            "    indented code",
            "| a | b |",
            "|---|---|",
            "| c | d |",
            "<div>",
            "</div>",
            "[name]: https://example.org",
            "* * *",
            "A sentence. 第二句。 e\u0301 👩‍🔬",
            "\t- tab",
        ]
    ),
)
ENDS = st.sampled_from(["\n", "\n", "\n\n", "\r\n", "\r", "\u2028", "\u0085"])
ANY_TEXT = st.lists(st.tuples(LINES, ENDS), max_size=12).map(lambda pairs: "".join(line + end for line, end in pairs))


def _shown(text: str) -> list[tuple[int, str]]:
    return [(block.level, text[block.start : block.end]) for block in blocks(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("# One\n\nTwo\nthree.\n\nFour.", [(1, "One"), (0, "Two\nthree."), (0, "Four.")], id="heading and paragraphs"),
        pytest.param("# One\r\n\r\nTwo.\r\n", [(1, "One"), (0, "Two.")], id="Windows line ends"),
        pytest.param("# One\rTwo.", [(1, "One"), (0, "Two.")], id="old Macintosh line ends"),
        pytest.param("### One ###\nTwo.", [(3, "One"), (0, "Two.")], id="closed heading"),
        pytest.param("One\n===\nTwo\n---\nThree.", [(1, "One"), (2, "Two"), (0, "Three.")], id="underlined headings"),
        pytest.param("- one\n- two\n  more\n- three", [(0, "one"), (0, "two\n  more"), (0, "three")], id="bullets without their marks"),
        pytest.param("1. one\n2) two", [(0, "one"), (0, "two")], id="numbers without their marks"),
        pytest.param("- one\n  - two\n    1. three", [(0, "one"), (0, "two"), (0, "three")], id="nested items"),
        pytest.param("> one\n> > two", [(0, "one"), (0, "two")], id="quotations"),
        pytest.param("|a|b|\n|-|-|\n|c|d|\n|e|f|", [(0, "|a|b|"), (0, "|c|d|"), (0, "|e|f|")], id="a table row by row"),
        pytest.param("```py\nx = 1\n\ny = 2\n```\nOne.", [(0, "```py\nx = 1\n\ny = 2\n```"), (0, "One.")], id="fenced code whole"),
        pytest.param("<div>\none\n</div>\n\nTwo.", [(0, "<div>\none\n</div>"), (0, "Two.")], id="HTML as written"),
        pytest.param("One.\n\n***\n\nTwo.", [(0, "One."), (0, "Two.")], id="a rule parts paragraphs"),
        pytest.param("*One* **two** [three](https://x.org).", [(0, "*One* **two** [three](https://x.org).")], id="markup stays"),
        pytest.param("---\ntitle: T\n---\n\nOne.", [(0, "One.")], id="front matter is no text"),
        pytest.param("\ufeff---\ntitle: T\n...\nOne.", [(0, "One.")], id="front matter after a byte order mark"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_blocks_of(text: str, expected: list[tuple[int, str]]):
    assert _shown(text) == expected


def test_a_heading_keeps_the_sharp_of_its_last_word():
    assert _shown("# Learn C#\n\nOne.") == [(1, "Learn C#"), (0, "One.")]


@pytest.mark.parametrize("text", ["> # Safety\n>\n> One.", "- # Safety\n\n  One.", "> Safety\n> ---\n> One."])
def test_a_heading_inside_a_quotation_or_item_is_named_without_their_marks(text: str):
    assert [section.path for section in sections(text, blocks(text))] == [("Safety",)]


def test_an_underlined_heading_of_two_lines_keeps_both():
    text = "Overall\nsurvival\n===\n\nOne."
    assert [section.path for section in sections(text, blocks(text))] == [("Overall survival",)]


def test_a_heading_without_words_makes_no_block():
    assert _shown("One.\n\n#\n\nTwo.") == [(0, "One."), (0, "Two.")]


def test_a_byte_order_mark_hides_no_heading():
    assert _shown("\ufeff# One\n\nTwo.") == [(1, "One"), (0, "Two.")]


def test_a_paragraph_between_two_rules_at_the_top_is_no_front_matter():
    assert _shown("---\n\nOne two.\n\n---\n\nThree.") == [(0, "One two."), (0, "Three.")]


def test_indented_code_keeps_its_first_characters():
    assert _shown("One:\n\n    - code\n    - more") == [(0, "One:"), (0, "- code\n    - more")]


def _titled(text: str) -> tuple[str, list[str]]:
    found, rest = title(text, list(blocks(text)))
    return found, [text[block.start : block.end] for block in rest]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("---\nauthor: A\ntitle: 'T, and: more'\n---\n# Head\n\nOne.", ("T, and: more", ["Head", "One."]), id="front matter"),
        pytest.param('---\r\ntitle: "T"\r\n---\r\nOne.', ("T", ["One."]), id="front matter with Windows line ends"),
        pytest.param("# The  title\n\nOne.\n\n## Safety\n\nTwo.", ("The title", ["One.", "Safety", "Two."]), id="the one highest heading"),
        pytest.param("# Methods\n\nOne.\n\n# Results\n\nTwo.", ("", ["Methods", "One.", "Results", "Two."]), id="several highest headings"),
        pytest.param("One.\n\n# Methods\n\nTwo.", ("", ["One.", "Methods", "Two."]), id="text before the heading"),
        pytest.param("One.", ("", ["One."]), id="no heading"),
        pytest.param("", ("", []), id="nothing"),
    ],
)
def test_title_of(text: str, expected: tuple[str, list[str]]):
    assert _titled(text) == expected


@settings(deadline=None, max_examples=300, derandomize=True)
@given(ANY_TEXT)
def test_blocks_stand_in_order_inside_the_text_and_are_never_empty(text: str):
    found = list(blocks(text))
    assert all(0 <= block.start < block.end <= len(text) for block in found)
    assert all(first.end <= second.start for first, second in pairwise(found))
    assert all(text[block.start : block.end] == text[block.start : block.end].strip() for block in found)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(
    st.lists(st.from_regex(r"[a-z]{1,8}( [a-z]{1,8}){0,3}[.]", fullmatch=True), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_paragraphs_come_back_as_they_were_written(paragraphs: list[str], end: str):
    text = (end + end).join(paragraphs)
    assert _shown(text) == [(0, paragraph) for paragraph in paragraphs]
