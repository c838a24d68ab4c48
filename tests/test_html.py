"""HTML: what a reader of the page sees becomes text, block by block, and nothing else does."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import UnreadableDocument
from index.extract import Extract
from index.formats.hypertext import read

LONG = "It is long enough to be what the page is about, and there is no doubt of that."
TAGS = """p b br div table tr td th ul ol li dl dt dd h1 h3 pre sup svg text math mi template script style noscript main nav article
    aside title select plaintext hr ruby rt body frameset a p¬hidden td¬rowspan=3 th¬colspan=2 meta¬charset=x a¬href=x""".split()
ATOMS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["[1]", "7", "&amp;", "&#0;", "<!--", "-->", "<![CDATA[", "p{display:none}", "<p", "='", "/>"]),
    st.sampled_from([f"<{tag.replace('¬', ' ')}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS if tag.isalnum()]),
)


def _shown(content: str | bytes) -> list[tuple[int, str]]:
    extract = read(content.encode() if isinstance(content, str) else content)
    _check(extract)
    return [(block.level, extract.text[block.start : block.end]) for block in extract.blocks]


def _body(content: str | bytes) -> list[str]:
    shown = _shown(content)
    assert [text for level, text in shown if level] == []
    return [text for _, text in shown]


def _check(extract: Extract) -> None:
    """Blocks are in order and a blank line apart, without blanks at their ends, and there is nothing between them."""
    pieces = [extract.text[block.start : block.end] for block in extract.blocks]
    assert "\n\n".join(pieces) == extract.text
    assert pieces == [piece.strip() for piece in pieces if piece.strip()]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param("<p>One <b>b</b>o<i>l</i>d\n\t word.<p>Two.", ["One bold word.", "Two."], id="words and parts of words"),
        pytest.param("one<p>two</p>three<div>four<div>five</div></div>", ["one", "two", "three", "four", "five"], id="text beside blocks"),
        pytest.param("<p>Line<br>break<br> <br>Paragraph", ["Line\nbreak", "Paragraph"], id="line breaks, and empty lines"),
        pytest.param("<p>5&nbsp;mg &lt;&amp;&#8804;&#x2009;6", ["5\xa0mg <&≤\u20096"], id="characters by name and number"),
        pytest.param("<p>a</p><p>\u200b&nbsp;</p>\n<p>b", ["a", "b"], id="nothing visible"),
        pytest.param("<pre>\nif a:\n    b\tc\n</pre>x", ["if a:\n    b\tc", "x"], id="code as it stands"),
        pytest.param("<ul><li>One<ul><li>Deep</ul><li><p>Two</p><p>More</ul>", ["One", "Deep", "Two", "More"], id="list"),
        pytest.param("<ol start=3><li>c<li value=7>g<li><p>h</p>i</ol>", ["3. c", "7. g", "8. h", "i"], id="numbered list"),
        pytest.param("<dl><dt>Term:<dd>Meaning.<p>More.</p><dt>Lone</dl>x", ["Term: Meaning.", "More.", "Lone", "x"], id="definitions"),
        pytest.param("<figure><img alt=no><figcaption>A <b>cell</b>.</figcaption></figure>", ["A cell."], id="caption"),
        pytest.param("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字<rt>ji</rt></ruby>です", ["漢字です"], id="readings"),
        pytest.param("<p>10<sup>6</sup>, CO<sub>2</sub>, CD4<sup>+</sup>, 19<sup>th</sup>", ["10⁶, CO2, CD4⁺, 19th"], id="raised"),
        pytest.param("<p>True.<sup class=reference><a href=#r>[12]</a></sup>", ["True."], id="mark of a reference"),
        pytest.param("<p>E=<math><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>.", ["E=mc²."], id="formula"),
        pytest.param("<details><summary>More</summary>Folded.</details>", ["More", "Folded."], id="folded"),
        pytest.param("<svg><title>no</title><text>Axis</text></svg>", ["Axis"], id="words in a drawing"),
    ],
)
def test_what_is_on_the_page_becomes_blocks(page: str, expected: list[str]):
    assert _body(page) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param("<caption>C</caption><tr><th>A<th>B<tr><td>1<td>2", ["C", "A | B", "1 | 2"], id="caption, head and rows"),
        pytest.param("<tr><td>a<td>&nbsp;<td>c<tr><td>d<td><td>", ["a |  | c", "d"], id="empty cells"),
        pytest.param("<tr><td>x<br>y<td><p>p</p><ul><li>q<li>r</ul>", ["x y | p q r"], id="lines in a cell"),
        pytest.param("<tr><td rowspan=2>r<td>1<tr><td>2<tr><td>s<td>3", ["r | 1", "r | 2", "s | 3"], id="cell over rows"),
        pytest.param("<tr><td colspan=2>w<td>x<tr><td>1<td>2<td>3", ["w | x", "1 | 2 | 3"], id="cell over columns"),
        pytest.param("<tr><td><table><tr><td>1<td>2</table><td>b", ["1 | 2", "b"], id="table in a table"),
        pytest.param(f"<tr><td>menu<td>{LONG * 10}", ["menu", LONG * 10], id="table that lays out a page"),
        pytest.param("<tr><td><img><td><p>a<p>b<td>", ["a", "b"], id="columns that keep a distance"),
    ],
)
def test_a_row_of_a_table_is_a_block(table: str, expected: list[str]):
    assert _body(f"<table>{table}</table>") == expected


def test_headings_have_levels():
    page = "<h1>A</h1>x<h2>B <i>b</i></h2><h6><button>C</button></h6><h1>D</h1>"
    assert _shown(page) == [(1, "A"), (0, "x"), (2, "B b"), (6, "C"), (1, "D")]


HIDDEN = """<!-- secret -->  <script>secret</script>  <style>secret</style>  <template>secret</template>  <noscript>secret</noscript>
    <iframe>secret</iframe>  <video>secret</video>  <span class=sr-only>secret</span>  <dialog>secret</dialog>  <img alt=secret>
    <p data-x=secret title=secret>  <svg><metadata>secret</metadata></svg>  <p hidden>secret</p>  <div hidden><main>secret</main></div>
    <p style='color:red; DISPLAY : none !important'>secret</p>  <p style=visibility:hidden>se<i>cret</i></p>
    <p style='font-size:0px'>secret<i style='font-size:2em'>secret</i></p>  <style>.x{display:none}</style><p class='y x'>secret</p>
    <style>#x,p.q{visibility:hidden}</style><p id=x>secret<p class=q>secret</p>
    <style>@import 'a'; /* } */ em{font-size:0}</style><em>secret</em>
    <style>.x{display:block} .x{display:none}</style><p class=x>secret</p>
    <style>p.x{display:none} .x{display:block}</style><p class=x>secret</p>"""
SHOWN = """<p aria-hidden=true>Seen</p>  <p hidden=until-found>Seen</p>  <p style=visibility:hidden><b style=visibility:visible>Seen</b></p>
    <div style=font-size:0><b style='font-size:12px'>Seen</b></div>  <style>@media print{.x{display:none}}</style><p class=x>Seen</p>
    <style>.x{display:none} .x.y{display:block}</style><p class='x y'>Seen</p>  <style>.closed .x{display:none}</style><p class=x>Seen</p>
    <style>.x{display:none} .tabs > .x{display:block}</style><p class=x>Seen</p>
    <style>p{display:none}</style><p style=display:block>Seen</p>  <style>body{visibility:hidden}</style><body style=display:none><p>Seen"""


@pytest.mark.parametrize("hidden", HIDDEN.replace("\n  ", "").split("  "))
def test_what_the_page_hides_is_not_in_the_text(hidden: str):
    assert _body(f"{hidden}<p>Seen.</p>") == ["Seen."]


@pytest.mark.parametrize("shown", SHOWN.replace("\n  ", "").split("  "))
def test_what_the_page_shows_after_all_is_in_the_text(shown: str):
    assert _body(shown) == ["Seen"]


def test_hidden_text_is_noted():
    assert read(b"<p hidden>12345</p><p>Seen.").notes == ("Text that its style hides was left out (5 characters).",)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param("<header>H</header><nav>N</nav><main><p>Text.</p></main><footer>F</footer>", ["Text."], id="main"),
        pytest.param("<div>Site</div><div role=main>Text.</div><div>Foot</div>", ["Text."], id="main by its role"),
        pytest.param("Site <article><header><p>Lead.</header>Text.</article>", ["Lead.", "Text."], id="one article"),
        pytest.param("<article>One.</article><article>Two.</article><aside>Ad</aside>", ["One.", "Two."], id="several articles"),
        pytest.param("<main><p>Text.<aside>Note.</aside><aside><a>More</a></aside></main>", ["Text.", "Note."], id="asides"),
        pytest.param(f"<nav>N</nav><p>{LONG}<footer>F</footer>", [LONG], id="neither main nor article"),
        pytest.param(f"<ul class='top-menu'><li><a>Home</a></ul><p class=menu>{LONG}", [LONG], id="menus by their class"),
        pytest.param("<nav>Only <a>links</a></nav>", ["Only links"], id="nothing but a menu"),
        pytest.param(f"<main>Loading</main><p>{LONG * 3}", ["Loading", LONG * 3], id="main that holds next to nothing"),
    ],
)
def test_the_main_content_is_read_and_never_nothing(page: str, expected: list[str]):
    assert _body(page) == expected


def test_an_article_of_wikipedia_is_read_without_its_references_and_its_edit_links():
    page = """<title>Duck - Wikipedia</title><h1>Duck</h1><div id=mw-content-text><div class=mw-parser-output><p>A bird.<sup
        class=reference>[1]</sup></p><h2>Name<span class=mw-editsection>[<a>edit</a>]</span></h2><p>Old.</p><h2>Notes</h2><h3>Cited</h3>
        <div class=reflist><ol class=references><li>Ref</ol></div><h2>Links</h2><p>More.</p><div class=navbox>Birds</div></div></div>"""
    assert _shown(page) == [(0, "A bird."), (2, "Name"), (0, "Old."), (2, "Links"), (0, "More.")]
    assert read(page.encode()).title == "Duck"


@pytest.mark.parametrize(
    ("page", "title", "headings"),
    [
        pytest.param("<title>A</title><h1>A</h1><h2>B</h2>x", "A", ["B"], id="heading that is the title"),
        pytest.param("<title>B - Book</title><h1>Book</h1><main><h2>B<a class=headerlink>¶</a></h2>x</main>", "B", ["B"], id="book"),
        pytest.param("<title>A | Site</title><h1> a </h1>x", "a", [], id="name of the site"),
        pytest.param("<title>T</title><h1>A</h1>x<h1>B</h1>y", "T", ["A", "B"], id="several headings"),
        pytest.param("<title>T</title><meta property=og:title content=O><meta name=citation_title content=C>x", "C", [], id="the best"),
        pytest.param("<title>A</title><h1>A</h1>", "A", ["A"], id="nothing else"),
        pytest.param("x", "", [], id="none"),
    ],
)
def test_the_title_is_not_a_section_too(page: str, title: str, headings: list[str]):
    assert read(page.encode()).title == title
    assert [text for level, text in _shown(page) if level] == headings


LINKED = '{"@graph": [{"author": [{"name": "A B"}, "C"], "datePublished": "2020-01"}]}'


@pytest.mark.parametrize(
    ("head", "authors", "date", "doi"),
    [
        ("<meta name=citation_author content='Doe, J. A.'><meta name=citation_author content='Ann Roe'>", ["J. A. Doe", "Ann Roe"], "", ""),
        ("<meta name=Author content=Doe><meta name=DC.Creator content=Roe>", ["Roe"], "", ""),
        ("<meta name=citation_publication_date content=2021/3/4><meta name=citation_doi content=10.1/x>", [], "2021-03-04", ""),
        ("<meta name=citation_date content='May 2021'><meta name=citation_doi content='doi:10.1234/a(b).'>", [], "2021", "10.1234/a(b)"),
        ("<meta property=article:published_time content=2020-05-06T07:08:09Z><time datetime=1999>", [], "2020-05-06", ""),
        ("<meta name=dc.identifier content=https://doi.org/10.1234/x><time datetime=2019-07>July</time>", [], "2019-07", "10.1234/x"),
        (f"<script type='application/ld+json'>{LINKED}</script>", ["A B", "C"], "2020-01", ""),
        (f"<script type='application/ld+json'>{'[' * 9999}</script>", [], "", ""),
    ],
)
def test_what_the_page_says_of_itself_is_kept(head: str, authors: list[str], date: str, doi: str):
    extract = read(f"<head>{head}<p>Text.".encode())
    assert (list(extract.authors), extract.date, extract.doi) == (authors, date, doi)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("\ufeff<p>Grüße".encode("utf-16"), "Grüße", id="byte order mark"),
        pytest.param(b"\xef\xbb\xbf<meta charset=latin1><p>Gr\xc3\xbc\xc3\x9fe", "Grüße", id="mark against declaration"),
        pytest.param("<meta charset='iso-8859-1'><p>Grüße “du”".encode("cp1252"), "Grüße “du”", id="Latin-1 that is Windows-1252"),
        pytest.param("<meta http-equiv=x content='text/html; charset=shift_jis'><p>日本語".encode("cp932"), "日本語", id="http-equiv"),
        pytest.param("<?xml version='1.0' encoding='koi8-r'?><p>Привет".encode("koi8-r"), "Привет", id="XML declaration"),
        pytest.param("<meta charset=latin1><p>Grüße".encode(), "Grüße", id="declared Latin-1, in fact UTF-8"),
        pytest.param("<meta charset=utf-8><p>Grüße aus Köln, für alle".encode("latin-1"), "Grüße aus Köln, für alle", id="declared UTF-8"),
        *(pytest.param(f"<meta charset={name}><p>Grüße".encode(), "Grüße", id=name) for name in ("none", "zip", "punycode", "utf-7")),
    ],
)
def test_the_encoding_is_found(content: bytes, expected: str):
    assert _body(content) == [expected]


@pytest.mark.parametrize("content", [b"", b" \n", b"<title>T</title>", b"<script>draw()</script><div id=root></div>", b"<p>&mdash;"])
def test_a_page_without_words_is_refused_with_advice(content: bytes):
    with pytest.raises(UnreadableDocument, match=r"no text in it that a reader of the page sees.*save it as PDF"):
        read(content)


FLOODS = {
    "nested divisions": "<div>" * 100_000,
    "nested lists": "<ul><li>" * 50_000,
    "nested tables": "<table><tr><td>" * 20_000,
    "unknown elements": "".join(f"<x{number}>" for number in range(50_000)),
    "fonts in every paragraph": "".join(f"<font size={number}>" for number in range(5_000)) + "<p>x" * 1_000,
    "attributes": f"<p {' '.join(f'a{number}=1' for number in range(300_000))}>",
    "bodies": "".join(f"<body a{number}=1>" for number in range(30_000)),
    "drawings": "<svg>" + "<g/>" * 20_000 + "</svg>",
    "style": "<style>" + "{" * 200_000 + "".join(f".a.b{number}{{display:none}}" for number in range(20_000)) + "</style><p class='a b'>",
    "menus": "<div class=menu>x" * 200 + "<a>y</a>z" * 10_000,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_a_flood_of_markup_does_not_drown_the_text(flood: str):
    extract = read(f"<p>Start.</p>{flood}deep<p>End.</p>".encode())
    _check(extract)
    assert all(word in extract.text for word in ("Start.", "deep", "End."))


def test_text_in_a_comment_without_end_is_left_out_and_that_is_said():
    extract = read(b"<p>Start.</p>" + b"<!-- x " * 20_000 + b"<p>End.")
    assert (extract.text, ["comment that is never closed" in note for note in extract.notes]) == ("Start.", [True])
    assert read(b"<!--><p>Start.<!-- a -- b --!>End.").text == "Start.End."


def test_nothing_outside_the_page_is_opened(tmp_path: Path):
    (tmp_path / "x").write_text("secret")
    page = f"""<!DOCTYPE html [<!ENTITY e SYSTEM "file://{tmp_path}/x">]><base href="file://{tmp_path}/"><link rel=stylesheet href=x>
        <object data=x></object><embed src=x><p>&e; Seen.<iframe src=x></iframe><math><mi>&e;</mi></math>"""
    assert _body(page) == ["&e; Seen.&e;"]


def test_in_xhtml_a_tag_may_close_itself():
    page = (
        '<?xml version="1.0"?><html xmlns="x"><head><title/><script src="a"/></head><body><p>a<a id="x"/>b<i hidden="hidden"/>c<br/>d</p>'
    )
    assert _body(page) == ["abc\nd"]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(ATOMS, max_size=25).map(lambda atoms: "".join(atoms).encode("utf-8", "replace"))))
def test_whatever_comes_is_read_or_refused(content: bytes):
    with contextlib.suppress(UnreadableDocument):
        _check(read(content))


@settings(max_examples=150, deadline=None)
@given(st.lists(ATOMS, max_size=10).map("".join))
def test_what_is_in_a_hidden_element_never_shows(inner: str):
    page = f"<p>Seen.</p><section hidden>{inner.replace('</', '<')} s3cret</section>"
    with contextlib.suppress(UnreadableDocument):
        assert "s3cret" not in read(page.encode("utf-8", "replace")).text
