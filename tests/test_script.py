"""The script `/widget.js`: how it is served, how small it is, and what none of its parts may do."""

import gzip
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.script import PARTS, chat_script

FOLDER = Path(__file__).parents[1] / "api" / "widget"
LARGEST = 15_000  # bytes as they travel


def test_it_is_less_than_15_kB_compressed():
    made = chat_script()
    assert len(made.compressed) < LARGEST
    assert gzip.decompress(made.compressed) == made.content


def test_it_is_made_of_all_parts_each_after_those_it_imports():
    assert sorted(PARTS) == sorted(path.stem for path in FOLDER.glob("*.js"))
    for number, part in enumerate(PARTS):
        imported = re.findall(r'from "\./(\w+)\.js"', (FOLDER / f"{part}.js").read_text("utf-8"))
        assert set(imported) <= set(PARTS[:number])


def test_every_name_that_is_imported_is_exported_there_and_no_part_has_a_name_of_another():
    exported: dict[str, set[str]] = {}
    defined: list[str] = []
    for part in PARTS:
        text = (FOLDER / f"{part}.js").read_text("utf-8")
        names = re.findall(r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)", text, re.MULTILINE)
        names += [name for found in re.findall(r"^export const \{(.*)\}", text, re.MULTILINE) for name in re.findall(r"\w+", found)]
        defined += names
        for wanted, source in re.findall(r'^import \{ (.*) \} from "\./(\w+)\.js"', text, re.MULTILINE):
            assert set(wanted.split(", ")) <= exported[source]
        exported[part] = set(names)
    assert len(defined) > 60
    assert len(defined) == len(set(defined))


@pytest.mark.parametrize("part", PARTS)
def test_no_part_makes_markup_or_code_of_text(part: str):
    text = (FOLDER / f"{part}.js").read_text("utf-8")
    forbidden = r"innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|eval|new Function|\.on[a-z]+ =|\"on|cssText|import\(|srcdoc|https?://(?!www\.w3\.org/2000/svg)"
    assert re.findall(forbidden, text) == []


def test_the_style_fetches_nothing():
    assert re.findall(r"url\(|@import|@font-face|expression", (FOLDER / "style.css").read_text("utf-8")) == []


def test_the_labels_are_the_same_in_each_language():
    text = (FOLDER / "words.js").read_text("utf-8")
    languages = re.findall(r"^  (\w\w): \{\n(.*?)^  \},", text, re.MULTILINE | re.DOTALL)
    labels = {language: re.findall(r'^    (\w+): "(.+)",$', content, re.MULTILINE) for language, content in languages}
    assert list(labels) == ["en", "de", "fr", "es"]
    for found in labels.values():
        assert [(name, "{}" in label) for name, label in found] == [(name, "{}" in label) for name, label in labels["en"]]
    used = set().union(*(re.findall(r"\bwords\.(?!js)(\w+)", (FOLDER / f"{part}.js").read_text("utf-8")) for part in PARTS))
    assert used - {"language"} <= {name for name, _ in labels["en"]}


@pytest.mark.parametrize("encoding", ["gzip, br", "identity"])
def test_it_is_served_to_any_site_and_not_again_while_it_is_the_same(client: TestClient, encoding: str):
    response = client.get("/widget.js", headers={"Accept-Encoding": encoding})
    assert (response.status_code, response.content) == (200, chat_script().content)
    assert response.headers.get("content-encoding") == ("gzip" if "gzip" in encoding else None)
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["access-control-allow-origin"] == "*"
    etag = response.headers["etag"]
    again = client.get("/widget.js", headers={"Accept-Encoding": encoding, "If-None-Match": f'"x", {etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert client.get("/widget.js", headers={"Accept-Encoding": encoding, "If-None-Match": '"x"'}).status_code == 200


def test_its_two_forms_have_names_of_their_own(client: TestClient):
    etags = {client.get("/widget.js", headers={"Accept-Encoding": encoding}).headers["etag"] for encoding in ("gzip", "identity")}
    assert len(etags) == 2


def test_head_and_other_methods(client: TestClient):
    head = client.head("/widget.js")
    assert (head.status_code, head.content) == (200, b"")
    assert client.post("/widget.js", json={}).headers["allow"] == "GET, HEAD"
