"""The command line, run as the program it is: what it prints, where, and with which exit code."""

import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import apsw
import pytest
from click.testing import CliRunner, Result

from api.cli import main
from index.compiling import DEFAULT_ENCODER
from index.database import FORMAT
from index.library import DATABASE, Library
from index.reading import read_document
from index.rows import DocumentRow

Listed = Callable[[Path], dict[str, DocumentRow]]
Run = Callable[..., CompletedProcess[str]]
Invoke = Callable[..., Result]

QUESTIONS = Path(__file__).parent / "questions.jsonl"
WOMBAT = "The wombat digs 3 burrows.\n"
BURROWS = "How many burrows does the wombat dig?"


def one_line(stream: str) -> str:
    """The one line of an error, after the name of the program."""
    assert re.fullmatch(r"footnote: [^\r\n]+\n", stream), stream
    return stream.removeprefix("footnote: ").removesuffix("\n")


def text_only(done: CompletedProcess[str]) -> str:
    """Standard output, checked to hold nothing made for a terminal: no colours, no bars, no lines drawn over."""
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]|it/s|\d+%\|", done.stdout + done.stderr)
    return done.stdout


def damage(library: Path, statement: str, *values: object) -> None:
    """Change the database as a bad disk would."""
    connection = apsw.Connection(str(library / DATABASE))
    connection.execute(statement, values).fetchall()
    connection.close()


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs a command inside the test's own process, which is quicker: for what needs no process of its own to be seen."""
    for name in [name for name in os.environ if name.startswith("FOOTNOTE_")]:
        monkeypatch.delenv(name)
    return lambda *arguments, **env: CliRunner().invoke(main, [str(argument) for argument in arguments], env=env)


# list


def test_list_shows_a_document_a_line(wombat: Path, run_footnote: Run):
    done = run_footnote("list", "--library", wombat)
    assert (done.returncode, done.stderr) == (0, "")
    id, passages, title, source = text_only(done).removesuffix("\n").split("\t")
    assert (id, title, source) == ("wombat", "wombat", "wombat.txt")
    assert passages.startswith("1 passage")


def test_list_gives_what_http_gives(editorial_folder: Path, client: Any, invoke: Invoke):
    done = invoke("list", "--json", "--library", editorial_folder)
    assert json.loads(done.stdout) == client.get("/documents").json()["documents"]


# remove


def test_what_is_removed_is_found_no_more(wombat: Path, run_footnote: Run, invoke: Invoke, documents_in: Listed):
    done = run_footnote("remove", "wombat", "--library", wombat)
    assert (done.returncode, text_only(done)) == (0, "removed wombat\n")
    assert documents_in(wombat) == {}
    assert invoke("search", "wombat", "--json", "--library", wombat).stdout == "[]\n"
    assert invoke("doctor", "--library", wombat).exit_code == 0
    connection = apsw.Connection(str(wombat / DATABASE))
    assert connection.execute("SELECT count(*) FROM passages").fetchall() == [(0,)]
    connection.close()


def test_removing_what_is_not_there_fails(wombat: Path, run_footnote: Run, documents_in: Listed):
    """Of several documents all are removed or none."""
    done = run_footnote("remove", "wombat", "nowhere", "--library", wombat)
    assert (done.returncode, done.stdout) == (1, "")
    assert one_line(done.stderr) == "There is no document of that id. `footnote list` and GET /documents name those there are."
    assert set(documents_in(wombat)) == {"wombat"}


# search


def test_search_shows_passages_with_their_place(wombat: Path, run_footnote: Run):
    done = run_footnote("search", "burrows", "--library", wombat)
    assert done.returncode == 0
    score, title, url, text = re.fullmatch(r"(\d\.\d{4})  (\w+)  (\S+)\n    (.+)\n\n", text_only(done)).groups()  # type: ignore[union-attr]
    assert (title, url, text) == ("wombat", "/documents/wombat/text?version=322bab8b6a84ae1a#char=0,26", WOMBAT.strip())
    (found,) = json.loads(run_footnote("search", "burrows", "--json", "--library", wombat).stdout)
    assert f"{found['score']:.4f}" == score
    assert WOMBAT[found["start"] : found["end"]] == found["text"]


def test_search_gives_what_http_gives(editorial_folder: Path, client: Any, invoke: Invoke):
    done = invoke("search", "CAR-NK cells", "--json", "--limit", "7", "--library", editorial_folder)
    assert json.loads(done.stdout) == client.get("/search", params={"q": "CAR-NK cells", "limit": 7}).json()["passages"]


# ask


