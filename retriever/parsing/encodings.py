"""Bytes to text: which encoding a text file is in, and what it says.

Knows no format; a declared encoding is handed in by whoever read the declaration.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from retriever.language import language_of

_SAMPLE_BYTES = 1 << 16
_GOOD = 0.85  # share of a sample's non-ASCII characters that must look usual

_BOMS = (  # UTF-32's mark begins with UTF-16's: longest first
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a page calls its encoding, and the superset that browsers read it as
# (WHATWG Encoding Standard, section 4.2).
_SUPERSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252",
    "iso8859-9": "cp1254", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs",
    "tis-620": "cp874", "iso2022_jp": "iso2022_jp_ext",
}  # fmt: skip
_MAX_BAD = 1000  # of so many bytes, one may be unreadable in the encoding that a text is in
# Languages whose bytes look Western, by their commonest words, and what they are written in.
_NOT_WESTERN = {"cs": "cp1250", "hu": "cp1250", "pl": "cp1250", "tr": "cp1254"}
_C1 = re.compile(rb"[\x80-\x9f]")
_WESTERN = re.compile("[À-ÖØ-öø-ÿŒœŠšŽžŸ€£¥§©®°·¿¡«»‘’“”‚„†•…‰–—™ª º²³½¼¾µ±×÷´¶]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the codec that gave it, and how many code points could not be read."""

    text: str
    encoding: str
    n_replaced: int


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Read ``data`` as text; never fails, at worst it replaces what cannot be read.

    Order: byte order mark, a declared encoding of seven bits, UTF-32 and UTF-16 by where their
    zero bytes stand, UTF-8, the declared encoding, then the encoding whose reading looks most
    like writing.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _read(data[len(mark) :], encoding)
    name = _codec_name(declared)
    encoding = (
        _by_shifts(data, name)
        or wide_encoding(data)
        or ("utf-8" if _is_nearly_utf8(data) else None)
        or _by_declaration(data, name)
        or _by_looks(data[:_SAMPLE_BYTES])
    )
    return _read(data, encoding)


def _read(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, errors="replace")
    # A replacement character that the file holds itself is rare enough not to matter.
    return Decoded(text, encoding, text.count("\ufffd"))


def _is_strict(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_nearly_utf8(data: bytes) -> bool:
    """Whether all is UTF-8, but for a byte here and there among characters that are."""
    if _is_strict(data, "utf-8"):
        return True
    text = data.decode("utf-8", errors="replace")
    n_bad = text.count("\ufffd")
    n_good = len(text) - len(text.encode("ascii", "ignore")) - n_bad
    return n_bad <= len(data) // _MAX_BAD and n_good > n_bad


def _codec_name(declared: str | None) -> str | None:
    """Python's name of a declared encoding; None for one that it does not know."""
    try:
        return codecs.lookup(declared.strip()).name if declared else None
    except (LookupError, ValueError):
        return None


def _by_shifts(data: bytes, name: str | None) -> str | None:
    """A declared encoding that writes all in ASCII, where its signs to shift are there."""
    if name is None or not (name == "hz" or name.startswith("iso2022_")) or not data.isascii():
        return None
    mark = b"~{" if name == "hz" else b"\x1b"
    return _SUPERSETS.get(name, name) if mark in data else None


def wide_encoding(data: bytes) -> str | None:
    """UTF-32 or UTF-16 if that is what the bytes are: by their mark, or by their zero bytes.

    Without a mark, zero bytes stand at fixed places of each unit: those of spaces and ASCII.
    """
    for mark, encoding in _BOMS:
        if encoding != "utf-8" and data.startswith(mark):
            return encoding
    sample = data[: _SAMPLE_BYTES - _SAMPLE_BYTES % 4]
    if b"\x00" not in sample:
        return None
    zeros = [sample[place::4].count(0) * 4 / len(sample) for place in range(4)]
    candidates = []
    if len(data) % 4 == 0 and zeros[3] > 0.95 and zeros[2] > 0.9:
        candidates.append("utf-32-le")
    if len(data) % 4 == 0 and zeros[0] > 0.95 and zeros[1] > 0.9:
        candidates.append("utf-32-be")
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if len(data) % 2 == 0 and even != odd:
        candidates.append("utf-16-le" if odd > even else "utf-16-be")
    return next((codec for codec in candidates if _is_wide_text(data, codec)), None)


def _is_wide_text(data: bytes, encoding: str) -> bool:
    """Whether the reading is valid and free of zero characters, as text is."""
    return _is_strict(data, encoding) and "\x00" not in data.decode(encoding)


def _by_declaration(data: bytes, name: str | None) -> str | None:
    if name is None or name.startswith(("utf-16", "utf-32")):  # it was read as ASCII: not these
        return None
    encoding = _SUPERSETS.get(name, name)
    try:
        n_replaced = data.decode(encoding, errors="replace").count("\ufffd")
    except (LookupError, ValueError, AssertionError):  # a codec that gives no text
        return None
    return encoding if n_replaced <= len(data) // _MAX_BAD else None


def _by_looks(sample: bytes) -> str:
    """The most plausible of the encodings in use that are no Unicode."""
    scores = {encoding: _score(sample, encoding, usual) for encoding, usual in _USUAL.items()}
    best = max(scores, key=lambda encoding: scores[encoding])  # ties: the earlier one
    if scores[best] >= _GOOD:
        return _by_words(sample) if best == "cp1252" else best
    return _by_statistics(sample) or (best if scores[best] > 0.5 else "cp1252")


def _by_words(sample: bytes) -> str:
    """What a text that reads as Western is in: Czech, say, is told by words without accents."""
    language = language_of(sample.decode("cp1252", "replace"))
    if language == "cs" and not _C1.search(sample):  # where cp1250 has its š and ž
        return "iso8859_2"
    return _NOT_WESTERN.get(language or "", "cp1252")


def _by_statistics(sample: bytes) -> str | None:
    """charset-normalizer's opinion: Cyrillic, Greek, Arabic, Central European and so on."""
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample).best()
    return None if best is None else best.encoding


