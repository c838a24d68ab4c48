"""The way of a question: question, standalone question, passages, evidence, answer."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from index.library import Library
from index.view import Hit, View
from qa.answers import ABSTENTIONS, Answer, LibraryState, Models, Reason, Sentence, answer_id, quoted, text_of
from qa.citations import citation, closest
from qa.evidence import Evidence, Reading
from qa.questions import Question, Understood
from qa.readers import Reader
from qa.selection import MOST_SENTENCES, selected

PASSAGES_READ = 12
CLOSEST_SHOWN = 3

# Calibrated on the development data: at this confidence 2.7, 0.7 and 0.4 % of the answerable questions of SQuAD 2.0, CLAPnq and BioASQ
# go without an answer (at most 2 % on average was wanted), and 7, 39 and 18 % of the unanswerable ones are turned away. On sets of
# another kind it is stricter than that: on SQuADShifts, on which it was not calibrated, 29 % go without an answer.
LEAST_CONFIDENCE = 0.142


@dataclass(frozen=True, slots=True)
class Passages:
    """The step between: the question as understood, and the passages that will be read."""

    understood: Understood
    hits: tuple[Hit, ...]


Step = Understood | Passages | Sentence | Answer


class Answerer:
    """Answers questions from a library by quoting it."""

    def __init__(self, library: Library, reader: Reader, least_confidence: float = LEAST_CONFIDENCE) -> None:
        self.library = library
        self.reader = reader
        self._least_confidence = least_confidence

    def ask(self, question: Question, limit: int = MOST_SENTENCES) -> Answer:
        """The answer, of at most `limit` sentences.

        Raises:
            InvalidQuestion: it cannot be asked.
            DocumentNotFound: it is limited to a document that the library does not hold.
        """
        return self.ask_with_passages(question, limit)[0]

    def ask_with_passages(self, question: Question, limit: int = MOST_SENTENCES) -> tuple[Answer, tuple[Hit, ...]]:
        """The answer, and the passages that were read for it. Raises as `ask` does."""
        _, passages, *_, answer = self.steps(question, limit)
        assert isinstance(passages, Passages)
        assert isinstance(answer, Answer)
        return answer, passages.hits

    def steps(self, question: Question, limit: int = MOST_SENTENCES) -> Iterator[Step]:
        """The way to the answer, step by step; the last step is the answer. Raises as `ask` does."""
        understood = question.checked().understood()
        yield understood
        with self.library.view() as view:
            passages = Passages(understood, tuple(_search(view, question, understood)))
            yield passages
            reading = self.reader.read(understood, passages.hits, view.weight)
            answer = self._answer(question, passages, reading, view, limit)
        yield from answer.sentences
        yield answer

    def _answer(self, question: Question, passages: Passages, reading: Reading, view: View, limit: int) -> Answer:
        reason = self._reason_to_abstain(view, reading)
        evidence = [] if reason else sorted(selected(reading.evidence, limit), key=_reading_order(passages.hits))
        citations = tuple(citation(number, one, view) for number, one in enumerate(evidence, start=1))
        state = LibraryState(view.generation, view.sha256)
        models = Models(self.library.encoder.fingerprint, self.reader.name, None)
        return Answer(
            id=answer_id(asdict(question), limit, asdict(state), asdict(models), self._least_confidence),
            question=question.text,
            standalone_question=passages.understood.standalone,
            status="abstained" if reason else "answered",
            reason=reason,
            mode="extractive",
            text=ABSTENTIONS[reason] if reason else text_of(citations),
            confidence=round(reading.confidence, 4),
            sentences=tuple(quoted(citations)),
            citations=citations,
            closest=tuple(closest(hit) for hit in passages.hits[:CLOSEST_SHOWN]) if reason else (),
            library=state,
            models=models,
        )

    def _reason_to_abstain(self, view: View, reading: Reading) -> Reason | None:
        if not view.passages:
            return "empty_library"
        if not reading.evidence:
            return "no_evidence"
        return "low_confidence" if reading.confidence < self._least_confidence else None


def _search(view: View, question: Question, understood: Understood) -> list[Hit]:
    """The passages to read: those for the question as asked and, for a follow-up, also those for the standalone question."""
    hits = view.search(understood.standalone, PASSAGES_READ, question.documents)
    if understood.context:
        others = view.search(understood.asked, PASSAGES_READ, question.documents)
        known = {hit.number for hit in hits}
        hits += [hit for hit in others if hit.number not in known]
    return hits


def _reading_order(hits: tuple[Hit, ...]) -> Callable[[Evidence], tuple[int, int]]:
    """Documents in the order in which retrieval ranked them, sentences as they stand in each."""
    rank: dict[str, int] = {}
    for hit in hits:
        rank.setdefault(hit.document.id, len(rank))
    return lambda evidence: (rank[evidence.hit.document.id], evidence.span[0])