def test_ask_prints_the_answer_with_numbered_footnotes(wombat: Path, run_footnote: Run):
    done = run_footnote("ask", BURROWS, "--library", wombat)
    assert (done.returncode, done.stderr) == (0, "")
    assert text_only(done) == (
        "The wombat digs 3 burrows. [1]\n"
        "\n"
        "[1] wombat\n"
        "    wombat.txt, characters 0-26\n"
        f"    sha256 {hashlib.sha256(WOMBAT.encode()).hexdigest()}\n"
    )


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        pytest.param("The wombat\r\ndigs 3 burrows.\r\n", "The wombat\ndigs 3 burrows. [1]\n", id="CRLF"),
        pytest.param("The wombat\tdigs 3 burrows.\n", "The wombat\tdigs 3 burrows. [1]\n", id="a tab"),
        pytest.param(
            "The wombat digs 3 burrows: 👩\u200d🌾 می\u200cشود.\n", "The wombat digs 3 burrows: 👩\u200d🌾 می\u200cشود. [1]\n", id="joiners"
        ),
        pytest.param("The wombat \x1b[31mdigs 3 burrows.\n", "The wombat \\x1b[31mdigs 3 burrows. [1]\n", id="an escape sequence"),
        pytest.param("The wombat \u202edigs 3 burrows.\n", "The wombat \\u202edigs 3 burrows. [1]\n", id="text turned round"),
    ],
)
def test_ask_prints_a_text_as_it_reads_and_nothing_that_commands_the_terminal(folder: Path, invoke: Invoke, text: str, printed: str):
    """Tabs and joiners stay, a carriage return before a line feed is a line end; escape sequences and turned text show as escapes."""
    library = Library.create(folder)
    library.add(read_document("wombat.txt", text.encode()))
    library.close()
    assert invoke("ask", BURROWS, "--library", folder).stdout.startswith(printed)


def test_ask_ends_with_3_where_the_documents_do_not_answer(wombat: Path, run_footnote: Run):
    done = run_footnote("ask", "Who won the football world cup in 1998?", "--library", wombat)
    assert (done.returncode, done.stderr) == (3, "")
    assert text_only(done) == (
        "The documents do not clearly answer this.\n"
        "\n"
        "Closest passages, which are not an answer:\n"
        "\n"
        "- wombat\n"
        "    The wombat digs 3 burrows.\n"
    )


def test_ask_shows_how_a_follow_up_was_understood(wombat: Path, run_footnote: Run):
    done = run_footnote("ask", "How many does it dig?", "--earlier", "What is a wombat?", "--library", wombat)
    assert done.stdout.startswith("Understood as: How many does the wombat dig?\n\nThe wombat digs 3 burrows. [1]\n")


def test_ask_cites_only_the_documents_named(wombat: Path, sources: Path, run_footnote: Run):
    run_footnote("add", sources / "inside", "--library", wombat)
    done = run_footnote("ask", BURROWS, "--json", "--document", "otter", "--library", wombat)
    answer = json.loads(done.stdout)
    assert {one["document"]["id"] for one in [*answer["citations"], *answer["closest"]]} == {"otter"}


def test_ask_writes_utf8_whatever_the_encoding_of_the_terminal(editorial_folder: Path, run_footnote: Run):
    answers = [
        run_footnote("ask", "CD19", "--json", "--library", editorial_folder, env=env).stdout
        for env in ({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"})
    ]
    assert "CD19‐" in answers[0]
    assert answers == [answers[0]] * 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["ask", "?!"], "The question holds no word. Write what you want to know.", id="no word"),
        pytest.param(["search", ""], "The question holds no word. Write what you want to know.", id="nothing"),
        pytest.param(["ask", "a" * 2001], "The question has 2001 characters; at most 2000 are read. Shorten it.", id="too long"),
        pytest.param(["ask", "x", *["--earlier", "y"] * 101], "The history has 101 messages; send the last 100 or fewer.", id="history"),
        pytest.param(
            ["ask", "x", "--document", "nowhere"],
            "There is no document of that id. `footnote list` and GET /documents name those there are.",
            id="no such document",
        ),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(editorial_folder: Path, invoke: Invoke, arguments: list[str], message: str):
    done = invoke(*arguments, "--library", editorial_folder)
    assert (done.exit_code, done.stdout) == (1, "")
    assert one_line(done.stderr) == message


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["ask", b"CD19 \xff"], id="a question"),
        pytest.param(["search", b"CD19 \xff"], id="a search"),
        pytest.param(["ask", "CD19", "--earlier", b"\xff?"], id="an earlier question"),
        pytest.param(["ask", "CD19", "--document", b"\xff"], id="a document"),
        pytest.param(["remove", b"\xff"], id="an id"),
    ],
)
def test_what_is_not_utf8_is_refused_in_one_line(wombat: Path, run_footnote: Run, arguments: list[str | bytes]):
    done = run_footnote(*arguments, "--library", wombat)
    assert done.stdout == ""
    assert one_line(done.stderr).endswith(".")
    assert done.returncode == 1


# eval


