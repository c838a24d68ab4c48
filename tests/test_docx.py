"""DOCX: what a reader of the document sees becomes text, and nothing else does."""

import contextlib
import re
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import zipped

from index.errors import UnreadableDocument
from index.extract import Extract
from index.formats.docx import read

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STYLES = """
<docDefaults/><style styleId='a'><name val='Normal'/></style>
<style styleId='Titel'><name val='Title'/></style>
<style styleId='berschrift1'><name val='heading 1'/></style>
<style styleId='Kapitel'><name val='Kapitel'/><basedOn val='berschrift1'/></style>
<style styleId='Mine'><name val='Mine'/><pPr><outlineLvl val='2'/></pPr></style>
<style styleId='Body'><name val='Body'/><basedOn val='Mine'/><pPr><outlineLvl val='9'/></pPr></style>
<style styleId='Toc'><name val='toc 1'/></style>
<style styleId='Secret'><name val='Secret'/><rPr><vanish/></rPr></style>
<style styleId='Ring'><name val='Ring'/><basedOn val='Ring'/></style>"""
NUMBERING = """
<abstractNum abstractNumId='7'><lvl ilvl='0'><start val='1'/><numFmt val='decimal'/><lvlText val='%1.'/></lvl>
<lvl ilvl='1'><start val='1'/><numFmt val='lowerLetter'/><lvlText val='%1.%2)'/></lvl>
<lvl ilvl='2'><start val='4'/><numFmt val='upperRoman'/><lvlText val='%3'/></lvl></abstractNum>
<abstractNum abstractNumId='8'><lvl ilvl='0'><numFmt val='bullet'/><lvlText val='-'/></lvl></abstractNum>
<num numId='1'><abstractNumId val='7'/></num><num numId='2'><abstractNumId val='8'/></num>"""


def _part(root: str, content: str, namespace: str = WORD) -> str:
    """A part of a document; its tags and attributes get the prefix that Word gives them."""
    prefixed = re.sub(r"<(/?)(?=\w)(?!\w+:)", r"<\1w:", content)
    prefixed = re.sub(r" (\w+)='", r" w:\1='", prefixed)
    return f'<w:{root} xmlns:w="{namespace}" xmlns:m="{MATH}" xmlns:mc="http://mc">{prefixed}</w:{root}>'


def _related(*related: tuple[str, str], mode: str = "Internal") -> str:
    links = (f'<Relationship Type="{OFFICE}/{kind}" Target="{target}" TargetMode="{mode}"/>' for kind, target in related)
    return f"<Relationships>{''.join(links)}</Relationships>"


def _docx(body: str, namespace: str = WORD, more: Mapping[str, str] | None = None) -> bytes:
    kinds = ("styles", "numbering", "footnotes", "endnotes")
    parts = {
        "word/_rels/document.xml.rels": _related(*((kind, f"{kind}.xml") for kind in kinds)),
        "word/document.xml": _part("document", f"<body>{body}</body>", namespace),
        "word/styles.xml": _part("styles", STYLES, namespace),
        "word/numbering.xml": _part("numbering", NUMBERING, namespace),
    }
    return zipped(parts | dict(more or {}))


def _r(text: str, properties: str = "") -> str:
    return f"<r><rPr>{properties}</rPr><t>{text}</t></r>"


def _p(content: str, style: str = "", properties: str = "") -> str:
    return f"<p><pPr><pStyle val='{style}'/>{properties}</pPr>{content if content.startswith('<') else _r(content)}</p>"


def _item(text: str, number: int, depth: int = 0) -> str:
    return _p(text, properties=f"<numPr><ilvl val='{depth}'/><numId val='{number}'/></numPr>")


def _table(*rows: tuple[str, ...]) -> str:
    """A table; a cell is text, or markup."""
    marked = ("".join(f"<tc>{cell if cell.startswith('<') else _p(cell)}</tc>" for cell in row) for row in rows)
    return f"<tbl>{''.join(f'<tr>{row}</tr>' for row in marked)}</tbl>"


def _shown(extract: Extract) -> list[str]:
    """The blocks as written, headings with their `#`; what stands between them is always one blank line."""
    assert extract.text == "\n\n".join(extract.text[block.start : block.end] for block in extract.blocks)
    return ["#" * block.level + " " * (block.level > 0) + extract.text[block.start : block.end] for block in extract.blocks]


