"""`footnote add`, run as the program it is: what it takes, what it says of the rest, and how it ends."""

import hashlib
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import apsw
import pytest

from api.folders import Selection
from api.ingesting import Outcome, ingest
from api.sources import path_of, source_files, source_of
from api.summary import Summary
from index.documents import read_file
from index.errors import InvalidMetadata, UnreadableDocument
from index.library import DATABASE, Library
from index.metadata import said
from index.parsing import Parser
from index.rows import DocumentRow

Run = Callable[..., CompletedProcess[str]]
Rows = Callable[[Path], dict[str, DocumentRow]]
Start = Callable[..., Any]

BURROWS = "How many burrows does the wombat dig?"


def text_only(done: CompletedProcess[str]) -> str:
    """Standard output, checked to hold nothing made for a terminal: no colours, no bars, no lines drawn over."""
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]|it/s|B/s|\d+%\|", done.stdout + done.stderr)
    return done.stdout


# What is taken


def test_add_takes_what_it_can_and_says_why_it_refuses_the_rest(folder: Path, sources: Path, run_footnote: Run, documents_in: Rows):
    done = run_footnote("add", "sources", "--library", folder, cwd=sources.parent)
    assert done.returncode == 0
    assert set(text_only(done).splitlines()) == {
        "refused: sources/binary.txt: it is a Linux program, though its name ends in .txt, which is not read; convert it to one of "
        "PDF, DOCX, EPUB, HTML, JATS XML, Markdown and plain text.",
        "refused: sources/empty.txt: there is no text in it. Leave it out, or add the text it should hold.",
        "refused: sources/marks.txt: there is no text in it. Leave it out, or add the text it should hold.",
        "refused: sources/pipe.txt: not a regular file (a pipe).",
        "3 added, 4 refused",
    }
    assert {id: (row.title, row.source) for id, row in documents_in(folder).items()} == {
        "latin": ("latin", "sources/latin.txt"),
        "wombat": ("wombat", "sources/wombat.txt"),
        "otter": ("Otters", "sources/inside/otter.md"),
    }


def test_add_skips_what_is_unchanged_and_replaces_what_has_changed(folder: Path, sources: Path, run_footnote: Run, documents_in: Rows):
    """The id names the source and stays; the sha256 names the version. Old versions are neither found nor cited."""
    file = sources / "wombat.txt"

    def add() -> str:
        return text_only(run_footnote("add", file, "--library", folder)).splitlines()[-1]

    assert add() == "1 added"
    first = documents_in(folder)["wombat"]
    assert add() == "1 unchanged"
    assert documents_in(folder) == {"wombat": first}
    file.write_text("The wombat digs 5 burrows.\n", "utf-8")
    assert add() == "1 replaced"
    row = documents_in(folder)["wombat"]
    assert (row.sha256, row.source, row.characters) == (hashlib.sha256(file.read_bytes()).hexdigest(), first.source, first.characters)
    answer = json.loads(run_footnote("ask", BURROWS, "--json", "--library", folder).stdout)
    assert [citation["quote"] for citation in answer["citations"]] == ["The wombat digs 5 burrows."]
    doctor = run_footnote("doctor", "--library", folder)
    assert doctor.returncode == 0, doctor.stdout
    assert "1 documents, 1 passages, generation 2" in doctor.stdout


@pytest.mark.parametrize("name", ["binary.txt", "empty.txt", "marks.txt", "pipe.txt", "picture.png"])
def test_add_fails_where_nothing_could_be_added(wombat: Path, sources: Path, run_footnote: Run, documents_in: Rows, name: str):
    (sources / "picture.png").write_bytes(b"\x89PNG\r\n")
    done = run_footnote("add", sources / name, "--library", wombat)
    assert done.returncode == 1
    assert re.fullmatch(rf"refused: [^\n]*{name}: [^\n]+\.\n1 refused\n", text_only(done))
    assert set(documents_in(wombat)) == {"wombat"}


def test_add_refuses_a_path_that_does_not_exist_and_takes_the_others(wombat: Path, sources: Path, run_footnote: Run, documents_in: Rows):
    done = run_footnote("add", sources / "nowhere.txt", sources / "inside", "--library", wombat)
    assert "nowhere.txt: there is no such file or folder." in done.stdout
    assert done.stdout.endswith("1 added, 1 refused\n")
    assert done.returncode == 0
    assert set(documents_in(wombat)) == {"wombat", "otter"}


