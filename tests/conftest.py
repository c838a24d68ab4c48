"""What the tests share: the packaged encoder compiled once, real libraries in temporary folders, a real server, the real program.

Nothing here is a mock. `by_hand_encoder` gives an encoder simple enough to compute its vectors with pencil and paper.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chats import CHROMIUM, NO_CHROMIUM, QUIET, WAIT, Chat, OpenChat, Site, pages, site_of, streamed
from httpx2 import Response
from payloads import laced_files
from playwright.sync_api import Browser, sync_playwright
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.wiring import make_libraries
from index.compiling import DEFAULT_ENCODER, compile_encoder
from index.database import Database
from index.encoder import Encoder, Encoding, Kind
from index.files import locked
from index.library import DATABASE, Library
from index.passages import CHUNKING
from index.reading import read_document
from index.rows import DocumentRow
from qa.answering import Answerer
from qa.catalogue import reader_named
from qa.readers import Reader

ROOT = Path(__file__).parents[1]
EDITORIAL = ROOT / "seeds" / "car-t-resistance-editorial.txt"
ENCODER_FOLDER = f"encoder-{DEFAULT_ENCODER}-int8"  # the name under which a library looks for it
HANGING = 120  # seconds after which a process that tests wait for is given up

MakeLibrary = Callable[..., Library]


class ByHandEncoder:
    """An encoder whose values can be computed by hand.

    It knows the words of a fixed vocabulary and nothing else; the case of letters does not count. With `cat dog fish`:

    * dimension i belongs to the i-th word: cat is 0, dog is 1, fish is 2;
    * a text's vector counts its words and is scaled to length 1: "Cat, dog, cat!" has the counts (2, 1, 0), so the vector
      (2, 1, 0) / sqrt(5). The cosine of two texts is the dot product of their counts over the product of their lengths:
      "cat" and "cat dog" have 1 / (1 * sqrt(2)) = 0.7071; a text without a known word is all zeros, its cosine to all 0;
    * each known word is one token, a unit vector with a 1 in its dimension, and its span in the text. Two tokens
      therefore match with 1.0 if they are the same word and 0.0 if not. Tokens have one more, empty, dimension if the
      number of words is odd, because tokens are stored in pairs: here (1, 0, 0, 0) for cat;
    * an unknown word has no token, and questions and passages are read alike.

    Packing to 4 bits keeps unit vectors of this kind exactly; vectors lose what float16 loses.
    """

    def __init__(self, vocabulary: str) -> None:
        self.vocabulary = vocabulary.casefold().split()

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(" ".join(self.vocabulary).encode()).hexdigest()

    @property
    def dimension(self) -> int:
        return len(self.vocabulary)

    def encode(self, text: str, kind: Kind) -> Encoding:
        place = {word: i for i, word in enumerate(self.vocabulary)}
        found = [(place[word[0].casefold()], word.span()) for word in re.finditer(r"\w+", text) if word[0].casefold() in place]
        numbers = [number for number, _ in found]
        counts = np.bincount(numbers, minlength=self.dimension).astype(np.float32)
        tokens = np.eye(self.dimension + self.dimension % 2, dtype=np.float32)[numbers]
        spans = np.array([span for _, span in found], dtype=np.int64).reshape(-1, 2)
        return Encoding(counts / max(float(np.linalg.norm(counts)), 1e-9), tokens, spans)


@pytest.fixture(scope="session")
def by_hand_encoder() -> Callable[[str], Encoder]:
    """Makes a `ByHandEncoder` of a vocabulary: `by_hand_encoder("cat dog fish")`."""
    return ByHandEncoder


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged encoder, compiled once a session (about 15 s), also for processes that share it. Copy it; do not write to it."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "encoder"
    home.mkdir(exist_ok=True)
    with locked(home.parent / "encoder.lock"):
        if not (home / ENCODER_FOLDER).is_dir():
            (home / ".encoder-half").mkdir()  # as a killed process leaves it: `test_compiling` looks for it
            compile_encoder(DEFAULT_ENCODER, home / ENCODER_FOLDER)
    return home / ENCODER_FOLDER


@pytest.fixture
def folder(encoder_folder: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder for a new library, with the compiled encoder in it, so that nothing has to be compiled."""
    home = tmp_path / "library"
    shutil.copytree(encoder_folder, home / ENCODER_FOLDER)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def make_library(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeLibrary]:
    """Makes a library of documents, {source: text}; with the packaged encoder, or with another given as `encoder`."""
    with contextlib.ExitStack() as ending:

        def make(documents: Mapping[str, str], encoder: Encoder | None = None) -> Library:
            home = tmp_path_factory.mktemp("library")
            ending.callback(shutil.rmtree, home, ignore_errors=True)
            library = _library(home, encoder, encoder_folder)
            ending.callback(library.close)
            for source, text in documents.items():
                library.add(read_document(source, text.encode("utf-8")))
            return library

        yield make