BOX = f"<txbxContent>{_p('boxed')}</txbxContent>"
EITHER = f"<mc:Choice><drawing>{BOX}</drawing></mc:Choice><mc:Fallback><pict>{BOX}</pict></mc:Fallback>"
BOTH = f"<mc:AlternateContent>{EITHER}</mc:AlternateContent>"
CONTENTS = "<sdt><sdtPr><docPartObj><docPartGallery val='Table of Contents'/></docPartObj></sdtPr><sdtContent>{}</sdtContent></sdt>"
CHANGES = f"<ins>{_r('new')}</ins><del><r><delText>old</delText></r></del><moveFrom>{_r('gone')}</moveFrom><moveTo>{_r(' here')}</moveTo>"
FIELDS = f"<hyperlink>{_r('link')}</hyperlink><fldSimple instr='PAGE'>{_r(' 4')}</fldSimple><r><instrText>REF x</instrText></r>"
SQUARED = "<m:sSup><m:sSupPr/><m:e><m:r><m:t>r</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
HIDDEN = _r("hid", "<vanish/>") + _r("hid", "<rStyle val='Secret'/>") + _r(" too", "<vanish val='0'/>")
SYMBOLS = "<r><sym font='Symbol' char='F061'/><noBreakHyphen/><t>1</t><sym font='Wingdings' char='F061'/></r>"
LIST = _item("a", 1) + _item("b", 1) + _item("c", 1, 1) + _item("d", 1, 2) + _item("e", 1) + _item("f", 1, 1) + _item("g", 2)
DOWN, DOWN_ON = "<tcPr><vMerge val='restart'/></tcPr>", "<tcPr><vMerge/></tcPr><p/>"


@pytest.mark.parametrize("namespace", [WORD, STRICT], ids=["transitional", "strict"])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(_p("<r><t>one</t><tab/><t>two</t><br/><t>three</t></r>") + _p(" four "), ["one two\nthree", "four"], id="breaks"),
        pytest.param(_p("<r><t>a</t><br/><br/><t>b</t></r>"), ["a", "b"], id="a line broken twice parts blocks"),
        pytest.param(
            _p("T", "Titel") + _p("A", "berschrift1") + _p("B", "Kapitel") + _p("C", "Mine") + _p("D", "Body") + _p("E", "Ring"),
            ["# T", "# A", "# B", "### C", "D", "E"],
            id="headings by style, in any language and inherited",
        ),
        pytest.param(_p("A", "a", "<outlineLvl val='1'/>"), ["## A"], id="a heading by its own level"),
        pytest.param(_p("x" * 301, "berschrift1"), ["x" * 301], id="too long for a heading"),
        pytest.param(_p("Aims 7", "Toc") + CONTENTS.format(_p("Aims 7")) + _p("text"), ["text"], id="table of contents"),
        pytest.param(LIST, ["1. a", "2. b", "2.a) c", "IV d", "3. e", "3.a) f", "g"], id="numbers of list items"),
        pytest.param(_p(CHANGES), ["new here"], id="tracked changes"),
        pytest.param(_p(_r("seen") + HIDDEN) + _p("hid", "Secret"), ["seen too"], id="hidden text"),
        pytest.param(_p(FIELDS + f"<sdt><sdtContent>{_r(' field')}</sdtContent></sdt>"), ["link 4 field"], id="links and fields"),
        pytest.param(_p(_r("10") + _r("6", "<vertAlign val='superscript'/>")), ["10⁶"], id="a power stays a power"),
        pytest.param(_p(_r("H") + _r("2", "<vertAlign val='subscript'/>") + _r("O")), ["H2O"], id="subscript"),
        pytest.param(_p(SYMBOLS), ["α-1"], id="symbols"),
        pytest.param(_p(_r("Text") + f"<r>{BOTH}</r>" + _r(" on.")), ["Text on.", "boxed"], id="a text box once, after its paragraph"),
        pytest.param(_p(_r("A = ") + f"<m:oMath><m:r><m:t>π</m:t></m:r>{SQUARED}</m:oMath>"), ["A = πr²"], id="formula"),
        pytest.param(_table(("a", "b"), ("", "")), ["a | b"], id="table"),
        pytest.param(_table((_p("x") + _table(("in", "ner")) + "<p/>", "c")), ["x | c", "in | ner"], id="nested tables follow the row"),
        pytest.param(_table((DOWN + _p("arm"), "1"), (DOWN_ON, "2")), ["arm | 1", "arm | 2"], id="merged cells are repeated"),
        pytest.param(_table((_p("H", "berschrift1") + _p("lone"),), ("x" * 601, "y")), ["# H", "lone", "x" * 601, "y"], id="layout"),
        pytest.param("<p/><sectPr/><p><r><lastRenderedPageBreak/></r></p>", [], id="nothing"),
    ],
)
def test_what_a_reader_sees_becomes_blocks(body: str, expected: list[str], namespace: str):
    assert _shown(read(_docx(body, namespace))) == expected