def test_add_says_that_a_path_does_not_exist(folder: Path, run_footnote: Run):
    done = run_footnote("add", "nowhere.txt", "--library", folder)
    assert done.returncode == 1
    assert "nowhere.txt: there is no such file or folder." in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_add_refuses_a_file_whose_name_is_not_utf8_and_takes_the_others(wombat: Path, sources: Path, run_footnote: Run, documents_in: Rows):
    (sources / "inside" / os.fsdecode(b"b\xff.txt")).write_text("The quoll sleeps.\n", "utf-8")
    done = run_footnote("add", sources / "inside", "--library", wombat)
    assert "Traceback" not in done.stderr
    assert done.stdout.endswith("1 added, 1 refused\n")
    assert set(documents_in(wombat)) == {"wombat", "otter"}


def test_add_follows_no_links_inside_a_folder_and_opens_no_hidden_files(wombat: Path, sources: Path, tmp_path: Path, run_footnote: Run):
    (tmp_path / "secret.txt").write_text("The secret is 7.\n", "utf-8")
    (sources / "inside" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (sources / "inside" / "linked").symlink_to(tmp_path)
    (sources / "inside" / ".hidden.txt").write_text("Hidden words.\n", "utf-8")
    (sources / "inside" / ".git").mkdir()
    (sources / "inside" / ".git" / "note.txt").write_text("Hidden words.\n", "utf-8")
    assert run_footnote("add", sources / "inside", "--library", wombat).stdout == "passed over in folders: 2 hidden, 2 links\n1 added\n"


def test_two_files_of_one_name_are_two_documents(wombat: Path, sources: Path, run_footnote: Run, documents_in: Rows):
    (sources / "inside" / "wombat.txt").write_text("Another wombat.\n", "utf-8")
    run_footnote("add", sources / "inside", "--library", wombat)
    rows = documents_in(wombat)
    assert set(rows) == {"wombat", "wombat-2", "otter"}
    assert rows["wombat"].source == "wombat.txt"
    assert rows["wombat-2"].source.endswith("inside/wombat.txt")


def test_add_and_list_print_a_line_a_document_whatever_its_file_is_called(
    wombat: Path, sources: Path, run_footnote: Run, documents_in: Rows
):
    """A name with a line break and an escape sequence is shown escaped, on one line."""
    (sources / "inside" / "a\n\x1b[31mb.txt").write_text("The quoll sleeps.\n", "utf-8")
    (sources / "inside" / "c\n\x1b[31md.txt").write_bytes(b"")
    *refused, counts = text_only(run_footnote("add", sources / "inside", "--library", wombat)).splitlines()
    assert [line.split(":")[0] for line in refused] == ["refused"]
    assert counts == "2 added, 1 refused"
    done = run_footnote("list", "--library", wombat)
    assert len(text_only(done).splitlines()) == len(documents_in(wombat)) == 3


def test_add_makes_a_library_of_the_empty_file_that_a_killed_add_left(folder: Path, sources: Path, run_footnote: Run, documents_in: Rows):
    """SQLite makes its file before the first transaction; killed between them, `add` leaves a file without tables."""
    (folder / DATABASE).write_bytes(b"")
    done = run_footnote("add", sources / "inside", "--library", folder)
    assert done.stdout == "1 added\n"
    assert set(documents_in(folder)) == {"otter"}


# Folders that do harm


def test_whatever_lies_in_a_folder_the_rest_is_added_and_each_thing_has_its_reason(
    wombat: Path, tmp_path: Path, start_footnote: Start, without_the_rights_of_root: list[str]
):
    home = tmp_path / "hazards"
    home.mkdir()
    (tmp_path / "outside.txt").write_text("The secret is 7.\n", "utf-8")
    (home / "good.txt").write_text("The quoll sleeps.\n", "utf-8")
    os.mkfifo(home / "pipe.txt")
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(os.path.relpath(home / "socket.txt"))
    (home / "loop.txt").symlink_to("loop.txt")
    (home / "out.txt").symlink_to(tmp_path / "outside.txt")
    (home / "around").symlink_to(home)
    with (home / "sparse.txt").open("wb") as file:
        file.truncate(2**40)
    (home / os.fsdecode(b"b\xff.txt")).write_text("The dingo barks.\n", "utf-8")
    (home / "closed.txt").write_text("The dingo barks.\n", "utf-8")
    (home / "closed.txt").chmod(0)
    (home / "shut").mkdir()
    (home / "shut" / "in.txt").write_text("The dingo barks.\n", "utf-8")
    (home / "shut").chmod(0)
    deep = home.joinpath(*["deep"] * 64)
    deep.mkdir(parents=True)
    (deep / "numbat.txt").write_text("The numbat eats.\n", "utf-8")
    started = start_footnote("add", home, "--json", "--library", wombat, before=without_the_rights_of_root)
    assert started.process.wait(120) == 0, started.shown()
    (home / "shut").chmod(0o700)
    bound.close()
    found = json.loads(started.output.read_text("utf-8"))
    assert {Path(one["source"]).name: one["reason"] for one in found["outcomes"]} == {
        "good.txt": "",
        "numbat.txt": "",
        "pipe.txt": "not a regular file (a pipe).",
        "socket.txt": "not a regular file (a socket, or a device that is not there).",
        "sparse.txt": "1099511627776 bytes is over the limit of 67108864; split the file.",
        "b\\xff.txt": "the name is not UTF-8. Rename the file.",
        "closed.txt": "Permission denied.",
        "shut": "Permission denied.",
    }
    assert found["passed_over"] == {"links": 3}
    assert found["counts"]["added"] == 2


def test_a_file_that_is_named_and_may_not_be_read_does_not_keep_the_others_out(
    wombat: Path, sources: Path, start_footnote: Start, without_the_rights_of_root: list[str]
):
    (sources / "latin.txt").chmod(0)
    named = [sources / "latin.txt", sources / "inside" / "otter.md"]
    started = start_footnote("add", *named, "--library", wombat, before=without_the_rights_of_root)
    assert started.process.wait(120) == 0, started.shown()
    assert re.fullmatch(r"refused: \S+latin.txt: Permission denied.\n1 added, 1 refused\n", started.output.read_text("utf-8"))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("/dev/null", "not a regular file (a device).", id="a device"),
        pytest.param("pipe.txt", "not a regular file (a pipe).", id="a pipe that nobody writes to"),
        pytest.param("loop.txt", "Too many levels of symbolic links.", id="a loop of links"),
        pytest.param("good.txt/x", "Not a directory.", id="a path through a file"),
        pytest.param("a" * 300, "File name too long.", id="a long name"),
    ],
)
def test_a_path_that_is_named_and_is_no_file_is_refused_by_what_it_is(tmp_path: Path, path: str, reason: str):
    (tmp_path / "good.txt").write_text("The quoll sleeps.\n", "utf-8")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (file,) = source_files([tmp_path / path], Selection(tmp_path / "library"))
    assert file.size == 0
    with pytest.raises(UnreadableDocument) as raised:
        file.content()
    assert str(raised.value) == f"{file.source}: {reason}"


