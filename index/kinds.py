"""Which format a file is of: its first bytes say, and its name only where they cannot."""

import re
import zipfile
from io import BytesIO
from pathlib import PurePath
from typing import Literal

from index import suffixes
from index.errors import UnreadableDocument, UnsupportedFormat
from index.formats.archive import BROKEN, MOST_ENTRIES
from index.formats.text import marked_encoding, wide_encoding

Kind = Literal["pdf", "docx", "epub", "html", "jats", "xml", "markdown", "text"]

_ADVICE = "convert it to one of PDF, DOCX, EPUB, HTML, JATS XML, Markdown and plain text."
_HEAD = 1024  # bytes within which a PDF says that it is one
_PEEK = 8192  # bytes of text that are looked at
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# What is known and not read: how it begins, what it is. A beginning in plain letters counts only where a NUL follows.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "a Windows program (exe)"),
    (b"\x7fELF", "a Linux program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a Java class or macOS program"),
    (b"\x89PNG\r\n", "a picture (png)"),
    (b"\xff\xd8\xff", "a picture (jpeg)"),
    (b"GIF8", "a picture (gif)"),
    (b"BM", "a picture (bmp)"),
    (b"II*\x00", "a picture (tiff)"),
    (b"MM\x00*", "a picture (tiff)"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"AT&TFORM", "a DjVu document"),
    (b"ID3", "a sound (mp3)"),
    (b"\xff\xfb", "a sound (mp3)"),
    (b"OggS", "a sound or film (ogg)"),
    (b"fLaC", "a sound (flac)"),
    (b"\x1aE\xdf\xa3", "a film (mkv or webm)"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"BZh", "a compressed file (bzip2)"),
    (b"\xfd7zXZ\x00", "a compressed file (xz)"),
    (b"\x28\xb5\x2f\xfd", "a compressed file (zstd)"),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (b"Rar!\x1a\x07", "an archive (rar)"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"PAR1", "a Parquet table"),
    (b"\x00asm", "a WebAssembly program"),
    (b"wOF2", "a font"),
    (b"OTTO", "a font"),
)
_INSIDE = (
    (0, b"RIFF", "a sound, film or picture (wav, avi or webp)"),
    (4, b"ftyp", "a film or picture (mp4, mov or heic)"),
    (257, b"ustar", "an archive (tar)"),
)
_WRITTEN = ((b"{\\rtf", "a rich text document (rtf)"), (b"%!PS-Adobe", "a PostScript document"))
_OFFICE = (("xl/", "an Excel workbook (xlsx)"), ("ppt/", "a PowerPoint presentation (pptx)"), ("visio/", "a Visio drawing (vsdx)"))
_OPEN_DOCUMENT = {"text": "odt", "spreadsheet": "ods", "presentation": "odp", "graphics": "odg"}
_OLD_OFFICE = (
    ("WordDocument", "a Word document of before 2007 (doc)"),
    ("Workbook", "an Excel workbook of before 2007 (xls)"),
    ("PowerPoint Document", "a PowerPoint presentation of before 2007 (ppt)"),
    ("__substg1.0_", "an Outlook message (msg)"),
)
_NAMES: dict[str, Kind] = {
    **dict.fromkeys(suffixes.MARKDOWN, "markdown"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".xml", ".nxml", ".jats"), "xml"),
}
_PROLOGUE = re.compile(r"(?:\s+|\ufeff|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype\s+(?P<name>[\w:.-]+)(?P<rest>[^>\[]*)", re.IGNORECASE)
_TAG = re.compile(r"<(?:[\w.-]+:)?(?P<name>[A-Za-z][\w.-]*)(?=[\s/>])")
_MARKUP = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>|&\#?\w+;")
_ARTICLE = re.compile(r"<(?:[\w.-]+:)?article[\s>]")
_JATS = re.compile(r"//NLM//DTD|JATS|<(?:[\w.-]+:)?(?:front|article-meta|journal-meta)[\s>]")


def kind_of(content: bytes, name: str) -> Kind:
    """The format of a file. The name decides only between plain text and Markdown, and whether loose tags are HTML.

    Raises:
        UnsupportedFormat: a format that is not read, or none that is known.
        UnreadableDocument: it is damaged so that its format cannot be told.
    """
    if content.startswith(_OLE):
        return _old_office(content, name)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archived(content, name)
    if what := _other(content):
        raise _refusal(what, name)
    head = content[:_HEAD].lstrip(b"\xef\xbb\xbf\x00 \t\r\n")
    if head.startswith(b"%PDF-") or (b"%PDF-" in head and (b"startxref" in content or b"endobj" in content)):
        return "pdf"
    return _written(_peek(content, name), name)


