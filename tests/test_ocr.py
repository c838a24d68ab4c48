"""Scanned pages: read by the real tesseract, and what a broken or missing one costs. The scans are made here, of pages of text."""

import os
import re
import shutil
import stat
import sys
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pypdfium2
import pytest
from starlette.testclient import TestClient

from index.documents import Document
from index.errors import OcrFailed, OcrUnavailable, UnreadableDocument
from index.formats.hocr import Picture, lines_of
from index.formats.pdf import read
from index.library import Library
from index.parsing import Parser
from index.tesseract import Tesseract, check

pytestmark = pytest.mark.slow

Run = Callable[..., CompletedProcess[str]]
Fake = Callable[[str], None]

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract is not installed; Debian: apt-get install tesseract-ocr"
)

FIRST = (
    "The wombat digs burrows of thirty metres,|which it shares with nobody. It sleeps in|them by day and feeds on grass at night,|"
    "and it has no resis-|tance to mange."
)
SECOND = "The otter swims nine miles a night and|eats twenty fish on the way."
THIRD = "The badger has eleven setts in Devon."
WIDE, HIGH = 612, 792


def pdf(*pages: Sequence[str], size: tuple[float, float] = (WIDE, HIGH)) -> pypdfium2.PdfDocument:
    """A PDF whose pages hold these commands, in Helvetica."""
    numbers = [4 + 2 * number for number in range(len(pages))]
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{' '.join(f'{number} 0 R' for number in numbers)}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, commands in zip(numbers, pages, strict=True):
        stream, fonts = "\n".join(commands), "/Resources << /Font << /Roman 3 0 R >> >>"
        box = f"/MediaBox [0 0 {size[0]} {size[1]}]"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} {fonts} /Contents {number + 1} 0 R >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    body = "".join(f"{number} 0 obj\n{written}\nendobj\n" for number, written in enumerate(objects, 1))
    return pypdfium2.PdfDocument(f"%PDF-1.4\n{body}trailer\n<< /Root 1 0 R >>\n%%EOF".encode("latin-1"))


def text(lines: str, top: float = 700, size: float = 12) -> list[str]:
    """Commands that write lines, parted by bars, one below the other."""
    return [f"BT /Roman {size} Tf 72 {top - 1.2 * size * place} Td ({line}) Tj ET" for place, line in enumerate(lines.split("|"))]


def scan(pages: pypdfium2.PdfDocument, turned: int = 0) -> pypdfium2.PdfDocument:
    """A PDF of pictures of pages, as a scanner makes it; turned by so many degrees."""
    scanned = pypdfium2.PdfDocument.new()
    for page in pages:
        bitmap = page.render(scale=200 / 72, grayscale=True, rotation=turned)
        wide, high = bitmap.width * 72 / 200, bitmap.height * 72 / 200
        picture = pypdfium2.PdfImage.new(scanned)
        picture.set_bitmap(bitmap)
        picture.set_matrix(pypdfium2.PdfMatrix().scale(wide, high))
        sheet = scanned.new_page(wide, high)
        sheet.insert_obj(picture)
        sheet.gen_content()
    return scanned


def saved(*documents: pypdfium2.PdfDocument) -> bytes:
    """The file of the pages of documents, one after the other."""
    whole, file = pypdfium2.PdfDocument.new(), BytesIO()
    for document in documents:
        whole.import_pages(document)
    whole.save(file)
    return file.getvalue()


def scanned(*pages: str) -> bytes:
    return saved(scan(pdf(*(text(page) for page in pages))))