def test_notes_follow_their_paragraph_and_are_shown_once():
    again = "<r><footnoteReference id='2'/></r>"
    more = {
        "word/footnotes.xml": _part("footnotes", f"<footnote id='0'/><footnote id='2'>{_p(_r('See X.') + again)}{_p('More.')}</footnote>"),
        "word/endnotes.xml": _part("endnotes", f"<endnote id='2'>{_p('End.')}</endnote>"),
    }
    body = _p(_r("One") + again + _r(" two") + "<r><endnoteReference id='2'/></r>" + _r(".")) + _p("Three.")
    assert _shown(read(_docx(body, more=more))) == ["One¹ two².", "¹ See X.", "More.", "² End.", "Three."]


@pytest.mark.parametrize("title", ["", "Microsoft Word - x.doc", "draft-7.docx", "Document1"])
def test_the_title_is_the_first_heading_if_the_file_gives_itself_no_good_one(title: str):
    core = "<p xmlns:dc='dc'><dc:title>{}</dc:title><dc:creator>Ann Lee; python-docx;B. Ott</dc:creator><created>2020</created></p>"
    body = _p("Heading", "berschrift1") + _p("Text")
    good, other = (read(_docx(body, more={"docProps/core.xml": core.format(text)})) for text in ("Frogs, a Study", title))
    assert (good.title, other.title) == ("Frogs, a Study", "Heading")
    assert (good.authors, good.date) == (("Ann Lee", "B. Ott"), "")


def test_what_is_left_out_is_noted():
    more = {"word/comments.xml": "<not xml", "word/embeddings/sheet.xlsx": "PK not opened", "word/header1.xml": "<not xml"}
    extract = read(_docx(_p(CHANGES), more=more))
    assert [note.split(" were")[0] for note in extract.notes] == ["Embedded files", "Comments", "Changes"]


def test_the_document_is_found_by_its_relation_and_nothing_outside_the_file_is_opened(tmp_path: Path):
    canary = tmp_path / "canary.xml"
    canary.write_text(_part("styles", STYLES), "utf-8")
    parts = {
        "_rels/.rels": _related(("officeDocument", "/word/document2.xml")),
        "word/document2.xml": f"<!DOCTYPE w SYSTEM '{canary.as_uri()}'>" + _part("document", f"<body>{_p('Caf&eacute;', 'Mine')}</body>"),
        "word/_rels/document2.xml.rels": _related(("styles", canary.as_uri()), ("styles", "../../canary.xml"), mode="External"),
    }
    assert _shown(read(zipped(parts))) == ["Café"]


def _lying(content: bytes) -> bytes:
    """The same file, but its document is said to be 10 bytes long when inflated."""
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(b"word/document.xml"))
    return content[: place + 24] + struct.pack("<I", 10) + content[place + 28 :]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(OLE + "EncryptedPackage".encode("utf-16-le"), "is encrypted; save it without a password", id="encrypted"),
        pytest.param(OLE + "WordDocument".encode("utf-16-le"), "before 2007", id="doc"),
        pytest.param(b"PK\x03\x04 and no more", "archive cannot be opened", id="cut off"),
        pytest.param(zipped({"word/other.xml": "<a/>"}), "there is no document in it", id="no document"),
        pytest.param(zipped({"word/document.xml": "<a>"}), "XML is broken", id="broken XML"),
        pytest.param(_lying(_docx("x" * 1000)), "document.xml cannot be read", id="a part that lies about its length"),
        pytest.param(zipped({f"word/{number}": "" for number in range(10_001)}), "more than 10000 files", id="10,001 entries"),
        pytest.param(_docx("<tbl><tr><tc>" * 50 + "</tc></tr></tbl>" * 50), "nested more than", id="deep"),
        pytest.param(zipped({"word/document.xml": b"<w:p/>" * (100 * 2**18)}), "larger than 104857600 bytes", id="bomb"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(content: bytes, reason: str):
    with pytest.raises(UnreadableDocument, match=reason):
        read(content)


PIECES = st.sampled_from(
    [_p("x", "Titel"), _table(("a", "b")), BOTH, LIST, "<ins>", "</ins>", "<sdt/>", _r("6"), "&", DOWN, SQUARED, "<tc>"]
)
FILES = st.binary(max_size=100) | st.lists(PIECES, max_size=6).map(lambda pieces: _docx("".join(pieces)))


@given(FILES, st.binary(max_size=3), st.integers(0, 4000))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes, noise: bytes, place: int):
    with contextlib.suppress(UnreadableDocument):
        _shown(read(content[:place] + noise + content[place + len(noise) :]))
