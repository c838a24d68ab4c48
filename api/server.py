"""The server process."""

import socket

import uvicorn
from fastapi import FastAPI

_LARGEST_HEADERS = 16 * 1024  # bytes; h11 refuses more, httptools would take any amount
_GRACE = 5  # seconds for streams to end when the server is told to stop


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address, so that a port in use is found before the library is opened.

    Raises:
        OSError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(2048)  # from now on connections wait for the server instead of being refused
    except OSError:
        bound.close()
        raise
    return bound


def serve(app: FastAPI, bound: socket.socket) -> None:
    """Serve until told to stop."""
    config = uvicorn.Config(
        app,
        http="h11",
        h11_max_incomplete_event_size=_LARGEST_HEADERS,
        timeout_graceful_shutdown=_GRACE,
        log_level="warning",
        server_header=False,
        ws="none",
    )
    uvicorn.Server(config).run(sockets=[bound])
