"""Text of documents and readers as one line among others, on which it can do nothing to what stands around it."""

import re

# Controls, what turns the direction of text round, halves of characters, and what no character is: XML holds few of them.
_COMMANDING = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def line(text: str) -> str:
    """The text on one line: a space for each stretch of white space, U+FFFD for each character that commands."""
    return _COMMANDING.sub("\ufffd", re.sub(r"\s+", " ", text))
