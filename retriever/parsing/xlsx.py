"""Excel workbooks (.xlsx): a sheet is a page, a row a line with the names of its columns.

Reads the values that were saved with the file; computes nothing.
"""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

from retriever.parsing.limits import ParseLimits, check_archive
from retriever.parsing.pages import Pages, clean
from retriever.parsing.rows import hang, table_lines
from retriever.parsing.xlsx_numbers import duration_text, number_text
from retriever.parsing.xlsx_parts import Span, formula_warnings, notes, spans

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_MAX_ROWS = 1 << 20  # of a sheet, in Excel; a damaged number of a row may claim any other

AnyCell: TypeAlias = Cell | MergedCell | ReadOnlyCell | EmptyCell


def parse_xlsx(path: Path, limits: ParseLimits) -> Pages:
    """Every visible or hidden sheet, in order, under its name; charts have no text."""
    check_archive(path, limits)
    texts = []
    # Given a path, openpyxl wants to see .xlsx in it.
    with path.open("rb") as stream, zipfile.ZipFile(path) as archive:
        workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        for sheet in workbook.worksheets:
            name = sheet._worksheet_path  # type: ignore[attr-defined]
            sheet.reset_dimensions()  # some writers state wrong ones
            rows = _rows(sheet.iter_rows(), spans(archive, name))
            lines = [*table_lines(hang(rows)), *notes(archive, name)]
            texts.append(clean("\n".join([sheet.title, "", *lines])) if lines else "")
        workbook.close()
        return Pages(MEDIA_TYPE, texts, formula_warnings(archive))


def _rows(
    sheet_rows: Iterable[tuple[AnyCell, ...]], spans: Sequence[Span]
) -> Iterator[list[str | None]]:
    """Cells as text, None where one goes on from above; runs of empty rows become one."""
    n_empty = n_begun = 0
    hanging: dict[int, int] = {}  # column -> the last row of what spans rows there
    for number, cells in enumerate(islice(sheet_rows, _MAX_ROWS), start=1):
        row: list[str | None] = [cell_text(cell) for cell in cells]
        while n_begun < len(spans) and spans[n_begun].first_row < number:
            hanging[spans[n_begun].column] = spans[n_begun].last_row
            n_begun += 1
        hanging = {column: last for column, last in hanging.items() if last >= number}
        for column in hanging:
            row += [""] * (column - len(row))
            row[column - 1] = None
        while row and row[-1] == "":
            row.pop()
        n_empty = 0 if row else n_empty + 1
        if n_empty <= 1:
            yield row


def cell_text(cell: AnyCell) -> str:
    """A cell's value as people write it: no ``.0``, ISO dates, units that its format writes."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_text(value, cell.number_format or "")
    if isinstance(value, datetime.timedelta):
        return duration_text(value)
    if isinstance(value, datetime.datetime):
        is_date = value.time() == datetime.time()
        return value.date().isoformat() if is_date else value.isoformat(" ", "seconds")
    return str(value)
