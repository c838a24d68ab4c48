"""The page of an evaluation: what it shows, and that no text in it becomes markup."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from api.report import report_page
from index.encoder import Encoder
from index.library import Library
from qa.answering import Answerer
from qa.cases import Case, Span
from qa.catalogue import reader_named
from qa.comparison import compare
from qa.evaluation import evaluated, report
from qa.questions import Message, Question

HOSTILE = '<script>window.ran=1</script><img src=x onerror="window.ran=2"></details></style>{{ 7 * 7 }}'
TEXT = f"The cat {HOSTILE} sat. A dog barked."


class Elements(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}


@pytest.fixture
def page(by_hand_encoder: Callable[[str], Encoder], make_library: Callable[..., Library]) -> str:
    """A report of three questions, all of whose texts are hostile, against an earlier run that answered one more."""
    encoder = by_hand_encoder("cat dog")
    library = make_library({"pets.txt": TEXT}, encoder)
    history = (Message("user", HOSTILE),)
    cases = [
        Case("right", HOSTILE, Question(f"Which cat {HOSTILE} sat?"), True, ((Span(0, 7, "pets", HOSTILE),),), (), reference=HOSTILE),
        Case("missing", HOSTILE, Question("Which dog barked?", history), True, ((Span(0, 7, "plants", HOSTILE),),), (f"{HOSTILE} cow",)),
        Case("trap", "traps", Question("Which dog barked?"), False, (), ()),
    ]
    outcomes = list(evaluated(cases, Answerer(library, reader_named("lexical", encoder), 0.0)))
    answers = [outcome.as_dict() for outcome in outcomes]
    earlier = [{**one, "right": not one["right"]} for one in answers]
    written = {
        "set": HOSTILE,
        "library": answers[0]["answer"]["library"],
        "models": answers[0]["answer"]["models"],
        "least_confidence": 0.0,
        "figures": report(outcomes).as_dict(),
        "answers": answers,
        "comparison": {"against": HOSTILE, **compare(earlier, answers).as_dict()},
        "missed": [HOSTILE],
    }
    return report_page(json.loads(json.dumps(written)), {"name": HOSTILE, "answers": earlier, "milliseconds": 1.0})


def test_no_text_becomes_markup(page: str):
    found = Elements(page)
    assert {"script", "img", "link", "iframe", "object"}.isdisjoint(found.tags)
    assert {"src", "href", "style", "onerror"}.isdisjoint(found.names)
    assert "&lt;script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    assert found.tags.count("details") == 3
    assert "default-src 'none'" in page


def test_a_page_names_no_other_file_and_no_address(page: str):
    assert "http://" not in page.replace("http-equiv", "")
    assert "https://" not in page
    assert "url(" not in page
    assert "@import" not in page


def test_a_page_shows_figures_plots_changes_and_every_question(page: str):
    assert page.count("<svg") == 2
    assert "Risk-coverage curve" in page
    assert "Reliability plot" in page
    assert "McNemar" in page
    for said in ("wrongly answered", "now right", "now wrong", "not quoted", "(missing)", "Reference answer", "Answer before"):
        assert said in page, said


def test_a_page_opens_as_a_file_without_running_anything_and_its_choice_hides_what_is_right(page: str, browser: Browser, tmp_path: Path):
    (tmp_path / "report.html").write_text(page, "utf-8")
    tab = browser.new_page(viewport={"width": 390, "height": 800})
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto((tmp_path / "report.html").as_uri())
    assert tab.evaluate("window.ran === undefined && document.documentElement.scrollWidth <= innerWidth")
    assert tab.locator("details:visible").count() == 3
    tab.get_by_label("not right").check()
    assert tab.locator("details:visible").count() == 2
    assert asked == [(tmp_path / "report.html").as_uri()]
    tab.close()
