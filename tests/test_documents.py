"""Documents: bytes to text, title and sections."""

import hashlib
import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.documents import LARGEST_FILE, read_file
from index.errors import UnreadableDocument
from index.reading import read_document
from index.texts import text_document

EDITORIAL = Path(__file__).parent.parent / "seeds" / "car-t-resistance-editorial.txt"


def test_the_editorial_has_its_title_and_its_six_sections():
    document = read_document("seeds/editorial.txt", EDITORIAL.read_bytes())
    assert document.title == (
        "The mechanism and novel strategies of overcoming resistance of hematological malignancies to CAR T-cell killing"
    )
    assert [section.path for section in document.sections] == [
        ("Mechanism of resistance",),
        ("Novel CD19 CAR-T or dual CAR-T cells to overcome CD19- relapse",),
        ("Incorporating CAR-T cell therapy into traditional therapy system",),
        ("Combination with targeted therapy",),
        ("CAR-NK cell therapy",),
        ("Concluding remarks",),
    ]
    assert [len(section.blocks) for section in document.sections] == [3, 2, 3, 6, 1, 1]


def test_the_version_is_named_by_the_sha256_of_the_bytes():
    content = "One – two.".encode("utf-16")
    document = read_document("a.txt", content)
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert document.text == "One – two."


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(b"Line one\r\nline two\rthree", "Line one\r\nline two\rthree", id="line ends stay as they are"),
        pytest.param(b"\xef\xbb\xbfWord", "\ufeffWord", id="the mark of UTF-8 stays, so that offsets fit the file read as UTF-8"),
        pytest.param("\ufeffWörd 😀".encode("utf-16-le"), "Wörd 😀", id="UTF-16, little-endian"),
        pytest.param("\ufeffWörd 😀".encode("utf-16-be"), "Wörd 😀", id="UTF-16, big-endian"),
        pytest.param("\ufeffWörd 😀".encode("utf-32-le"), "Wörd 😀", id="UTF-32, little-endian"),
        pytest.param("\ufeffWörd 😀".encode("utf-32-be"), "Wörd 😀", id="UTF-32, big-endian"),
        pytest.param("ﬁ e\u0301 é IL‐6\u00a0".encode(), "ﬁ e\u0301 é IL‐6\u00a0", id="nothing is normalised"),
    ],
)
def test_bytes_are_decoded_without_changing_a_character(content: bytes, text: str):
    assert read_document("a.txt", content).text == text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"\xff\xfea", "is not UTF-16", id="half a UTF-16 unit"),
        pytest.param(b"word\x00word", "not text", id="NUL"),
        pytest.param(b"", "no text", id="empty"),
        pytest.param(b" \n\t\xef\xbb\xbf", "no text", id="blank"),
        pytest.param(b"*** --- !!!", "no text", id="signs alone"),
    ],
)
@pytest.mark.parametrize("source", ["bad.txt", "bad.md"])
def test_what_is_no_text_is_refused_by_name_and_reason(source: str, content: bytes, reason: str):
    with pytest.raises(UnreadableDocument, match=f"{source}.*{reason}"):
        read_document(source, content)


def test_text_without_a_word_is_refused_whatever_its_white_space():
    with pytest.raises(UnreadableDocument, match="no text"):
        text_document("a.txt", "\u3000\n\n...")


@pytest.mark.parametrize(
    ("source", "section"),
    [("a.md", "Methods"), ("a.MARKDOWN", "Methods"), ("a.mdown", "Methods"), ("a.txt", "# Methods"), ("a", "# Methods")],
)
def test_the_suffix_tells_markdown_from_plain_text(source: str, section: str):
    text = "Introductory words.\n\n\n# Methods\n\nMore words."
    sections = text_document(source, text).sections
    names = [section.path[-1] for section in sections if section.path]
    bodies = [text[block.start : block.end] for section in sections for block in section.blocks]
    assert section in names + bodies


@pytest.mark.parametrize(
    ("source", "title"),
    [
        pytest.param("folder/my_first-paper.txt", "my first paper", id="the file name in words"),
        pytest.param("---.txt", "---.txt", id="the source where the name has no words"),
        pytest.param("https://example.org/paper", "paper", id="the end of an address"),
    ],
)
def test_a_text_without_a_title_is_called_after_its_source(source: str, title: str):
    assert read_document(source, b"Some words.").title == title


def test_a_byte_order_mark_changes_offsets_by_one_and_nothing_else():
    plain = read_document("a.txt", EDITORIAL.read_bytes())
    marked = read_document("a.txt", b"\xef\xbb\xbf" + EDITORIAL.read_bytes())
    assert marked.title == plain.title
    assert [section.path for section in marked.sections] == [section.path for section in plain.sections]
    assert [(block.start - 1, block.end - 1) for section in marked.sections for block in section.blocks] == [
        (block.start, block.end) for section in plain.sections for block in section.blocks
    ]


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=60), st.sampled_from(["a.txt", "a.md"]))
def test_any_text_with_a_word_is_read_back_exactly_and_has_blocks_in_it(text: str, source: str):
    document = text_document(source, text + "\n\nword")
    assert document.text == text + "\n\nword"
    spans = [(block.start, block.end) for section in document.sections for block in section.blocks]
    assert spans == sorted(spans)
    assert document.title.strip()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a.txt", "Checklist\n\n\n1. Wash your hands\n\n2. Put on gloves\n\n3. Open the kit\n\nThat is all."),
        ("a.md", "# Trial\n\nIt had arms.\n\n## Arm A: chidamide\n\n## Arm B: ibrutinib\n"),
    ],
    ids=["a list with blank lines", "headings alone"],
)
def test_no_word_of_a_document_is_lost_to_title_headings_and_text(source: str, text: str):
    document = text_document(source, text)
    kept = [document.title]
    for section in document.sections:
        kept += [*section.path, *(text[block.start : block.end] for block in section.blocks)]
    assert set(re.findall(r"\w+", text)) - set(re.findall(r"\w+", " ".join(kept))) == set()


def test_a_file_is_read_byte_for_byte(tmp_path: Path):
    (tmp_path / "a.TXT").write_bytes(b"one\r\ntwo\xef\xbb\xbf")
    assert read_file(tmp_path / "a.TXT", "a.TXT") == b"one\r\ntwo\xef\xbb\xbf"


def test_things_that_are_no_files_are_refused(tmp_path: Path):
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    for name, reason in (("folder.txt", "not a regular"), ("pipe.txt", "not a regular"), ("missing.txt", "there is no such")):
        with pytest.raises(UnreadableDocument, match=f"{name}: {reason} file"):
            read_file(tmp_path / name, name)


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path):
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(UnreadableDocument, match=f"{LARGEST_FILE + 1} bytes is over the limit of {LARGEST_FILE}"):
        read_file(tmp_path / "large.txt", "large.txt")