def test_a_file_that_vanishes_before_it_is_read_is_refused(tmp_path: Path):
    (tmp_path / "quoll.txt").write_text("The quoll sleeps.\n", "utf-8")
    (file,) = source_files([tmp_path], Selection(tmp_path / "library"))
    (tmp_path / "quoll.txt").unlink()
    with pytest.raises(UnreadableDocument, match=r"quoll\.txt: there is no such file or folder\."):
        file.content()


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path):
    path, ended = tmp_path / "growing.txt", threading.Event()
    path.write_bytes(b"word " * 2**22)

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not ended.is_set() and file.tell() < 60 * 2**20:
                file.write(b"more ")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(UnreadableDocument, match="it changed while it was read"):
            [read_file(path, "growing.txt") for _ in range(50)]
    finally:
        ended.set()
        writer.join()


def test_the_library_itself_is_not_taken_for_documents(folder: Path, tmp_path: Path):
    (folder / "notes.txt").write_text("The quoll sleeps.\n", "utf-8")
    (tmp_path / "quoll.txt").write_text("The quoll sleeps.\n", "utf-8")
    for patterns in ((), ("*",)):
        files = source_files([tmp_path], Selection(folder, patterns))
        assert [file.source for file in files if file.path.is_relative_to(folder)] == []


