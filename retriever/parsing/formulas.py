"""Fractions, powers and roots as a line of text: ``1/2``, ``10⁶``, ``√2``.

Knows no file format. Written without signs between them, their figures would be other ones.
"""

from __future__ import annotations

import re

_ONE = re.compile(r"[\w.,°%′]*")
_RAISED = re.compile(r"[-+−–\d]+")
_SUPERSCRIPTS = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")


def fraction(above: str, below: str, before: str = "") -> str:
    """A fraction; ``before`` is what stands before it, so that 2 and a half are not 21/2."""
    space = " " if before[-1:].isdigit() else ""
    return f"{space}{_in_brackets(above)}/{_in_brackets(below)}"


def raised(text: str) -> str:
    """Text that is set higher: figures as raised ones, which 10 to the sixth needs."""
    return text.translate(_SUPERSCRIPTS) if _RAISED.fullmatch(text) else text


def power(exponent: str) -> str:
    """An exponent behind its base."""
    exponent = exponent.strip()
    if _RAISED.fullmatch(exponent) or not any(map(str.isalnum, exponent)):
        return raised(exponent)
    return f"^{_in_brackets(exponent)}"


def root(inside: str, degree: str = "") -> str:
    """A root, a square one where no other degree is said."""
    return f"{raised(degree.strip())}√{_in_brackets(inside)}"


def _in_brackets(text: str) -> str:
    """``text``, in brackets unless it is one number or name."""
    text = text.strip()
    return text if _ONE.fullmatch(text) else f"({text})"
