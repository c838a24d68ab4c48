"""Answers that are reviewed and exported, and what is read back from the files."""

import csv
import io
import json
from typing import Any

from starlette.testclient import TestClient

FORMATS = ["markdown", "csv", "docx", "annotations"]

Answer = dict[str, Any]


def asked(client: TestClient, question: str, **more: Any) -> Answer:
    """The answer to a question, as `POST /ask` gives it."""
    answer: Answer = client.post("/ask", json={"question": question, **more}).json()
    return answer


def reviewed(answer: Answer, verdict: str | None = None, note: str = "") -> dict[str, Any]:
    """An answer with the same review of each of its citations."""
    reviews = [{"citation": one["number"], "verdict": verdict, "note": note} for one in answer["citations"]]
    return {"answer": answer, "reviews": reviews}


def export(client: TestClient, format: str, *answers: dict[str, Any]) -> bytes:
    """The file that answers become."""
    response = client.post("/export", json={"format": format, "answers": list(answers)})
    assert response.status_code == 200, response.text
    return response.content


def rows(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file by the names of its columns."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def annotations(content: bytes) -> list[dict[str, Any]]:
    """The annotations of a collection."""
    found: list[dict[str, Any]] = json.loads(content)["first"]["items"]
    return found


def forged(text: str) -> Answer:
    """An answer in which everything that a document or a reader can say is a text."""
    document = {"id": text.strip()[:120] or "x", "title": text, "sha256": "0" * 64, "source": text}
    citation = {"number": 1, "document": document, "section": [text, text], "page": None, "start": 0, "end": 5, "quote": text}
    sentence = {"text": text, "start": 0, "end": len(text), "citations": [1]}
    said = {"question": text, "standalone_question": text + " (understood)", "text": f"{text} [1]"}
    return {"id": "0" * 24, **said, "sentences": [sentence], "citations": [citation | {"prefix": text, "suffix": text, "url": text}]}
