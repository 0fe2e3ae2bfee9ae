"""Text that is its own format: TXT, Markdown, and anything else that reads as text.

Knows encodings and little else.
"""

from __future__ import annotations

from pathlib import Path

from retriever.parsing.encodings import Decoded, decode
from retriever.parsing.limits import ParseLimits
from retriever.parsing.pages import Pages, clean

TEXT_TYPE = "text/plain"
MARKDOWN_TYPE = "text/markdown"


def parse_text(path: Path, limits: ParseLimits) -> Pages:
    """The whole file as one page."""
    return _parse(path, TEXT_TYPE)


def parse_markdown(path: Path, limits: ParseLimits) -> Pages:
    """Markdown as it was written: what a reader quotes is what the file says."""
    return _parse(path, MARKDOWN_TYPE)


def _parse(path: Path, media_type: str) -> Pages:
    decoded = decode(path.read_bytes())
    return Pages(media_type, [clean(decoded.text)], encoding_warnings(decoded))


def encoding_warnings(decoded: Decoded) -> list[str]:
    """A sentence when some bytes could not be read."""
    if not decoded.n_replaced:
        return []
    noun = "character" if decoded.n_replaced == 1 else "characters"
    return [f"{decoded.n_replaced} {noun} could not be read as {decoded.encoding}"]
