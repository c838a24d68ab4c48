"""Who may change documents: not pages of other sites, and nobody where the server is set to be read only."""

from urllib.parse import urlsplit

from fastapi import Depends, Request

from api.bodies import CLOSE
from api.problems import Problem

_DEFAULT_PORTS = {"http": 80, "https": 443}


def own_origin(request: Request) -> None:
    """Refuse a request that a page of another site sends (403 `foreign_origin`): browsers let it send forms to any address.

    A program that is no browser sends neither of the headers that tell.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = site is not None and site not in ("same-origin", "none")
    if foreign or (origin is not None and not _is_own(request, origin)):
        detail = "A page of another site may not change documents here; open the page that this server serves itself."
        raise Problem(403, "foreign_origin", detail, CLOSE)


def writable(request: Request) -> None:
    """Refuse every change where the server is read only (403 `read_only`)."""
    if not request.app.state.writable:
        detail = (
            "Documents cannot be changed over HTTP here: FOOTNOTE_WRITABLE is `no`, as by default where other machines reach the server."
        )
        raise Problem(403, "read_only", detail, CLOSE)


MAY_CHANGE = (Depends(own_origin), Depends(writable))


def _is_own(request: Request, origin: str) -> bool:
    """Whether an origin is the scheme, host and port that were called; `null` is not."""
    called = f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    return (own := _parts(called)) is not None and own == _parts(origin)


def _parts(url: str) -> tuple[str, str, int | None] | None:
    """(scheme, host, port); None if there is no host or port that could be."""
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        return None
    return (split.scheme, split.hostname, port or _DEFAULT_PORTS.get(split.scheme)) if split.hostname else None