def _refusal(what: str, name: str, advice: str = _ADVICE) -> UnsupportedFormat:
    suffix = PurePath(name).suffix.lower()
    claim = f", though its name ends in {suffix}" if suffix in suffixes.READ else ""
    return UnsupportedFormat(f"it is {what}{claim}, which is not read; {advice}")


def _old_office(content: bytes, name: str) -> Kind:
    """What Office kept in files before 2007, and keeps encrypted documents in still."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "docx"  # whose reader says that it is encrypted
    found = (what for stream, what in _OLD_OFFICE if stream.encode("utf-16-le") in content)
    raise _refusal(next(found, "a file of an old Office program"), name)


def _archived(content: bytes, name: str) -> Kind:
    """What a ZIP archive is, by the names of the files in it."""
    if content.count(b"PK\x01\x02") > MOST_ENTRIES:
        raise _refusal(f"an archive of more than {MOST_ENTRIES} files (zip)", name)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            mime = _mimetype(archive) if "mimetype" in names else ""
    except BROKEN as error:
        raise UnreadableDocument("it is an archive (zip, docx, epub) that is damaged; get or save it anew and add it again.") from error
    if mime == "application/epub+zip" or (not mime and "META-INF/container.xml" in names):
        return "epub"
    if mime.startswith("application/vnd.oasis.opendocument."):
        raise _refusal(f"an OpenDocument file ({_OPEN_DOCUMENT.get(mime.split('.')[-1], 'odf')})", name)
    if any(entry.startswith("word/") for entry in names):
        return "docx"
    office = (what for folder, what in _OFFICE if any(entry.startswith(folder) for entry in names))
    if what := next(office, ""):
        raise _refusal(what, name)
    raise _refusal("an archive (zip)", name, "unpack it and add the files in it.")


def _mimetype(archive: zipfile.ZipFile) -> str:
    if archive.getinfo("mimetype").compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return ""
    with archive.open("mimetype") as file:
        return file.read(100).decode("latin-1").strip()


def _other(content: bytes) -> str:
    """What a file is that is known by its first bytes and not read; empty if it is none of these."""
    binary = 0 in content[: 2**16]
    for place, mark, what in _INSIDE:
        if binary and content.startswith(mark, place):
            return what
    found = (what for start, what in _OTHERS if content.startswith(start) and (binary or not start.decode("latin-1").isprintable()))
    return next(found, "") or next((what for start, what in _WRITTEN if content.startswith(start)), "")


def _peek(content: bytes, name: str) -> str:
    """The beginning of a text, well enough decoded to see what markup it has."""
    encoding = marked_encoding(content) or wide_encoding(content) or "utf-8"
    if 0 in content[:_PEEK] and encoding == "utf-8":
        raise _refusal("not text and of no kind that is known", name)
    return content[:_PEEK].decode(encoding, "ignore")


def _written(text: str, name: str) -> Kind:
    """What a text is, by the markup it begins with."""
    named = _NAMES.get(PurePath(name).suffix.lower(), "text")
    start = match.end() if (match := _PROLOGUE.match(text)) else 0
    declared = "<?xml" in text[:start]
    doctype, tag = _DOCTYPE.match(text, start), _TAG.match(text, start)
    if doctype:
        return _document_type(doctype["name"].lower(), doctype["rest"])
    root = tag["name"].lower() if tag else ""
    if root in ("html", "head", "body"):
        return "html"
    if root == "svg" and (declared or "xmlns" in text):
        raise _refusal("a drawing (svg)", name)
    markup = declared or (root and named == "xml")
    if (markup or root in ("article", "pmc-articleset")) and _ARTICLE.search(text) and _JATS.search(text):
        return "jats"
    if markup:
        return "xml"
    if named == "html":
        return "html" if _MARKUP.search(text) else "text"
    return "text" if named == "xml" else named


def _document_type(name: str, rest: str) -> Kind:
    if name == "html":
        return "html"
    return "jats" if name in ("article", "pmc-articleset") and "docbook" not in rest.lower() else "xml"