def test_eval_measures_the_answers_to_questions_with_known_evidence(editorial_folder: Path, tmp_path: Path, run_footnote: Run):
    """Three questions of the fixed set: one found, one rightly not answered, one whose evidence stands nowhere."""
    lines = [
        {
            "id": "a",
            "type": "facts",
            "question": "How many patients achieved an objective response with CAR19/22?",
            "history": [],
            "answerable": True,
            "evidence": [{"start": 6163, "end": 6497}],
            "must_contain": ["87.7%"],
        },
        {
            "id": "b",
            "type": "unanswerable",
            "question": "What is the capital of France?",
            "history": [],
            "answerable": False,
            "evidence": [],
            "must_contain": [],
        },
        {
            "id": "c",
            "type": "facts",
            "question": "How many patients achieved an objective response with CAR19/22?",
            "history": [],
            "answerable": True,
            "evidence": [{"start": 15_632, "end": 15_633}],
            "must_contain": ["not in the editorial"],
        },
    ]
    questions = tmp_path / "questions.jsonl"
    questions.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    done = run_footnote("eval", questions, "--json", "--out", tmp_path / "out.json", "--library", editorial_folder)
    assert done.returncode == 0
    figures = json.loads(done.stdout)
    assert list(figures["types"]) == ["facts", "unanswerable", "all"]
    facts = figures["types"]["facts"]
    assert {name: facts[name] for name in list(facts)[:8]} == {
        "questions": 2,
        "right": 0.5,
        "first_right": 0.5,
        "evidence_recall": 0.5,
        "citation_precision": 0.5,
        "retrieved": 0.5,
        "abstention_recall": None,
        "false_abstentions": 0.0,
    }
    assert (facts["recall_at_10"], facts["reference_length"]) == (1.0, 167.5)  # 334 characters and 1; one passage holds the first
    assert (figures["types"]["unanswerable"]["abstention_recall"], figures["types"]["unanswerable"]["right"]) == (1.0, 1.0)
    assert figures["types"]["all"]["right"] == 0.6667
    written = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert written["figures"] == figures
    assert [(one["id"], one["right"]) for one in written["answers"]] == [("a", True), ("b", True), ("c", False)]
    assert "87.7%" in written["answers"][0]["answer"]["text"]


def test_eval_prints_a_table(editorial_folder: Path, tmp_path: Path, run_footnote: Run):
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join(QUESTIONS.read_text("utf-8").splitlines()[:3]) + "\n", "utf-8")
    done = run_footnote("eval", questions, "--library", editorial_folder)
    assert done.returncode == 0
    lines = text_only(done).splitlines()
    assert lines[0].split()[:3] == ["type", "questions", "right"]
    assert [line.split()[:2] for line in lines[1:3]] == [["facts", "3"], ["all", "3"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "holds no questions.", id="nothing"),
        pytest.param(b"CD19?\n", "line 1: not a question (JSONDecodeError", id="no JSON"),
        pytest.param(b"[1]\n", "line 1: not a question (TypeError", id="a list"),
        pytest.param(b'{"question": "x"}\n', "line 1: not a question (KeyError", id="a part"),
        pytest.param(b"\xff\n", "byte 0 is not UTF-8.", id="not UTF-8"),
    ],
)
def test_eval_says_what_is_wrong_with_a_question_set(editorial_folder: Path, tmp_path: Path, invoke: Invoke, content: bytes, message: str):
    (tmp_path / "questions.jsonl").write_bytes(content)
    done = invoke("eval", tmp_path / "questions.jsonl", "--library", editorial_folder)
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in one_line(done.stderr)


@pytest.fixture
def burrows(tmp_path: Path) -> Path:
    """A file of two questions for the library `wombat`: one it answers, and one it does not."""
    line = {"type": "facts", "history": [], "must_contain": []}
    asked = {**line, "id": "a", "question": BURROWS, "answerable": True, "evidence": [{"start": 0, "end": 26, "text": WOMBAT.strip()}]}
    other = {**line, "id": "b", "question": "What is the capital of France?", "answerable": False, "evidence": []}
    (tmp_path / "burrows.jsonl").write_text(json.dumps(asked) + "\n" + json.dumps(other) + "\n", "utf-8")
    return tmp_path / "burrows.jsonl"


def test_eval_writes_a_page_that_says_what_changed_since_an_earlier_run(wombat: Path, burrows: Path, tmp_path: Path, invoke: Invoke):
    first, page = tmp_path / "new" / "first.json", tmp_path / "new" / "page.html"
    done = invoke("eval", burrows, "--least-confidence", "1", "--out", first, "--library", wombat)
    assert done.exit_code == 0
    assert "comparison" not in json.loads(first.read_text("utf-8"))
    assert json.loads(first.read_text("utf-8"))["least_confidence"] == 1
    done = invoke("eval", burrows, "--html", page, "--against", first, "--out", first, "--library", wombat)
    assert done.exit_code == 0
    written = json.loads(first.read_text("utf-8"))
    assert 0 < written["least_confidence"] < 1  # that of the calibration
    assert (written["comparison"]["against"], written["comparison"]["mended"], written["comparison"]["broken"]) == ("first.json", ["a"], [])
    assert {"Against first.json", "now right", "How many burrows does the wombat dig?"} <= set(
        re.findall(r">([^<]+)<", page.read_text("utf-8"))
    )


def test_eval_gives_the_same_report_for_the_same_library_apart_from_times(wombat: Path, burrows: Path, tmp_path: Path, invoke: Invoke):
    reports = []
    for name in ("one.json", "two.json"):
        assert invoke("eval", burrows, "--out", tmp_path / name, "--library", wombat).exit_code == 0
        reports.append(re.sub(r'("milliseconds"|"p50"|"p99"): [\d.]+', "", (tmp_path / name).read_text("utf-8")))
    assert reports[0] == reports[1]


