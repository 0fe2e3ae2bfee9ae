"""The figures of a chart on a slide, as they were saved with it, of whatever kind it is.

Knows the XML of charts alone; draws and computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from lxml import etree

from retriever.parsing.rows import table_lines

Node: TypeAlias = Any  # lxml's elements have no types of their own

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def chart_blocks(source: bytes) -> Iterator[str]:
    """A chart's title, then a table: categories down, series across; or points, x beside y."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(source, parser)
    title = root.find(f"{_C}chart/{_C}title")
    if words := _words(title):
        yield words + "\n"
    area = root.find(f"{_C}chart/{_C}plotArea")
    for plot in area.iterchildren(etree.Element) if area is not None else ():
        series = plot.findall(_C + "ser")
        for group in (
            [[one] for one in series] if plot.find(f".//{_C}xVal") is not None else [series]
        ):
            if lines := list(_lines(group)):
                yield "\n".join(lines) + "\n\n"


def _lines(series: list[Node]) -> Iterator[str]:
    """Series with the same categories, as the lines of a table."""
    labels: dict[int, str] = {}
    columns: list[dict[int, str]] = []
    names: list[str] = []
    for one in series:
        labels |= _cached(one.find(_C + "cat")) | _cached(one.find(_C + "xVal"))
        names.append(_name(one.find(_C + "tx")))
        columns.append(_cached(one.find(_C + "val")) | _cached(one.find(_C + "yVal")))
        if sizes := _cached(one.find(_C + "bubbleSize")):
            names.append("size")
            columns.append(sizes)
    has_points = any(one.find(_C + "xVal") is not None for one in series)
    rows = [
        [labels.get(place, str(place + 1)), *(column.get(place, "") for column in columns)]
        for place in sorted(set().union(*columns))
    ]
    return table_lines(rows, [["x" if has_points else "", *names]]) if rows else iter(())


def _cached(data: Node) -> dict[int, str]:
    """Saved values by their place; of categories in levels, the lowest level."""
    if data is None:
        return {}
    level = data.find(f".//{_C}lvl")
    points = (data if level is None else level).iter(_C + "pt")
    return {int(point.get("idx", "0")): _value(point.findtext(_C + "v") or "") for point in points}


def _value(text: str) -> str:
    """A figure without digits that it does not have; words as they are."""
    try:
        return f"{float(text):.15g}" if "." in text else text
    except ValueError:
        return text


def _name(tx: Node) -> str:
    """What a series is called: a cell's saved value, or words of its own."""
    return "" if tx is None else tx.findtext(f".//{_C}v") or ""


def _words(title: Node) -> str:
    if title is None:
        return ""
    paragraphs = ("".join(t.text or "" for t in p.iter(_A + "t")) for p in title.iter(_A + "p"))
    return "\n".join(filter(str.strip, paragraphs)) or _name(title.find(_C + "tx"))
