"""The library: documents added, removed and searched, whatever happened before."""

import json
import random
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from index.database import Database
from index.documents import Document
from index.encoder import CompiledEncoder, Encoder, Encoding, Kind, fingerprint_of
from index.errors import DocumentNotFound, EncoderUnavailable, LibraryDamaged, LibraryMismatch, LibraryMissing
from index.library import DATABASE, Library
from index.mending import mend
from index.passages import word_count
from index.reading import read_document
from index.rows import row_hash
from index.snapshot import DEPTH
from index.view import Hit, View

MakeLibrary = Callable[..., Library]
ByHand = Callable[[str], Encoder]

VOCABULARY = "ash beech cedar elm fir larch maple oak pine willow"
WORDS = VOCABULARY.split()
PETS = {"cats.txt": "The cat sat. A cat slept.", "dogs.md": "# Dogs\n\nThe dog ran.", "both.txt": "Cat and dog, dog and cat."}
QUESTIONS = ["Where is the oak?", "ash ash elm", "willow", "nothing that is known"]


def _document(source: str, text: str) -> Document:
    return read_document(source, text.encode("utf-8"))


def _found(library: Library, question: str, limit: int = 200) -> list[tuple[str, int, float, float, float]]:
    """Document, place and scores of every hit."""
    with library.view() as view:
        hits = view.search(question, limit)
        return [(hit.document.id, hit.row.start, hit.score, hit.text_score, hit.vector_score) for hit in hits]


def _wood(name: str) -> str:
    """A text of trees that depends on its name alone and is unlike any other."""
    chance = random.Random(name)
    return f"{name} grows. " + " ".join(f"{' '.join(chance.choices(WORDS, k=chance.randint(2, 9)))}." for _ in range(3))


def _again(library: Library) -> Library:
    """The same folder opened anew."""
    return Library(library.folder, Database.open(library.folder / DATABASE), library.encoder)


def _raw(library: Library, statement: str) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(str(library.folder / DATABASE))
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


@pytest.fixture
def pets(make_library: MakeLibrary, by_hand_encoder: ByHand) -> Library:
    return make_library(PETS, by_hand_encoder("cat dog fish"))


# Adding and removing


def test_an_added_document_is_there_as_it_was_read(make_library: MakeLibrary, by_hand_encoder: ByHand):
    text = "\ufeffThe title\r\n\r\n\r\nCät 😀 sat.\r\nIt slept.\u2028Then  it ran.\r\n"
    library = make_library({}, by_hand_encoder("cat"))
    document = _document("some folder/My Cät.txt", text)
    id, added = library.add(document)
    assert (id, added) == ("my-c-t", "added")
    with library.view() as view:
        (row,) = view.documents()
        assert row == view.document(id)
        assert (row.source, row.sha256, row.title, row.characters) == (document.source, document.sha256, document.title, len(text))
        assert view.text(id) == text
        spans = [text[start:end] for passage in view.passages_of(id) for start, end, *_ in passage.sentences]
        assert "It slept." in spans
    assert library.damage() == []


def test_a_version_that_is_there_already_changes_nothing(pets: Library):
    with pets.view() as view:
        generation, sha256 = view.generation, view.sha256
    assert pets.add(_document("cats.txt", PETS["cats.txt"])) == ("cats", "unchanged")
    with pets.view() as view:
        assert (view.generation, view.sha256) == (generation, sha256)


def test_a_new_version_keeps_the_id_and_replaces_the_old_one(pets: Library):
    with pets.view() as view:
        before, generation, sha256 = view.document("cats"), view.generation, view.sha256
    assert pets.add(_document("cats.txt", "The fish swam.")) == ("cats", "replaced")
    with pets.view() as view:
        assert view.document("cats").sha256 != before.sha256
        assert view.document("cats").source == before.source
        assert view.text("cats") == "The fish swam."
        assert [hit.document.id for hit in view.search("fish", 9) if hit.text_score > 0] == ["cats"]
        assert "sat" not in " ".join(hit.text for hit in view.search("cat sat", 9))
        assert (view.generation, view.sha256 == sha256) == (generation + 1, False)
        assert len(view.documents()) == 3