def _score(sample: bytes, encoding: str, usual: Callable[[str], float]) -> float:
    """Mean usualness, from 0 to 1, of the sample's non-ASCII characters; -1: not valid."""
    try:
        # A sample may end inside a character: an incremental decoder keeps that part back.
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return -1.0
    foreign = [char for char in text if char > "\x7f"]
    if not foreign:
        return 0.0
    if encoding == "cp1252" and len(foreign) > 0.4 * sum(map(str.isalpha, text)):
        return 0.0  # every other letter accented: another alphabet
    return sum(map(usual, foreign)) / len(foreign)


def _lead_byte(char: str, encoding: str) -> int:
    try:
        raw = char.encode(encoding)
    except UnicodeEncodeError:
        return 0
    return raw[0] if len(raw) == 2 and (encoding != "gb18030" or raw[1] >= 0xA1) else 0


def _usual_gb18030(char: str) -> float:
    lead = _lead_byte(char, "gb18030")
    if 0xB0 <= lead <= 0xD7 or lead in (0xA1, 0xA3):  # level 1: the 3,755 common ones
        return 1.0
    return 0.5 if 0xD8 <= lead <= 0xF7 else 0.0


def _usual_big5(char: str) -> float:
    lead = _lead_byte(char, "big5hkscs")
    if 0xA4 <= lead <= 0xC6 or lead == 0xA1:  # level 1: the 5,401 common ones
        return 1.0
    return 0.4 if 0xC9 <= lead <= 0xF9 else 0.0


def _usual_japanese(char: str) -> float:
    if "\u3041" <= char <= "\u30fe" or char in "、。「」・々〜（）！？":
        return 1.0
    lead = _lead_byte(char, "cp932")
    if 0x88 <= lead <= 0x97:  # level 1: the 2,965 common ones
        return 0.95
    return 0.3 if lead >= 0x98 else 0.2 if "０" <= char <= "ｚ" else 0.0


def _usual_korean(char: str) -> float:
    if "\uac00" <= char <= "\ud7a3":
        return 1.0 if 0xB0 <= _lead_byte(char, "euc_kr") <= 0xC8 else 0.1
    return 0.6 if char in "“”‘’·…「」" else 0.0


def _usual_western(char: str) -> float:
    return 1.0 if _WESTERN.match(char) else 0.0


# In the order in which ties are broken. Korean comes before Chinese: Korean bytes read as
# Chinese look usual, but Chinese bytes do not read as Hangul alone.
_USUAL: dict[str, Callable[[str], float]] = {
    "cp949": _usual_korean,
    "euc_jp": _usual_japanese,
    "gb18030": _usual_gb18030,
    "cp932": _usual_japanese,
    "big5hkscs": _usual_big5,
    "cp1252": _usual_western,
}