@pytest.mark.parametrize(
    ("flags", "missed"),
    [
        pytest.param(["--floor", "right=1", "--most", "false_abstentions=0"], "", id="reached"),
        pytest.param(["--floor", "right=1.1"], "right is 1, wanted is at least 1.1.", id="one floor"),
        pytest.param(
            ["--floor", "right=2", "--most", "retrieved=0.5", "--floor", "evidence_recall=1"],
            "right is 1, wanted is at least 2; retrieved is 1, wanted is at most 0.5.",
            id="two of three",
        ),
    ],
)
def test_eval_fails_below_a_floor_and_names_each_that_is_missed(wombat: Path, burrows: Path, invoke: Invoke, flags: list[str], missed: str):
    done = invoke("eval", burrows, *flags, "--library", wombat)
    assert done.exit_code == (1 if missed else 0)
    assert done.stderr == (f"footnote: {missed}\n" if missed else "")
    assert "time per question" in done.stdout


def test_eval_fails_where_a_floor_is_on_nothing(wombat: Path, burrows: Path, tmp_path: Path, invoke: Invoke):
    (tmp_path / "one.jsonl").write_text(burrows.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    done = invoke("eval", tmp_path / "one.jsonl", "--floor", "abstention_recall=0", "--library", wombat)
    assert (done.exit_code, one_line(done.stderr)) == (1, "abstention_recall has nothing to count.")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"answers": [1], "figures": {"milliseconds": {"p50": 1}}}', "[" * 100_000])
