"""PDF forms: what people filled in is named as not read, and drawn."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from retriever.parsing import page_picture, parse


def form(path: Path, value: str) -> Path:
    """A page with a label, and a field beside it."""
    shown = f"BT /F1 12 Tf 2 4 Td ({value}) Tj ET"
    label = "BT /F1 12 Tf 50 700 Td (Name of applicant:) Tj ET"
    font = "/Resources << /Font << /F1 5 0 R >> >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] {font} /Contents 4 0 R "
        "/Annots [6 0 R] >>",
        f"<< /Length {len(label)} >>\nstream\n{label}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V ({value}) "
        "/Rect [200 690 400 710] /P 3 0 R /F 4 /AP << /N 7 0 R >> >>",
        f"<< /Type /XObject /Subtype /Form /BBox [0 0 200 20] {font} /Length {len(shown)} >>\n"
        f"stream\n{shown}\nendstream",
    ]
    data, starts = "%PDF-1.7\n", []
    for number, written in enumerate(objects, start=1):
        starts.append(len(data))
        data += f"{number} 0 obj\n{written}\nendobj\n"
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    data += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n"
    path.write_text(data + f"{data.index('xref')}\n%%EOF")
    return path


@pytest.mark.parametrize("value", ["Margaret Hamilton", ""])
def test_what_is_filled_in_is_named_and_drawn(tmp_path: Path, value: str) -> None:
    path = form(tmp_path / "a.pdf", value)
    document = parse(path)
    assert document.text == "Name of applicant:"
    said = "page 1 of a form: what is written in its fields is not read"
    assert document.warnings == ((said,) if value else ())
    picture = Image.open(io.BytesIO(page_picture(path, 1, 600).png)).convert("L")
    darkest, _ = picture.crop((200, 90, 400, 110)).getextrema()
    assert (darkest < 128) == bool(value)
