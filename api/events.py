"""The way to an answer as server-sent events: standalone_question, passages, sentence, answer, error."""

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from itertools import chain
from typing import Any

from fastapi import Request
from fastapi.sse import EventSourceResponse, format_sse_event

from api.schemas import PassageRead
from qa.answering import Passages, Step
from qa.answers import Answer, Sentence, to_json
from qa.questions import Understood

_LOG = logging.getLogger("footnote.api")


def wants_events(request: Request) -> bool:
    """Whether the client asked for a stream of events."""
    return "text/event-stream" in request.headers.get("accept", "")


def event_response(encoded: Iterator[bytes] | AsyncIterator[bytes]) -> EventSourceResponse:
    """A stream of events, which nothing on the way keeps back."""
    return EventSourceResponse(encoded, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})


def events(steps: Iterator[Step], request_id: str) -> Iterator[bytes]:
    """The steps as events; the last one is the whole answer, the bytes that POST /ask gives without a stream.

    The first two steps are taken before this returns, so that a question that cannot be asked raises here and not amid a stream.
    """
    begun = [next(steps), next(steps)]
    return _encoded(chain(begun, steps), request_id)


def _encoded(steps: Iterator[Step], request_id: str) -> Iterator[bytes]:
    try:
        for step in steps:
            name, data = _event(step)
            yield format_sse_event(event=name, data_str=data)
    except Exception:  # the status line is sent already: the stream itself has to say that it failed
        _LOG.exception("the stream of request %s broke off", request_id)
        detail = {"code": "internal", "detail": "Something went wrong here; ask again.", "request_id": request_id}
        yield format_sse_event(event="error", data_str=to_json(detail))


def _event(step: Step) -> tuple[str, str]:
    match step:
        case Answer():
            return "answer", step.as_json()
        case Sentence():
            return "sentence", to_json(asdict(step))
        case Understood():
            return "standalone_question", to_json({"standalone_question": step.standalone})
        case Passages():
            found: list[dict[str, Any]] = [PassageRead.of(hit).model_dump(mode="json") for hit in step.hits]
            return "passages", to_json({"passages": found})
