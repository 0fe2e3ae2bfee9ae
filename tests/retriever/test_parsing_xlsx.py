"""Excel workbooks, made on the spot: figures, merged cells and notes as Excel shows them."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import pytest

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
