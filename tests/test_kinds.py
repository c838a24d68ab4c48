"""Which format a file is of."""

import contextlib
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import zipped

from index.errors import UnreadableDocument
from index.kinds import kind_of

JATS = "<article xmlns:xlink='x' article-type='research-article'><front><article-meta/></front></article>"
DOCTYPE = '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.0//EN" "JATS.dtd">'
XML = '<?xml version="1.0"?>\n'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99


def _zipped(*names: str, **contents: str) -> bytes:
    return zipped(dict.fromkeys(names, "") | contents, zipfile.ZIP_STORED)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"%PDF-1.7\n1 0 obj", "a.pdf", "pdf"),
        (b"junk before\n%PDF-1.4\n1 0 obj\nendobj", "a.pdf", "pdf"),
        (b"\xef\xbb\xbf\r\n%PDF-1.4", "a", "pdf"),
        (b"%PDF-1.7\n" + _zipped("word/document.xml"), "a.docx", "pdf"),
        (b"A PDF begins with %PDF-1.7, which readers look for.", "a.txt", "text"),
        (_zipped("[Content_Types].xml", "word/document.xml"), "a.docx", "docx"),
        (_zipped("word/document2.xml", "[Content_Types].xml"), "a.pdf", "docx"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.docx", "docx"),
        (_zipped("META-INF/container.xml", mimetype="application/epub+zip\n"), "a.epub", "epub"),
        (_zipped("META-INF/container.xml"), "a.zip", "epub"),
        (b"<!DOCTYPE html><p>x", "a.html", "html"),
        (b"\xef\xbb\xbf \n<!doctype HTML public>", "a.txt", "html"),
        (b"<!-- saved from -->\n<html lang=en><body>", "a.md", "html"),
        (b"<HEAD><title>x</title>", "a", "html"),
        (f"{XML}<!DOCTYPE html PUBLIC 'x'><html/>".encode(), "a.xml", "html"),
        (f"{XML}<html xmlns='x'/>".encode("utf-16"), "a.xhtml", "html"),
        (b"loose <b>tags</b>", "a.htm", "html"),
        (b"loose <b>tags</b>", "a.md", "markdown"),
        (b"loose <b>tags</b>", "a.txt", "text"),
        (b"1 < 2 and 3 > 2", "a.html", "text"),
        (f"{XML}{DOCTYPE}<article/>".encode(), "a.nxml", "jats"),
        (f"{XML}<?pi x?><!-- c -->{JATS}".encode(), "a.txt", "jats"),
        (JATS.encode(), "a.xml", "jats"),
        (JATS.encode(), "a", "jats"),
        (f"<pmc-articleset>{JATS}</pmc-articleset>".encode(), "a.xml", "jats"),
        (f"<OAI-PMH><j:record>{JATS.replace('<article', '<j:article')}</j:record></OAI-PMH>".encode(), "a.xml", "jats"),
        (f"{XML}<!DOCTYPE article PUBLIC '-//OASIS//DTD DocBook'><article/>".encode(), "a.xml", "xml"),
        (f"{XML}<article><title>DocBook</title></article>".encode(), "a.xml", "xml"),
        (b"<article class=md><h1>Read me</h1>", "a.md", "markdown"),
        (f"{XML}<factbook/>".encode("utf-16"), "a.xml", "xml"),
        (f"{XML}<factbook/>".encode("utf-16-be"), "a", "xml"),
        (b"<factbook><a/></factbook>", "a.xml", "xml"),
        (b"<factbook><a/></factbook>", "a.txt", "text"),
        (b"<!DOCTYPE note SYSTEM 'note.dtd'><note/>", "a.txt", "xml"),
        (b"no markup", "a.xml", "text"),
        (b"# Head", "a.md", "markdown"),
        (b"# Head", "A.MARKDOWN", "markdown"),
        (b"# Head", "a.txt", "text"),
        (b"# Head", "a.pdf", "text"),
        (b"a,b\n1,2", "a.csv", "text"),
        (b"From: a@b.c\nSubject: x\n\ntext", "a.eml", "text"),
        (b"MZ is how some programs begin", "a.txt", "text"),
        (b"BM, GIF8 and ID3", "a", "text"),
        ("Zürich".encode("cp1252"), "a.txt", "text"),
        ("naïve".encode("utf-16"), "a.md", "markdown"),
        ("plain words".encode("utf-32-le"), "a.txt", "text"),
        (b"", "a.md", "markdown"),
        (b"", "", "text"),
    ],
)
def test_content_says_what_a_file_is_and_its_name_only_what_content_cannot(content: bytes, name: str, kind: str):
    assert kind_of(content, name) == kind


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"MZ\x90\x00\x03\x00", "a.pdf", r"it is a Windows program \(exe\), though its name ends in .pdf, which is not read; convert it"),
        (b"\x7fELF\x02", "a", r"it is a Linux program, which is not read"),
        (b"\x89PNG\r\n\x1a\n\x00", "a.png", r"it is a picture \(png\), which is not read"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a.html", r"a picture \(jpeg\), though its name ends in .html"),
        (b"RIFF\x24\x00\x00\x00WAVE", "a.wav", "a sound, film or picture"),
        (b"\x00\x00\x00\x18ftypmp42", "a.txt", "a film or picture"),
        (b"ID3\x03\x00", "a.mp3", "a sound"),
        (b"\x1f\x8b\x08\x00", "a.gz", r"a compressed file \(gzip\)"),
        (b"x" * 257 + b"ustar\x00", "a.tar", r"an archive \(tar\)"),
        (b"SQLite format 3\x00", "a.db", "a SQLite database"),
        (rb"{\rtf1\ansi text}", "a.md", r"a rich text document \(rtf\), though its name ends in .md"),
        (f"{XML}<svg xmlns='x'><text>a</text></svg>".encode(), "a.svg", "a drawing"),
        (OLE + "WordDocument".encode("utf-16-le"), "a.docx", r"a Word document of before 2007 \(doc\), though its name ends in .docx"),
        (OLE + "Workbook".encode("utf-16-le"), "a.xls", r"an Excel workbook of before 2007 \(xls\)"),
        (OLE, "a", "a file of an old Office program"),
        (_zipped("[Content_Types].xml", "xl/workbook.xml"), "a.docx", r"an Excel workbook \(xlsx\), though its name ends in .docx"),
        (_zipped("[Content_Types].xml", "ppt/presentation.xml"), "a.pptx", r"a PowerPoint presentation \(pptx\)"),
        (_zipped(mimetype="application/vnd.oasis.opendocument.text"), "a.odt", r"an OpenDocument file \(odt\)"),
        (_zipped("a.txt"), "a.epub", r"an archive \(zip\), though its name ends in .epub, which is not read; unpack it"),
        (_zipped(), "a.zip", r"an archive \(zip\)"),
        (_zipped("word/document.xml")[:50], "a.docx", "that is damaged"),
        (_zipped(*map(str, range(10_001))), "a.zip", "more than 10000 files"),
        (b"\x07\x00\x05 unheard of", "a.docx", "not text and of no kind that is known, though its name ends in .docx"),
    ],
)
def test_what_is_not_read_is_refused_by_what_it_is(content: bytes, name: str, reason: str):
    with pytest.raises(UnreadableDocument, match=reason):
        kind_of(content, name)


STARTS = st.sampled_from(
    [b"", b"PK\x03\x04", b"%PDF-", b"<?xml", b"<!DOCTYPE ", b"<!--", b"\xff\xfe", OLE, _zipped("mimetype")[:60], b"<article "]
)


@given(STARTS, st.binary(max_size=200), st.sampled_from(["a.pdf", "a.docx", "a.md", "a.html", "a.xml", "", ".", "a/b.c\x00", "\ud800"]))
def test_any_bytes_are_of_a_kind_or_refused(start: bytes, content: bytes, name: str):
    with contextlib.suppress(UnreadableDocument):
        assert kind_of(start + content, name)
