"""Antecedents: sentences that lean on the one before them, which are quoted together with it.

Told by the words a sentence begins with: a pronoun or a demonstrative that stands for what was said before. Nothing is resolved: the
sentence before is quoted as it stands.
"""

from dataclasses import replace

import numpy as np
import regex

from qa.evidence import Evidence

_CONNECTIVE = (
    r"(?:(?:However|Moreover|Furthermore|Therefore|Thus|Hence|Consequently|Nevertheless|Nonetheless|Instead|Also|Indeed|Still|Then|"
    r"Additionally|Similarly|Conversely|Interestingly|Importantly|Notably|Unfortunately|Surprisingly|But|And|Yet|"
    r"In (?:addition|contrast|turn|particular|fact)|For (?:example|instance)|As a (?:result|consequence)),? )?"
)
_LEANS = regex.compile(
    rf"\W{{0,3}}{_CONNECTIVE}"
    r"(?:[Ii]ts?|[Tt]hey|[Tt]heir|[Tt]hem|[Hh]e|[Hh]is|[Ss]he|[Hh]er|[Tt]h(?:is|ese|ose|at)|[Ss]uch|[Bb]oth|[Tt]he (?:former|latter|same)|"
    r"[Nn]either|[Ee]ach of th(?:em|ese))(?![\p{L}\p{N}-])"
)
# `It is known that …`, `it is important to …`: the pronoun stands for what follows.
_EXPLETIVE = regex.compile(
    rf"\W{{0,3}}{_CONNECTIVE}it (?:(?:is|was|has been|had been|may be|might be|can be|could be|should be|must be|remains|seems|appears|"
    r"follows|turn(?:s|ed) out) (?:\w+ ){0,3}?(?:that|whether|how|why)|(?:is|was|may be|will be|would be|remains|becomes|seems) (?:\w+ )?"
    r"(?:important|possible|impossible|necessary|difficult|hard|easy|essential|crucial|critical|reasonable|interesting|useful|best|better|"
    r"worth|unlikely|vital|advisable|tempting|sufficient|common|unclear|clear) (?:to|for|if))\b",
    regex.IGNORECASE,
)
# `Both A and B`, `those who …`, `this study`: the words around say what is meant.
_ALONE = regex.compile(
    rf"\W{{0,3}}{_CONNECTIVE}(?:(?:both|neither)\b.{{0,80}}\b(?:and|nor)\b|th(?:at|ose) (?:who|which|with)\b|"
    r"this (?:study|review|article|paper|report|editorial|chapter|work|case)\b)",
    regex.IGNORECASE,
)
_PARAGRAPH = regex.compile(r"\n\s*\n")


def leans(sentence: str) -> bool:
    """Whether a sentence begins with words that stand for something said before it."""
    return bool(_LEANS.match(sentence)) and not _EXPLETIVE.match(sentence) and not _ALONE.match(sentence)


def antecedent(evidence: Evidence) -> Evidence | None:
    """The sentence before, if the sentence leans on it and it stands in the same paragraph.

    It scores as the sentence that needs it, and meets no part of the question for its own sake.
    """
    if not evidence.sentence or not leans(evidence.quote):
        return None
    before = replace(evidence, sentence=evidence.sentence - 1, matches=np.zeros_like(evidence.matches), answer=None, leant_on=True)
    return before if not _PARAGRAPH.search(_between(before, evidence)) else None


def _between(before: Evidence, after: Evidence) -> str:
    start = after.hit.row.start
    return after.hit.text[before.span[1] - start : after.span[0] - start]