def test_eval_says_what_is_no_earlier_report(wombat: Path, burrows: Path, tmp_path: Path, invoke: Invoke, content: str):
    (tmp_path / "earlier.json").write_text(content, "utf-8")
    done = invoke("eval", burrows, "--against", tmp_path / "earlier.json", "--library", wombat)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "earlier.json is not a report that `footnote eval --out` wrote" in one_line(done.stderr)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one set, `pets`: five documents, a question that one of them answers, and one that none does."""
    home = tmp_path / "data"
    (home / "pets").mkdir(parents=True)
    animals = ["wombat", "otter", "badger", "heron", "newt"]
    corpus = [{"id": name, "title": "", "text": f"The {name} digs {number} burrows."} for number, name in enumerate(animals, start=3)]
    gold = {"doc": "wombat", "start": 0, "end": 26, "text": WOMBAT.strip()}
    asked = {
        "id": "a",
        "question": BURROWS,
        "answers": ["3"],
        "gold_doc": ["wombat"],
        "gold_spans": [gold],
        "answerable": True,
        "history": [],
    }
    other = {"id": "b", "question": "What is the capital of France?", "gold_doc": [], "gold_spans": [], "answerable": False, "history": []}
    for name, lines in (("corpus", corpus), ("questions", [asked, other])):
        with gzip.open(home / "pets" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    return home


def test_eval_of_a_set_makes_the_library_of_its_documents_and_keeps_it_where_it_is_told(
    folder: Path, data: Path, invoke: Invoke, documents_in: Listed
):
    for _ in range(2):  # made, and used again
        done = invoke("eval", "--data", data, "--set", "pets", "--json", "--library", folder)
        assert done.exit_code == 0, done.stderr
        row = json.loads(done.stdout)["types"]["all"]
        assert (row["questions"], row["right"], row["ndcg_at_10"], row["abstention_recall"]) == (2, 1.0, 1.0, 1.0)
    assert {row.source for row in documents_in(folder).values()} == {
        f"{name}.txt" for name in ("wombat", "otter", "badger", "heron", "newt")
    }
    done = invoke("eval", "--data", data, "--set", "pets", "--most-documents", "2", "--library", folder)
    assert done.exit_code == 1
    assert "which is not of pets. Name another folder with --library." in one_line(done.stderr)


def test_eval_of_a_set_leaves_the_library_of_the_settings_as_it_is(wombat: Path, data: Path, invoke: Invoke):
    before = (wombat / DATABASE).read_bytes()
    arguments = ["eval", "--data", data, "--set", "pets", "--most-questions", "1", "--most-documents", "2", "--json"]
    done = invoke(*arguments, FOOTNOTE_LIBRARY=str(wombat))
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["types"]["all"]["questions"] == 1
    assert (wombat / DATABASE).read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param([], "Name a file of questions, or a set", id="nothing to ask"),
        pytest.param(["--set", "pets"], "--data and --set go together", id="a set of no folder"),
        pytest.param(["--data", "."], "--data and --set go together", id="a folder alone"),
        pytest.param([QUESTIONS, "--data", ".", "--set", "pets"], "Name a file of questions, or a set", id="both"),
        pytest.param([QUESTIONS, "--most-documents", "5"], "--most-documents goes with --set", id="documents of a file"),
        pytest.param([QUESTIONS, "--most-questions", "0"], "0 is not in the range", id="no question"),
        pytest.param([QUESTIONS, "--floor", "rightness=1"], "'rightness' is no figure; there are questions, right,", id="no figure"),
        pytest.param([QUESTIONS, "--floor", "right"], "'' is no number", id="no bound"),
        pytest.param([QUESTIONS, "--most", "right=nan"], "'nan' is no number", id="a bound that nothing misses"),
        pytest.param([QUESTIONS, "--against", "nowhere.json"], "'nowhere.json' does not exist", id="no earlier report"),
    ],
)
def test_eval_says_how_it_is_used(invoke: Invoke, arguments: list[str | Path], message: str):
    done = invoke("eval", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


# Usage, settings, and where there is no library


@pytest.mark.parametrize("command", [["list"], ["search", "x"], ["ask", "x"], ["remove", "x"], ["eval", QUESTIONS]])
def test_without_a_library_a_command_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, invoke: Invoke, command: list[str | Path]
):
    monkeypatch.chdir(tmp_path)
    done = invoke(*command)
    assert (done.exit_code, done.stdout) == (1, "")
    assert one_line(done.stderr) == "There is no library in .footnote. Make one with `footnote add FILE …`."
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_library_is_left_alone(tmp_path: Path, invoke: Invoke):
    (tmp_path / DATABASE).write_bytes(b"not a database" * 500)
    for command in (["list"], ["ask", "x"]):
        done = invoke(*command, "--library", tmp_path)
        assert (done.exit_code, done.stdout) == (1, "")
        assert "cannot be read as a library" in one_line(done.stderr)
    assert (tmp_path / DATABASE).read_bytes() == b"not a database" * 500


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["ask"], "Missing argument 'QUESTION'", id="no question"),
        pytest.param(["add"], "Missing argument 'PATHS...'", id="no path"),
        pytest.param(["remove"], "Missing argument 'IDS...'", id="no id"),
        pytest.param(["answer", "x"], "No such command 'answer'", id="no such command"),
        pytest.param(["ask", "x", "y"], "unexpected extra argument", id="two questions"),
        pytest.param(["ask", "x", "--limit", "0"], "0 is not in the range 1<=x<=20", id="limit 0"),
        pytest.param(["ask", "x", "--limit", "21"], "21 is not in the range 1<=x<=20", id="limit 21"),
        pytest.param(["search", "x", "--limit", "51"], "51 is not in the range 1<=x<=50", id="limit 51"),
        pytest.param(["search", "x", "--limit", "many"], "'many' is not a valid integer", id="limit a word"),
        pytest.param(["list", "--port", "80"], "No such option", id="a flag of another command"),
        pytest.param(["eval", "nowhere.jsonl"], "'nowhere.jsonl' does not exist", id="no question set"),
    ],
)
def test_wrong_usage_ends_with_2(invoke: Invoke, arguments: list[str], message: str):
    done = invoke(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize(
    ("arguments", "env", "name"),
    [
        pytest.param(["serve"], {"FOOTNOTE_PORT": "x"}, "FOOTNOTE_PORT (--port)", id="port"),
        pytest.param(["serve", "--port", "70000"], {}, "FOOTNOTE_PORT (--port)", id="port as a flag"),
        pytest.param(
            ["serve", "--port", "x"], {"FOOTNOTE_PORT": "8000"}, "FOOTNOTE_PORT (--port)", id="a wrong flag over a right variable"
        ),
        pytest.param(["list"], {"FOOTNOTE_PORT": "x"}, "FOOTNOTE_PORT (--port)", id="one that the command does not need"),
        pytest.param(["ask", "x"], {"FOOTNOTE_READER": "magic"}, "FOOTNOTE_READER (--reader)", id="reader"),
        pytest.param(["ask", "x", "--least-confidence", "2"], {}, "FOOTNOTE_LEAST_CONFIDENCE (--least-confidence)", id="least confidence"),
        pytest.param(["add", "x"], {"FOOTNOTE_PRECISION": "int4"}, "FOOTNOTE_PRECISION (--precision)", id="precision"),
        pytest.param(["serve"], {"FOOTNOTE_LARGEST_BODY": "5"}, "FOOTNOTE_LARGEST_BODY (--largest-body)", id="largest body"),
        pytest.param(["serve", "--host", ""], {}, "FOOTNOTE_HOST (--host)", id="host"),
    ],
)
def test_a_wrong_setting_ends_with_2_and_is_named(invoke: Invoke, arguments: list[str], env: dict[str, str], name: str):
    done = invoke(*arguments, **env)
    assert (done.exit_code, done.stdout) == (2, "")
    assert one_line(done.stderr).startswith(f"{name}: ")


def test_a_right_flag_goes_before_a_wrong_variable(invoke: Invoke, tmp_path: Path):
    done = invoke("serve", "--port", "0", "--library", str(tmp_path), "--host", "999.1.1.1", FOOTNOTE_PORT="x")
    assert done.exit_code == 1
    assert "FOOTNOTE_PORT" not in one_line(done.stderr)


def test_settings_come_from_the_environment(wombat: Path, run_footnote: Run):
    """The library, the reader and the threshold, each seen in what the answer says."""
    env = {"FOOTNOTE_LIBRARY": wombat, "FOOTNOTE_READER": "lexical", "FOOTNOTE_LEAST_CONFIDENCE": "1"}
    done = run_footnote("ask", BURROWS, "--json", env=env)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["status"], answer["models"]["reader"]) == (3, "abstained", "lexical")
    done = run_footnote("ask", BURROWS, "--json", "--least-confidence", "0", "--reader", "late-interaction", env=env)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["status"], answer["models"]["reader"]) == (0, "answered", "late-interaction")


COMMANDS = "add sync list remove search ask feedback eval calibrate serve doctor backup restore".split()


def test_help_names_the_commands_the_settings_and_the_exit_codes(invoke: Invoke):
    shown = invoke("--help").stdout
    assert [name for name in COMMANDS if not re.search(rf"^  {name} ", shown, re.MULTILINE)] == []
    assert "0 done, 1 failed, 2 wrong usage or setting, 3" in shown
    shown = invoke("serve", "--help").stdout
    assert re.findall(r"FOOTNOTE_[A-Z_]+", shown) == [
        f"FOOTNOTE_{name}"
        for name in """LIBRARY ENCODER PRECISION READER LEAST_CONFIDENCE OCR DOCUMENTS HOST PORT NAMES ORIGINS
        LARGEST_BODY LARGEST_UPLOAD WRITABLE""".split()
    ]


def test_the_program_is_called_footnote_however_it_is_started(run_footnote: Run):
    assert re.fullmatch(r"footnote, version \d+\.\d+\.\d+\n", run_footnote("--version").stdout)
    assert run_footnote("--help").stdout.startswith("Usage: footnote ")


# serve


def test_a_port_in_use_is_said_before_anything_else_is_done(tmp_path: Path, run_footnote: Run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run_footnote("serve", "--port", str(taken.getsockname()[1]), "--library", tmp_path / "library")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Address already in use" in one_line(done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_this_machine_does_not_have_is_refused(tmp_path: Path, run_footnote: Run):
    done = run_footnote("serve", "--port", "0", "--host", "192.0.2.1", "--library", tmp_path / "library")
    assert done.returncode == 1
    assert "Cannot assign requested address" in one_line(done.stderr)


def test_serve_refuses_documents_that_do_not_exist_before_it_makes_a_library(tmp_path: Path, folder: Path, run_footnote: Run):
    done = run_footnote("serve", "--port", "0", "--documents", tmp_path / "nowhere", "--library", folder)
    assert done.returncode == 1
    assert done.stderr.endswith("nowhere: there is no such file or folder.\n")
    assert not (folder / DATABASE).exists()


def test_serve_says_where_it_is_and_how_to_ask_it(running: Any):
    """The line to copy works as it stands."""
    shown = running.log.read_text("utf-8")
    assert f"Footnote is ready at {running.url} after " in shown
    command = re.search(r"^  (curl .+)$", shown, re.MULTILINE)
    assert command
    if not shutil.which("curl"):
        pytest.skip("this machine has no curl")
    answer = subprocess.run(["/bin/sh", "-c", command[1]], capture_output=True, check=True, timeout=60).stdout
    assert json.loads(answer)["status"] == "answered"
    assert "87.7%" in json.loads(answer)["text"]


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True), ("::", True)])
def test_serve_warns_where_other_machines_can_reach_it(wombat: Path, host: str, warned: bool):
    if ":" in host and not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    command = [sys.executable, "-m", "api", "serve", "--port", "0", "--host", host, "--library", str(wombat)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "is ready at" in line:
                break
        process.terminate()
        process.stderr.read()
    shown = f"[{host}]" if ":" in host else host
    assert re.match(rf"Footnote is ready at http://{re.escape(shown)}:\d+ after", lines[-1])
    assert ("Warning" in "".join(lines)) is warned


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_server_told_to_stop_ends_quietly(wombat: Path, start_server: Callable[..., Any], sent: signal.Signals):
    """Ctrl-C and SIGTERM are the ordinary ways to end it: exit code 0 and no word of complaint."""
    server = start_server("--library", wombat)
    server.process.send_signal(sent)
    assert server.process.wait(60) == 0
    shown = server.log.read_text("utf-8")
    assert "Traceback" not in shown
    assert "Aborted" not in shown


def test_serve_indexes_documents_before_it_is_ready(served_folder: Path, running: Any, documents_in: Listed):
    assert running.process.poll() is None
    assert {id: row.source for id, row in documents_in(served_folder / "library").items()} == {
        "car-t-resistance-editorial": "documents/car-t-resistance-editorial.txt",
        "hostile": "documents/hostile.md",
    }


def test_serve_goes_on_without_the_documents_it_refuses(
    folder: Path, sources: Path, start_server: Callable[..., Any], documents_in: Listed
):
    shown = start_server("--library", folder, "--documents", sources).log.read_text("utf-8")
    assert len(re.findall(r"^refused: ", shown, re.MULTILINE)) == 4
    assert set(documents_in(folder)) == {"wombat", "otter", "latin"}


# doctor


def test_doctor_finds_a_sound_library_whole(wombat: Path, invoke: Invoke):
    done = invoke("doctor", "--deep", "--library", wombat)
    assert (done.exit_code, done.stderr) == (0, "")
    assert all(line.startswith("ok  ") for line in text_only(done).splitlines())
    assert f"the library in {wombat} is whole: 1 documents, 1 passages, generation 1" in done.stdout
    quick = invoke("doctor", "--library", wombat)
    assert f"the library in {wombat} is in order (`--deep` compares every row and file with its hash): 1 documents" in quick.stdout
    findings = json.loads(invoke("doctor", "--json", "--library", wombat).stdout)
    assert [finding["good"] for finding in findings] == [True] * 4
    assert f"encoder {DEFAULT_ENCODER}, int8" in findings[1]["what"]


def test_doctor_is_content_where_there_is_no_library_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, invoke: Invoke):
    monkeypatch.chdir(tmp_path)
    done = invoke("doctor")
    assert done.exit_code == 0
    assert "there is no library in .footnote yet; `footnote add FILE …` makes one" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_doctor_names_a_variable_that_is_no_setting(wombat: Path, invoke: Invoke):
    done = invoke("doctor", "--library", wombat, FOOTNOTE_PROT="9000")
    assert done.exit_code == 1
    assert "BAD FOOTNOTE_PROT is set but is no setting\n    to mend it: use one of FOOTNOTE_COLLECTION, FOOTNOTE_DOCUMENTS, " in done.stdout


@pytest.mark.parametrize("column", ["vector", "tokens", "sentences", "hash"])
def test_doctor_finds_one_flipped_bit_in_a_passage(wombat: Path, invoke: Invoke, column: str):
    connection = apsw.Connection(str(wombat / DATABASE))
    ((number, value),) = connection.execute(f"SELECT number, {column} FROM passages").fetchall()
    flipped = bytes([value[0] ^ 1]) + value[1:]
    connection.execute(f"UPDATE passages SET {column} = ? WHERE number = ?", (flipped, number)).fetchall()
    connection.close()
    done = invoke("doctor", "--deep", "--library", wombat)
    assert done.exit_code == 1
    assert f"BAD passage {number} of document wombat does not fit its hash\n    to mend it: " in done.stdout


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        pytest.param("UPDATE documents SET text = CAST(x'D4' || substr(CAST(text AS BLOB), 2) AS TEXT)", "document wombat does", id="text"),
        pytest.param("UPDATE passages SET terms = CAST(x'F4' || substr(CAST(terms AS BLOB), 2) AS TEXT)", "passage 1 of", id="terms"),
        pytest.param("UPDATE passages SET section = CAST(x'DB' || substr(CAST(section AS BLOB), 2) AS TEXT)", "passage 1 of", id="section"),
    ],
)
def test_doctor_finds_a_flipped_bit_that_makes_text_unreadable(wombat: Path, invoke: Invoke, statement: str, found: str):
    damage(wombat, statement)
    done = invoke("doctor", "--deep", "--library", wombat)
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 1
    assert found in done.stdout


def test_doctor_finds_a_text_that_does_not_fit_its_hash_and_mend_does_not_bless_it(wombat: Path, invoke: Invoke):
    """A text changed on the disk is refused and not indexed anew under the hash of the right one; adding the file again mends it."""
    damage(wombat, "UPDATE documents SET text = replace(text, '3', '9')")
    for arguments in (["doctor", "--deep"], ["doctor", "--mend"], ["doctor", "--deep"]):
        done = invoke(*arguments, "--library", wombat)
        assert done.exit_code == 1
        assert "wombat does not fit its hash" in done.stdout + done.stderr
    assert invoke("remove", "wombat", "--library", wombat).exit_code == 0
    (wombat.parent / "wombat.txt").write_text(WOMBAT, "utf-8")
    invoke("add", wombat.parent / "wombat.txt", "--library", wombat)
    assert invoke("doctor", "--deep", "--library", wombat).exit_code == 0


def test_doctor_finds_passages_that_are_missing(wombat: Path, invoke: Invoke):
    damage(wombat, "DELETE FROM passages")
    done = invoke("doctor", "--library", wombat)
    assert done.exit_code == 1
    assert "BAD document wombat has 0 of its 1 passages" in done.stdout


def test_doctor_finds_a_saved_segment_that_was_changed_and_the_next_addition_makes_it_anew(wombat: Path, sources: Path, invoke: Invoke):
    """Until then answers come from the database itself, and are the same."""
    before = invoke("ask", BURROWS, "--json", "--library", wombat).stdout
    (file,) = (wombat / "segments").glob("*/vectors.faiss")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    done = invoke("doctor", "--deep", "--library", wombat)
    assert done.exit_code == 1
    assert re.search(r"^BAD saved segment \S+ cannot be used", done.stdout, re.MULTILINE)
    assert invoke("ask", BURROWS, "--json", "--library", wombat).stdout == before
    invoke("add", sources / "inside", "--library", wombat)
    assert invoke("doctor", "--deep", "--library", wombat).exit_code == 0


def test_an_encoder_that_was_changed_is_refused_by_name_and_mended(wombat: Path, invoke: Invoke):
    (file,) = wombat.glob("encoder-*/tokenizer.json")
    file.write_bytes(file.read_bytes() + b" ")
    for command in (["ask", BURROWS], ["doctor"]):
        done = invoke(*command, "--library", wombat)
        assert done.exit_code == 1
        assert "tokenizer.json is not the file that was compiled. Run `footnote doctor --mend`." in done.stdout + done.stderr


# Made with other settings


@pytest.mark.parametrize("flags", [["--precision", "float32"], ["--encoder", "BAAI/bge-small-en-v1.5"]])
@pytest.mark.parametrize("command", [["ask", BURROWS], ["search", "x"], ["add", QUESTIONS]])
def test_a_library_made_with_another_encoder_is_refused_with_the_way_to_mend_it(
    wombat: Path, invoke: Invoke, command: list[str | Path], flags: list[str]
):
    before = (wombat / DATABASE).read_bytes()
    done = invoke(*command, *flags, "--library", wombat)
    assert done.exit_code == 1
    assert "Run `footnote doctor --mend` to make it anew from its own texts" in one_line(done.stderr)
    assert (wombat / DATABASE).read_bytes() == before


def test_a_server_does_not_start_over_a_library_made_with_another_encoder(wombat: Path, run_footnote: Run):
    done = run_footnote("serve", "--port", "0", "--precision", "float32", "--library", wombat)
    assert (done.returncode, done.stdout) == (1, "")
    assert "not with encoder-all-MiniLM-L6-v2-float32" in one_line(done.stderr)


def test_doctor_mends_a_library_split_in_another_way(wombat: Path, invoke: Invoke):
    """Refused before, mended from its own texts, and then it gives the quotes it gave at first."""
    before = json.loads(invoke("ask", BURROWS, "--json", "--library", wombat).stdout)
    damage(wombat, "UPDATE settings SET value = 'sentences/9/9' WHERE name = 'chunking'")
    refused = invoke("ask", BURROWS, "--library", wombat)
    assert refused.exit_code == 1
    assert "sentences/9/9" in one_line(refused.stderr)
    doctor = invoke("doctor", "--library", wombat)
    assert doctor.exit_code == 1
    assert "to mend it: footnote doctor --mend" in doctor.stdout
    mended = invoke("doctor", "--mend", "--library", wombat)
    assert (mended.exit_code, mended.stderr.count("\n")) == (0, 1)
    after = json.loads(invoke("ask", BURROWS, "--json", "--library", wombat).stdout)
    assert after["citations"] == before["citations"]
    assert (before["library"]["generation"], after["library"]["generation"]) == (1, 2)
    assert after["library"]["sha256"] == before["library"]["sha256"]


def test_a_library_of_another_format_is_refused_and_not_changed(wombat: Path, invoke: Invoke):
    damage(wombat, "UPDATE settings SET value = '99' WHERE name = 'format'")
    before = (wombat / DATABASE).read_bytes()
    for command in (["ask", BURROWS], ["list"], ["doctor", "--mend"]):
        done = invoke(*command, "--library", wombat)
        assert done.exit_code == 1
        assert f"has format 99, this version of Footnote reads format {FORMAT}." in done.stderr
    assert (wombat / DATABASE).read_bytes() == before


@pytest.fixture
def own_encoder(encoder_folder: Path, tmp_path: Path) -> Path:
    """The folder of a library whose encoder is called `own` and is not the default one; both are compiled already."""
    home = tmp_path / "library"
    shutil.copytree(encoder_folder, home / encoder_folder.name)
    shutil.copytree(encoder_folder, home / "encoder-own-int8")
    manifest = home / "encoder-own-int8" / "encoder.json"
    manifest.write_text(manifest.read_text("utf-8").replace(f'"{DEFAULT_ENCODER}"', '"own"'), "utf-8")
    library = Library.create(home, "own")
    library.add(read_document("wombat.txt", WOMBAT.encode()))
    library.close()
    return home


def test_doctor_mends_a_library_with_its_own_encoder(own_encoder: Path, invoke: Invoke):
    assert invoke("ask", BURROWS, "--encoder", "own", "--library", own_encoder).exit_code == 0
    assert invoke("doctor", "--mend", "--library", own_encoder).exit_code == 0
    assert invoke("ask", BURROWS, "--encoder", "own", "--library", own_encoder).exit_code == 0


def test_doctor_has_nothing_to_mend_where_there_is_no_library(folder: Path, invoke: Invoke):
    done = invoke("doctor", "--mend", "--library", folder)
    assert done.exit_code == 1
    assert "There is no library in" in done.stderr
    assert not (folder / DATABASE).exists()


# What is not loaded

HEAVY = (
    "[name for name in ('torch', 'transformers', 'sentence_transformers', 'onnx', 'langchain', 'langchain_core') if name in sys.modules]"
)


def test_an_answer_is_given_without_loading_torch_or_transformers(editorial_folder: Path):
    """Through qa alone, in a fresh interpreter; FastAPI is not needed either."""
    program = f"""