def test_going_back_to_an_old_version_brings_back_the_state_but_not_the_generation(pets: Library):
    with pets.view() as view:
        generation, sha256 = view.generation, view.sha256
    found = sorted(_found(pets, "cat dog"))
    pets.add(_document("cats.txt", "The fish swam."))
    assert sorted(_found(pets, "cat dog")) != found
    pets.add(_document("cats.txt", PETS["cats.txt"]))
    assert sorted(_found(pets, "cat dog")) == found
    with pets.view() as view:
        assert (view.generation, view.sha256) == (generation + 2, sha256)


@pytest.mark.parametrize(
    ("sources", "ids"),
    [
        pytest.param(["a/paper.txt", "b/paper.txt", "paper.md"], ["paper", "paper-2", "paper-3"], id="one name, three sources"),
        pytest.param(["paper-2.txt", "paper.txt", "x/paper.txt"], ["paper-2", "paper", "paper-3"], id="a number that is taken"),
        pytest.param(["Straße & Öl.txt"], ["stra-e-l"], id="letters beyond ASCII"),
        pytest.param(["документ.txt", "文書.txt"], ["document", "document-2"], id="no letter of ASCII"),
        pytest.param(["x" * 200 + ".txt"], ["x" * 80], id="a long name"),
    ],
)
def test_ids_are_readable_and_unlike_each_other(make_library: MakeLibrary, by_hand_encoder: ByHand, sources: list[str], ids: list[str]):
    library = make_library({}, by_hand_encoder("cat"))
    assert [library.add(_document(source, f"Cat {number}.")) for number, source in enumerate(sources)] == [(id, "added") for id in ids]


