"""The server process."""

import signal
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.connections import Connection
from api.limits import LARGEST_HEAD

_GRACE = 5  # seconds for streams to end when the server is told to stop


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address, so that a port in use is found before the library is opened.

    Raises:
        OSError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY where TCP is named
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(2048)  # from now on connections wait for the server instead of being refused
    except OSError:
        bound.close()
        raise
    return bound


def serve(app: FastAPI, bound: socket.socket) -> None:
    """Serve until told to stop by SIGINT or SIGTERM, both of which are the ordinary way to end it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)  # uvicorn, once it has stopped, sends itself the signal again
    config = uvicorn.Config(
        app,
        http=Connection,  # of h11: httptools takes headers of any size
        h11_max_incomplete_event_size=LARGEST_HEAD,
        timeout_graceful_shutdown=_GRACE,
        log_level="warning",
        server_header=False,
        ws="none",
    )
    uvicorn.Server(config).run(sockets=[bound])


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
