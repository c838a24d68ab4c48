"""JATS XML, and XML of other kinds."""

import contextlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import UnreadableDocument
from index.extract import Extract
from index.formats.jats import read

CANARY = "canary-b9f2"
MATH = 'xmlns:mml="http://www.w3.org/1998/Math/MathML"'
DOCTYPE = '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96)//EN" "JATS-archivearticle1.dtd">'


def _article(body: str = "", meta: str = "", back: str = "", more: str = "") -> bytes:
    front = f"<front><journal-meta><issn>1932-6203</issn></journal-meta><article-meta>{meta}</article-meta></front>"
    return f"{DOCTYPE}<article {MATH}>{front}<body>{body}</body><back>{back}</back>{more}</article>".encode()


def _shown(extract: Extract) -> list[str]:
    """The blocks as written, headings with their `#`; what stands between them is always one blank line."""
    assert extract.text == "\n\n".join(extract.text[block.start : block.end] for block in extract.blocks)
    return ["#" * block.level + " " * (block.level > 0) + extract.text[block.start : block.end] for block in extract.blocks]


def _body(body: str) -> list[str]:
    return _shown(read(_article(body)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            "<sec><label>2</label><title>Methods</title><p>One.</p><sec><title>Cells</title><p>Two.</p></sec></sec><sec><title>End</title></sec>",
            ["# 2 Methods", "One.", "## Cells", "Two.", "# End"],
            id="nested sections",
        ),
        pytest.param(
            "<p>Seen\n  before\t[<xref ref-type='bibr'>12</xref>]–[<xref>14</xref>].</p>", ["Seen before [12]–[14]."], id="citations"
        ),
        pytest.param("<p>IC<sub>50</sub>, <italic>E. coli</italic>, H<sub>2</sub>O</p>", ["IC50, E. coli, H2O"], id="subscripts join"),
        pytest.param(
            "<p>2×10<sup>8</sup> cells, 10<sup>−6</sup> M, CD8<sup>+</sup>, Ca<sup>2+</sup>, 4<sup>th</sup>, data<sup>a</sup>."
            "<sup>1,<xref>3</xref>–5</sup></p>",
            ["2×10⁸ cells, 10⁻⁶ M, CD8⁺, Ca²⁺, 4th, dataᵃ.¹,³–⁵"],
            id="a power stays a power",
        ),
        pytest.param(
            "<p>Two kinds:<list list-type='order'><list-item><p>red</p></list-item><list-item><p>blue</p></list-item></list>no more.</p>",
            ["Two kinds:", "1. red", "2. blue", "no more."],
            id="a list parts a paragraph",
        ),
        pytest.param("<list><list-item><label>a)</label><p>b</p><p>c</p></list-item></list>", ["a) b", "c"], id="label of an item"),
        pytest.param("<p>One<fn><p>A note.</p></fn> two.</p>", ["One two.", "A note."], id="a note follows its paragraph"),
        pytest.param(
            "<p>Before <fig><label>Figure 1.</label><caption><title>Wombats.</title><p>Seen <bold>often</bold>.</p><p>Bar: 1 m.</p>"
            "</caption><graphic/><permissions><p>©</p></permissions></fig>and after.</p>",
            ["Before and after.", "Figure 1: Wombats. Seen often. Bar: 1 m."],
            id="a figure in a paragraph follows it",
        ),
        pytest.param(
            "<boxed-text><caption><title>Box 1</title></caption><p>Inside.</p></boxed-text><p>Outside.</p>",
            ["# Box 1", "Inside.", "Outside."],
            id="boxed text",
        ),
        pytest.param("<media><label>S1</label><caption><p>Raw data.</p></caption></media>", ["S1: Raw data."], id="supplementary caption"),
        pytest.param("<disp-quote><p>Quoted.</p><attrib>Darwin</attrib></disp-quote>", ["Quoted.", "Darwin"], id="quotation"),
        pytest.param(
            "<def-list><def-item><term>CRS</term><def><p>a storm</p></def></def-item></def-list>", ["CRS: a storm"], id="definition"
        ),
        pytest.param("<p>a<named-content>b</named-content>c <unheard-of>d</unheard-of></p>", ["abc d"], id="unknown tags hide nothing"),
        pytest.param("<preformat>a\n  b</preformat>", ["a\n  b"], id="code keeps its lines"),
    ],
)
def test_what_stands_in_the_body_becomes_blocks(body: str, expected: list[str]):
    assert _body(body) == expected