def test_the_same_text_from_two_sources_is_two_documents(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({"one.txt": "The cat sat.", "two.txt": "The cat sat."}, by_hand_encoder("cat"))
    with library.view() as view:
        assert [row.source for row in view.documents()] == ["one.txt", "two.txt"]
        assert [hit.document.id for hit in view.search("cat", 9)] == ["one", "two"]


def test_a_removed_document_is_gone_and_its_id_free(pets: Library):
    pets.remove("cats")
    with pets.view() as view:
        assert [row.id for row in view.documents()] == ["both", "dogs"]
        assert {hit.document.id for hit in view.search("cat dog", 9)} == {"both", "dogs"}
        for ask in (view.document, view.text, view.passages_of):
            with pytest.raises(DocumentNotFound, match="footnote list"):
                ask("cats")
    with pytest.raises(DocumentNotFound):
        pets.remove("cats")
    assert pets.add(_document("other/cats.txt", "The cat is back.")) == ("cats", "added")


def test_nothing_of_a_removed_document_is_left_in_the_file(pets: Library):
    pets.add(_document("secret.txt", "The xylophone was a secret."))
    pets.remove("secret")
    assert _raw(pets, "SELECT count(*) FROM passages WHERE terms LIKE '%xylophon%'") == [(0,)]
    assert pets.damage() == []


class FailingEncoder:
    """Fails, or gives a vector that is not finite, for a text with the word `bad`."""

    fingerprint, dimension = "failing", 2

    def __init__(self, failure: Exception | None) -> None:
        self.failure = failure

    def encode(self, text: str, kind: Kind) -> Encoding:
        bad = "bad" in text
        if bad and self.failure:
            raise self.failure
        vector = np.array([np.nan if bad else 1, 0], dtype=np.float32)
        return Encoding(vector, np.empty((0, 2), dtype=np.float32), np.empty((0, 2), dtype=np.int64))


@pytest.mark.parametrize("failure", [RuntimeError("broken"), None], ids=["an exception", "a vector that is not finite"])
def test_a_document_that_cannot_be_encoded_to_its_end_is_wholly_absent(make_library: MakeLibrary, failure: Exception | None):
    library = make_library({"good.txt": "All well."}, FailingEncoder(failure))
    with pytest.raises((RuntimeError, ArithmeticError)):
        library.add(_document("half.md", "# A\n\nWell.\n\n# B\n\nThis is bad."))
    with pytest.raises((RuntimeError, ArithmeticError)):
        library.add(_document("good.txt", "Now bad."))
    with library.view() as view:
        assert [row.source for row in view.documents()] == ["good.txt"]
        assert view.text("good") == "All well."
        assert view.generation == 1
    assert library.damage() == []


# Searching


def test_a_search_computed_by_hand(pets: Library):
    with pets.view() as view:
        hits = view.search("dog", 9)
        assert view.passages == 3
    assert [hit.document.id for hit in hits] == ["dogs", "both", "cats"]
    cosines = {hit.document.id: hit.vector_score for hit in hits}
    # the context of the second is its title, which is no known word: "dogs"
    assert cosines == {"dogs": pytest.approx(1, abs=1e-3), "both": pytest.approx(2 / np.sqrt(8), abs=1e-3), "cats": 0}


def test_every_hit_is_a_slice_of_its_document_and_scores_fall(editorial_library: Library):
    with editorial_library.view() as view:
        for question in ("What is CD19- relapse?", "CAR-NK", "How many patients achieved CR?"):
            hits = view.search(question, 12)
            assert len(hits) == 12
            assert len({hit.number for hit in hits}) == 12
            assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
            for hit in hits:
                assert hit.text == view.text(hit.document.id)[hit.row.start : hit.row.end]
                assert all(hit.row.start <= start < end <= hit.row.end for start, end, *_ in hit.row.sentences)


def test_a_passage_asked_for_in_its_own_words_comes_first_with_cosine_1(editorial_library: Library):
    with editorial_library.view() as view:
        (document,) = view.documents()
        for row in view.passages_of(document.id):
            context = " › ".join([document.title, *row.section])
            asked = f"{context}\n{view.text(document.id)[row.start : row.end]}"
            best = view.search(asked, 1)[0]
            assert (best.row.start, best.row.end) == (row.start, row.end)
            # Where it abbreviates, the question stands half for itself and half for what is written in full.
            assert best.vector_score == pytest.approx(1, abs=0.05 if view.forms(asked) else 2**-9)
            assert best.score == 1


def test_the_limit_cuts_the_list_and_changes_nothing_else(editorial_library: Library):
    with editorial_library.view() as view:
        every = [(hit.number, hit.score) for hit in view.search("relapse after therapy", 100)]
        assert [(hit.number, hit.score) for hit in view.search("relapse after therapy", 4)] == every[:4]


@pytest.mark.parametrize(("asked", "written"), [("IL-6", "IL‐6"), ("4-1BB", "4‐1BB"), ("CD19-", "CD19‐")])
def test_typographic_variants_in_the_text_are_found_by_plain_ones(editorial_library: Library, asked: str, written: str):
    with editorial_library.view() as view:
        assert any(written in hit.text for hit in view.search(asked, 3) if hit.text_score > 0)
        assert [hit.number for hit in view.search(asked, 9)] == [hit.number for hit in view.search(written, 9)]


def test_a_filter_by_documents_acts_before_the_best_are_taken(make_library: MakeLibrary, by_hand_encoder: ByHand):
    texts = {f"better{number}.txt": "cat cat" for number in range(2 * DEPTH)}
    library = make_library({**texts, "wanted.txt": "cat dog dog dog", "other.txt": "dog"}, by_hand_encoder("cat dog"))
    with library.view() as view:
        assert "wanted" not in {hit.document.id for hit in view.search("cat", 100)}
        assert [hit.document.id for hit in view.search("cat", 100, ["wanted"])] == ["wanted"]
        assert {hit.document.id for hit in view.search("cat", 100, ["wanted", "other", "wanted"])} == {"wanted", "other"}
        with pytest.raises(DocumentNotFound):
            view.search("cat", 100, ["wanted", "missing"])


def test_a_document_without_passages_limits_a_search_to_nothing(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({"empty.md": "# Only a heading", "cats.txt": "The cat sat."}, by_hand_encoder("cat"))
    with library.view() as view:
        assert view.passages_of("empty") == []
        assert view.search("cat", 9, ["empty"]) == []
        assert [hit.document.id for hit in view.search("cat", 9)] == ["cats"]


def test_token_vectors_of_a_hit_are_those_of_each_sentence(pets: Library):
    with pets.view() as view:
        (hit,) = view.search("cat", 9, ["cats"])
    cat = [1, 0, 0, 0]  # three words, and the empty dimension that makes them even
    assert [rows.tolist() for rows in hit.token_vectors(4)] == [[cat], [cat]]


def test_sentences_past_what_the_encoder_reads_have_tokens_of_their_own(make_library: MakeLibrary):
    sentence = "Immunohistochemistry of chondroblastomatous tumours showed antiphosphatidylserine hyperreactivity number {}."
    text = " ".join(sentence.format(number) for number in range(20))
    library = make_library({"long.txt": text})
    with library.view() as view:
        (row,) = view.passages_of("long")
        hit = view.search("tumours", 1)[0]
    assert word_count(text) <= 180
    assert len(library.encoder.encode(text, "passage").tokens) == 510
    vectors = hit.token_vectors(128)
    assert len(vectors) == len(row.sentences) == 20
    assert sum(map(len, vectors)) > 510
    assert all(np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-5) for rows in vectors)


def test_the_weight_of_a_term_is_its_inverse_document_frequency(pets: Library):
    with pets.view() as view:
        assert view.weight("cat") == pytest.approx(np.log(1 + 1.5 / 2.5))
        assert view.weight("slept") == pytest.approx(np.log(1 + 2.5 / 1.5))
        assert view.weight("zebra") == pytest.approx(np.log(1 + 3.5 / 0.5))


def test_an_empty_library_finds_nothing(make_library: MakeLibrary, by_hand_encoder: ByHand):
    with make_library({}, by_hand_encoder("cat")).view() as view:
        assert view.search("cat", 9) == []
        assert (view.documents(), view.passages, view.generation) == ([], 0, 0)


# History


def test_a_library_grown_one_by_one_searches_as_one_opened_anew(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({}, by_hand_encoder(VOCABULARY))
    for number in range(40):
        library.add(_document(f"wood{number}.txt", _wood(f"wood{number}")))
        assert _found(library, "oak")
        if number % 3 == 2:
            library.remove(f"wood{number - 1}")
    for question in QUESTIONS:
        assert _found(library, question) == _found(_again(library), question)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_documents_have_the_same_scores_in_any_order_and_after_removals(
    make_library: MakeLibrary, by_hand_encoder: ByHand, seed: int
):
    names = [f"wood{number}" for number in range(DEPTH)]
    straight = make_library({f"{name}.txt": _wood(name) for name in names}, by_hand_encoder(VOCABULARY))
    random.Random(seed).shuffle(names)
    crooked = make_library({"gone.txt": "oak oak oak"}, by_hand_encoder(VOCABULARY))
    for number, name in enumerate(names):
        crooked.add(_document(f"{name}.txt", "Only oak and elm."))
        if number % 7 == 0:
            assert _found(crooked, "oak")
        crooked.add(_document(f"{name}.txt", _wood(name)))
    crooked.remove("gone")
    for question in QUESTIONS:
        assert sorted(_found(straight, question)) == sorted(_found(crooked, question))
    with straight.view() as one, crooked.view() as other:
        assert one.sha256 == other.sha256
        assert one.generation != other.generation


def test_a_view_opened_before_a_change_still_reads_the_old_state_and_one_opened_afterwards_does_not(pets: Library):
    with pets.view() as before:
        pets.remove("cats")
        pets.add(_document("dogs.md", "The fish swam."))
        assert [row.id for row in before.documents()] == ["both", "cats", "dogs"]
        assert before.text("cats") == PETS["cats.txt"]
        assert {hit.document.id: hit.text for hit in before.search("cat dog", 9)} == {
            "both": PETS["both.txt"],
            "cats": PETS["cats.txt"],
            "dogs": "The dog ran.",
        }
        with pets.view() as after:
            assert [row.id for row in after.documents()] == ["both", "dogs"]
            assert {hit.document.id: hit.text for hit in after.search("cat dog", 9)} == {"both": PETS["both.txt"], "dogs": "The fish swam."}
            assert after.generation == before.generation + 2
        assert {hit.document.id for hit in before.search("cat", 9)} == {"both", "cats", "dogs"}


def test_what_one_instance_changes_the_others_see(pets: Library):
    other = _again(pets)
    assert _found(other, "fish") == _found(pets, "fish")
    pets.add(_document("fish.txt", "The fish swam."))
    assert _found(other, "fish")[0][0] == "fish"
    other.remove("fish")
    assert "fish" not in {id for id, *_ in _found(pets, "fish")}


# Saved segments


def _files(library: Library) -> list[Path]:
    return sorted(path for path in (library.folder / "segments").rglob("*") if path.is_file())


def _spoil(library: Library) -> None:
    """Take terms and vectors from the stored passages, hashes fitting."""
    connection = apsw.Connection(str(library.folder / DATABASE))
    for number, *values in connection.execute("SELECT number, start, end, section, sentences, tokens FROM passages").fetchall():
        stored = (*values[:4], "", bytes(6), values[4])
        connection.execute("UPDATE passages SET terms = '', vector = zeroblob(6), hash = ? WHERE number = ?", (row_hash(stored), number))
    connection.close()


def test_published_segments_are_used_by_the_next_instance_and_give_the_same_results(pets: Library):
    found = {question: _found(pets, question) for question in PETS.values()}
    pets.publish()
    _spoil(pets)  # what search would be built from
    assert {question: _found(_again(pets), question) for question in PETS.values()} == found
    shutil.rmtree(pets.folder / "segments")
    assert {question: _found(_again(pets), question) for question in PETS.values()} != found


def test_what_changed_since_publishing_is_seen_by_the_next_instance(pets: Library):
    pets.publish()
    pets.remove("cats")
    pets.add(_document("fish.txt", "The fish swam."))
    assert {id for id, *_ in _found(_again(pets), "fish cat")} == {"both", "dogs", "fish"}
    assert _found(_again(pets), "fish cat") == _found(pets, "fish cat")


def test_publishing_twice_writes_nothing_new(pets: Library):
    pets.publish()
    before = {path: path.stat().st_mtime_ns for path in _files(pets) if path.name != "segments.json"}
    pets.publish()
    _again(pets).publish()
    assert {path: path.stat().st_mtime_ns for path in _files(pets) if path.name != "segments.json"} == before


@pytest.mark.parametrize("name", ["segments.json", "segment.json", "numbers.npy", "postings.npz", "vectors.faiss"])
@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
def test_damaged_segments_are_built_anew_with_the_same_results_and_reported(pets: Library, name: str, how: str):
    found = [_found(pets, question) for question in PETS.values()]
    pets.publish()
    (path,) = [path for path in _files(pets) if path.name == name]
    content = path.read_bytes()
    path.unlink()
    if how != "gone":
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:] if how == "flipped" else content[:-3])
    assert len(pets.damage()) == (0 if (name, how) == ("segments.json", "gone") else 1)
    assert [_found(_again(pets), question) for question in PETS.values()] == found