def whole(lines: str) -> str:
    """Lines as the paragraph that they are."""
    return lines.replace("-|", "").replace("|", " ")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Puts a program named tesseract, of these lines of Python, before all others."""

    def put(code: str) -> None:
        (tmp_path / "bin").mkdir()
        program = tmp_path / "bin" / "tesseract"
        program.write_text(f"#!{sys.executable} -S\nimport os, sys, time\n{code}\n", "utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    return put


def parsed(content: bytes, ocr: str | None = "eng", **limits: Any) -> Document:
    parser = Parser(ocr=ocr, **limits)
    try:
        return parser.read("scan.pdf", content)
    finally:
        parser.close()


def refused(content: bytes) -> str:
    with pytest.raises(UnreadableDocument) as error:
        parsed(content)
    return str(error.value)


@needs_tesseract
def test_scanned_pages_become_paragraphs_and_pages_of_a_document():
    """A word broken at the end of a line is whole again, and a page of text between two scans stays as it is written."""
    document = parsed(saved(scan(pdf(text(FIRST))), pdf(text(SECOND)), scan(pdf(text(THIRD)))))
    assert [document.text[block.start : block.end] for block in document.blocks] == [whole(FIRST), whole(SECOND), THIRD]
    assert list(document.pages) == [0, document.text.index("The otter"), document.text.index("The badger")]
    assert document.about.notes == ("Pages 1, 3 were read by OCR, which may misread words.",)


@needs_tesseract
def test_an_answer_quotes_a_scan_to_the_character_and_names_its_page(
    make_library: Callable[..., Library], client_of: Callable[..., TestClient]
):
    library = make_library({})
    library.add(parsed(scanned(FIRST, SECOND)))
    client = client_of(library)
    answer = client.post("/ask", json={"question": "How many miles does the otter swim a night?"}).json()
    citation = max(answer["citations"], key=lambda one: one["score"])
    stored = client.get("/documents/scan/text").content.decode()
    assert (citation["quote"], citation["page"]) == (whole(SECOND), 2)
    assert stored[citation["start"] : citation["end"]] == citation["quote"]


@needs_tesseract
@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_that_lies_sideways_or_upside_down_is_read(turned: int):
    lines = "|".join([FIRST, SECOND] * 4)
    document = parsed(saved(scan(pdf(text(lines)), turned)))
    assert document.text.split()[:6] == "The wombat digs burrows of thirty".split()
    assert document.text.count("The otter swims nine miles a night and eats twenty fish on the way.") == 4


@needs_tesseract
def test_a_few_words_upside_down_are_read():
    """Of so few, tesseract itself cannot tell which way is up."""
    assert parsed(saved(scan(pdf(text(THIRD)), 180))).text == THIRD


@needs_tesseract
def test_columns_and_headings_of_a_scan_are_told_by_place_and_size():
    def column(left: int, lines: str) -> list[str]:
        return [command.replace(" 72 ", f" {left} ") for command in text(lines, 600, 10)]

    left = "|".join(["The vector was given to mice in", "a single dose, and no animal had", "signs of toxicity at any time."] * 6)
    right = "|".join(["The level of the transgene rose", "and stayed high for six months", "in all animals of both groups."] * 6)
    title = text("Doses of a vector in mice", 700, 22)
    document = parsed(saved(scan(pdf([*title, *column(72, left), *column(320, right)]))))
    assert document.title == "Doses of a vector in mice"
    assert " ".join(document.text[block.start : block.end] for block in document.blocks) == whole(f"{left}|{right}")


@needs_tesseract
def test_a_scan_without_text_is_refused_with_another_reason_than_one_that_was_not_read():
    assert refused(saved(scan(pdf(["0.8 g 100 100 400 600 re f"])))) == (
        "scan.pdf: no page holds text that OCR could make out (1 scanned page); scan it anew, upright and sharp."
    )


def test_without_the_setting_scans_are_refused_and_the_refusal_says_how_to_read_them(fake: Fake):
    """The program is not even started: this one would answer."""
    fake("print('<html/>')")
    with pytest.raises(UnreadableDocument, match=r"no page holds text \(1 scanned page\); add it with --ocr .*FOOTNOTE_OCR=eng"):
        parsed(scanned(THIRD), ocr=None)


# What stands in for tesseract, and how its failure is told.
BROKEN = {
    "it ends with an error": ("print('Ink is low.\\nNo ink.', file=sys.stderr); sys.exit(1)", "tesseract ended with 1: No ink"),
    "it crashes": ("os.kill(os.getpid(), 9)", "tesseract ended with -9"),
    "it writes something else": ("print('words and words')", "what OCR wrote cannot be read"),
    "it writes no places": ("print('<p><span class=\"ocr_line\">words</span></p>')", "what OCR wrote lacks the places of lines"),
    "it writes without end": ("while True: os.write(1, bytes(2**20))", "tesseract writes more than there is memory for"),
}


@pytest.mark.parametrize("program", BROKEN)
def test_a_program_that_fails_is_named_with_its_reason(fake: Fake, program: str):
    code, reason = BROKEN[program]
    fake(code)
    assert refused(scanned(THIRD)) == f"scan.pdf: no page could be read by OCR: {reason}."


def test_a_program_that_hangs_is_ended(fake: Fake):
    fake("time.sleep(600)")
    with pytest.raises(OcrFailed, match="tesseract takes longer than 1 seconds for a page"):
        Tesseract("eng", longest=1).read(b"P5 1 1 255\n\x00")


def test_a_page_that_cannot_be_read_is_left_out_with_a_note_and_the_others_stay(fake: Fake):
    fake("sys.exit(3)")
    document = parsed(saved(pdf(text(SECOND)), scan(pdf(text(FIRST)))))
    assert (document.text, list(document.pages)) == (whole(SECOND), [0, len(document.text)])
    assert document.about.notes == ("1 of 2 pages could not be read by OCR and were left out (tesseract ended with 3).",)


def test_a_program_that_fails_on_the_first_three_pages_is_not_tried_on_the_others(fake: Fake, tmp_path: Path):
    tried, found = tmp_path / "tried", []
    fake(f"open({str(tried)!r}, 'a').write('x'); sys.exit(1)")
    with pytest.raises(UnreadableDocument, match="no page could be read by OCR: tesseract ended with 1"):
        read(scanned(*[THIRD] * 5), Tesseract("eng", announce=found.append))
    assert (tried.read_text(), found) == ("xxx", [5])


# Says that two pages are scanned, starts a program as for OCR, whose number it writes down, and hangs.
HANGING = """
import json, subprocess, sys, time
from index.frames import read_frame, write_frame
read_frame(sys.stdin.buffer), read_frame(sys.stdin.buffer)
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
write_frame(sys.stdout.buffer, json.dumps({"scanned": 2}).encode())
time.sleep(600)
"""


def test_pages_for_ocr_give_a_file_more_time_but_not_without_end_and_all_its_processes_end(tmp_path: Path):
    number = tmp_path / "number"
    parser = Parser(longest=5, worker=(sys.executable, "-c", HANGING, str(number)), ocr="eng", longest_page=0.5)
    with pytest.raises(UnreadableDocument, match="longer than 6 seconds"):
        parser.read("scan.pdf", b"pages")
    parser.close()
    given_up = time.monotonic() + 60
    while _runs(int(number.read_text())) and time.monotonic() < given_up:
        time.sleep(0.05)
    assert not _runs(int(number.read_text()))


def _runs(number: int) -> bool:
    try:
        return not re.search(r"^State:\s+[ZX]", Path(f"/proc/{number}/status").read_text("utf-8"), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_file_without_scanned_pages_has_no_more_time_than_others():
    worker = (sys.executable, "-c", "import time; time.sleep(600)")
    with pytest.raises(UnreadableDocument, match="longer than 1 seconds"):
        parsed(b"pages", worker=worker, longest=1)


# Reads the size of the picture that it is given and answers with it.
MEASURING = """
_, wide, high, *_ = sys.stdin.buffer.read().split(maxsplit=4)
line = "<span class='ocr_line' title='bbox 0 0 9 9; baseline 0 0; x_size 9'>{}</span>"
words = "".join(f"<span class='ocrx_word' title='x_wconf 90'>{word}</span>" for word in ("w", wide.decode(), "x", high.decode()))
print("<html><p>" + line.format(words) + "</p></html>")
"""


@pytest.mark.parametrize(
    ("wide", "high"), [(612, 792), (14_400 * 72, 14_400 * 72), (14_400 * 72, 1), (1, 1_000_000), (0.01, 0.01), (3, 2)], ids=str
)
def test_a_page_of_any_size_is_rendered_with_a_bounded_number_of_pixels(fake: Fake, wide: float, high: float):
    fake(MEASURING)
    image = f"q {wide} 0 0 {high} 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
    found = re.fullmatch(r"w(\d+)x(\d+)", parsed(saved(pdf([image], size=(wide, high)))).text)
    assert found
    across, down = int(found[1]), int(found[2])
    assert 1 <= across * down <= 20_100_000
    assert max(across, down) <= 20_000
    if (wide, high) == (WIDE, HIGH):
        assert (across, down) in ((2550, 3300), (2550, 3301))  # as it rounds


def markup(*lines: str) -> bytes:
    return f"<html><body><p class='ocr_par'>{''.join(lines)}</p></body></html>".encode()


def line(title: str, *words: str, sure: int = 90) -> str:
    inside = " ".join(f"<span class='ocrx_word' title='bbox 0 0 1 1; x_wconf {sure}'>{word}</span>" for word in words)
    return f"<span class='ocr_line' title='{title}'>{inside}</span>"


def test_lines_stand_where_ocr_says_in_points_with_y_growing_upwards():
    """A picture 1000 pixels high, 2 to a point. The base line is 10 pixels above the lower edge, so 1000 - (140 - 10) from below."""
    found = lines_of(markup(line("bbox 200 100 600 140; baseline 0 -10; x_size 40", "Ann", "Lee")), Picture(3, 1000, 0.5))[0]
    assert (found.line.text, found.line.left, found.line.right, found.line.base) == ("Ann Lee", 100, 300, 435)
    assert (found.line.page, found.line.size, found.turn, found.confidence) == (3, 22.4, (1, 0), 90)


def test_a_page_that_lies_askew_is_straightened():
    """Two pieces of one line that falls by a tenth: at 100 its base is at 110, at 600 at 160."""
    pieces = ("bbox 100 80 400 140; baseline 0.1 -30; x_size 40", "bbox 600 130 900 190; baseline 0.1 -30; x_size 40")
    first, second = (read.line for read in lines_of(markup(*(line(piece, "Words") for piece in pieces)), Picture(0, 1000, 1.0)))
    assert first.base == second.base == 900
    assert (first.left, second.left) == (111, 616)


@pytest.mark.parametrize(
    ("angle", "turn", "left", "base"), [(90, (0, 1), 300, -150), (180, (-1, 0), -150, -900), (270, (0, -1), -900, 100)]
)
def test_lines_that_run_another_way_stand_along_that_way(angle: int, turn: tuple[int, int], left: float, base: float):
    """The box is 100 to 150 from the left and 300 to 900 from below."""
    found = lines_of(markup(line(f"bbox 100 100 150 700; textangle {angle}; x_size 40", "Words")), Picture(0, 1000, 1.0))[0]
    assert (found.turn, found.line.left, found.line.base) == (turn, left, base)


def test_a_line_of_which_ocr_is_not_sure_is_illegible():
    place = "bbox 200 100 600 140; baseline 0 -10; x_size 40"
    found = lines_of(markup(*(line(place, "Words", sure=sure) for sure in (49, 50))), Picture(0, 1000, 1.0))
    assert [read.is_legible for read in found] == [False, True]


LISTING = "print('tesseract 9.9' if sys.argv[1] == '--version' else 'List of languages (2):\\neng\\nosd')"


def test_a_program_with_the_languages_is_named_with_its_version(fake: Fake):
    fake(LISTING)
    assert check("eng") == "tesseract 9.9"


@pytest.mark.parametrize(
    ("languages", "code", "message"),
    [
        pytest.param("eng+deu", LISTING, "tesseract has no data for deu, only for eng, osd. Install it (", id="a language is missing"),
        pytest.param("chi_sim", LISTING, "apt-get install tesseract-ocr-chi-sim", id="with its package"),
        pytest.param("eng", "sys.exit(1)", "the program tesseract does not work", id="it fails"),
        pytest.param("eng", "", "the program tesseract does not work", id="it says nothing"),
    ],
)
def test_what_is_missing_is_named_with_the_way_to_install_it(fake: Fake, languages: str, code: str, message: str):
    fake(code)
    with pytest.raises(OcrUnavailable, match=re.escape(message)):
        check(languages)


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """An environment in which no program is found."""
    (tmp_path / "empty").mkdir()
    return {"PATH": str(tmp_path / "empty")}


def test_what_is_missing_is_said_before_any_file_is_read(run_footnote: Run, nowhere: dict[str, str], tmp_path: Path):
    for command in (["add", tmp_path / "nothing.pdf"], ["serve", "--port", "0"]):
        done = run_footnote(*command, "--library", tmp_path / "library", env={**nowhere, "FOOTNOTE_OCR": "eng"})
        assert (done.returncode, done.stdout) == (1, "")
        assert re.fullmatch(
            r"footnote: FOOTNOTE_OCR \(--ocr\): the program tesseract is not installed\. Install it \(.*\)\.\n", done.stderr
        )
    assert not (tmp_path / "library").exists()


def test_the_doctor_says_whether_scanned_pages_can_be_read(run_footnote: Run, nowhere: dict[str, str], fake: Fake, tmp_path: Path):
    """Without the program all is well, unless languages are set."""
    command = ("doctor", "--library", tmp_path / "library")
    without, wanted = run_footnote(*command, env=nowhere), run_footnote(*command, "--ocr", "eng", env=nowhere)
    assert (without.returncode, wanted.returncode) == (0, 1)
    assert "ok  scanned pages cannot be read: the program tesseract is not installed" in without.stdout
    assert "BAD scanned pages cannot be read: the program tesseract is not installed" in wanted.stdout
    fake(LISTING)
    assert "ok  scanned pages are not read, but could be, by tesseract 9.9: set FOOTNOTE_OCR" in run_footnote(*command).stdout
    assert "ok  scanned pages are read by tesseract 9.9 in eng\n" in run_footnote(*command, "--ocr", "eng").stdout


@needs_tesseract
def test_the_flag_reads_a_scan_on_the_command_line(folder: Path, run_footnote: Run, tmp_path: Path):
    (tmp_path / "scan.pdf").write_bytes(scanned(THIRD))
    without = run_footnote("add", "--library", folder, tmp_path / "scan.pdf")
    assert without.returncode == 1
    assert without.stdout.endswith("1 refused\n")
    done = run_footnote("add", "--library", folder, "--ocr", "eng", tmp_path / "scan.pdf")
    assert (done.returncode, done.stdout) == (0, "1 added\n")
    assert THIRD in run_footnote("ask", "--library", folder, "How many setts has the badger in Devon?").stdout
