"""EPUB: the chapters of a book in reading order, and what its package file says of it."""

import contextlib
import struct
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import zipped

from index.errors import UnreadableDocument
from index.extract import Extract
from index.formats.epub import read

CONTAINER = '<container xmlns="urn:oasis"><rootfiles><rootfile full-path="OPS/book.opf" media-type="x"/></rootfiles></container>'
PAGE = "application/xhtml+xml"
FONT = "http://www.idpf.org/2008/embedding"


def _page(body: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{body}</body></html>'


def _package(spine: Mapping[str, str], metadata: str = "", guide: str = "") -> str:
    """A package file with the items of `spine`: address, and further attributes."""
    items = "".join(f'<item id="i{n}" href="{href}" media-type="{PAGE}" {more}/>' for n, (href, more) in enumerate(spine.items()))
    order = "".join(f'<itemref idref="i{n}"/>' for n in range(len(spine)))
    return f"""<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>{metadata}</metadata><manifest>{items}
        <item id="f" href="a.otf" media-type="font/otf"/></manifest><spine><itemref idref="f"/><itemref idref="gone"/>{order}</spine>
        <guide>{guide}</guide></package>"""


def _book(chapters: Mapping[str, str], metadata: str = "", guide: str = "", more: Mapping[str, str | bytes] | None = None) -> bytes:
    """A book with chapters of these bodies; an address may be followed by a space and attributes of its item."""
    spine = {address.partition(" ")[0]: address.partition(" ")[2] for address in chapters}
    pages = {f"OPS/{address.partition(' ')[0]}": _page(body) for address, body in chapters.items() if body}
    package = {"META-INF/container.xml": CONTAINER, "OPS/book.opf": _package(spine, metadata, guide)}
    return zipped({"mimetype": "application/epub+zip", **package, **pages, **(more or {})})


def _encryption(name: str, algorithm: str) -> dict[str, str | bytes]:
    method = f'<enc:EncryptionMethod Algorithm="{algorithm}"/><enc:CipherData><enc:CipherReference URI="{name}"/></enc:CipherData>'
    data = f'<encryption xmlns:enc="x"><enc:EncryptedData>{method}</enc:EncryptedData></encryption>'
    return {"META-INF/encryption.xml": data}


def _shown(content: bytes) -> list[tuple[int, str]]:
    extract = read(content)
    _check(extract)
    return [(block.level, extract.text[block.start : block.end]) for block in extract.blocks]


def _check(extract: Extract) -> None:
    pieces = [extract.text[block.start : block.end] for block in extract.blocks]
    assert "\n\n".join(pieces) == extract.text
    assert pieces == [piece.strip() for piece in pieces if piece.strip()]


def test_chapters_are_read_in_the_order_of_the_spine():
    chapters = {"z.xhtml": "<h1>First</h1><p>One.</p>", "text/a%20b.xhtml": "<h2>Second</h2><ol><li>Two.</li></ol>", "m.xhtml": "Three."}
    book = _book({**chapters, "text/a%20b.xhtml": ""}, more={"OPS/text/a b.xhtml": _page(chapters["text/a%20b.xhtml"])})
    assert _shown(book) == [(1, "First"), (0, "One."), (2, "Second"), (0, "1. Two."), (0, "Three.")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("<p>a<a id='x'/>b</p><div/><p>c<br/>d</p>", ["ab", "c\nd"], id="tags that close themselves"),
        pytest.param("<p>a<span xmlns:epub='x' epub:type='pagebreak'>12</span>b</p>", ["ab"], id="number of a printed page"),
        pytest.param("<p>a</p><aside role='doc-footnote'><p>Note.</p></aside>", ["a", "Note."], id="footnote"),
        pytest.param("<nav role='doc-toc'><a>One</a></nav><p>a</p>", ["a"], id="table of contents in a chapter"),
        pytest.param("<p style='display:none'>secret</p><p>a &amp; b&#160;c</p>", ["a & b\xa0c"], id="hidden text"),
        pytest.param("<header><p>By me.</p></header><p>a</p><footer>End.</footer>", ["By me.", "a", "End."], id="no site around the text"),
        pytest.param("<p>not <b>well</p> formed", ["not well", "formed"], id="broken markup"),
        pytest.param("<table><tr><td>1</td><td/><td>2</td></tr></table>", ["1 |  | 2"], id="table"),
    ],
)
def test_a_chapter_is_read_as_a_page_is(body: str, expected: list[str]):
    assert _shown(_book({"a.xhtml": body})) == [(0, text) for text in expected]


def test_tables_of_contents_and_covers_without_text_are_left_out():
    chapters = {
        "cover.xhtml": "<img src='c.png'/>",
        'nav.xhtml properties="nav"': "<p>Contents</p>",
        "toc.xhtml": "Old contents",
        "a.xhtml": "Text.",
    }
    assert _shown(_book(chapters, guide='<reference type="toc" href="toc.xhtml"/>')) == [(0, "Text.")]