# The name tells the content, so the damaged folder has the name of the sound one already.
def test_publishing_replaces_damaged_segments(pets: Library):
    pets.publish()
    (path,) = [path for path in _files(pets) if path.name == "vectors.faiss"]
    path.write_bytes(b"damaged")
    again = _again(pets)
    found = _found(again, "cat")
    again.publish()
    assert again.damage() == []
    assert _found(_again(pets), "cat") == found


def test_instances_that_publish_at_the_same_time_do_not_disturb_each_other(pets: Library):
    instances = [pets, *(_again(pets) for _ in range(3))]

    def work(number: int) -> None:
        for step in range(5):
            instances[number].add(_document(f"{number}-{step}.txt", f"The cat sat {number} {step}."))
            instances[number].publish()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert pets.damage() == []
    assert _found(_again(pets), "cat") == _found(pets, "cat")
    assert len(_found(pets, "cat")) == 23


# After a restore the numbers of passages are given again: segments trusted by number alone would show the search the words
# and vectors of another document.
def test_segments_saved_after_a_copy_was_made_are_not_used_when_the_copy_is_put_back(folder: Path, tmp_path: Path):
    library = Library.create(folder)
    library.add(_document("cats.txt", "The cat sat."))
    _raw(library, f"VACUUM INTO '{tmp_path / 'copy'}'")
    library.add(_document("dogs.txt", "The dog ran."))
    library.publish()
    library.close()
    for path in folder.glob(f"{DATABASE}*"):
        path.unlink()
    shutil.copy(tmp_path / "copy", folder / DATABASE)
    library = Library.open(folder)
    library.add(_document("fish.txt", "A fish swam."))
    with library.view() as view:
        assert [hit.document.id for hit in view.search("dog", 9) if hit.text_score > 0] == []
        assert [hit.document.id for hit in view.search("fish", 9) if hit.text_score > 0] == ["fish"]
    library.close()


