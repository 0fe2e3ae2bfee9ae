"""Rich Text Format (.rtf), through striprtf. One page."""

from __future__ import annotations

from pathlib import Path

from striprtf.striprtf import rtf_to_text

from retriever.parsing.limits import ParseLimits
from retriever.parsing.pages import Pages, clean

MEDIA_TYPE = "application/rtf"


def parse_rtf(path: Path, limits: ParseLimits) -> Pages:
    """The text without its formatting; other letters than Latin come escaped in this format."""
    source = path.read_bytes().decode("latin-1")
    text = str(rtf_to_text(source, encoding="cp1252", errors="ignore"))  # type: ignore[no-untyped-call]
    return Pages(MEDIA_TYPE, [clean(text)])
