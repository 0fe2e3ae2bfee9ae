"""Web pages, made on the spot: what their layout and their formulas say."""

from __future__ import annotations

from pathlib import Path

import pytest

from retriever.parsing import parse


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "Half is <math><semantics><mfrac><mn>1</mn><mn>2</mn></mfrac>"
            "<annotation>\\frac{1}{2}</annotation></semantics></math>.",
            "Half is 1/2.",
        ),
        ("<math><mn>2</mn><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "2 1/2"),
        ("2 <math><mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow></mfrac></math>",
         "2 a/(b+1)"),
        ("<math><msup><mn>10</mn><mn>6</mn></msup></math>", "10⁶"),
        ("<math><msup><mi>x</mi><mi>n</mi></msup></math>", "x^n"),
        ("<math><msqrt><mn>2</mn></msqrt> <mroot><mi>x</mi><mn>3</mn></mroot></math>", "√2 ³√x"),
        ("<math><msup><mn>1</mn></msup></math>", "1"),
        ("Over 10<sup>6</sup> people, the 1<sup>st</sup><sup><b>2</b></sup>",
         "Over 10⁶ people, the 1st²"),
        ("<pre>one<br>two\n <b>three</b></pre>", "one\ntwo\n three"),
        ("<ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>です。", "東京です。"),
    ],
)  # fmt: skip
def test_a_page_says_what_its_layout_means(tmp_path: Path, markup: str, text: str) -> None:
    (tmp_path / "a.html").write_text(f'<html><meta charset="utf-8"><body><p>{markup}</html>')
    assert parse(tmp_path / "a.html").text == text


def test_nested_formulas_end(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(f"<html><p>{'<sup><msup>' * 60}1</html>")
    assert parse(tmp_path / "a.html").text == "¹"
