"""Bytes as text: the encoding is told by a byte order mark, by the bytes themselves, or by the language they make."""

import unicodedata
from collections import Counter

import regex
from charset_normalizer import CharsetMatch, from_bytes

from index.errors import UnreadableDocument

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE = 2**18  # bytes that are looked at; detection takes about 0.3 s on so many
_MOST_CONTROLS = 0.02  # of all characters
_LEAST_FIT = 0.8
_ADVICE = "Save the file as UTF-8 and add it again."
_NO_TEXT = "so this is not a text file. Leave it out, or convert it to text."

# Latin letters beyond ASCII, language by language: text in the right encoding keeps to those of one language.
_SIGNS = frozenset("“”‘’„‚‹›«»–—…•·€£¥¢§¶©®™°±²³¹µ×÷¼½¾ºª¿¡†‡\xa0\xad")
_WEST = [
    "äöüß",
    "àâæçéèêëîïôœùûüÿ",
    "áéíñóúü",
    "ãáàâçéêíóôõúü",
    "àèéìíîòóùú",
    "åäöé",
    "æøåéòô",
    "áéíóúýþæöð",
    "éëïóöüáè",
    "õäöüšž",
    "àçèéíïòóúü",
]
_CENTRE = ["ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ", "äöüß"]
_ALPHABETS = {
    "cp1252": _WEST,
    "cp1250": _CENTRE,
    "cp1254": ["çğıi̇öşüâîû"],
    "cp1257": ["āčēģīķļņšūž", "ąčęėįšųūž", "õäöüšž"],
    "iso8859_2": _CENTRE,
    "mac_roman": _WEST,
    "cp850": _WEST,
}
_ANY_OF_THEM = 0.9  # the worth of a letter of another language in the same encoding: names in an English text
_OTHERS = "cp1251 koi8_u iso8859_5 cp866 cp1253 cp1255 cp1256 iso8859_6 gb18030 big5 cp949 cp932 euc_jp".split()
_HAN = regex.compile(r"[\p{Han}\p{P}]")
_JAPANESE = regex.compile(r"[\p{Han}\u3040-\u30ff\p{P}]")
_SCRIPTS = {"gb18030": _HAN, "big5": _HAN, "cp949": regex.compile(r"[\p{Hangul}\p{P}]"), "cp932": _JAPANESE, "euc_jp": _JAPANESE}
_INNER_CAPITAL = regex.compile(r"(?<=\p{Ll})[^\P{Lu}A-Z]")
_HIGH_RUN = regex.compile(rb"[\x80-\xff]+")


