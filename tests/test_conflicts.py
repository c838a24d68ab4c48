"""Conflicts: what two documents say the other way round, told by words alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.citations import Citation, Cited
from qa.conflicts import Claim, Conflict, Kind, conflict, conflicts

SAME = "Median survival after the transplantation was long."
NUMBERS = ("Median survival after the transplantation was 12 months.", "Median survival after the transplantation was 24 months.")
NEGATION = ("Pembrolizumab improves survival of treated patients.", "Pembrolizumab does not improve survival of treated patients.")
OPPOSITES = ("Pembrolizumab increased CAR‐T expansion in patients.", "Pembrolizumab decreased CAR-T expansion in patients.")

_PIECES = (
    "CAR‐T cells expanded increase decreased effective ineffective safe toxic the of not 12 24 1,000 1000 71% 64 % 0.5 "
    "months days CD19‐ , ."
)
SENTENCES = st.lists(st.sampled_from(_PIECES.split(" ")), max_size=8).map(lambda some: f"{' '.join(some)} survival of lymphoma patients")
UNHURRIED = settings(deadline=None, max_examples=400, derandomize=True)


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        pytest.param(*NUMBERS, "numbers", id="other numbers of a unit"),
        pytest.param(
            "Survival at one year was 71% in patients with lymphoma.",
            "Survival at one year was 64 % in patients with lymphoma.",
            "numbers",
            id="per cent, with and without a space",
        ),
        pytest.param(
            "The trial enrolled 1,000 patients with lymphoma.",
            "The trial enrolled 100 patients with lymphoma.",
            "numbers",
            id="a number with a separator",
        ),
        pytest.param(*NEGATION, "negation", id="not"),
        pytest.param(
            "Pembrolizumab can restore the cells of patients.",
            "Pembrolizumab cannot restore the cells of patients.",
            "negation",
            id="cannot",
        ),
        pytest.param(
            "The antibody doesn’t bind the mutant protein.",
            "The antibody binds the mutant protein.",
            "negation",
            id="n’t, with its apostrophe",
        ),
        pytest.param(
            "The antibody failed to bind the mutant protein.", "The antibody binds the mutant protein.", "negation", id="failed to"
        ),
        pytest.param("Mice never lost the CD19‐ tumor cells.", "Mice lost the CD19‐ tumor cells.", "negation", id="never"),
        pytest.param(*OPPOSITES, "opposites", id="opposites, with other hyphens"),
        pytest.param(
            "Children with lymphoma often relapsed in the trial.",
            "Adults with lymphoma often relapsed in the trial.",
            "opposites",
            id="opposites that are nouns",
        ),
        pytest.param(
            "Pembrolizumab increased expansion of cells in 12 patients.",
            "Pembrolizumab decreased expansion of cells in 24 patients.",
            "opposites",
            id="opposites before numbers",
        ),
    ],
)
def test_sentences_contradict_each_other_that_differ_in_little(one: str, other: str, kind: Kind):
    assert conflict(one, other) == kind
    assert conflict(other, one) == kind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param(NUMBERS[0], "The dose of the antibody was 24 months old.", id="numbers of other things"),
        pytest.param(NUMBERS[0], "Median survival after the transplantation was 24%.", id="numbers of other units"),
        pytest.param(NUMBERS[0], "Median survival after the transplantation was 24 months or 12 months.", id="a number in common"),
        pytest.param(NUMBERS[0], SAME, id="a number and none"),
        pytest.param(
            "The trial enrolled 1,000 patients with lymphoma.", "The trial enrolled 1000 patients with lymphoma.", id="separators"
        ),
        pytest.param("CD19 cells of lymphoma patients were lost.", "CD22 cells of lymphoma patients were lost.", id="numbers in names"),
        pytest.param(NEGATION[0], NEGATION[0].replace("treated", "old"), id="another word, no opposite"),
        pytest.param(NEGATION[1], NEGATION[1].replace("does not", "cannot"), id="both negate the same"),
        pytest.param(NEGATION[0], "Pembrolizumab not only improves survival of treated patients.", id="not only"),
        pytest.param(
            "Whether or not they relapsed, treated patients improved.", "Treated patients improved after they relapsed.", id="or not"
        ),
        pytest.param("The trial saw no less than 12 patients relapse.", "The trial saw 12 patients relapse.", id="no less"),
        pytest.param("The drug was safe and effective in mice.", "The drug was effective and safe in mice.", id="another order"),
        pytest.param(
            "The drug did not improve survival of patients with lymphoma.",
            "The drug did not significantly improve overall survival of patients with lymphoma.",
            id="both are negated, one at greater length",
        ),
        pytest.param("The dose lasted 24 or 12 months in old mice.", "The dose lasted 24 months in old mice.", id="one of two numbers"),
        pytest.param("Doses of antibody rose.", "Doses of antibody fell.", id="too few words in common"),
        pytest.param(
            "The high dose of the antibody killed many cells of old mice.",
            "The low dose of the antibody kept cells of some young patients with lymphoma alive.",
            id="too small a share in common",
        ),
        pytest.param(
            "Early and late relapse of lymphoma was seen.",
            "Late and early relapse of lymphoma was seen.",
            id="both speak of both opposites",
        ),
    ],
)
def test_other_sentences_do_not_contradict_each_other(one: str, other: str):
    assert conflict(one, other) is None
    assert conflict(other, one) is None


def test_a_claim_is_the_words_the_numbers_by_their_units_and_what_is_negated():
    claim = Claim.of("In 1,000 patients, 71 % or 64% did not lose CD19‐ cells after 12 months.")
    assert claim.words == {"patient", "lose", "cd19", "cd19-", "cell", "month"}
    assert claim.numbers == {"patients": {"1000"}, "%": {"71", "64"}, "months": {"12"}}
    assert claim.negated == {"lose", "cd19", "cd19-", "cell", "12"}


def test_a_negation_reaches_five_words():
    assert Claim.of("It did not change one two three four five six.").negated == {"chang", "one", "two", "three", "four"}


@UNHURRIED
@given(SENTENCES, SENTENCES)
def test_a_contradiction_goes_both_ways(one: str, other: str):
    assert conflict(one, other) == conflict(other, one)


@UNHURRIED
@given(SENTENCES | st.text(max_size=40))
def test_no_sentence_contradicts_itself_however_it_is_typed(sentence: str):
    assert conflict(sentence, sentence) is None
    assert conflict(sentence, sentence.replace("\u2010", "-")) is None


def _citation(number: int, document: str, quote: str) -> Citation:
    cited = Cited(document, "title", f"{document}.txt", "0" * 64)
    return Citation(number, cited, (), None, 0, len(quote), quote, "", "", 0.5, "")


@pytest.mark.parametrize(
    ("cited", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([("a", NUMBERS[0]), ("b", SAME)], [], id="no contradiction"),
        pytest.param([("a", NUMBERS[0]), ("a", NUMBERS[1])], [], id="of one document"),
        pytest.param([("a", NUMBERS[0]), ("b", NUMBERS[1])], [((1, 2), "numbers")], id="of two documents"),
        pytest.param(
            [("a", NUMBERS[0]), ("a", NEGATION[0]), ("b", NEGATION[1]), ("b", NUMBERS[1]), ("c", OPPOSITES[0])],
            [((1, 4), "numbers"), ((2, 3), "negation")],
            id="two of several",
        ),
        pytest.param(
            [("a", OPPOSITES[0]), ("b", OPPOSITES[1]), ("c", OPPOSITES[0])],
            [((1, 2), "opposites"), ((2, 3), "opposites")],
            id="one against two",
        ),
    ],
)
def test_citations_of_different_documents_are_compared_two_by_two(
    cited: list[tuple[str, str]], expected: list[tuple[tuple[int, int], Kind]]
):
    citations = [_citation(number, *one) for number, one in enumerate(cited, start=1)]
    assert list(conflicts(citations)) == [Conflict(*one) for one in expected]
