"""PowerPoint slides, made on the spot: charts of every kind, diagrams and merged cells."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pptx
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from retriever.parsing import parse

DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FRAME = (
    '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="d"/><p:cNvGraphicFramePr/><p:nvPr/>'
    f'</p:nvGraphicFramePr><a:graphic><a:graphicData uri="{DIAGRAM}"><dgm:relIds '
    f'xmlns:dgm="{DIAGRAM}" xmlns:r="{OFFICE}" r:dm="rId90"/></a:graphicData></a:graphic>'
    "</p:graphicFrame></p:spTree>"
)


def slide_with(title: str) -> tuple[Any, Any]:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = title
    return show, slide


def add_chart(slide: Any, kind: Any, data: Any) -> None:
    slide.shapes.add_chart(kind, 0, 0, Inches(4), Inches(3), data)


def rewritten(path: Path, changes: dict[str, list[tuple[str, str]]], added: dict[str, str]) -> None:
    """The same file with parts whose names hold these words changed, and others added."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            for words, pairs in changes.items():
                for pattern, text in pairs if words in name else ():
                    content = re.sub(pattern.encode(), text.encode(), content)
            archive.writestr(name, content)
        for name, text in added.items():
            archive.writestr(name, text)


def columns() -> CategoryChartData:
    data = CategoryChartData()
    data.categories = ["1859", "1860"]
    data.add_series("Sold", (1250, 3000))
    data.add_series("Lent", (None, 0.1))
    return data


def test_a_chart_that_python_pptx_does_not_know_is_read(tmp_path: Path) -> None:
    show, slide = slide_with("Copies")
    add_chart(slide, XL_CHART_TYPE.COLUMN_CLUSTERED, columns())
    show.save(str(tmp_path / "a.pptx"))
    rewritten(tmp_path / "a.pptx", {"charts/chart": [("c:barChart", "c:bar3DChart")]}, {})
    parsed = parse(tmp_path / "a.pptx")
    assert parsed.warnings == ()
    assert parsed.text == (
        "Copies\n\nSold | Lent\n1859: 1250 (Sold).\n1860: 3000 (Sold); 1860: 0.1 (Lent)."
    )


def test_a_scatter_chart_keeps_its_points(tmp_path: Path) -> None:
    show, slide = slide_with("Growth")
    data = XyChartData()
    series = data.add_series("Height")
    series.add_data_point(1.5, 2.5)
    series.add_data_point(3, 4)
    add_chart(slide, XL_CHART_TYPE.XY_SCATTER, data)
    show.save(str(tmp_path / "a.pptx"))
    assert parse(tmp_path / "a.pptx").text == (
        "Growth\n\nx | Height\n1.5 (x); 2.5 (Height).\n3 (x); 4 (Height)."
    )


def test_a_damaged_chart_costs_itself_alone(tmp_path: Path) -> None:
    show, slide = slide_with("Copies")
    add_chart(slide, XL_CHART_TYPE.COLUMN_CLUSTERED, columns())
    show.save(str(tmp_path / "a.pptx"))
    rewritten(tmp_path / "a.pptx", {"charts/chart": [('idx="0"', 'idx="none"')]}, {})
    parsed = parse(tmp_path / "a.pptx")
    assert parsed.text == "Copies"
    assert parsed.warnings == ("slide 1: its chart could not be read: ValueError",)


def test_the_words_of_a_diagram_are_read(tmp_path: Path) -> None:
    show, _ = slide_with("Process")
    show.save(str(tmp_path / "a.pptx"))
    points = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>"
        for text in ("Collect", "Freeze at -80 degrees")
    )
    data = (
        f'<dgm:dataModel xmlns:dgm="{DIAGRAM}" '
        f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        f"<dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>"
    )
    relation = (
        f'<Relationship Id="rId90" Type="{OFFICE}/diagramData" Target="../diagrams/data1.xml"/>'
    )
    kind = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"
    part = f'<Override PartName="/ppt/diagrams/data1.xml" ContentType="{kind}"/>'
    changes = {
        "slides/slide1.xml": [("</p:spTree>", FRAME)],
        "slide1.xml.rels": [("</Relationships>", f"{relation}</Relationships>")],
        "[Content_Types]": [("</Types>", f"{part}</Types>")],
    }
    rewritten(tmp_path / "a.pptx", changes, {"ppt/diagrams/data1.xml": data})
    assert parse(tmp_path / "a.pptx").text == "Process\n\nCollect\nFreeze at -80 degrees"


def test_cells_that_span_rows_name_each_of_them(tmp_path: Path) -> None:
    show, slide = slide_with("Sales")
    table = slide.shapes.add_table(3, 3, 0, 0, Inches(4), Inches(3)).table
    rows = ["Region|City|Sales", "North|Oslo|5", "|Bergen|7"]
    for place, row in enumerate(rows):
        for column, text in enumerate(row.split("|")):
            table.cell(place, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    show.save(str(tmp_path / "a.pptx"))
    assert parse(tmp_path / "a.pptx").text.endswith(
        "North (Region): Oslo (City); North: 5 (Sales).\n"
        "North (Region): Bergen (City); North: 7 (Sales)."
    )