def _library(home: Path, encoder: Encoder | None, encoder_folder: Path) -> Library:
    if encoder is None:
        shutil.copytree(encoder_folder, home / ENCODER_FOLDER)
        return Library.create(home)
    settings = {"encoder": encoder.fingerprint, "encoder_folder": "by-hand", "chunking": CHUNKING}
    return Library(home, Database.create(home / DATABASE, settings), encoder)


@pytest.fixture(scope="session")
def editorial() -> str:
    """The text of the editorial, line ends as they are in the file."""
    return EDITORIAL.read_bytes().decode("utf-8")


@pytest.fixture(scope="session")
def editorial_folder(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library that holds the editorial alone, as document `car-t-resistance-editorial`. Do not change it."""
    home = tmp_path_factory.mktemp("editorial") / "library"
    shutil.copytree(encoder_folder, home / ENCODER_FOLDER)
    library = Library.create(home)
    library.add(read_document("seeds/car-t-resistance-editorial.txt", EDITORIAL.read_bytes()))
    library.publish()
    library.close()
    return home


@pytest.fixture(scope="session")
def editorial_library(editorial_folder: Path) -> Iterator[Library]:
    """The library in `editorial_folder`, open. Do not add to it and do not remove from it."""
    library = Library.open(editorial_folder)
    yield library
    library.close()


@pytest.fixture(scope="session")
def client_of() -> Callable[..., TestClient]:
    """Makes a client of the real application over a library; `reader` is the default one if none is given."""

    def client(library: Library, reader: Reader | None = None, **settings: int) -> TestClient:
        answerer = Answerer(library, reader or reader_named("late-interaction", library.encoder))
        libraries = make_libraries(Settings(library=library.folder, reader="late-interaction"), print, answerer)
        return TestClient(create_app(libraries, **settings), raise_server_exceptions=False)

    return client


@pytest.fixture(scope="session")
def client(editorial_library: Library, client_of: Callable[..., TestClient]) -> TestClient:
    """A client of the real application over the editorial, without a socket between them."""
    return client_of(editorial_library)


@pytest.fixture(scope="session")
def problem() -> Callable[..., dict[str, Any]]:
    """Checks that a response is an RFC 9457 problem document as every error of Footnote is one, and gives its members."""
    return _problem


def _problem(response: Response, status: int, code: str | None = None) -> dict[str, Any]:
    members: dict[str, Any] = response.json()
    assert (response.status_code, members["status"]) == (status, status), members
    assert response.headers["content-type"] == "application/problem+json"
    assert list(members)[:6] == ["type", "title", "status", "detail", "code", "request_id"]
    assert set(members) - {"type", "title", "status", "detail", "code", "request_id"} <= {"errors", "files", "job"}
    assert members["request_id"] == response.headers.get("x-request-id")
    assert members["type"] == "about:blank"
    assert members["title"] == HTTPStatus(status).phrase
    assert members["detail"].endswith(".")
    assert code in (None, members["code"])
    assert not re.search(rf"Traceback|\.py\b|File \"|SELECT |/home/|/srv/|/tmp/|{re.escape(str(ROOT))}", response.text)
    return members


@pytest.fixture
def wombat(folder: Path) -> Path:
    """The folder of a library that holds one short document, `wombat`."""
    library = Library.create(folder)
    library.add(read_document("wombat.txt", b"The wombat digs 3 burrows.\n"))
    library.publish()
    library.close()
    return folder


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder of files: two good ones, one in a folder inside, and five that hold no text."""
    home = tmp_path / "sources"
    (home / "inside").mkdir(parents=True)
    (home / "wombat.txt").write_text("The wombat digs 3 burrows.\n", "utf-8")
    (home / "inside" / "otter.md").write_text("# Otters\n\nThe otter swims.\n", "utf-8")
    (home / "binary.txt").write_bytes(b"\x7fELF\x00\x01\x02")
    (home / "empty.txt").write_bytes(b"")
    (home / "latin.txt").write_bytes(b"The caf\xe9 is open.")
    (home / "marks.txt").write_text("--- *** ---\n", "utf-8")
    os.mkfifo(home / "pipe.txt")
    return home


@pytest.fixture(scope="session")
def documents_in() -> Callable[[Path], dict[str, DocumentRow]]:
    """The documents of the library in a folder, by id, read past the command line."""

    def read(folder: Path) -> dict[str, DocumentRow]:
        library = Library.open(folder)
        with library.view() as view:
            rows = {row.id: row for row in view.documents()}
        library.close()
        return rows

    return read


# The program, in a process of its own


@pytest.fixture
def without_the_rights_of_root() -> list[str]:
    """What stands before a command so that it may not read what the modes of files forbid it."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("this machine has no setpriv, and root reads everything")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


@pytest.fixture(scope="session")
def run_footnote() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `footnote ARGUMENTS …` and gives its exit code and output, line ends untouched. `env` is added to a bare environment."""

    def run(
        *arguments: str | bytes | Path, env: Mapping[str, Any] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api", *arguments]
        done = subprocess.run(command, capture_output=True, env=_environment(env), cwd=cwd, timeout=HANGING, check=False)
        return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))

    return run