# Opening and mending


@pytest.fixture
def real(folder: Path) -> Iterator[Library]:
    """A library with the packaged encoder and one document."""
    library = Library.create(folder)
    library.add(_document("cats.txt", "The cat sat on the mat. It slept."))
    library.publish()
    yield library
    library.close()


def test_a_library_is_opened_with_what_it_was_made_with(real: Library):
    for opened in (Library.open(real.folder), Library.open(real.folder, "all-MiniLM-L6-v2", "int8"), Library.create(real.folder)):
        assert _found(opened, "Where is the cat?") == _found(real, "Where is the cat?")
        opened.close()


@pytest.mark.parametrize(("encoder", "precision"), [("another-model", None), (None, "float32"), ("/models/all-MiniLM-L6-v2", "int8")])
def test_opening_with_another_encoder_or_precision_is_refused_with_the_command(real: Library, encoder: str, precision: str):
    with pytest.raises(LibraryMismatch, match="Run `footnote doctor --mend`"):
        Library.open(real.folder, encoder, precision)


@pytest.mark.parametrize("setting", ["encoder", "chunking"])
def test_a_library_of_another_fingerprint_or_chunking_is_refused_with_the_command_and_mended(real: Library, setting: str):
    found = _found(real, "Where is the cat?")
    _raw(real, f"UPDATE settings SET value = 'other' WHERE name = '{setting}'")
    with pytest.raises(LibraryMismatch, match="Run `footnote doctor --mend`"):
        Library.open(real.folder)
    mend(real.folder).close()
    opened = Library.open(real.folder)
    assert _found(opened, "Where is the cat?") == found
    assert opened.damage() == []
    opened.close()