def decode(content: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding; no character is changed, and a UTF-8 byte order mark stays in the text.

    Raises:
        UnreadableDocument: not text, or in an encoding that cannot be told with confidence.
    """
    encoding = marked_encoding(content) or _unmarked(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocument(f"byte {error.start} is not {encoding.upper()}. {_ADVICE}") from error
    _check(text)
    return text, encoding


def marked_encoding(content: bytes) -> str:
    """The encoding that a byte order mark of UTF-16 or UTF-32 tells; empty without one."""
    return next((name for mark, name in _MARKS if content.startswith(mark)), "")


def wide_encoding(content: bytes) -> str:
    """The encoding of UTF-16 or UTF-32 without a byte order mark, told by where the NULs stand; empty if it is neither."""
    sample = content[:4096]
    nuls = [sample[place::4].count(0) for place in range(4)]
    quarter = len(sample) // 4
    if quarter and len(content) % 4 == 0 and nuls[3] == quarter > nuls[0] and nuls[2] > 0.9 * quarter:
        return "utf-32-le"
    if quarter and len(content) % 4 == 0 and nuls[0] == quarter > nuls[3] and nuls[1] > 0.9 * quarter:
        return "utf-32-be"
    first, second = nuls[0] + nuls[2], nuls[1] + nuls[3]
    if len(content) % 2 or max(first, second) < max(2, 0.02 * len(sample)):
        return ""
    return "utf-16-le" if first < 0.1 * second else "utf-16-be" if second < 0.1 * first else ""


def _unmarked(content: bytes) -> str:
    """The encoding of bytes without a byte order mark."""
    if (place := content.find(0)) >= 0:
        if encoding := wide_encoding(content):
            return encoding
        raise UnreadableDocument(f"byte {place} is NUL, {_NO_TEXT}")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        _check_not_mixed(content, error.start)
        return _detected(_sample(content, error.start))
    return "iso2022_jp" if b"\x1b$B" in content else "utf-8"


def _check_not_mixed(content: bytes, place: int) -> None:
    """A file that is UTF-8 but for a few bytes would come out garbled in any other encoding."""
    seen = Counter(content[: 16 * _SAMPLE].decode("utf-8", "surrogateescape"))
    wrong = sum(count for character, count in seen.items() if "\udc80" <= character <= "\udcff")
    if sum(count for character, count in seen.items() if character > "\x7f") > 2 * wrong:
        raise UnreadableDocument(f"byte {place} is not UTF-8, though most of the file is: encodings are mixed in it. {_ADVICE}")


def _sample(content: bytes, place: int) -> bytes:
    """Whole lines about the first byte that tells anything; all of a file that is not large."""
    if len(content) <= _SAMPLE:
        return content
    start = content.rfind(b"\n", max(0, place - _SAMPLE // 2), place) + 1 or max(0, place - 1)
    end = content.rfind(b"\n", start + _SAMPLE // 2, start + _SAMPLE) + 1 or start + _SAMPLE
    return content[start:end]


def _detected(sample: bytes) -> str:
    """The encoding in which the sample reads most like a language."""
    runs = _HIGH_RUN.findall(sample)
    high = sum(map(len, runs))
    if high < min(0.5 * len(sample), 3 * len(runs)):  # letters with accents in words of ASCII
        names = high < min(0.2 * len(sample), 2 * len(runs))
        fits = {encoding: _fit(sample, encoding, names) for encoding in _ALPHABETS}
        best = max(fits, key=lambda encoding: fits[encoding])
        if fits[best] >= _LEAST_FIT:
            return best
    found = next((match.encoding for match in from_bytes(sample, cp_isolation=_OTHERS) if _believable(match)), "")
    if not found:
        raise UnreadableDocument(f"its encoding cannot be told. {_ADVICE}")
    return found


def _fit(sample: bytes, encoding: str, names: bool) -> float:
    """How much of what is not ASCII keeps to the letters of one language, if the sample is in this encoding: up to 1.

    names: whether there is so little of it that names from several languages will do, if not as well.
    """
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    seen = Counter(character for character in text.lower() if character > "\x7f")
    alphabets = [frozenset(letters) for letters in _ALPHABETS[encoding]]
    shares = [_share(seen, alphabet | _SIGNS) for alphabet in alphabets]
    if names:
        shares.append(_ANY_OF_THEM * _share(seen, _SIGNS.union(*alphabets)))
    return max(shares) - len(_INNER_CAPITAL.findall(text)) / max(1, seen.total())


def _share(seen: Counter[str], alphabet: frozenset[str]) -> float:
    return sum(number for character, number in seen.items() if character in alphabet) / max(1, seen.total())


def _believable(match: CharsetMatch) -> bool:
    """Whether text taken for Chinese, Japanese or Korean is written in the characters of that language."""
    script = _SCRIPTS.get(match.encoding)
    beyond = [character for character in str(match) if character > "\x7f"]
    return script is None or sum(script.match(character) is not None for character in beyond) >= _LEAST_FIT * len(beyond)


def _check(text: str) -> None:
    """Refuse what decodes but is not written language: NULs, control characters, code points that mean nothing."""
    if (place := text.find("\x00")) >= 0:
        raise UnreadableDocument(f"character {place} is NUL, {_NO_TEXT}")
    sample = text[:_SAMPLE]
    controls = sum(unicodedata.category(character) in ("Cc", "Cn") and not character.isspace() for character in sample)
    if controls > max(8, _MOST_CONTROLS * len(sample)):
        raise UnreadableDocument(f"it holds more control characters than text does, {_NO_TEXT}")
