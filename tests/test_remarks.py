"""What readers say of answers is kept beside the library, and read by nobody but its own pages and programs."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.remarks import LARGEST_FILE, REMARKS, Remark, keep, kept_remarks
from index.library import Library

REMARK = {
    "answer": "0123456789abcdef01234567",
    "question": "Who sat?",
    "verdict": "wrong_source",
    "citation": 2,
    "comment": "The dog‐ 🦘 did.",
}


@pytest.fixture
def library(make_library: Callable[..., Library]) -> Library:
    return make_library({"cat.txt": "The cat sat."})


def test_what_is_said_is_given_back_in_order_a_page_at_a_time(library: Library, client_of: Callable[..., TestClient]):
    client = client_of(library, writable=False)
    said = [client.post("/feedback", json={**REMARK, "comment": str(i)}) for i in range(5)]
    assert [response.status_code for response in said] == [201] * 5
    first = client.get("/feedback", params={"limit": 3}).json()
    rest = client.get("/feedback", params={"after": first["next"]}).json()
    assert [*first["remarks"], *rest["remarks"]] == [response.json() for response in said]
    assert (len(first["remarks"]), rest["next"]) == (3, None)
    assert {**REMARK, "comment": "0"}.items() <= first["remarks"][0].items()


@pytest.mark.parametrize(
    "change",
    [
        {"answer": "x"},
        {"verdict": "fine"},
        {"citation": 0},
        {"citation": "2"},
        {"comment": "x" * 2001},
        {"comment": "\x00"},
        {"question": 1},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_no_remark_is_refused(library: Library, client_of: Callable[..., TestClient], problem: Any, change: dict[str, Any]):
    client = client_of(library)
    problem(client.post("/feedback", json=REMARK | change), 422)
    assert client.get("/feedback").json() == {"remarks": [], "next": None}


def test_pages_of_other_sites_can_neither_read_nor_smuggle_one_in(library: Library, client_of: Callable[..., TestClient], problem: Any):
    client = client_of(library)
    problem(client.get("/feedback", headers={"Sec-Fetch-Site": "cross-site"}), 403, "foreign_origin")
    problem(client.post("/feedback", content=json.dumps(REMARK), headers={"Content-Type": "text/plain"}), 415)


def test_one_collection_does_not_read_what_was_said_of_another(library: Library, client_of: Callable[..., TestClient]):
    client = client_of(library)
    client.put("/collections/dogs")
    client.post("/collections/dogs/feedback", json=REMARK)
    assert client.get("/feedback").json()["remarks"] == []
    assert len(client.get("/collections/dogs/feedback").json()["remarks"]) == 1


def test_many_at_once_are_all_kept_whole(tmp_path: Path):
    with ThreadPoolExecutor(8) as together:
        ids = {one.id for one in together.map(lambda i: keep(tmp_path, Remark(**REMARK | {"comment": "x" * i})), range(200))}
    assert {remark.id for remark in kept_remarks(tmp_path)} == ids
    assert len(ids) == 200


def test_a_line_that_was_cut_short_takes_no_other_with_it(tmp_path: Path):
    before = keep(tmp_path, Remark(**REMARK))
    with (tmp_path / REMARKS).open("ab") as file:
        file.write(b'{"answer": "01234')
    after = keep(tmp_path, Remark(**REMARK))
    assert list(kept_remarks(tmp_path)) == [before, after]


def test_where_there_is_no_room_nothing_is_kept_and_it_is_said(library: Library, client_of: Callable[..., TestClient], problem: Any):
    with (library.folder / REMARKS).open("wb") as file:
        file.truncate(LARGEST_FILE - 10)
    problem(client_of(library).post("/feedback", json=REMARK), 507, "storage_full")
    assert (library.folder / REMARKS).stat().st_size == LARGEST_FILE - 10


def test_what_was_said_is_shown_on_the_command_line(library: Library, run_footnote: Callable[..., Any]):
    said = keep(library.folder, Remark(**REMARK | {"comment": "No.\nThe\tdog."}))
    helped = keep(library.folder, Remark(answer=said.answer, question="Who\x1b[1m?", verdict="helpful"))
    shown = run_footnote("feedback", "--library", library.folder)
    assert shown.stdout.splitlines() == [
        f"{said.time}\twrong_source\tcitation 2\tWho sat?\tNo.\\nThe\tdog.",
        f"{helped.time}\thelpful\tanswer\tWho\\x1b[1m?\t",
    ]
    as_json = run_footnote("feedback", "--json", "--library", library.folder).stdout.splitlines()
    assert [json.loads(line) for line in as_json] == [said.model_dump(), helped.model_dump()]