@dataclass(frozen=True, slots=True)
class Started:
    """A running `footnote`: its process, and the files that its two outputs go to."""

    process: subprocess.Popen[bytes]
    output: Path
    errors: Path

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Wait until something is so, and fail if it never is or if the process ends before."""
        given_up = time.monotonic() + HANGING
        while not condition():
            assert time.monotonic() < given_up, f"in vain for {what}: {self.shown()}"
            assert self.process.poll() is None or condition(), f"it ended before {what}: {self.shown()}"
            time.sleep(0.02)

    def wait_for_line(self, pattern: str) -> None:
        """Wait until one of the outputs holds what fits a pattern."""
        self.wait_for(lambda: re.search(pattern, self.shown(), re.MULTILINE), pattern)

    def shown(self) -> str:
        return self.output.read_text("utf-8") + self.errors.read_text("utf-8")

    def told(self, number: int) -> int:
        """Send a signal and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(HANGING)


@pytest.fixture
def start_footnote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Started]]:
    """Starts `footnote ARGUMENTS …` and goes on; it is ended with the test. `before` it another program may stand, that starts it."""
    with contextlib.ExitStack() as ending:

        def start(*arguments: str | Path, before: Sequence[str] = ()) -> Started:
            home = tmp_path_factory.mktemp("started")
            with (home / "output").open("wb") as output, (home / "errors").open("wb") as errors:
                command = [*before, sys.executable, "-m", "api", *arguments]
                process = subprocess.Popen(command, stdout=output, stderr=errors, env=_environment(None))
            ending.callback(_end, process)
            return Started(process, home / "output", home / "errors")

        yield start


def _environment(more: Mapping[str, Any] | None) -> dict[str, str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("FOOTNOTE_")}
    return bare | {name: str(value) for name, value in (more or {}).items()}


