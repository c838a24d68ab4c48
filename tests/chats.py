"""A chat in a real browser: the site around it, and what a visitor does with it."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2
from playwright.sync_api import Locator, Page, expect

CHROMIUM = Path("/usr/bin/chromium")
NO_CHROMIUM = "no Chromium at /usr/bin/chromium; Debian: apt-get install chromium"
WAIT = 60_000  # milliseconds after which a thing awaited is given up
QUIET = "--no-sandbox --no-first-run --disable-background-networking --disable-component-update --disable-sync".split()
STREAM = "text/event-stream; charset=utf-8"

COCKTAIL = "How many patients achieved an objective response with CAR19/22?"
SEVERAL = "CD19"  # a question that takes four sentences
ABSTAINED = "What is the capital of France?"
PEMBROLIZUMAB = "What did adding pembrolizumab do?"


_BUBBLE = "<footnote-chat questions='CD19 | What is CAR-T?' greeting='Welcome.'></footnote-chat>"


class Reply:
    """What a site answers a question with: a body in pieces. Before the piece `held` it waits to be told; `cut`: it ends unfinished."""

    def __init__(self, *pieces: bytes, status: int = 200, kind: str = STREAM, cut: bool = False, held: int | None = None) -> None:
        self.pieces, self.status, self.kind, self.cut, self.held = pieces, status, kind, cut, held
        self.go_on = Event()

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(self.status)
        handler.send_header("Content-Type", self.kind)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for number, piece in enumerate(self.pieces):
            if number == self.held:
                self.go_on.wait(WAIT / 1000)
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b"")
            handler.wfile.flush()
        if not self.cut:
            handler.wfile.write(b"0\r\n\r\n")
        handler.close_connection = True


class Site(ThreadingHTTPServer):
    """A site with pages of its own, {path: (headers, content)}; for the rest it stands before a real server.

    A question is answered by the next of `replies`, or by the real server if there is none. received: what was posted.
    """

    daemon_threads = True

    def __init__(self, behind: str, pages: dict[str, tuple[dict[str, str], str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind, self.pages = behind, pages
        self.replies: list[Reply] = []
        self.received: list[tuple[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no fault."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        if (page := self.server.pages.get(self.path)) is None:
            return self._passed(httpx2.get(f"{self.server.behind}{self.path}", timeout=WAIT))
        headers, content = page
        self._whole(200, {"Content-Type": "text/html; charset=utf-8", **headers}, content.encode())

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, json.loads(content)))
        if self.server.replies:
            return self.server.replies.pop(0).send(self)
        headers = {name: self.headers[name] for name in ("Content-Type", "Accept")}
        self._passed(httpx2.post(f"{self.server.behind}{self.path}", content=content, headers=headers, timeout=WAIT))

    def _passed(self, response: httpx2.Response) -> None:
        self._whole(response.status_code, {"Content-Type": response.headers["content-type"]}, response.content)

    def _whole(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Nothing on standard error."""


@contextmanager
def site_of(behind: str, pages: dict[str, tuple[dict[str, str], str]]) -> Iterator[Site]:
    """A running site, see `Site`."""
    with Site(behind, pages) as site:
        Thread(target=site.serve_forever, daemon=True).start()
        yield site
        site.shutdown()


def host(content: str = "<footnote-chat open></footnote-chat>", head: str = "", language: str = "en") -> str:
    """A page with a chat on it."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>A site</title><link rel="icon" href="data:,">{head}'
        f'<script src="/widget.js" defer></script></head><body><main><h1>A site</h1>{content}</main></body></html>'
    )


def pages() -> dict[str, tuple[dict[str, str], str]]:
    """The pages of a site, each with a chat of its own kind."""
    chats = {"/open.html": host(), "/bubble.html": host(_BUBBLE), "/inline.html": host("<footnote-chat mode=inline></footnote-chat>")}
    return {path: ({}, content) for path, content in chats.items()}


def streamed(server: str, question: str) -> bytes:
    """The stream that a real server answers a question with."""
    return httpx2.post(f"{server}/ask", json={"question": question}, headers={"Accept": "text/event-stream"}, timeout=WAIT).content


def event(name: str, value: Any) -> bytes:
    """A server-sent event as Footnote writes it."""
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


class Chat:
    """A `<footnote-chat>` on a page, as a visitor uses it."""

    def __init__(self, page: Page, number: int = 0, question: str = "Your question") -> None:
        self.page = page
        self.element = page.locator("footnote-chat").nth(number)
        self.field = self.element.get_by_label(question, exact=True)

    def __call__(self, selector: str) -> Locator:
        """Elements inside it."""
        return self.element.locator(selector)

    def send(self, question: str) -> None:
        """Type a question and press Return."""
        self.field.fill(question)
        self.field.press("Enter")

    def ask(self, question: str) -> dict[str, Any]:
        """Ask and wait; the answer."""
        before = len(self.answers)
        self.send(question)
        expect(self("article").last.locator(".actions")).to_be_visible(timeout=WAIT)
        assert len(self.answers) == before + 1
        return self.answers[-1]

    @property
    def answers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.element.evaluate("chat => chat.answers")
        return found

    def texts(self, selector: str) -> list[str]:
        """The text of each element exactly, white space included."""
        found: list[str] = self(selector).evaluate_all("all => all.map(one => one.textContent)")
        return found

    def focused(self) -> str:
        """The label or text of what has the focus inside it."""
        return str(
            self.element.evaluate("chat => { const on = chat.shadowRoot.activeElement; return on && (on.ariaLabel || on.textContent) }")
        )


def listening(page: Page, names: Sequence[str], prevent: bool = False) -> Callable[[], list[Any]]:
    """Listen to events on the document; gives what was heard since, as [name, detail]."""
    page.evaluate(
        """([names, prevent]) => {
          window.heard = [];
          for (const name of names) document.addEventListener(name, (event) => {
            window.heard.push([name, event.detail]);
            if (prevent) event.preventDefault();
          });
        }""",
        [list(names), prevent],
    )
    return lambda: page.evaluate("window.heard")


OpenChat = Callable[..., Chat]