import sys
from pathlib import Path
from index.library import Library
from qa.answering import Answerer
from qa.questions import Question
from qa.catalogue import reader_named
library = Library.open(Path(sys.argv[1]))
answer = Answerer(library, reader_named("late-interaction", library.encoder)).ask(Question("What does zanubrutinib do?"))
print(answer.status, {HEAVY} + [name for name in ("fastapi", "pydantic_settings", "click") if name in sys.modules])
library.close()
"""
    done = subprocess.run([sys.executable, "-c", program, str(editorial_folder)], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "answered []\n"


def test_the_http_application_answers_without_loading_torch_or_transformers(editorial_folder: Path):
    program = f"""
import sys
from pathlib import Path
from starlette.testclient import TestClient
from api.app import create_app
from api.settings import Settings
from api.wiring import make_libraries
libraries = make_libraries(Settings(library=Path(sys.argv[1])), print)
response = TestClient(create_app(libraries)).post("/ask", json={{"question": "What does zanubrutinib do?"}})
print(response.status_code, response.json()["status"], {HEAVY})
libraries.close()
"""
    done = subprocess.run([sys.executable, "-c", program, str(editorial_folder)], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "200 answered []\n"


def test_the_commands_that_do_not_serve_do_not_load_fastapi(wombat: Path):
    program = """
import sys
from api.cli import main
main(["list", "--library", sys.argv[1]], standalone_mode=False)
print("fastapi" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program, str(wombat)], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "False"