def test_a_table_is_read_row_by_row_and_a_cell_over_several_rows_is_repeated():
    table = (
        "<table-wrap><label>Table 2.</label><caption><title>Doses.</title></caption><alternatives><graphic/><table><thead><tr><th>Arm</th>"
        "<th colspan='2'>Day</th></tr></thead><tbody><tr><td rowspan='2'>A</td><td>1</td><td>5<break/>mg</td></tr><tr><td>2</td><td/></tr>"
        "<tr><td>B</td><td>3</td><td>10<sup>6</sup></td></tr></tbody></table></alternatives><table-wrap-foot><fn><label>a</label><p>Note.</p>"
        "</fn><p>Other.</p></table-wrap-foot></table-wrap>"
    )
    assert _body(table) == ["Table 2: Doses.", "Arm | Day", "A | 1 | 5 mg", "A | 2 |", "B | 3 | 10⁶", "a Note.", "Other."]


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (
            "<mml:mrow><mml:mi>E</mml:mi><mml:mo>=</mml:mo><mml:mi>m</mml:mi><mml:msup><mml:mi>c</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:mrow>",
            "E = mc²",
        ),
        (
            "<mml:mfrac><mml:mrow><mml:mi>a</mml:mi><mml:mo>+</mml:mo><mml:mi>b</mml:mi></mml:mrow><mml:mn>2</mml:mn></mml:mfrac>",
            "(a + b)/2",
        ),
        ("<mml:msup><mml:mi>e</mml:mi><mml:mrow><mml:mo>-</mml:mo><mml:mi>kt</mml:mi></mml:mrow></mml:msup>", "e^(-kt)"),
        ("<mml:msqrt><mml:msub><mml:mi>x</mml:mi><mml:mi>i</mml:mi></mml:msub></mml:msqrt>", "√xi"),
        ("<mml:mfenced separators=''><mml:mi>a</mml:mi><mml:mi>b</mml:mi></mml:mfenced>", "(ab)"),
        ("<mml:mtable><mml:mtr><mml:mtd><mml:mi>a</mml:mi></mml:mtd><mml:mtd><mml:mi>b</mml:mi></mml:mtd></mml:mtr></mml:mtable>", "a, b"),
    ],
)
def test_a_formula_is_read_once_as_a_line_of_text(formula: str, shown: str):
    both = f"<alternatives><graphic/><mml:math>{formula}</mml:math><tex-math>\\alpha</tex-math></alternatives>"
    assert _body(f"<p>We know <inline-formula>{both}</inline-formula>.</p>") == [f"We know {shown}."]
    assert _body(f"<p>Thus<disp-formula>{both}<label>(3)</label></disp-formula>holds.</p>") == [f"Thus {shown} (3) holds."]
    assert _body(f"<sec><disp-formula><label>(3)</label>{both}</disp-formula></sec>") == [f"{shown} (3)"]


def test_tex_is_read_without_its_preamble_and_a_formula_that_is_only_a_picture_is_counted():
    tex = "<tex-math>\\documentclass{minimal} \\begin{document}$$x_1$$\\end{document}</tex-math>"
    extract = read(_article(f"<p>So <inline-formula>{tex}</inline-formula> or <inline-formula><inline-graphic/></inline-formula>.</p>"))
    assert _shown(extract) == ["So x_1 or ."]
    assert extract.notes == ("Formulas and tables of which the file has only a picture were left out (1).",)


