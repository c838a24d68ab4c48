"""What kind of answer a question expects, as far as its words tell: how many sentences are to be taken depends on it."""

from typing import Literal

import regex

Expected = Literal["fact", "list", "other"]

_FACT = regex.compile(
    r"\b(who|whom|whose|when|where|how (many|much|long|old|often|far|large|big|high|likely|soon|fast)"
    r"|(what|which) (\w+ )?(year|date|day|month|percentage|percent|proportion|number|age|country|city|dose|rate))\b",
    regex.IGNORECASE,
)
_LIST = regex.compile(
    r"\b(list|name|(which|what) (are|were)|examples?|types|kinds|compared?|differences?|differ|versus|vs|both|and)\b"
    r"|^(which|what) (?!(is|was|does|has|this|causes|makes)\b)\w+s\b",
    regex.IGNORECASE,
)


def expected(question: str) -> Expected:
    """A fact (who, when, where, how many), a list or a comparison, or anything else."""
    if _FACT.search(question):
        return "fact"
    return "list" if _LIST.search(question) else "other"