@dataclass(frozen=True, slots=True)
class Server:
    """A running `footnote serve`: its address, its process, and the file that its standard error goes to."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, for sockets."""
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def resident(self) -> int:
        """Bytes of memory in use, as the kernel counts them."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(re.findall(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[0]) * 1024


@dataclass(frozen=True, slots=True)
class Replies:
    """What a server sent over one connection until it closed it: the status of each response, and all bytes."""

    statuses: list[int]
    received: bytes


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Starts `footnote serve --port 0 ARGUMENTS …` and waits until it can be reached; it is ended with the session."""
    with contextlib.ExitStack() as ending:

        def start(*arguments: str | Path) -> Server:
            log = tmp_path_factory.mktemp("server") / "log.txt"
            command = [sys.executable, "-m", "api", "serve", "--port", "0", *arguments]
            with log.open("wb") as file:
                process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=file, env=_environment(None), cwd=log.parent)
            ending.callback(_end, process)
            return Server(_ready(process, log), process, log)

        yield start


@pytest.fixture(scope="module")
def own_server(start_server: Callable[..., Server], encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a server over an empty library of this file of tests alone, which may change it."""
    home = tmp_path_factory.mktemp("own") / "library"
    home.mkdir()
    (home / encoder_folder.name).symlink_to(encoder_folder)
    return start_server("--library", home).url


@pytest.fixture(scope="module")
def laced_server(start_server: Callable[..., Server], encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a server over documents whose file name, title, section and text are payloads."""
    home = tmp_path_factory.mktemp("laced")
    (home / encoder_folder.name).symlink_to(encoder_folder)
    library = Library.create(home)
    for name, content in laced_files():
        library.add(read_document(name, content))
    library.publish()
    library.close()
    return start_server("--library", home).url


@pytest.fixture(scope="module")
def answered(server: str) -> dict[str, Any]:
    """An answer as the last event of a stream brings it."""
    found: dict[str, Any] = json.loads(streamed(server, "CD19").rpartition(b"data: ")[2])
    return found


def _ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that the ready line names, once it can be reached."""
    given_up = time.monotonic() + HANGING
    while time.monotonic() < given_up and process.poll() is None:
        if found := re.search(r"ready at (http://([\d.]+):(\d+))", log.read_text("utf-8")):
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection((found[2], int(found[3]))):
                return found[1]
        time.sleep(0.02)
    raise AssertionError(f"the server did not get ready: {log.read_text('utf-8')}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(HANGING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


HOSTILE = """# <img src=x onerror="window.ran='title'"> Marsupials

The wombat <script>window.ran='script'</script><img src=x onerror="window.ran='text'"> digs burrows
over <a href="javascript:window.ran='link'">two lines</a> of the \U0001f998 steppe.
"""


@pytest.fixture(scope="session")
def hostile() -> str:
    """A Markdown document whose title and text would run scripts if they were put into a page as markup."""
    return HOSTILE


@pytest.fixture(scope="session")
def served_folder(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `running` serves: the folder `documents` and the library made of it, `library`."""
    home = tmp_path_factory.mktemp("served")
    shutil.copytree(encoder_folder, home / "library" / ENCODER_FOLDER)
    (home / "documents").mkdir()
    shutil.copy(EDITORIAL, home / "documents")
    (home / "documents" / "hostile.md").write_text(HOSTILE, "utf-8")
    return home


@pytest.fixture(scope="session")
def running(served_folder: Path, start_server: Callable[..., Server]) -> Server:
    """A real server over the editorial and the hostile document, indexed from a folder when it started."""
    return start_server("--library", served_folder / "library", "--documents", served_folder / "documents")


@pytest.fixture(scope="session")
def exchange(running: Server) -> Callable[..., Replies]:
    """Sends bytes to the real server as they are and reads until it closes the connection; see `Replies`.

    A request that does not make the server close should ask for it (`Connection: close`), or the test waits in vain.
    """

    def send(request: bytes) -> Replies:
        with socket.create_connection(running.address, timeout=HANGING) as connection:
            received = bytearray()
            try:
                connection.sendall(request)
                while piece := connection.recv(65536):
                    received += piece
            except (ConnectionResetError, BrokenPipeError):  # the server closed before it had read all of a request it refused
                with contextlib.suppress(OSError):
                    received += connection.recv(65536)
        return Replies([int(status) for status in re.findall(rb"^HTTP/1\.1 (\d{3}) ", received, re.MULTILINE)], bytes(received))

    return send


@pytest.fixture(scope="session")
def server(running: Server) -> str:
    """The base URL of a real server, see `running`."""
    return running.url


# A browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium, one for each file of tests."""
    if not CHROMIUM.exists():
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield started
        started.close()


@pytest.fixture
def open_chat(browser: Browser) -> Iterator[OpenChat]:
    """Opens a page of a site in a fresh profile of the browser; gives the chat on it, whose field is called `question`."""
    with contextlib.ExitStack() as ending:

        def opened(site: Site, path: str = "/open.html", question: str = "Your question", **settings: Any) -> Chat:
            context = browser.new_context(base_url=site.url, **settings)
            ending.callback(context.close)
            context.set_default_timeout(WAIT)
            page = context.new_page()
            page.goto(path)
            page.wait_for_function("!!customElements.get('footnote-chat')")
            return Chat(page, question=question)

        yield opened


@pytest.fixture(scope="module")
def site(server: str) -> Iterator[Site]:
    """A site with chats on its pages, before the real server."""
    with site_of(server, pages()) as site:
        yield site


@pytest.fixture
def chat(open_chat: OpenChat, site: Site) -> Chat:
    """The chat that is open on a page of the site, of which nothing was asked yet."""
    site.received.clear()
    site.replies.clear()
    return open_chat(site)


# What survives


FEWEST_KILLS = int(os.environ.get("TORTURE") or 0)  # of a run: `make torture` says how many
_TALLY = pytest.StashKey[Counter[str]]()
ONE, TWO, THREE, FOUR = (
    "The chimeric antigen receptor (CAR) binds the badger. It digs 3 burrows.\n",
    "# Otters\n\nThe otter eats 5 fish a day, i.e. more than any other.\n\n## Sleep\n\nIt sleeps in a holt.\n",
    "The chimeric antigen receptor (CAR) binds no badger. It digs 9 burrows and sleeps in all of them.\n",
    "Heron and lynx never met. " * 60 + "\n",
)
FIRST: list[list[str]] = [["add", "one.txt", ONE], ["add", "two.md", TWO], ["publish"]]
THEN: list[list[str]] = [
    ["add", "four.txt", FOUR],
    ["add", "one.txt", THREE],
    ["remove", "two"],
    ["publish"],
    ["add", "two.md", TWO],
    ["publish"],
]
HELD = [{}, {"one.txt": ONE}, {"one.txt": ONE, "two.md": TWO}, {"one.txt": ONE, "two.md": TWO}]
HELD += [HELD[3] | {"four.txt": FOUR}, HELD[3] | {"four.txt": FOUR, "one.txt": THREE}]
HELD += [{"one.txt": THREE, "four.txt": FOUR}] * 2 + [HELD[5]] * 2


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run that was to kill so many processes and killed fewer has failed."""
    if sum(count for what, count in session.config.stash.get(_TALLY, Counter()).items() if what.startswith("kills")) < FEWEST_KILLS:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line that says how often processes were killed, and what came of it."""
    tally = config.stash.get(_TALLY, Counter())
    if kills := sum(count for what, count in tally.items() if what.startswith("kills")):
        counts = ", ".join(f"{count} {what}" for what, count in sorted(tally.items()))
        terminalreporter.write_line(f"survival: {kills} kills in all (at least {FEWEST_KILLS} wanted): {counts}")


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Counter[str]:
    """What happened in the tests of survival, counted; a line at the end of the run says it."""
    return pytestconfig.stash.setdefault(_TALLY, Counter())


@dataclass(frozen=True, slots=True)
class Driven:
    """What became of a `tests/driven.py`: the changes it acknowledged, whether it was killed, and how often each step came."""

    acknowledged: int
    killed: bool
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class Ordeal:
    """A library that is changed by processes which are killed, always by the same plan: the changes `FIRST`, then those of `THEN`."""

    template: Path
    folder: Path
    tally: Counter[str]

    def begin(self, done: int) -> None:
        """The library as it is after none of the changes, or after the first `done`, at least those of `FIRST`."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.template, self.folder, symlinks=True, ignore=None if done else _all_but_the_encoder)
        if done > len(FIRST):
            _make(self.folder, THEN[: done - len(FIRST)])

    def run(self, begun: int, steps: Sequence[str], kill: Sequence[Any] | None, before: Sequence[str] = ()) -> Driven:
        """Run the changes after the first `begun` in a process that ends at the step `kill`, if one is given; see `tests/driven.py`."""
        orders = {"changes": [*FIRST, *THEN][begun:], "steps": steps, "kill": kill}
        command = [*before, sys.executable, str(ROOT / "tests" / "driven.py"), str(self.folder), json.dumps(orders)]
        environment = _environment({"PYTHONPATH": ROOT, "PYTHONDONTWRITEBYTECODE": 1})
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=HANGING, check=False)
        numbers = [line for line in done.stdout.splitlines() if line.isdecimal()]
        counts = Counter(json.loads(done.stdout.splitlines()[-1])) if not done.returncode else Counter()
        killed = done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
        assert killed or not done.returncode, done.stderr
        return Driven(begun + len(numbers), killed, counts)

    def check(self, acknowledged: int) -> int:
        """Check that the library is whole and holds all that was acknowledged; how many changes are done.

        The change that was not acknowledged is done wholly or not at all. One more that is done is no fault: the process may have
        died after the change and before it could say so.
        """
        library = Library.open(self.folder)
        try:
            held = _held(library)
        finally:
            library.close()
        done = next((number for number in (acknowledged, acknowledged + 1) if number < len(HELD) and HELD[number] == held), None)
        self.tally["acknowledged changes lost"] += done is None
        assert done is not None, f"after {acknowledged} changes: {sorted(held)}"
        self.tally["acknowledged changes checked"] += acknowledged
        return done

    def complete(self, done: int) -> None:
        """Make the changes that are not done, and check that all is as if nothing had happened."""
        assert _make(self.folder, [*FIRST, *THEN][done:]) == HELD[-1]
        listed = json.loads((self.folder / "segments" / "segments.json").read_text("utf-8"))["segments"]
        assert sorted(path.name for path in (self.folder / "segments").iterdir()) == sorted([*listed, "segments.json"])


def _make(folder: Path, changes: Iterable[list[str]]) -> dict[str, str]:
    """Change a library in this process; what it holds then."""
    library = Library.create(folder)
    try:
        for kind, *what in changes:
            if kind == "add":
                library.add(read_document(what[0], what[1].encode()))
            elif kind == "remove":
                library.remove(what[0])
            else:
                library.publish()
        return _held(library)
    finally:
        library.close()


def _all_but_the_encoder(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name != ENCODER_FOLDER]


def _held(library: Library) -> dict[str, str]:
    """{source: text} of a library, after every check there is that it is whole and searches all it holds."""
    assert library.damage() == []
    with library.view() as view:
        rows = view.documents()
        assert view.passages == sum(row.last - row.first + 1 for row in rows)
        for row in rows:
            text = view.text(row.id)
            assert view.file(row.id) == text.encode()
            assert len(view.passages_of(row.id)) == row.last - row.first + 1
            hits = view.search(text[:200], 50)
            assert row.id in {hit.document.id for hit in hits}
            assert all(hit.text == view.text(hit.document.id)[hit.row.start : hit.row.end] for hit in hits)
        return {row.source: view.text(row.id) for row in rows}


@pytest.fixture(scope="session")
def _after_first(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library after the changes `FIRST`, which nobody killed."""
    home = tmp_path_factory.mktemp("ordeal") / "library"
    home.mkdir()
    (home / ENCODER_FOLDER).symlink_to(encoder_folder)
    _make(home, FIRST)
    return home


@pytest.fixture
def ordeal(_after_first: Path, tmp_path: Path, tally: Counter[str]) -> Ordeal:
    """A library to be changed by processes that are killed."""
    return Ordeal(_after_first, tmp_path / "library", tally)