# Patterns and metadata


@pytest.mark.parametrize(
    ("patterns", "taken"),
    [
        pytest.param([], ["a/b/deep.md", "a/note.txt", "top.md"], id="none: the kinds that are read"),
        pytest.param(["*.md"], ["a/b/deep.md", "top.md"], id="a name, in any folder"),
        pytest.param(["a/*"], ["a/b/deep.md", "a/data.log", "a/note.txt"], id="all in a folder"),
        pytest.param(["a/*.txt"], ["a/note.txt"], id="a name in a folder"),
        pytest.param(["a/**/*.md"], ["a/b/deep.md"], id="a name in folders below a folder"),
        pytest.param(["**/*.log", "/*.md"], ["a/data.log", "top.md"], id="two, one of a kind that is not read, one at the top"),
        pytest.param(["*.md", "!top.*"], ["a/b/deep.md"], id="all but"),
        pytest.param(["*.rst"], [], id="nothing fits"),
    ],
)
def test_patterns_choose_by_the_path_in_the_folder(tmp_path: Path, patterns: list[str], taken: list[str]):
    home = tmp_path / "home"
    (home / "a" / "b").mkdir(parents=True)
    for name in ("top.md", "a/note.txt", "a/data.log", "a/b/deep.md", ".hidden.md"):
        (home / name).write_text("Words.", "utf-8")
    selection = Selection(tmp_path / "library", tuple(patterns))
    assert [file.path.relative_to(home).as_posix() for file in source_files([home], selection)] == taken
    assert selection.passed_over == Counter({"hidden": 1, "of other kinds": 4 - len(taken)}) - Counter()


def test_with_patterns_a_file_of_any_name_is_tried_and_one_that_is_named_is_taken(wombat: Path, sources: Path, run_footnote: Run):
    (sources / "inside" / "quoll.log").write_text("The quoll sleeps.\n", "utf-8")
    done = run_footnote("add", sources / "inside", sources / "wombat.txt", "--glob", "*.log", "--library", wombat)
    assert done.stdout.splitlines()[-2:] == ["passed over in folders: 1 of other kinds", "1 added, 1 duplicate"]


def test_metadata_is_said_of_every_document_and_found_by_filters(wombat: Path, sources: Path, run_footnote: Run):
    arguments = ["--metadata", "year=2020", "--metadata", "tag=a=b", "--metadata", "tag=c", "--metadata", "authors=I. Ito"]
    run_footnote("add", sources / "inside", *arguments, "--library", wombat)
    done = run_footnote("list", "--json", "--filter", "tag=a=b", "--filter", "year=2019..2021", "--library", wombat)
    (document,) = json.loads(done.stdout)
    assert document["metadata"] == {"authors": ["I. Ito"], "tag": ["a=b", "c"], "year": "2020"}


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        pytest.param(["year"], "NAME=VALUE", id="no value"),
        pytest.param(["id=x"], "taken", id="a name that is taken"),
        pytest.param(["title=a", "title=b"], "title is a text", id="two titles"),
    ],
)
def test_metadata_that_cannot_be_kept_is_wrong_usage(wombat: Path, sources: Path, run_footnote: Run, pairs: list[str], message: str):
    with pytest.raises(InvalidMetadata, match=message):
        said(pairs)
    done = run_footnote("add", sources, *[part for pair in pairs for part in ("--metadata", pair)], "--library", wombat)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(rf"footnote: [^\n]*{message}[^\n]*\n", done.stderr)


def test_a_pattern_that_is_none_is_wrong_usage(wombat: Path, sources: Path, run_footnote: Run):
    done = run_footnote("add", sources, "--glob", "!", "--library", wombat)
    assert (done.returncode, done.stdout) == (2, "")
    assert "A pattern cannot be used" in done.stderr


