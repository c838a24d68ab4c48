"""PDF: order of reading, paragraphs, headings, and what is left out. The files are made here, word by word."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import pdf_of

from index.errors import UnreadableDocument
from index.extract import Extract
from index.formats.pdf import read

BODY = "Cells were kept in culture for nine days."
LINES, PARAGRAPH = f"{BODY} {BODY}|{BODY}", f"{BODY} {BODY} {BODY}"
LEFT = "The vector was given to mice in|a single dose, and no animal had|signs of toxicity at any time. The|level of the transgene rose and"
RIGHT = "stayed high for six months in all|animals of both groups. This is in|line with what others have found|in larger animals before."
WHOLE = f"{LEFT} {RIGHT}".replace("|", " ")
IMAGE = "q 600 0 0 780 6 6 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"


def words(x: float, y: float, text: str, size: float = 10, font: str = "Roman", turn: str = "1 0 0 1", mode: int = 0) -> str:
    """A command that writes a line at a place; `turn` is the matrix that turns it, `mode` 3 is invisible."""
    shown = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /{font} {size} Tf {mode} Tr {turn} {x} {y} Tm ({shown}) Tj ET"


def lines(x: float, y: float, texts: str) -> list[str]:
    """Commands that write lines, parted by bars, one below the other."""
    return [words(x, y - 12 * number, text) for number, text in enumerate(texts.split("|"))]


def pdf(*pages: Sequence[str], title: str = "", author: str = "", rotate: int = 0, trailer: str = "") -> bytes:
    """A PDF whose pages hold these commands, letter size, in Helvetica."""
    numbers = [6 + 2 * number for number in range(len(pages))]
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{' '.join(f'{number} 0 R' for number in numbers)}] /Count {len(pages)} >>",
        *(f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica{face} /Encoding /WinAnsiEncoding >>" for face in ("", "-Bold")),
        f"<< /Title ({title}) /Author ({author}) >>",
    ]
    for number, commands in zip(numbers, pages, strict=True):
        stream = "\n".join(commands)
        fonts = "/Resources << /Font << /Roman 3 0 R /Bold 4 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Rotate {rotate} {fonts} /Contents {number + 1} 0 R >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    return pdf_of(objects, f"/Info 5 0 R {trailer}")


def shown(extract: Extract) -> list[tuple[int, str]]:
    assert all(before.end <= after.start for before, after in pairwise(extract.blocks))
    assert list(extract.pages) == sorted(extract.pages)
    return [(block.level, extract.text[block.start : block.end]) for block in extract.blocks]


def bodies(*pages: Sequence[str]) -> list[str]:
    return [text for _, text in shown(read(pdf(*pages)))]


def two_columns() -> list[str]:
    """Two columns written line by line across the page, as a typewriter would."""
    return [command for pair in zip(lines(72, 600, LEFT), lines(320, 600, RIGHT), strict=True) for command in pair]


def test_columns_are_read_one_after_the_other_though_they_are_written_line_by_line():
    assert bodies(two_columns()) == [WHOLE]


def test_what_runs_across_the_columns_is_read_before_and_after_them():
    across = "This line begins in the left column, and it ends in the right one, far on."
    assert bodies([words(72, 640, across), *two_columns(), words(72, 500, across)]) == [across, WHOLE, across]


def test_a_caption_does_not_cut_a_paragraph():
    caption = "Figure 1. Level of the transgene."
    assert bodies([*two_columns(), words(72, 530, caption, 8)]) == [caption, WHOLE]


def test_a_formula_stays_inside_its_paragraph():
    page = lines(72, 600, "The dose that was given to each of the mice was found by|this rule, which is||a = b + c||where b is the mass.")
    assert bodies(page) == ["The dose that was given to each of the mice was found by this rule, which is a = b + c where b is the mass."]


def test_heads_feet_and_page_numbers_are_left_out_and_pages_begin_inside_a_paragraph():
    texts = ["A first page that ends in the|middle of a long", "sentence, which goes on here.", "A last page that|ends with its sentence."]
    head = words(72, 750, "Journal of Dosing 12")
    extract = read(pdf(*([head, words(300, 30, f"Page {page} of 3"), *lines(72, 680, text)] for page, text in enumerate(texts, 1))))
    whole = "A first page that ends in the middle of a long sentence, which goes on here."
    assert shown(extract) == [(0, whole), (0, "A last page that ends with its sentence.")]
    assert extract.pages == (0, whole.index("sentence"), len(whole) + 2)


def test_the_line_numbers_of_a_manuscript_are_left_out():
    assert bodies([*lines(40, 700, "98|99|100|101|102"), *lines(72, 700, f"{LEFT}|stayed.")]) == [f"{LEFT}|stayed.".replace("|", " ")]


def test_a_number_in_the_text_is_no_page_number():
    assert bodies(lines(72, 700, "The number of mice was|12|in all.")) == ["The number of mice was 12 in all."]


@pytest.mark.parametrize(
    ("broken", "rest", "elsewhere", "joined"),
    [
        pytest.param("resis-", "tance", "", "resistance", id="a hyphen at a line end goes"),
        pytest.param("follow-", "up", "a follow-up", "follow-up", id="unless the compound is written so elsewhere"),
        pytest.param("vector-", "based", "", "vector-based", id="or ends as compounds do"),
        pytest.param("dose-", "finding", "a dose, a finding", "dose-finding", id="or is made of two words that stand elsewhere"),
        pytest.param("in-", "formation", "formation in an information", "information", id="and the whole word does not"),
        pytest.param("T-", "cells", "", "T-cells", id="or a letter comes before it"),
        pytest.param("anti-", "CD19", "", "anti-CD19", id="or a capital after it"),
        pytest.param("2010\x96", "2012", "", "2010\u20132012", id="a dash stays without a space"),
        pytest.param("state-of-the-", "art", "", "state-of-the-art", id="a chain keeps its hyphens"),
    ],
)
def test_words_broken_at_a_line_end(broken: str, rest: str, elsewhere: str, joined: str):
    first = f"Here is a word that stands at the very end of a line: {broken}"
    page = [words(72, 700, f"Words first: {elsewhere}."), *lines(72, 600, f"{first}|{rest} goes on in the line that comes after it.")]
    assert bodies(page)[-1].endswith(f"of a line: {joined} goes on in the line that comes after it.")


def test_paragraphs_are_told_apart():
    page = [
        *lines(72, 700, "One that has its own gap below it, and|two lines."),
        *lines(72, 660, "Another whose last line is short, and is|short.|So this one begins anew, being a long line.|It ends."),
        *lines(72, 580, "A third that runs to the end of its full line."),
        *lines(90, 568, "Then one that is moved in as the first line"),
        *lines(72, 556, "of a paragraph often is, and goes on here now."),
    ]
    assert [body[:12] for body in bodies(page)] == ["One that has", "Another whos", "So this one ", "A third that", "Then one tha"]


def test_items_of_a_list_are_blocks():
    page = lines(72, 700, "Three were used:|1. mice, which are small and|    cheap to keep.|2. rats.|\x95 dogs.")
    assert bodies(page) == ["Three were used:", "1. mice, which are small and cheap to keep.", "2. rats.", "\u2022 dogs."]


def test_a_row_of_a_table_is_a_block_with_tabs():
    rows = [("Group", "Dose", "Mice"), ("A", "1 mg", "12"), ("B", "2 mg", "11")]
    page = [words(72 + 80 * place, 700 - 14 * row, cell) for row, cells in enumerate(rows) for place, cell in enumerate(cells)]
    assert bodies(page) == ["Group\tDose\tMice", "A\t1 mg\t12", "B\t2 mg\t11"]


def test_title_and_headings_by_size_weight_and_number():
    page = [
        words(72, 720, "Doses of a vector in mice", 20, "Bold"),
        words(72, 690, "Ann Lee and Bob Roe"),
        words(72, 660, "Abstract", 12, "Bold"),
        *lines(72, 640, LINES),
        words(72, 590, "1 Methods", 12, "Bold"),
        words(72, 570, "1.1 Mice", 10, "Bold"),
        *lines(72, 550, LINES),
        words(72, 500, "Statistics", 10, "Bold"),
        *lines(72, 480, LINES),
    ]
    extract = read(pdf(page, title="untitled", author="Ann Lee; Bob Roe"))
    headings = [(1, "Abstract"), (0, PARAGRAPH), (1, "1 Methods"), (2, "1.1 Mice"), (0, PARAGRAPH), (2, "Statistics"), (0, PARAGRAPH)]
    assert shown(extract) == [(0, "Ann Lee and Bob Roe"), *headings]
    assert (extract.title, extract.authors) == ("Doses of a vector in mice", ("Ann Lee", "Bob Roe"))


@pytest.mark.parametrize(
    ("metadata", "title"),
    [("Doses in mice", "Doses in mice"), ("Untitled", ""), ("Microsoft Word - x.doc", ""), ("paper.pdf", ""), ("", "")],
)
def test_the_title_of_a_file_counts_if_it_is_one_and_its_author_if_the_text_names_them(metadata: str, title: str):
    extract = read(pdf(lines(72, 700, LINES), title=metadata, author="Some Body"))
    assert (extract.title, extract.authors) == (title, ())


def test_the_reference_list_is_left_out_and_the_appendix_is_not():
    page = [
        *lines(72, 700, LINES),
        words(72, 650, "References", 12, "Bold"),
        *lines(72, 630, "1. Lee A. Doses in mice. 2019.|2. Roe B. Doses in rats. 2020."),
        words(72, 580, "Table 1. Doses of all."),
        words(72, 550, "Appendix", 12, "Bold"),
        *lines(72, 530, LINES),
    ]
    extract = read(pdf(page))
    assert shown(extract) == [(0, PARAGRAPH), (0, "Table 1. Doses of all."), (1, "Appendix"), (0, PARAGRAPH)]
    assert extract.notes == ("The reference list was left out.",)


def test_doi_and_date_are_those_on_the_first_pages():
    foot = words(72, 60, "Published online: 6 January 2010. doi:10.1186/1752-2897-4-1.", 8)
    extract = read(pdf([words(72, 700, BODY), foot]))
    assert (extract.doi, extract.date) == ("10.1186/1752-2897-4-1", "2010-01-06")


def test_a_stamp_in_the_margin_is_no_text_but_tells_the_date():
    stamp = words(20, 300, "arXiv:2210.03629v3 [cs.CL] 10 Mar 2023", 20, turn="0 1 -1 0")
    extract = read(pdf([stamp, *lines(72, 700, "|".join([BODY] * 12))]))
    assert (extract.text, extract.date) == (" ".join([BODY] * 12), "2023-03-10")


@pytest.mark.parametrize("rotate", [0, 90])
def test_a_page_written_sideways_is_read_properly(rotate: int):
    page = [words(100 + 12 * number, 72, text, turn="0 1 -1 0") for number, text in enumerate(LEFT.split("|"))]
    assert shown(read(pdf(page, rotate=rotate))) == [(0, LEFT.replace("|", " "))]


def test_text_beside_the_page_is_left_out():
    assert bodies([words(72, 700, BODY), words(700, 700, "Not here."), words(72, -20, "Nor here.")]) == [BODY]


@pytest.mark.parametrize(
    ("pages", "notes"),
    [
        ([[words(72, 700, BODY)], []], ()),
        (
            [[words(72, 700, BODY)], [IMAGE], [IMAGE]],
            ("2 of 3 pages hold no text (scanned?); remove the document and add it with --ocr to have them read.",),
        ),
        ([[IMAGE, words(72, 700, BODY, mode=3)]], ("1 of 1 pages hold invisible text, as text recognition lays it under a scan.",)),
        ([[words(72, 700, BODY)], ["72 72 100 100 re S"]], ("1 of 2 pages hold drawings but no text.",)),
    ],
)
def test_what_cannot_be_read_is_said(pages: list[list[str]], notes: tuple[str, ...]):
    extract = read(pdf(*pages))
    assert (extract.text, extract.notes, len(extract.pages)) == (BODY, notes, len(pages))


ENCRYPTED = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{'11' * 32}> /U <{'22' * 32}> /P -4 >> /ID [<00> <00>]"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pdf([words(72, 700, BODY)], trailer=ENCRYPTED), "the PDF is encrypted; save it without a password and add it again."),
        (
            pdf([IMAGE], [IMAGE]),
            "no page holds text (2 scanned pages); add it with --ocr and its language (--ocr eng, or FOOTNOTE_OCR=eng), "
            "or run OCR on it first.",
        ),
        (pdf([]), "no page holds text; if you see text in it, run OCR on it first."),
        (b"", "the PDF is broken; open it in a PDF viewer, save a copy and add that."),
    ],
    ids=["encrypted", "scanned", "blank", "empty"],
)
def test_a_file_without_text_is_refused(content: bytes, message: str):
    with pytest.raises(UnreadableDocument) as refused:
        read(content)
    assert str(refused.value) == message


FILE = pdf([*two_columns(), words(72, 650, "Doses in mice", 18, "Bold")], [words(72, 700, BODY), IMAGE], title="Doses")


@settings(deadline=None, max_examples=150)
@given(st.integers(0, len(FILE)), st.lists(st.tuples(st.integers(0, len(FILE) - 1), st.integers(0, 255)), max_size=20))
def test_a_damaged_file_is_read_or_refused(length: int, flips: list[tuple[int, int]]):
    damaged = bytearray(FILE)
    for place, byte in flips:
        damaged[place] = byte
    for content in (bytes(damaged), FILE[:length]):
        with suppress(UnreadableDocument):
            extract = read(content)
            assert all(text.strip() == text != "" for _, text in shown(extract))
            assert "\0" not in extract.text