@pytest.mark.parametrize(
    ("metadata", "title", "authors", "date", "doi"),
    [
        pytest.param(
            "<dc:title> A  book </dc:title><dc:creator opf:role='aut'>Ann Roe</dc:creator><dc:creator opf:role='ill'>Bo</dc:creator>"
            "<dc:date opf:event='modification'>2022</dc:date><dc:date opf:event='publication'>2021-03-04T00:00:00Z</dc:date>"
            "<dc:identifier opf:scheme='DOI'>10.1234/a.b</dc:identifier>",
            *("A book", ("Ann Roe",), "2021-03-04", "10.1234/a.b"),
            id="EPUB 2",
        ),
        pytest.param(
            "<dc:title id='s'>A subtitle</dc:title><dc:title id='m'>Main</dc:title><meta refines='#m' property='title-type'>main</meta>"
            "<dc:creator id='c'>Ann</dc:creator><dc:creator id='d'>Bo</dc:creator><meta refines='#d' property='role'>edt</meta>"
            "<dc:date>2021-03</dc:date><dc:identifier>urn:isbn:9</dc:identifier><dc:identifier>https://doi.org/10.1234/x</dc:identifier>",
            *("Main", ("Ann",), "2021-03", "10.1234/x"),
            id="EPUB 3",
        ),
        pytest.param("<dc:title/><dc:date>May 4</dc:date><dc:identifier>urn:uuid:1</dc:identifier>", "", (), "", "", id="nothing of use"),
    ],
)
def test_what_the_package_says_of_the_book_is_kept(metadata: str, title: str, authors: tuple[str, ...], date: str, doi: str):
    extract = read(_book({"a.xhtml": "Text."}, metadata))
    assert (extract.title, extract.authors, extract.date, extract.doi) == (title, authors, date, doi)


def test_a_chapter_that_is_missing_or_no_text_is_left_out_and_that_is_said():
    extract = read(_book({"a.xhtml": "Text.", "b.xhtml": "", "c.xhtml": ""}, more={"OPS/c.xhtml": b"\x00\x01\x02"}))
    assert extract.text == "Text."
    assert [note[:42] for note in extract.notes] == [
        "Chapters are missing from the EPUB (1), su",
        "The chapter OPS/c.xhtml was left out: byte",
    ]


def test_protected_books_are_refused_and_veiled_fonts_are_not():
    with pytest.raises(UnreadableDocument, match=r"the EPUB is encrypted \(DRM\).*not protected"):
        read(_book({"a.xhtml": "Text."}, more=_encryption("OPS/a.xhtml", "http://www.w3.org/2001/04/xmlenc#aes128-cbc")))
    assert _shown(_book({"a.xhtml": "Text."}, more=_encryption("OPS/a.otf", FONT))) == [(0, "Text.")]
    assert _shown(_book({"a.xhtml": "Text."}, more=_encryption("OPS/a.otf", "http://other"))) == [(0, "Text.")]


@pytest.mark.parametrize("address", ["../../x.xhtml", "/x.xhtml", "file:///x.xhtml", "http://x/x.xhtml", "..%2f..%2fx.xhtml", ".."])
def test_addresses_that_lead_out_of_the_archive_are_not_followed(address: str):
    secrets = dict.fromkeys(("../x.xhtml", "x.xhtml", "/x.xhtml", "../../x.xhtml", address), _page("secret"))
    assert _shown(_book({"a.xhtml": "Text.", address: ""}, more=secrets)) == [(0, "Text.")]


def test_entities_bring_nothing_in_from_outside():
    entity = '<!DOCTYPE html [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY f "secret">]><html><body><p>&e;&f; Text.</p></body></html>'
    assert _shown(_book({"a.xhtml": ""}, more={"OPS/a.xhtml": entity})) == [(0, "&e;&f; Text.")]
    package = (
        '<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + _package({"a.xhtml": ""}, "<dc:title>&e;</dc:title>").partition("?>")[2]
    )
    with pytest.raises(UnreadableDocument, match="entity"):
        read(_book({"a.xhtml": "Text."}, more={"OPS/book.opf": package}))


def _with_declared_size(content: bytes, name: bytes, size: int) -> bytes:
    """An archive that lies, in its table of contents, about the size of a file when inflated."""
    place = content.rindex(name) - 46
    assert content[place : place + 4] == b"PK\x01\x02"
    return content[: place + 24] + struct.pack("<I", size) + content[place + 28 :]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "archive cannot be opened", id="nothing"),
        pytest.param(_book({"a.xhtml": "Text."})[:-40], "archive cannot be opened", id="cut off"),
        pytest.param(zipped({"a.xhtml": "Text."}), "no META-INF/container.xml", id="some archive"),
        pytest.param(zipped({"META-INF/container.xml": CONTAINER}), "lacks the package file", id="no package file"),
        pytest.param(zipped({"META-INF/container.xml": "<a"}), "XML is broken", id="broken container"),
        pytest.param(_book({"a.xhtml": "<img/>"}), "pages may be pictures", id="pictures"),
        pytest.param(_with_declared_size(_book({"a.xhtml": "Text." * 99}), b"OPS/a.xhtml", 20), "damaged", id="size declared too small"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(content: bytes, message: str):
    with pytest.raises(UnreadableDocument, match=message):
        read(content)


def test_what_is_too_large_inside_is_refused():
    with pytest.raises(UnreadableDocument, match="more than 10000 files"):
        read(zipped({str(number): "" for number in range(10_001)}))
    with pytest.raises(UnreadableDocument, match=r"more than 200 MB.*split"):
        read(_book({f"{number}.xhtml": " " * (50 << 20) for number in range(5)}))


def test_a_size_declared_too_large_is_not_believed():
    assert _shown(_with_declared_size(_book({"a.xhtml": "Text."}), b"OPS/a.xhtml", 2**31)) == [(0, "Text.")]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300), st.integers(0, 900), st.integers(0, 255))
def test_whatever_comes_is_read_or_refused(package: bytes, chapter: bytes, place: int, byte: int):
    whole = bytearray(_book({"a.xhtml": "Text."}))
    whole[place % len(whole)] = byte
    for content in (
        package,
        bytes(whole),
        _book({"a.xhtml": ""}, more={"OPS/a.xhtml": chapter}),
        _book({}, more={"OPS/book.opf": package}),
    ):
        with contextlib.suppress(UnreadableDocument):
            _check(read(content))
