"""Tables as text (.csv, .tsv): encoding and delimiter found, each row a line to quote.

Knows nothing of types: cells stay as they were written.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from retriever.parsing.encodings import decode
from retriever.parsing.limits import ParseLimits
from retriever.parsing.pages import Pages, clean
from retriever.parsing.plain import encoding_warnings
from retriever.parsing.rows import Row, table_lines
from retriever.types import UnreadableFile

MEDIA_TYPE = "text/csv"

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 100
_MAX_FIELD_CHARS = 1 << 24


def parse_csv(path: Path, limits: ParseLimits) -> Pages:
    """The whole table as one page."""
    decoded = decode(path.read_bytes())
    text = decoded.text.lstrip("\ufeff").replace("\x00", "")
    csv.field_size_limit(_MAX_FIELD_CHARS)
    delimiter = find_delimiter(text)
    quoted = not _has_stray_quote(text, delimiter)
    rows = (row for row in _rows(text, delimiter, quoted) if any(map(str.strip, row)))
    lines = _bounded(table_lines(rows), limits.max_chars)
    return Pages(MEDIA_TYPE, [clean("\n".join(lines))], encoding_warnings(decoded))


def _bounded(lines: Iterator[str], max_chars: int) -> Iterator[str]:
    """The lines; ``broken`` as soon as they are too long: each repeats the column names."""
    n_chars = 0
    for line in lines:
        n_chars += len(line)
        if n_chars > max_chars:
            raise UnreadableFile(
                "broken", f"it holds more than {max_chars:,} characters, the limit for one file"
            )
        yield line


def find_delimiter(text: str) -> str:
    """The delimiter that gives most rows the same number of cells, more than one."""

    def evenness(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in islice(_rows(text, delimiter), _SAMPLE_ROWS) if row)
        width, count = max(widths.items(), key=lambda item: item[1], default=(1, 0))
        return (count / widths.total(), width) if width > 1 else (0.0, 0)

    return max(_DELIMITERS, key=evenness)  # ties: the comma


def _has_stray_quote(text: str, delimiter: str) -> bool:
    """Whether a quote in a TSV, where few are meant as such, swallowed the cells behind it."""
    if delimiter != "\t" or '"' not in text:
        return False
    return any("\t" in cell and "\n" in cell for row in _rows(text, "\t") for cell in row)


def _rows(text: str, delimiter: str, quoted: bool = True) -> Iterator[Row]:
    yield from csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
    )