def test_where_there_is_no_library_none_is_opened_or_made(tmp_path: Path):
    with pytest.raises(LibraryMissing, match="footnote add"):
        Library.open(tmp_path / "missing")
    assert not (tmp_path / "missing").exists()


def test_mending_restores_the_encoder_the_rows_and_the_segments(real: Library, encoder_folder: Path):
    real.add(_document("dogs.md", "# Dogs\n\nThe dog ran.\r\nIt barked."))
    real.add(_document("gone.txt", "This one is removed."))
    real.remove("gone")
    real.publish()
    with real.view() as view:
        rows, sha256 = [(row.id, row.source, row.title, row.sha256) for row in view.documents()], view.sha256
    found = _found(real, "Where is the cat?")
    model = next(real.folder.glob("encoder-*")) / "encoder.onnx"
    model.write_bytes(model.read_bytes()[:-1])
    with pytest.raises(EncoderUnavailable, match="Run `footnote doctor --mend`"):
        Library.open(real.folder)
    _raw(real, "UPDATE passages SET vector = zeroblob(768), terms = 'wrong'")
    assert len(real.damage()) == 2
    mended = mend(real.folder)
    assert mended.damage() == []
    assert _found(mended, "Where is the cat?") == found
    with mended.view() as view:
        assert [(row.id, row.source, row.title, row.sha256) for row in view.documents()] == rows
        assert view.sha256 == sha256
    mended.close()
    # compiled once more, from the same weights, it is the same encoder to the byte
    assert model.read_bytes() == (encoder_folder / "encoder.onnx").read_bytes()
    assert CompiledEncoder(model.parent).fingerprint == CompiledEncoder(encoder_folder).fingerprint


