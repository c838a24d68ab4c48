"""Names and numbers of a text, as far as digits and capital letters show them."""

import regex

_WORD = regex.compile(r"[\p{L}\p{N}]+(?:[-'’‐‑][\p{L}\p{N}]+)*")
_NUMBER, _CAPITAL = regex.compile(r"\p{N}"), regex.compile(r"\p{Lu}")


def names(text: str) -> list[str]:
    """The words of a text that look like names or numbers: with a digit, or with a capital letter and not opening a sentence."""
    found = []
    for match in _WORD.finditer(text):
        before = text[: match.start()].rstrip()
        word = match[0]
        shown = word[1:] if not before or before[-1] in ".?!:" else word
        if _NUMBER.search(word) or (len(word) > 1 and _CAPITAL.search(shown)):
            found.append(word)
    return found
