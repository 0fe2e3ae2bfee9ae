"""What a workbook keeps beside the values of its cells: what they span, notes on them, and
formulas that were saved without a value.

Looks into the archive's XML, where openpyxl does not when it reads row by row.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree
from openpyxl.utils.cell import range_boundaries

_UNCOMPUTED = re.compile(rb"</f>\s*+(?:<v\s*+/>|<v></v>)?\s*+</c>")
_MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^>]{0,200}?ref=["']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})["']"""
)
_MAX_COLUMN = 100  # names of rows stand on the left; a damaged area may claim any column
_COMMENTS = "/comments"  # the end of a relation's kind
_THREAD = re.compile(r"\A\[Threaded comment\].*?\nComment:\s*", re.DOTALL)  # for older programs


class Span(NamedTuple):
    """A cell that goes on into the rows below; rows and columns count from 1."""

    first_row: int
    last_row: int
    column: int


def spans(archive: zipfile.ZipFile, sheet_name: str) -> list[Span]:
    """Merged cells of several rows, by their first row, near the left of the sheet."""
    found = []
    for area in _MERGED.findall(archive.read(sheet_name)):
        column, first_row, _, last_row = (place or 0 for place in range_boundaries(area.decode()))
        if column <= _MAX_COLUMN and last_row > first_row:
            found.append(Span(first_row, last_row, column))
    return sorted(found)


def notes(archive: zipfile.ZipFile, sheet_name: str) -> Iterator[str]:
    """``Note on A2: ...`` for each note or comment on a cell of a sheet."""
    folder, name = posixpath.split(sheet_name)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return
    for relation in _root(archive, relations).iter("{*}Relationship"):
        if relation.get("Type", "").endswith(_COMMENTS):
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))
            for comment in _root(archive, target.lstrip("/")).iter("{*}comment"):
                text = "".join(run.text or "" for run in comment.iter("{*}t"))
                yield f"Note on {comment.get('ref')}: {_THREAD.sub('', text).strip()}"


def _root(archive: zipfile.ZipFile, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(archive.read(name), parser)


def formula_warnings(archive: zipfile.ZipFile) -> list[str]:
    """A sentence when formulas were saved without values, as programs do and Excel does not."""
    n_formulas = sum(
        len(_UNCOMPUTED.findall(archive.read(name)))
        for name in archive.namelist()
        if name.startswith("xl/worksheets/") and name.endswith(".xml")
    )
    if not n_formulas:
        return []
    noun = "formula has" if n_formulas == 1 else "formulas have"
    return [f"{n_formulas} {noun} no saved value; open the file in Excel and save it again"]
