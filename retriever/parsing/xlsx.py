"""Excel workbooks (.xlsx): a sheet is a page, a row a line with the names of its columns.

Reads the values that were saved with the file; computes nothing.
"""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

from retriever.parsing.limits import ParseLimits, check_archive
from retriever.parsing.pages import Pages, clean
from retriever.parsing.rows import Row, table_lines
from retriever.parsing.xlsx_numbers import duration_text, number_text

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_UNCOMPUTED = re.compile(rb"</f>\s*+(?:<v\s*+/>|<v></v>)?\s*+</c>")
_MAX_ROWS = 1 << 20  # of a sheet, in Excel; a damaged number of a row may claim any other

AnyCell: TypeAlias = Cell | MergedCell | ReadOnlyCell | EmptyCell


def parse_xlsx(path: Path, limits: ParseLimits) -> Pages:
    """Every visible or hidden sheet, in order, under its name; charts have no text."""
    check_archive(path, limits)
    texts = []
    with path.open("rb") as stream:  # given a path, openpyxl wants to see .xlsx in it
        workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # some writers state wrong ones
            lines = list(table_lines(_rows(sheet.iter_rows())))
            texts.append(clean("\n".join([sheet.title, "", *lines])) if lines else "")
        workbook.close()
    return Pages(MEDIA_TYPE, texts, _formula_warnings(path))


def _rows(sheet_rows: Iterable[tuple[AnyCell, ...]]) -> Iterator[Row]:
    """Cells as text; runs of empty rows become one."""
    n_empty = 0
    for cells in islice(sheet_rows, _MAX_ROWS):
        row = [cell_text(cell) for cell in cells]
        while row and not row[-1]:
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


def _formula_warnings(path: Path) -> list[str]:
    """A sentence when formulas were saved without values, as programs do and Excel does not."""
    with zipfile.ZipFile(path) as archive:
        n_formulas = sum(
            len(_UNCOMPUTED.findall(archive.read(name)))
            for name in archive.namelist()
            if name.startswith("xl/worksheets/") and name.endswith(".xml")
        )
    if not n_formulas:
        return []
    noun = "formula has" if n_formulas == 1 else "formulas have"
    return [f"{n_formulas} {noun} no saved value; open the file in Excel and save it again"]
