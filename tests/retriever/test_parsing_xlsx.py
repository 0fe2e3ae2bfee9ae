"""Excel workbooks, made on the spot: figures, merged cells and notes as Excel shows them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment

from retriever.parsing import parse
from retriever.parsing.xlsx_numbers import duration_text, number_text


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (12.5, "General", "12.5"),
        (2.0, "0.00", "2"),
        (0.125, "0.0%", "12.5%"),
        (12.5, '0.0"%"', "12.5%"),
        (12.5, r"0.0\%", "12.5%"),
        (0.5, r'0%_);\(0%\)', "50%"),
        (1234, "00000", "01234"),
        (5551234, r"000\-0000", "555-1234"),
        (12345678, "000-0000", "1234-5678"),
        (1.5, "00", "1.5"),
        (7, '"Q"0', "Q7"),
        (1234.5, '#,##0.00 "€"', "1234.5 €"),
        (1234.5, "[$£-809]#,##0.00", "£1234.5"),
        (1234.5, "[$-409]#,##0.00", "1234.5"),
        (-5, "[Red](#,##0.00)", "-5"),
        (-5, '_("$"* #,##0_);_("$"* \\(#,##0\\);_("$"* "-"_);_(@_)', "-$5"),
        (0, '_("$"* #,##0_);_("$"* \\(#,##0\\);_("$"* "-"_);_(@_)', "0"),
        (-3, '0" up";0" down"', "-3 down"),
        (1234567, '0.0,,"M"', "1.234567M"),
        (1234567, '[>=1000000]0.0,,"M";0', "1234567"),
        (0.5, "# ?/?", "0.5"),
        (15000.0, "0.00E+00", "15000"),
        (1, f'0"{"x" * 200}"', "1"),
        (0.5, f'0%"{"x" * 200}"', "50%"),
        (1, f'0"{"x" * 1000}"', "1"),
        (10**15, "General", "1000000000000000"),
        (1e300, "0.00", "1e+300"),
        (float("inf"), "00", "inf"),
        (7, ";;;", "7"),
    ],
)  # fmt: skip
def test_a_number_is_written_as_its_format_has_it(
    value: float, number_format: str, text: str
) -> None:
    assert number_text(value, number_format) == text


@pytest.mark.parametrize(
    ("hours", "text"), [(30.25, "30:15:00"), (-1.5, "-1:30:00"), (0.0, "0:00:00")]
)
def test_hours_are_counted_past_a_day(hours: float, text: str) -> None:
    assert duration_text(datetime.timedelta(hours=hours)) == text


def test_units_stand_beside_their_figures(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Item", "Rate", "Zip", "Hours"], ["Loan", 12.5, 1234, datetime.timedelta(1.5)]):
        sheet.append(row)
    sheet["B2"].number_format, sheet["C2"].number_format = '0.0"%"', "00000"
    sheet["D2"].number_format = "[h]:mm"
    book.save(tmp_path / "a.xlsx")
    assert parse(tmp_path / "a.xlsx").text.endswith(
        "Loan (Item): 12.5% (Rate); Loan: 01234 (Zip); Loan: 36:00:00 (Hours)."
    )


def sheet_of(rows: list[list[Any]]) -> tuple[openpyxl.Workbook, Any]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Sheet"
    for row in rows:
        sheet.append(row)
    return book, sheet


def test_cells_that_span_rows_name_each_of_them(tmp_path: Path) -> None:
    rows = [
        ["Region", "City", "Sales"],
        [],
        ["North", "Oslo", 5],
        [None, "Bergen", 7],
        ["x", "y", 1],
    ]
    book, sheet = sheet_of(rows)
    for area in ("A1:A2", "B1:B2", "C1:C2", "A3:A4"):
        sheet.merge_cells(area)
    book.save(tmp_path / "a.xlsx")
    assert parse(tmp_path / "a.xlsx").text == (
        "Sheet\n\nRegion | City | Sales\nNorth (Region): Oslo (City); North: 5 (Sales).\n"
        "North (Region): Bergen (City); North: 7 (Sales).\nx (Region): y (City); x: 1 (Sales)."
    )


def test_names_in_tiers_under_one_merged_cell(tmp_path: Path) -> None:
    rows = [["Quarter", "2023", None, "2024"], [None, *["Plan", "Actual"] * 2], ["Q1", 1, 2, 3, 4]]
    book, sheet = sheet_of(rows)
    for area in ("A1:A2", "B1:C1", "D1:E1"):
        sheet.merge_cells(area)
    book.save(tmp_path / "a.xlsx")
    assert parse(tmp_path / "a.xlsx").text.endswith(
        "Q1 (Quarter): 1 (2023 Plan); Q1: 2 (2023 Actual); Q1: 3 (2024 Plan); Q1: 4 (2024 Actual)."
    )


def test_notes_on_cells_stand_below_their_sheet(tmp_path: Path) -> None:
    book, sheet = sheet_of([["Item", "Rate"], ["Loan", 5]])
    sheet["B2"].comment = Comment("Ask Bob first", "Ann")
    book.save(tmp_path / "a.xlsx")
    assert parse(tmp_path / "a.xlsx").text.endswith(
        "Loan (Item): 5 (Rate).\nNote on B2: Ask Bob first"
    )
