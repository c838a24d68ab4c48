"""The way of a question: question, standalone question, passages, evidence, answer."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace

from index.library import Library
from index.view import Hit, View
from qa.answers import ABSTENTIONS, Answer, LibraryState, Models, Reason, Sentence, answer_id, quoted, text_of
from qa.citations import citation, closest
from qa.companions import with_companions
from qa.conflicts import conflicts
from qa.evidence import Evidence, Reading
from qa.questions import Question, Understood
from qa.readers import Reader
from qa.selection import MOST_SENTENCES, selected

PASSAGES_READ = 12
CLOSEST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Passages:
    """The step between: the question as understood, and the passages that will be read."""

    understood: Understood
    hits: tuple[Hit, ...]


Step = Understood | Passages | Sentence | Answer


class Answerer:
    """Answers questions from a library by quoting it."""

    def __init__(self, library: Library, reader: Reader, least_confidence: float | None = None) -> None:
        """least_confidence: to answer a question that names none itself; by default that of the reader's calibration."""
        self.library = library
        self.reader = reader
        self.least_confidence = reader.calibration.least_confidence if least_confidence is None else least_confidence

    def ask(self, question: Question, limit: int = MOST_SENTENCES) -> Answer:
        """The answer, of at most `limit` sentences.

        Raises:
            InvalidQuestion: it cannot be asked.
            DocumentNotFound: it is limited to a document that the library does not hold.
        """
        return self.ask_with_passages(question, limit)[0]

    def read(self, question: Question) -> Reading:
        """What the reader finds for a question, whether it is answered or not. Raises as `ask` does."""
        with self.library.view() as view:
            understood = _understood(question, view)
            return self.reader.read(understood, _search(view, question, understood), view.weight)

    def ask_with_passages(self, question: Question, limit: int = MOST_SENTENCES) -> tuple[Answer, tuple[Hit, ...]]:
        """The answer, and the passages that were read for it. Raises as `ask` does."""
        _, passages, *_, answer = self.steps(question, limit)
        assert isinstance(passages, Passages)
        assert isinstance(answer, Answer)
        return answer, passages.hits

    def steps(self, question: Question, limit: int = MOST_SENTENCES) -> Iterator[Step]:
        """The way to the answer, step by step; the last step is the answer. Raises as `ask` does."""
        with self.library.view() as view:
            understood = _understood(question, view)
            yield understood
            passages = Passages(understood, tuple(_search(view, question, understood)))
            yield passages
            reading = self.reader.read(understood, passages.hits, view.weight)
            answer = self._answer(question, passages, reading, view, limit)
        yield from answer.sentences
        yield answer

    def _answer(self, question: Question, passages: Passages, reading: Reading, view: View, limit: int) -> Answer:
        least = self.least_confidence if question.caution is None else question.caution
        reason = _reason_to_abstain(view, reading, least)
        chosen = [] if reason else selected(reading.evidence, reading.margins, limit)
        evidence = sorted(with_companions(passages.understood.standalone, chosen, reading, limit), key=_reading_order(passages.hits))
        citations = tuple(citation(number, one, view) for number, one in enumerate(evidence, start=1))
        state = LibraryState(view.generation, view.sha256)
        models = Models(self.library.encoder.fingerprint, self.reader.name, None)
        return Answer(
            id=answer_id(asdict(question), limit, asdict(state), asdict(models), least, asdict(self.reader.calibration), *view.notes),
            question=question.text,
            standalone_question=passages.understood.standalone,
            status="abstained" if reason else "answered",
            reason=reason,
            mode="extractive",
            text=ABSTENTIONS[reason] if reason else text_of(citations),
            confidence=round(reading.confidence, 4),
            sentences=tuple(quoted(citations, evidence)),
            citations=citations,
            conflicts=tuple(conflicts(citations)),
            closest=tuple(closest(hit) for hit in passages.hits[:CLOSEST_SHOWN]) if reason else (),
            notes=view.notes,
            library=state,
            models=models,
        )


def _understood(question: Question, view: View) -> Understood:
    """The question as it is understood from the conversation and from what the library's documents abbreviate."""
    understood = question.checked().understood()
    return replace(understood, forms=view.forms(understood.standalone))


def _reason_to_abstain(view: View, reading: Reading, least_confidence: float) -> Reason | None:
    if not view.passages:
        return "empty_library"
    if not reading.evidence:
        return "no_evidence"
    return "low_confidence" if reading.confidence < least_confidence else None


def _search(view: View, question: Question, understood: Understood) -> list[Hit]:
    """The passages to read: those for the standalone question and, for a follow-up, also those for all it was asked about before."""
    hits = view.search(understood.standalone, PASSAGES_READ, question.documents, question.filters)
    if understood.context:
        others = view.search(understood.with_background, PASSAGES_READ, question.documents, question.filters)
        known = {hit.number for hit in hits}
        hits += [hit for hit in others if hit.number not in known]
    return hits


def _reading_order(hits: tuple[Hit, ...]) -> Callable[[Evidence], tuple[int, int]]:
    """Documents in the order in which retrieval ranked them, sentences as they stand in each."""
    rank: dict[str, int] = {}
    for hit in hits:
        rank.setdefault(hit.document.id, len(rank))
    return lambda evidence: (rank[evidence.hit.document.id], evidence.span[0])
