"""Filters: how they are written, what they let pass, and that they act before the best passages are taken."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.database import Database
from index.encoder import Encoder
from index.errors import InvalidFilter
from index.filters import MOST_CHOICES, MOST_FILTERS, Filter, filters_in, filters_of
from index.library import DATABASE, Library
from index.metadata import LONGEST_VALUE, Metadata, checked, number_of, texts_of
from index.passages import CHUNKING
from index.reading import read_document
from index.view import Hit

MakeLibrary = Callable[..., Library]
ByHand = Callable[[str], Encoder]
Check = Callable[..., dict[str, Any]]

PAPERS: dict[str, dict[str, Any]] = {
    "apes": {"journal": "Blood", "year": 2019, "date": "2019-02-01", "rating": 9, "tags": ["new", "CAR-T"], "open": True},
    "bats": {"journal": "blood advances", "year": 2020, "date": "2020", "rating": 10, "tags": ["old"], "open": False},
    "cats": {"journal": "Cell", "year": 2020.0, "date": "2021-12-31", "rating": 2.5, "tags": ["100%", "a_b"], "code": "007"},
    "dogs": {"journal": 'It\'s "the" one', "year": "2020", "date": "2022-01-01", "rating": -3, "tags": [], "code": "7"},
    "eels": {"authors": ["Ann Lee", "Bo Ek"], "doi": "10.1000/ABC", "title": "On Eels", "journal": "ÉTUDES", "code": "2020_1"},
}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory, by_hand_encoder: ByHand) -> Iterator[Library]:
    """Five documents, each with other metadata, that say the same but for one word. Do not change it."""
    encoder, home = by_hand_encoder("fur sea apes bats cats dogs eels"), tmp_path_factory.mktemp("papers")
    made = {"encoder": encoder.fingerprint, "encoder_folder": "by-hand", "chunking": CHUNKING}
    library = Library(home, Database.create(home / DATABASE, made), encoder)
    for name, metadata in PAPERS.items():
        library.add(read_document(f"{name}.txt", f"The fur of {name}.".encode()).described(checked(metadata)))
    yield library
    library.close()


def passed(library: Library, filters: Sequence[Filter]) -> str:
    """The first letters of the documents that filters let pass."""
    with library.view() as view:
        assert view.count(filters) == len(view.documents(filters))
        return "".join(row.id[0] for row in view.documents(filters))


# How they are written


@pytest.mark.parametrize(
    ("texts", "mapping"),
    [
        pytest.param([], {}, id="none"),
        pytest.param(["journal=Blood"], {"journal": "Blood"}, id="a text"),
        pytest.param(["journal=Blood", "journal=Cell"], {"journal": ["Blood", "Cell"]}, id="any of two"),
        pytest.param(["journal=Cell", "journal=Blood", "journal=Cell"], {"journal": ["Blood", "Cell"]}, id="in another order, one twice"),
        pytest.param(["year=2020"], {"year": 2020}, id="a whole number"),
        pytest.param(["year=2020"], {"year": 2020.0}, id="a number that is whole"),
        pytest.param(["year=2020"], {"year": "2020"}, id="a number as text"),
        pytest.param(["rating=2.5"], {"rating": 2.5}, id="a number that is not whole"),
        pytest.param(["open=true"], {"open": True}, id="truth"),
        pytest.param(["date=2019..2021"], {"date": {"from": "2019", "to": "2021"}}, id="a range"),
        pytest.param(["date=2019..2021"], {"date": {"from": 2019, "to": 2021}}, id="a range of numbers"),
        pytest.param(["date=..2021"], {"date": {"to": "2021"}}, id="up to"),
        pytest.param(["date=2019.."], {"date": {"from": "2019"}}, id="from"),
        pytest.param(["date=2019..", "journal=Blood"], {"journal": "Blood", "date": {"from": "2019"}}, id="in another order"),
        pytest.param(["date=2019..2021"] * 2, {"date": {"from": "2019", "to": "2021"}}, id="the same range twice"),
        pytest.param(["equation=a=b"], {"equation": "a=b"}, id="a sign in the value"),
    ],
)
def test_filters_are_the_same_however_the_same_is_written(texts: list[str], mapping: dict[str, Any]):
    assert filters_of(texts) == filters_in(mapping)
    assert filters_of(reversed(texts)) == filters_of(texts)


@pytest.mark.parametrize(
    "texts",
    [
        ["journal"], [""], ["=Blood"], ["journal="], ["date=.."], ["1st=x"], ["a b=x"], [" year=2020"], ["größe=x"], ["n" * 65 + "=x"],
        ["year\n=2020"], ["a=x\x00"], ["a=\ud83e"], ["a=\x00.."], ["a=" + "x" * (LONGEST_VALUE + 1)],
        [f"a={i}" for i in range(MOST_CHOICES + 1)], [f"n{i}=x" for i in range(MOST_FILTERS + 1)], ["a=1..2"] * (MOST_FILTERS + 1),
    ],
    ids=lambda texts: ascii(texts)[:30],
)  # fmt: skip
def test_what_is_no_filter_is_refused_and_not_repeated(texts: list[str]):
    with pytest.raises(InvalidFilter) as refused:
        filters_of(texts)
    message = str(refused.value)
    assert message.endswith(".")
    assert not any(text in message for text in texts if len(text) > 6)


@pytest.mark.parametrize(
    "mapping",
    [
        {"a": None}, {"a": {}}, {"a": {"from": "1", "until": "2"}}, {"a": {"from": None}}, {"a": {"from": ["1"]}}, {"a": {"x": "1"}},
        {"a": [["b"]]}, {"a": ["b", None]}, {"a": [{"from": "1"}]}, {"a": ""}, {"a": []}, {"a": [""]}, {"a": {"from": "", "to": ""}},
        {"": "x"}, {"a b": "x"}, {"n" * 65: "x"}, {"a": "\x00"}, {"a": "\udc00"}, {"a": "x" * (LONGEST_VALUE + 1)},
        {"a": ["x"] * (MOST_CHOICES + 1)}, {f"n{i}": "x" for i in range(MOST_FILTERS + 1)},
    ],
    ids=lambda mapping: ascii(mapping)[:30],
)  # fmt: skip
def test_what_is_no_filter_in_json_is_refused(mapping: dict[str, Any]):
    with pytest.raises(InvalidFilter):
        filters_in(mapping)


# What they let pass


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([], "abcde"),
        (["journal=Blood"], "a"),
        (["journal=BLOOD"], "a"),
        (["journal=bloo"], ""),
        (["journal=études"], ""),  # case is that of ASCII
        (["journal=ÉTUDES"], "e"),
        (["journal=Éétudes"], ""),
        (["journal=Blood", "journal=Cell"], "ac"),
        (["journal=Blood", "journal=nothing"], "a"),
        (["journal=Blood", "journal="], "a"),
        (["journal=%"], ""),
        (["journal=B%"], ""),
        (["journal=C_ll"], ""),
        (["journal=*"], ""),
        (["tags=100%"], "c"),
        (["tags=A_B"], "c"),
        (["tags=aXb"], ""),
        (['journal=It\'s "the" one'], "d"),
        (["journal=' OR 1=1 --"], ""),
        (["journal=Blood'"], ""),
        (["year=2020"], "bcd"),
        (["year=2020.0"], ""),  # a text, and no value is written so
        (["year=2019", "year=2020"], "abcd"),
        (["open=true"], "a"),
        (["open=True"], "a"),
        (["open=1"], ""),
        (["tags=car-t"], "a"),
        (["tags=new", "tags=old"], "ab"),
        (["code=7"], "d"),
        (["authors=bo ek"], "e"),
        (["authors=Ek"], ""),
        (["doi=10.1000/abc"], "e"),
        (["title=on eels"], "e"),
        (["title=apes"], "a"),
        (["source=apes.txt"], "a"),
        (["kind=text"], "abcde"),
        (["kind=pdf"], ""),
        (["id=apes"], ""),
        (["unknown=x"], ""),
        (["__proto__=x"], ""),
        # Ranges
        (["rating=9..10"], "ab"),
        (["rating=9..9"], "a"),
        (["rating=2..10"], "abc"),
        (["rating=..0"], "d"),
        (["rating=10.."], "b"),
        (["rating=1e1.."], "b"),
        (["rating=10..9"], ""),
        (["rating=2.4..2.6"], "c"),
        (["code=7..7"], "cd"),
        (["code=..10000"], "cd"),
        (["year=2019.."], "abcd"),
        (["date=2019..2021"], "abc"),
        (["date=2019-02-01..2021-12-31"], "abc"),
        (["date=2019-02..2020"], "ab"),
        (["date=..2020"], "ab"),
        (["date=..2021-12"], "abc"),
        (["date=2021.."], "cd"),
        (["date=2022..2021"], ""),
        (["journal=b..c"], "abc"),
        (["journal=BLOOD.."], "abcde"),
        (["journal=..blood"], "ab"),
        (["journal=É.."], "e"),
        (["tags=100..101"], "c"),
        # Several
        (["year=2020", "journal=Cell"], "c"),
        (["year=2020", "journal=Blood"], ""),
        (["year=2020", "tags=old", "tags=new", "rating=5.."], "b"),
        (["date=2019..2021", "date=2020..2023"], "bc"),
        (["tags=new", "tags=car-t..car-u"], "a"),
    ],
)
def test_filters_let_pass_what_they_say(papers: Library, texts: list[str], found: str):
    assert passed(papers, filters_of(texts)) == found


@given(
    held=st.lists(
        st.one_of(st.integers(-30, 30), st.sampled_from(["", "a", "B", "b", "2020", "2020-05", "%", "_", "9", "10"])), max_size=6
    ),
    low=st.sampled_from(["", "-5", "9", "10", "2020", "a", "b", "%"]),
    high=st.sampled_from(["", "0", "10", "2020", "2020-05", "b", "_"]),
    choices=st.lists(st.sampled_from(["-5", "0", "9", "a", "B", "2020", "%"]), min_size=1, max_size=3),
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_filters_agree_with_what_they_are_said_to_mean(papers: Library, held: list[Any], low: str, high: str, choices: list[str]):
    """Against the same said in Python, over values put in the fields of a document and taken out again."""
    filters = [Filter("held", tuple(choices))] + ([Filter("held", (), low, high)] if low or high else [])
    texts = {text.lower(): text for value in held for text in texts_of(value) if text}
    with papers._database.reading() as transaction:
        for text in texts.values():
            transaction.execute("INSERT OR IGNORE INTO fields VALUES ('apes', 'held', ?, ?)", (text, number_of(text)))
        for one in filters:
            wanted = any(text in {choice.lower() for choice in one.any_of} if one.any_of else _within(text, one) for text in texts)
            assert [row.id for row in transaction.documents([one])] == (["apes"] if wanted else [])
        transaction.execute("DELETE FROM fields WHERE name = 'held'")


def _within(text: str, one: Filter) -> bool:
    number, low, high = number_of(text), number_of(one.low or "-1e300"), number_of(one.high or "1e300")
    if number is not None and low is not None and high is not None:
        return low <= number <= high
    above, below = one.low.lower(), one.high.lower()
    return (not above or text >= above) and (not below or text <= below or text.startswith(below))


def test_a_range_without_an_end_takes_numbers_however_large(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({}, by_hand_encoder("cat"))
    for name, number in {"large": 1.7e308, "small": -1.7e308}.items():
        library.add(read_document(f"{name}.txt", b"A cat.").described(checked({"number": number})))
    assert passed(library, filters_of(["number=0.."])) == "l"
    assert passed(library, filters_of(["number=..0"])) == "s"


def test_old_values_are_not_found_any_more(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({"dogs.txt": "A dog."}, by_hand_encoder("cat dog"))
    library.add(read_document("cats.txt", b"A cat.").described(checked({"journal": "Blood", "year": 2019, "title": "Old"})))
    library.add(read_document("renamed.txt", b"A cat ran.").described(checked({"journal": "Cell", "tags": ["a"]})), "cats")
    for gone in ("journal=Blood", "year=2019", "title=Old", "source=renamed.txt"):
        assert passed(library, filters_of([gone])) == ""
    for there in ("journal=cell", "tags=A", "title=renamed", "source=cats.txt"):
        assert passed(library, filters_of([there])) == "c"
    library.add(read_document("cats.txt", b"A cat ran.").described({}))
    assert passed(library, filters_of(["journal=cell"])) == ""
    library.remove("cats")
    assert passed(library, filters_of(["kind=text"])) == "d"
    assert library.damage() == []


# Searching


@pytest.fixture
def wood(make_library: MakeLibrary, by_hand_encoder: ByHand) -> Library:
    """120 documents that name the oak ever less, so that the last is far down every ranking; in three journals by turns."""
    library = make_library({}, by_hand_encoder("oak ash elm"))
    for number in range(120):
        text = "oak " * (130 - number) + "ash " * number + "elm."
        library.add(read_document(f"{number:03}.txt", text.encode()).described(checked({"number": number, "journal": "abc"[number % 3]})))
    return library


def test_a_document_far_down_the_ranking_is_found_when_it_alone_passes(wood: Library):
    with wood.view() as view:
        unfiltered = [hit.document.id for hit in view.search("oak", 50)]
        assert len(unfiltered) == 50
        assert "119" not in unfiltered
        (found,) = view.search("oak", 50, (), filters_of(["number=119"]))
        assert found.document.id == "119"
        assert [hit.document.id for hit in view.search("oak", 50, ["119", "003"], filters_of(["number=100.."]))] == ["119"]
        assert view.search("oak", 50, ["003"], filters_of(["number=100.."])) == []


def test_a_filtered_search_ranks_the_documents_that_pass_as_the_whole_ranking_does(wood: Library):
    """By text, and by cosine: both scores of a passage are the same with a filter and without one."""
    with wood.view() as view:
        for asked, filters in (("oak", ["journal=b"]), ("ash elm", ["number=7..40"]), ("elm", ["journal=a", "journal=c", "number=..100"])):
            allowed = {row.id for row in view.documents(filters_of(filters))}
            found = view.search(asked, 1000, (), filters_of(filters))
            every = [hit for name in sorted(allowed) for hit in view.search(asked, 1000, [name])]
            assert {hit.document.id for hit in found} <= allowed
            assert len(found) >= min(50, len(allowed))
            for score in (_by_text, _by_vector):
                best = sorted(every, key=lambda hit: (-score(hit), hit.number))[:50]
                assert {hit.number for hit in best if score(hit) > 0} <= {hit.number for hit in found}
            scores = {hit.number: (hit.text_score, hit.vector_score) for hit in every}
            assert all((hit.text_score, hit.vector_score) == pytest.approx(scores[hit.number], abs=1e-6) for hit in found)


def _by_text(hit: Hit) -> float:
    return hit.text_score


def _by_vector(hit: Hit) -> float:
    return hit.vector_score


@given(
    journals=st.lists(st.sampled_from("abc"), min_size=1, max_size=12),
    texts=st.lists(st.lists(st.sampled_from(["oak", "ash", "elm", "fir"]), min_size=1, max_size=6), min_size=12, max_size=12),
    asked=st.lists(st.sampled_from(["oak", "ash", "elm", "fir"]), min_size=1, max_size=3),
    chosen=st.sets(st.sampled_from("abc"), min_size=1),
)
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_filtered_search_finds_what_an_unfiltered_one_finds_among_the_documents_that_pass(
    make_library: MakeLibrary,
    by_hand_encoder: ByHand,
    journals: list[str],
    texts: list[list[str]],
    asked: list[str],
    chosen: set[str],
):
    library = make_library({}, by_hand_encoder("oak ash elm fir"))
    for number, (journal, words) in enumerate(zip(journals, texts, strict=False)):
        library.add(read_document(f"{number}.txt", " ".join(words).encode()).described(checked({"journal": journal})))
    with library.view() as view:
        everything = view.search(" ".join(asked), 1000)
        found = view.search(" ".join(asked), 1000, (), filters_in({"journal": sorted(chosen)}))
        kept = [hit for hit in everything if hit.document.metadata["journal"] in chosen]
        assert {hit.number for hit in found} == {hit.number for hit in kept}
        assert {(hit.number, hit.text_score, hit.vector_score) for hit in found} == {
            (hit.number, hit.text_score, hit.vector_score) for hit in kept
        }


# Over HTTP


@pytest.fixture(scope="module")
def client(papers: Library, client_of: Callable[..., TestClient]) -> TestClient:
    return client_of(papers)


def test_a_question_is_answered_from_what_filters_let_pass(client: TestClient):
    for filters, cited in (({"journal": "cell"}, {"cats"}), ({"rating": {"from": 9}}, {"apes", "bats"}), ({}, set(PAPERS))):
        answer = client.post("/ask", json={"question": "Which fur?", "filters": filters, "limit": 20}).json()
        assert answer["status"] == "answered"
        assert {citation["document"]["id"] for citation in answer["citations"]} <= cited


def test_an_answer_to_filters_said_in_another_order_has_the_same_bytes(client: TestClient):
    one = {"question": "Which fur?", "filters": {"date": {"from": "2019"}, "year": [2019, "2020"]}}
    other = {"question": "Which fur?", "filters": {"year": ["2020", 2019.0], "date": {"from": 2019}}}
    assert client.post("/ask", json=one).content == client.post("/ask", json=other).content
    without = client.post("/ask", json={"question": "Which fur?"}).json()
    assert client.post("/ask", json=one).json()["id"] != without["id"]


@pytest.mark.parametrize("more", [{"filters": {"journal": "none"}}, {"filters": {"journal": "Cell"}, "documents": ["apes"]}])
def test_where_no_document_passes_there_is_no_evidence_and_the_library_is_not_empty(client: TestClient, more: dict[str, Any]):
    answer = client.post("/ask", json={"question": "Which fur?", **more}).json()
    assert (answer["status"], answer["reason"], answer["citations"], answer["closest"]) == ("abstained", "no_evidence", [], [])


def test_an_empty_library_is_empty_whatever_the_filters(
    make_library: MakeLibrary, by_hand_encoder: ByHand, client_of: Callable[..., TestClient]
):
    client = client_of(make_library({}, by_hand_encoder("cat")))
    assert client.post("/ask", json={"question": "A cat?", "filters": {"a": "b"}}).json()["reason"] == "empty_library"
    assert client.get("/search", params={"q": "cat", "filter": "a=b"}).json() == {"passages": [], "notes": []}


def test_search_takes_filters_and_documents_together(client: TestClient):
    def found(**query: Any) -> list[str]:
        response = client.get("/search", params={"q": "fur", "limit": 50, **query})
        return sorted(passage["document"]["id"] for passage in response.json()["passages"])

    assert found(filter="year=2020") == ["bats", "cats", "dogs"]
    assert found(filter=["year=2020", "date=2021.."]) == ["cats", "dogs"]
    assert found(filter="year=2020", document=["cats", "apes"]) == ["cats"]
    assert found(filter="year=2020", document="apes") == []


def test_documents_are_listed_a_page_at_a_time(client: TestClient):
    for filters, ids in (([], list(PAPERS)), (["year=2020"], ["bats", "cats", "dogs"]), (["year=1"], [])):
        for limit in (1, 2, 3, 5, 1000):
            listed, after, pages = [], "", 0
            while after is not None:
                page = client.get("/documents", params={"limit": limit, "after": after, "filter": filters}).json()
                assert page["total"] == len(ids)
                listed += [document["id"] for document in page["documents"]]
                after, pages = page["next"], pages + 1
            assert (listed, pages) == (ids, max(1, -(-len(ids) // limit)))


@pytest.mark.parametrize("after", ["bats", "batz", "BATS", "a\U0001f998", "%", "' OR 1=1 --"])
def test_a_page_begins_after_an_id_that_need_not_be_there(client: TestClient, after: str):
    page = client.get("/documents", params={"after": after}).json()
    assert [document["id"] for document in page["documents"]] == [id for id in PAPERS if id > after]
    assert (page["total"], page["next"]) == (5, None)


def test_a_document_removed_between_two_pages_neither_hides_nor_repeats_another(
    make_library: MakeLibrary, by_hand_encoder: ByHand, client_of: Callable[..., TestClient]
):
    library = make_library({f"{name}.txt": "A cat." for name in "abcdef"}, by_hand_encoder("cat"))
    client = client_of(library)
    first = client.get("/documents", params={"limit": 3}).json()
    library.remove("c")
    library.add(read_document("bb.txt", b"A cat."))
    second = client.get("/documents", params={"limit": 3, "after": first["next"]}).json()
    assert [document["id"] for document in [*first["documents"], *second["documents"]]] == list("abcdef")
    assert (second["next"], second["total"], second["generation"]) == (None, 6, first["generation"] + 2)


SECRET = "Sesame-4711"


@pytest.mark.parametrize("path", ["/search?q=fur&", "/documents?"])
@pytest.mark.parametrize("written", [SECRET, f"={SECRET}", f"{SECRET} x=1", f"1{SECRET}=..", f"a={SECRET}%00", f"{SECRET}="])
def test_a_wrong_filter_in_a_query_is_refused_and_not_repeated(client: TestClient, problem: Check, path: str, written: str):
    response = client.get(f"{path}filter={written}")
    members = problem(response, 422, "filter_invalid")
    assert SECRET not in response.text
    assert "errors" not in members


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({f"1{SECRET}": "x"}, "filter_invalid"), ({"a": f"{SECRET}\x00"}, "filter_invalid"), ({"a": []}, "filter_invalid"),
        ({"a": ""}, "filter_invalid"), ({"a": {}}, "filter_invalid"), ({"a": {"from": None}}, "filter_invalid"),
        ({"a": [SECRET] * 101}, "filter_invalid"), ({"a": {"from": SECRET, SECRET: "x"}}, "invalid"), ({"a": None}, "invalid"),
        ({"a": [[SECRET]]}, "invalid"), ({"a": {"from": [SECRET]}}, "invalid"), ({SECRET * 9: "x"}, "invalid"), ([SECRET], "invalid"),
        (SECRET, "invalid"), (None, "invalid"), ({"a": SECRET * 200}, "invalid"), ({f"{SECRET}{i}": "x" for i in range(21)}, "invalid"),
    ],
    ids=lambda value: ascii(value)[:30],
)  # fmt: skip
def test_a_wrong_filter_in_a_question_is_refused_and_not_repeated(client: TestClient, problem: Check, filters: Any, code: str):
    for headers in ({}, {"Accept": "text/event-stream"}):
        response = client.post("/ask", json={"question": "Which fur?", "filters": filters}, headers=headers)
        problem(response, 422, code)
        assert SECRET not in response.text


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" + "0" * 400, "0.1e-400", "123456789012345678901234567890"])
def test_a_number_beyond_all_values_lets_nothing_pass(client: TestClient, number: str):
    body = f'{{"question": "Which fur?", "filters": {{"year": {number}}}}}'
    response = client.post("/ask", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["reason"]) == (200, "no_evidence")


@pytest.mark.parametrize(
    "query", ["filter=" + "a" * 2001 + "=b", "&".join(["filter=a=b"] * 21), "limit=0", "limit=1001", "after=%00", "x=1"]
)
def test_a_wrong_listing_is_refused(client: TestClient, problem: Check, query: str):
    problem(client.get(f"/documents?{query}"), 422, "invalid")


def test_a_document_says_its_metadata_as_it_was_said(client: TestClient):
    for name, metadata in PAPERS.items():
        assert client.get(f"/documents/{name}").json()["metadata"] == metadata
    listed: Metadata = {document["id"]: document["metadata"] for document in client.get("/documents").json()["documents"]}
    assert json.dumps(listed, sort_keys=True) == json.dumps(PAPERS, sort_keys=True)