def test_what_surrounds_the_body_is_kept_left_out_or_noted():
    meta = (
        "<abstract><sec><title>Aim</title><p>To see.</p></sec></abstract><abstract abstract-type='toc'><p>In short.</p></abstract>"
        "<kwd-group><kwd>frog</kwd></kwd-group><permissions><license><p>CC BY</p></license></permissions>"
        "<author-notes><fn fn-type='conflict'><p>None declared.</p></fn><fn fn-type='con'><p>AB wrote.</p></fn></author-notes>"
        "<funding-group><funding-statement>Paid by X.</funding-statement></funding-group>"
        "<custom-meta-group><custom-meta><meta-name>Data Availability</meta-name><meta-value>On request.</meta-value></custom-meta>"
        "</custom-meta-group>"
    )
    back = (
        "<ack><p>Thanks.</p></ack><app-group><app><title>Appendix</title><p>More.</p></app></app-group>"
        "<ref-list><title>References</title><ref><mixed-citation>Smith 2001</mixed-citation></ref></ref-list>"
    )
    more = (
        "<floats-group><fig><label>F2</label><caption><p>Late.</p></caption></fig></floats-group>"
        "<sub-article article-type='decision-letter'><body><p>Reject.</p></body></sub-article>"
    )
    extract = read(_article("<p>Text.</p>", meta, back, more))
    assert _shown(extract) == [
        *("# Abstract", "## Aim", "To see.", "# Summary", "In short.", "Text.", "# Figures and tables", "F2: Late."),
        *("# Acknowledgments", "Thanks.", "# Appendix", "More."),
        *("# Funding", "Paid by X.", "# Competing interests", "None declared.", "# Data availability", "On request."),
    ]
    assert extract.notes == ("Accompanying texts were left out (1: decision letter).",)


def test_title_authors_and_doi_are_those_of_the_article():
    meta = (
        "<article-id pub-id-type='pmid'>1</article-id><article-id pub-id-type='doi'>https://doi.org/10.1371/x.1</article-id>"
        "<title-group><article-title>The <italic>ras</italic>\n gene<xref>*</xref></article-title><subtitle>a story</subtitle>"
        "</title-group><contrib-group>"
        "<contrib contrib-type='author'><contrib-id>0000-0001</contrib-id>"
        "<name><surname>Curie</surname><given-names>M.  S.</given-names><suffix>Jr</suffix></name><xref>1</xref></contrib>"
        "<contrib><name-alternatives><name><surname>李</surname><given-names>明</given-names></name></name-alternatives></contrib>"
        "<contrib contrib-type='author'><collab>The Group<contrib-group><contrib><name><surname>No</surname></name></contrib>"
        "</contrib-group></collab></contrib>"
        "<contrib contrib-type='editor'><name><surname>Ed</surname></name></contrib>"
        "<contrib><name><surname>Ed</surname></name><role>Academic Editor</role></contrib></contrib-group>"
    )
    extract = read(_article("<p>x</p>", meta))
    assert (extract.title, extract.authors, extract.doi) == (
        "The ras gene: a story",
        ("M. S. Curie Jr", "明 李", "The Group"),
        "10.1371/x.1",
    )


def _dated(attributes: str, **parts: str) -> str:
    return f"<pub-date {attributes}>{''.join(f'<{part}>{value}</{part}>' for part, value in parts.items())}</pub-date>"


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (_dated("pub-type='ppub'", year="2011") + _dated("pub-type='epub'", day="2", month="8", year="2010"), "2010-08-02"),
        (_dated("pub-type='collection'", year="2012") + _dated("pub-type='ppub'", month="Dec", year="2011"), "2011-12"),
        (_dated("date-type='collection'", year="2020") + _dated("date-type='pub' publication-format='print'", year="2021"), "2021"),
        (_dated("pub-type='epub'") + _dated("pub-type='collection'", month="13", year="2009"), "2009"),
        (_dated("pub-type='epub'", year="soon"), ""),
    ],
)
def test_the_date_is_that_of_the_first_publication_as_far_as_it_is_known(dates: str, expected: str):
    assert read(_article("<p>x</p>", dates)).date == expected