def test_mending_refuses_a_text_that_does_not_fit_its_hash_and_changes_nothing(real: Library):
    _raw(real, "UPDATE documents SET text = replace(text, 'cat', 'dog')")
    stored = "SELECT * FROM documents, passages, settings"
    before = _raw(real, stored)
    with pytest.raises(LibraryDamaged, match=r"cats does not fit its hash\. Run `footnote remove cats`"):
        mend(real.folder)
    assert len(real.damage()) == 1
    assert _raw(real, stored) == before


def test_mending_keeps_the_encoder_of_the_library_unless_another_is_named(real: Library):
    other = real.folder / "encoder-all-MiniLM-L6-v2-float32"  # the same model under another name, so that nothing has to be compiled
    shutil.copytree(next(real.folder.glob("encoder-*-int8")), other)
    manifest = json.loads((other / "encoder.json").read_text("utf-8"))
    fingerprint = fingerprint_of(manifest | {"precision": "float32"})
    (other / "encoder.json").write_text(json.dumps(manifest | {"precision": "float32", "fingerprint": fingerprint}), "utf-8")
    mend(real.folder, precision="float32").close()
    for opened in (Library.open(real.folder), Library.open(real.folder, precision="float32"), mend(real.folder)):
        assert opened.encoder.fingerprint == fingerprint != manifest["fingerprint"]
        assert opened.damage() == []
        opened.close()
    with pytest.raises(LibraryMismatch):
        Library.open(real.folder, precision="int8")


def test_where_there_is_no_library_nothing_is_mended(tmp_path: Path):
    with pytest.raises(LibraryMissing):
        mend(tmp_path)
    assert list(tmp_path.iterdir()) == []


# Threads


def _check_hits(view: View, hits: list[Hit], gone: set[str], texts: Mapping[str, str]) -> None:
    assert not gone & {hit.document.id for hit in hits}
    for hit in hits:
        assert view.text(hit.document.id) == texts[hit.document.id]
        assert hit.text == texts[hit.document.id][hit.row.start : hit.row.end]
        assert 0 <= hit.score <= 1


def test_threads_search_while_one_adds_and_removes(make_library: MakeLibrary, by_hand_encoder: ByHand):
    """4 threads search until one has made 150 changes; nothing removed is found once its removal has returned."""
    library = make_library({"wood.txt": _wood("wood")}, by_hand_encoder(VOCABULARY))
    texts, gone, done, searches = {"wood": _wood("wood")}, set[str](), threading.Event(), [0] * 4

    def search(number: int) -> None:
        while not done.is_set() or searches[number] < 10:
            removed = set(gone)  # these removals have returned
            with library.view() as view:
                _check_hits(view, view.search(QUESTIONS[searches[number] % 3], 20), removed, texts)
            searches[number] += 1

    def change() -> None:
        chance, held = random.Random(7), list[str]()
        try:
            for step in range(150):
                if held and chance.random() < 0.4:
                    id = held.pop(chance.randrange(len(held)))
                    library.remove(id)
                    gone.add(id)
                else:
                    id = f"wood{step}"
                    texts[id] = _wood(id)
                    assert library.add(_document(f"{id}.txt", texts[id])) == (id, "added")
                    held.append(id)
                if step % 20 == 0:
                    library.publish()
        finally:
            done.set()

    with ThreadPoolExecutor(5) as threads:
        for finished in [threads.submit(search, number) for number in range(4)] + [threads.submit(change)]:
            finished.result()
    assert min(searches) >= 10
    assert library.damage() == []
    assert [_found(library, question) for question in QUESTIONS] == [_found(_again(library), question) for question in QUESTIONS]


def test_threads_that_add_the_same_document_add_it_once(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({}, by_hand_encoder(VOCABULARY))
    with ThreadPoolExecutor(8) as threads:
        added = list(threads.map(lambda _: library.add(_document("wood.txt", _wood("wood"))), range(8)))
    assert {id for id, _ in added} == {"wood"}
    with library.view() as view:
        assert len(view.documents()) == 1
        assert view.passages == len(view.passages_of("wood"))
    assert library.damage() == []


def test_a_closed_library_leaves_no_open_file(folder: Path):
    library = Library.create(folder)
    library.add(_document("cats.txt", "The cat sat."))
    library.publish()
    library.close()
    opened = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    assert not [path for path in opened if path.is_relative_to(folder)]
