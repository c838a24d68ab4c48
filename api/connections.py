"""Connections that do not wait for ever: a client must send its request, and take its response, at a living pace."""

import asyncio
from typing import Any, Literal

import h11
from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.problems import problem

_Part = Literal["", "head", "body"]
_DETAIL = "The request did not come at a living pace, and was given up. Send it again."


class Connection(H11Protocol):
    """uvicorn's connection, which alone waits without end for the rest of a request and for a client that reads nothing.

    patience: seconds in which a head must be whole, and in each of which at least `least` bytes of a body must come, or its end; a
    request that does not is answered with 408 (RFC 9110, 15.5.9), one of which nothing came is closed. Time in which the server itself
    takes nothing is not counted. writing: seconds in which a client that takes a response must take something of it.
    """

    patience, least, writing = 10.0, 1024, 60.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._awaited: _Part = ""
        self._reading: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._came, self._held_back, self._silent = 0, False, True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await("head")

    def data_received(self, data: bytes) -> None:
        self._came, self._silent = self._came + len(data), False
        before = self.cycle
        super().data_received(data)
        self._held_back |= self.flow.read_paused
        self._follow(self.cycle is not before)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._follow(is_new=True)

    def connection_lost(self, exc: Exception | None) -> None:
        self._await("")
        self._write_timer(None)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._write_timer(None)

    def _follow(self, is_new: bool) -> None:
        """Wait for what is to come next, anew if that is of another request than what was awaited."""
        if is_new or self._part() != self._awaited:
            self._await(self._part())

    def _part(self) -> _Part:
        """What of a request has begun to come and is not there yet."""
        if self.transport.is_closing():
            return ""
        if self.conn.their_state is h11.SEND_BODY:
            return "body"
        return "head" if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0] else ""

    def _await(self, part: _Part) -> None:
        if self._reading:
            self._reading.cancel()
        self._awaited, self._came, self._held_back = part, 0, self.flow.read_paused
        self._reading = self.loop.call_later(self.patience, self._look) if part else None

    def _look(self) -> None:
        """After each stretch of patience: a body that comes may come on, anything else is given up."""
        if self._awaited == "body" and (self._held_back or self._came >= self.least):
            return self._await("body")
        self._await("")
        if not self.transport.is_closing():
            self._give_up()

    def _give_up(self) -> None:
        self._unset_keepalive_if_required()
        if not self._silent and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._refuse()
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True  # so the application stops reading, and what it says no more is sent
            self.cycle.message_event.set()
        self.transport.close()

    def _refuse(self) -> None:
        response = problem(Request({"type": "http"}), 408, "too_slow", _DETAIL)
        head = h11.Response(status_code=408, headers=[*response.raw_headers, (b"connection", b"close")], reason=b"Request Timeout")
        for event in (head, h11.Data(data=bytes(response.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")

    def _watch_writing(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._write_timer(self.loop.call_later(self.writing, self._look_at_writing, waiting))

    def _look_at_writing(self, before: int) -> None:
        if self.transport.get_write_buffer_size() >= before:
            self.transport.abort()
        else:
            self._watch_writing()

    def _write_timer(self, timer: asyncio.TimerHandle | None) -> None:
        if self._stalled:
            self._stalled.cancel()
        self._stalled = timer
