"""A number of a sheet with what its format writes around it: a percent sign, a unit, zeros.

Pure. Rounds nothing: digits that the format would not show are kept.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache

# A currency; a colour, a language or a condition; what stands for itself; room; places of digits.
_TOKEN = re.compile(
    r"""\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<bracket>[^\]]*)\]
    |"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].
    |(?P<places>General|[0\#?][0\#?.,]*)|(?P<end>;)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ZEROS = re.compile(r"0+\Z")
_MAX_FORMAT = 255  # characters, in Excel
_MAX_AROUND = 40  # characters before or after a number, which each cell of a column repeats
_IN_DIGITS_BELOW = 1e21
_MAX_THOUSANDS = 8


@dataclass(frozen=True, slots=True)
class _Section:
    """What a format writes for numbers of one sign."""

    texts: tuple[str, ...]  # before, between and behind the places of digits
    places: tuple[str, ...]
    is_percent: bool


def number_text(value: float, number_format: str) -> str:
    """A number as ``1234``, ``12.5%``, ``12.5 €`` or, under ``00000``, ``01234``; no ``.0``."""
    if abs(value) >= _IN_DIGITS_BELOW:
        return str(value)
    section = _section_for(value, number_format)
    if section is None:
        return _digits(value)
    if value >= 0 and _is_whole(value) and not section.is_percent and _pads(section):
        return _padded(int(value), section)
    last = section.places[-1]
    n_thousands = min(len(last) - len(last.rstrip(",")), _MAX_THOUSANDS)  # left out at the end
    scaled = value / 1000**n_thousands if n_thousands else value * 100**section.is_percent
    before, after = section.texts[0].lstrip(), section.texts[-1].rstrip()
    if value <= 0 and "(" in before:
        before, after = before.replace("(", ""), after.replace(")", "")
    if value <= 0:
        before = before.replace("-", "")
    if max(len(before), len(after)) > _MAX_AROUND:
        before, after = "", "%" * section.is_percent
    return f"{'-' * (value < 0)}{before}{_digits(abs(scaled))}{after}"


def duration_text(value: datetime.timedelta) -> str:
    """Hours, minutes and seconds: ``30:15:00``, as sheets count hours past a day."""
    minutes, seconds = divmod(round(abs(value).total_seconds()), 60)
    sign = "-" if value < datetime.timedelta() else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _section_for(value: float, number_format: str) -> _Section | None:
    """The section of a number's sign; None where it says nothing of how digits are written."""
    sections = _sections(number_format) if len(number_format) <= _MAX_FORMAT else ()
    place = 1 if value < 0 else 2 if value == 0 else 0
    section = sections[place if place < len(sections) else 0] if sections else None
    return section if section and section.places else None


@lru_cache(maxsize=1000)
def _sections(number_format: str) -> tuple[_Section, ...]:
    """A format's sections; none where conditions choose between them, not signs."""
    sections: list[_Section] = []
    texts, places, is_percent = [""], list[str](), False
    for token in _TOKEN.finditer(f"{number_format};"):
        kind, found = token.lastgroup or "room", token[token.lastgroup or 0]
        if kind == "bracket" and found.startswith(("<", ">", "=")):
            return ()
        if kind == "end":
            sections.append(_Section(tuple(texts), tuple(places), is_percent))
            texts, places, is_percent = [""], [], False
        elif kind == "places":
            places.append(found)
            texts.append("")
        elif kind != "bracket" and kind != "room" and not _is_code(kind, found):
            texts[-1] += found
            is_percent |= kind == "other" and found == "%"
    return tuple(sections)


def _is_code(kind: str, found: str) -> bool:
    """Whether a bare character is an instruction, such as the E before an exponent."""
    return kind == "other" and found.isascii() and (found.isalnum() or found == "@")


def _pads(section: _Section) -> bool:
    """Whether a section is for numbers of so many digits: those of towns, articles, phones."""
    return len("".join(section.places)) > 1 and all(map(_ZEROS.match, section.places))


def _padded(value: int, section: _Section) -> str:
    digits = str(value).zfill(len("".join(section.places)))
    parts: list[str] = []
    for text, zeros in zip(section.texts[:0:-1], section.places[::-1], strict=True):
        parts += [text, digits[-len(zeros) :]]
        digits = digits[: -len(zeros)]
    return "".join([section.texts[0], digits, *parts[::-1]]).strip()


def _digits(value: float) -> str:
    return str(int(value)) if _is_whole(value) else f"{value:.15g}"


def _is_whole(value: float) -> bool:
    return isinstance(value, int) or value.is_integer()