def test_articles_are_found_in_wrappers_and_namespaces_but_only_one_in_a_file():
    inner = "<article xmlns='http://jats.nlm.nih.gov'><front/><body><p>Found.</p></body></article>"
    assert _shown(read(f"<pmc-articleset>{inner}</pmc-articleset>".encode("utf-16"))) == ["Found."]
    with pytest.raises(UnreadableDocument, match="2 articles; save each in a file of its own"):
        read(f"<pmc-articleset>{inner}{inner}</pmc-articleset>".encode())


def test_other_xml_is_read_as_records_and_paragraphs():
    xml = "<facts a='1'><c><name>Canada</name><capital>Ottawa</capital></c><c><name>France</name></c><p>Mixed <b>text</b> too.</p></facts>"
    extract = read(xml.encode())
    assert _shown(extract) == ["name: Canada | capital: Ottawa", "France", "Mixed text too."]
    assert "attributes" in extract.notes[0]


def _declaring(declaration: str, text: str) -> bytes:
    return f"{DOCTYPE[:-1]} [{declaration}]><article><front/><body><p>{text}</p></body></article>".encode()


def test_entities_that_are_characters_are_put_in_and_no_text_is_lost():
    extract = read(_declaring("<!ENTITY dose '5 mg'>", "&alpha;-&dose;&#233; &unheardof; end"))
    assert _shown(extract) == ["α-5 mgé &unheardof; end"]


LAUGHS = "<!ENTITY a 'lollol'>" + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in pairwise("abcdefghi"))


@pytest.mark.parametrize(
    ("hostile", "reason"),
    [
        pytest.param(_declaring("<!ENTITY x SYSTEM 'file:///etc/passwd'>", "a &x;"), "stands for another file", id="XXE"),
        pytest.param(_declaring(LAUGHS, "&i;"), "amplification", id="billion laughs"),
        pytest.param(_declaring(LAUGHS, "&b;"), "long text", id="ten laughs"),
        pytest.param(_declaring(f"<!ENTITY q '{'x' * 5000}'>", "&q;" * 99), "long text", id="quadratic blow-up"),
        pytest.param(b"<a>" * 200 + b"</a>" * 200, "nested more than", id="deep"),
        pytest.param(b"<article><front/><body><p>a & b</p></body></article>", "its XML is broken", id="broken"),
        pytest.param(b"<p>&alpha;</p>", "Entity 'alpha' not defined", id="an entity nobody can know"),
        pytest.param(b"", "its XML is broken", id="empty"),
    ],
)
def test_hostile_and_broken_xml_is_refused(hostile: bytes, reason: str):
    with pytest.raises(UnreadableDocument, match=reason):
        read(hostile)


@pytest.mark.parametrize("declaration", ["<!ENTITY % p SYSTEM '{canary}'> %p;", "<!ENTITY x SYSTEM '{canary}'>", ""])
def test_what_a_file_refers_to_outside_itself_is_not_opened(declaration: str, tmp_path: Path):
    canary = tmp_path / "canary.txt"
    canary.write_text(f"<!ENTITY c '{CANARY}'>", "utf-8")
    include = f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{canary}' parse='text'/>"
    extract = read(_declaring(declaration.replace("{canary}", canary.as_uri()), f"a &c; b{include}"))
    assert _shown(extract) == ["a &c; b"]


TAGS = "article front article-meta body sec title p list list-item fig caption table-wrap table tr td fn sup math msup pub-date".split()
TREES = st.recursive(
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="<&"), max_size=5),
    lambda inner: st.tuples(st.sampled_from(TAGS), st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=20,
)


@given(st.binary(max_size=200) | TREES.map(lambda tree: f"<article><front/><body>{tree}</body></article>".encode()))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes):
    with contextlib.suppress(UnreadableDocument):
        _shown(read(content))
