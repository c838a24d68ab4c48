"""Blocks and the sections they form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.blocks import Block, Section, sections, trimmed

TEXT = "Results\nbody one\nSafety\nbody two\nbody three\nConclusion\nbody four"


def _block(words: str, level: int = 0) -> Block:
    start = TEXT.index(words)
    return Block(start, start + len(words), level)


def test_body_blocks_are_grouped_under_the_path_of_headings_above_them():
    blocks = [
        _block("Results", 1),
        _block("body one"),
        _block("Safety", 2),
        _block("body two"),
        _block("body three"),
        _block("Conclusion", 1),
        _block("body four"),
    ]
    assert list(sections(TEXT, blocks)) == [
        Section(("Results",), (_block("body one"),)),
        Section(("Results", "Safety"), (_block("body two"), _block("body three"))),
        Section(("Conclusion",), (_block("body four"),)),
    ]


def test_body_text_before_any_heading_has_an_empty_path():
    assert [section.path for section in sections(TEXT, [_block("body one"), _block("Safety", 3), _block("body two")])] == [(), ("Safety",)]


def test_a_heading_replaces_those_of_its_own_and_of_deeper_levels():
    blocks = [_block("Results", 1), _block("Safety", 3), _block("Conclusion", 2), _block("body one")]
    assert [section.path for section in sections(TEXT, blocks)] == [("Results",), ("Results", "Conclusion")]


def test_a_heading_with_nothing_beneath_it_is_text_of_the_section_around_it():
    """Or its words would be lost to search."""
    first, second = _block("Results", 1), _block("Safety", 1)
    assert [(section.path, len(section.blocks)) for section in sections(TEXT, [first, second])] == [((), 2)]
    assert [section.path for section in sections(TEXT, [_block("body one"), second])] == [()]
    deeper = [_block("Results", 1), _block("Safety", 2), _block("Conclusion", 1), _block("body one")]
    assert [section.path for section in sections(TEXT, deeper)] == [("Results",), ("Conclusion",)]


def test_a_heading_over_several_lines_is_named_in_one():
    text = "Two  words\r\n  and more\nbody"
    assert [section.path for section in sections(text, [Block(0, 22, 1), Block(23, 27)])] == [("Two words and more",)]


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.lists(st.integers(0, 4), max_size=12))
def test_sections_hold_every_body_block_once_in_order(levels: list[int]):
    text = "x" * len(levels)
    blocks = [Block(i, i + 1, level) for i, level in enumerate(levels)]
    found = list(sections(text, blocks))
    held = [block for section in found for block in section.blocks]
    assert held == sorted(held, key=lambda block: block.start)
    assert len(held) == len(set(held))
    assert {block for block in blocks if not block.level} <= set(held)
    assert all(section.blocks for section in found)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("  two words\t\n", "two words", id="spaces, tabs and line ends"),
        pytest.param("\ufeffword", "word", id="byte order mark"),
        pytest.param("\u00a0word\u2028", "word", id="no-break space and line separator"),
        pytest.param("\u200bword", "\u200bword", id="a zero-width space is no space"),
        pytest.param(" \r\n ", "", id="blank"),
        pytest.param("", "", id="empty"),
        pytest.param("\u3000word\u3000", "word", id="ideographic space, as Chinese paragraphs begin"),
        pytest.param("\u2003word\u2003", "word", id="em space"),
        pytest.param("\u0085word\u0085", "word", id="next line"),
    ],
)
def test_trimming_leaves_no_white_space_at_either_end(text: str, kept: str):
    start, end = trimmed(f"<{text}>", 1, 1 + len(text))
    assert f"<{text}>"[start:end] == kept


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.text(st.sampled_from("ab \t\r\n\u00a0\u2028\u2029\ufeff\u0085\u2003\u3000\u200b"), max_size=12), st.data())
def test_trimming_keeps_every_other_character(text: str, data: st.DataObject):
    left = data.draw(st.integers(0, len(text)))
    right = data.draw(st.integers(left, len(text)))
    start, end = trimmed(text, left, right)
    assert left <= start <= end <= right
    assert text[start:end] == text[left:right].strip("\ufeff \t\r\n\u00a0\u2028\u2029\u0085\u2003\u3000")