def test_a_file_of_the_same_metadata_is_not_parsed_again_and_one_of_other_metadata_is(make_library: Callable[..., Library], tmp_path: Path):
    """A parser that cannot start a process would fail."""
    library = make_library({})
    (tmp_path / "quoll.txt").write_text("The quoll sleeps.\n", "utf-8")

    def outcome(parser: Parser | None, *pairs: str) -> str:
        files = source_files([tmp_path / "quoll.txt"], Selection(tmp_path / "library"), said(pairs))
        return next(ingest(library, files, parser)).outcome

    def nothing() -> Parser:
        return Parser(worker=("no such program",))

    assert outcome(None, "year=2020") == "added"
    assert outcome(nothing(), "year=2020") == "unchanged"
    assert outcome(nothing()) == "unchanged"
    assert outcome(None, "year=2021") == "replaced"


@pytest.mark.parametrize("source", ["quoll.txt", "inside/quoll.txt", "/elsewhere/quoll.txt"])
def test_a_source_leads_back_to_its_file_and_an_upload_to_none(tmp_path: Path, source: str):
    path = path_of(source, tmp_path)
    assert path
    assert source_of(path, tmp_path) == source
    assert path_of(f"upload://{source}", tmp_path) is None


def test_a_file_has_one_source_by_whatever_path_it_is_reached(tmp_path: Path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "quoll.txt").write_text("The quoll sleeps.\n", "utf-8")
    (tmp_path / "link").symlink_to("notes")
    (tmp_path / "quoll.txt").symlink_to("link/quoll.txt")
    paths = [tmp_path / name for name in ("notes", "link", "quoll.txt", "notes/../link/quoll.txt")]
    for library, source in ((tmp_path / "library", "notes/quoll.txt"), (tmp_path / "a" / "b", (tmp_path / "notes/quoll.txt").as_posix())):
        assert {file.source for file in source_files(paths, Selection(library))} == {source}


# The summary


def test_the_summary_as_json_is_all_there_is_on_the_output(wombat: Path, sources: Path, run_footnote: Run):
    shutil.copy(sources / "wombat.txt", sources / "copy.txt")
    done = run_footnote("add", sources, "--json", "--library", wombat)
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr, found["interrupted"], found["passed_over"]) == (0, "", False, {})
    assert found["counts"] == {
        "added": 2, "replaced": 0, "unchanged": 0, "duplicate": 2, "refused": 4, "vanished": 0, "removed": 0,
    }  # fmt: skip
    assert [(Path(one["source"]).name, one["outcome"], one["id"]) for one in found["outcomes"]] == [
        ("binary.txt", "refused", None),
        ("copy.txt", "duplicate", "wombat"),
        ("empty.txt", "refused", None),
        ("otter.md", "added", "otter"),
        ("latin.txt", "added", "latin"),
        ("marks.txt", "refused", None),
        ("pipe.txt", "refused", None),
        ("wombat.txt", "duplicate", "wombat"),
    ]
    assert all(0 <= one["seconds"] < 120 for one in found["outcomes"])
    assert {one["seconds"] > 0 for one in found["outcomes"] if one["outcome"] == "added"} == {True}


def test_of_many_files_a_few_of_each_reason_are_named_the_commonest_first():
    refused = [Outcome(f"{i}.txt", "refused", None, f"{i}.txt: empty.") for i in range(13)]
    others = [Outcome(f"{i}.pdf", "refused", None, f"{i}.pdf: reason {i}.") for i in range(10, 22)]
    copies = [Outcome(f"{i}.md", "duplicate", "first") for i in range(11)]
    summary = Summary(Counter(), [*others, *refused, *copies, Outcome("a.txt", "added", "a")])
    lines = list(summary.lines())
    assert lines[:11] == [*(f"duplicate: {i}.md is the same file as that of document first" for i in range(10)), "duplicate: and 1 more"]
    assert lines[11:22] == [*(f"refused: {i}.txt: empty." for i in range(10)), "refused: and 3 more: empty."]
    assert lines[22:] == [
        *(f"refused: {i}.pdf: reason {i}." for i in range(10, 19)),
        "refused: and 3 more, for 3 other reasons",
        "1 added, 11 duplicate, 25 refused",
    ]


def test_a_terminal_shows_one_bar_with_bytes_files_rate_and_time(wombat: Path, sources: Path):
    """On the standard error, which is a terminal here; the summary stays apart."""
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 120))
    command = [sys.executable, "-m", "api", "add", str(sources / "inside"), str(sources / "wombat.txt"), "--library", str(wombat)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=terminal) as process:
        os.close(terminal)
        output = process.communicate(timeout=120)[0]
    shown = os.read(screen, 65536)
    os.close(screen)
    assert output.endswith(b"1 added, 1 duplicate\n")
    last = re.split("[\r\n]+", shown.decode().strip())[-1]
    assert re.fullmatch(r"100%\|.+\| 54\.0/54\.0 \[\d\d:\d\d<00:00, .+B/s, 2/2 files\]", last), last


# Interrupted


def stored_in(library: Path) -> int:
    """How many documents a library holds, as another process sees it."""
    try:
        connection = apsw.Connection(str(library / DATABASE), flags=apsw.SQLITE_OPEN_READONLY)
        found = connection.execute("SELECT count(*) FROM documents").fetchall()[0][0]
        connection.close()
    except apsw.Error:
        return 0
    return int(found)


def children_of(process: int) -> set[int]:
    return {int(child) for path in Path(f"/proc/{process}/task").glob("*/children") for child in path.read_text("utf-8").split()}


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")")[-1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_what_was_stored_stays_and_is_counted_and_the_same_command_goes_on(
    folder: Path, tmp_path: Path, start_footnote: Start, run_footnote: Run, documents_in: Rows, sent: signal.Signals
):
    """Among small files lies a large one, whose encoding takes minutes: it is not waited for."""
    home = tmp_path / "notes"
    home.mkdir()
    for number in range(6):
        (home / f"{number}.txt").write_text(f"Note {number} says that the quoll sleeps.\n", "utf-8")
    (home / "5large.txt").write_text("".join(f"Line {number} tells of quolls and of wombats.\n\n" for number in range(60_000)), "utf-8")
    started = start_footnote("add", home, "--json", "--library", folder)
    started.wait_for(lambda: stored_in(folder) == 6, "six documents")
    workers = children_of(started.process.pid)
    assert os.getpriority(os.PRIO_PROCESS, started.process.pid) >= 10
    assert started.told(sent) == 130
    assert workers
    assert not any(map(is_running, workers))
    found = json.loads(started.output.read_text("utf-8"))
    assert found["interrupted"]
    assert found["counts"]["added"] == len(found["outcomes"]) == len(documents_in(folder)) == 6
    assert started.errors.read_text("utf-8") == "Interrupted: what was stored stays, and the same command goes on where this one stopped.\n"
    assert len(json.loads((folder / "segments" / "segments.json").read_text("utf-8"))["segments"]) == 1
    (home / "5large.txt").write_text("The large one is small now.\n", "utf-8")
    done = run_footnote("add", home, "--library", folder)
    assert (done.returncode, done.stdout) == (0, "1 added, 6 unchanged\n")
    doctor = run_footnote("doctor", "--library", folder)
    assert doctor.returncode == 0, doctor.stdout


def test_interrupted_before_the_first_file_it_ends_as_well(tmp_path: Path, sources: Path, start_footnote: Start):
    """While the encoder is compiled."""
    started = start_footnote("add", sources, "--library", tmp_path / "new")
    started.wait_for_line("Compiling the encoder")
    assert started.told(signal.SIGTERM) == 130
    assert started.output.read_text("utf-8") == "0 added\n"
    assert "Traceback" not in started.shown()
    assert started.shown().endswith("Interrupted: what was stored stays, and the same command goes on where this one stopped.\n")


def test_interrupted_while_a_file_is_parsed_that_file_is_neither_stored_nor_refused(make_library: Callable[..., Library], tmp_path: Path):
    """The process that parses hangs; it is ended and not waited for."""
    library, stop = make_library({}), threading.Event()
    (tmp_path / "quoll.txt").write_text("The quoll sleeps.\n", "utf-8")
    parser = Parser(longest=3600, worker=(sys.executable, "-c", "import time; time.sleep(3600)"))
    threading.Timer(0.5, stop.set).start()
    assert list(ingest(library, source_files([tmp_path / "quoll.txt"], Selection(tmp_path / "library")), parser, stop)) == []
    with pytest.raises(UnreadableDocument):
        parser.read("quoll.txt", b"Words.")
