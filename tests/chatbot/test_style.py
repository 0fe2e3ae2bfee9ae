"""The page's looks by the numbers: readable contrast in both schemes, nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatbot.views.ground import DARK

UI = Path(__file__).resolve().parents[2] / "chatbot" / "ui"
PAIRS = [
    ("ink", "paper"),
    ("quiet", "paper"),
    ("ink", "hover"),
    ("quiet", "hover"),
    ("ink", "field"),
    ("quiet", "field"),
    ("mark-ink", "mark"),
]


def colours(css: str, selector: str) -> dict[str, str]:
    block = css[css.index(selector) :].split("}")[0]
    return dict(re.findall(r"--q-([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_what_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("selector", [":root", ".dark"])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_text_can_be_read(repo_root: Path, selector: str, front: str, back: str) -> None:
    css = (repo_root / "chatbot/ui/style.css").read_text(encoding="utf-8")
    palette = colours(css, selector)
    assert contrast(palette[front], palette[back]) >= 4.5  # WCAG 2.2, 1.4.3, level AA


@pytest.mark.parametrize("name", sorted(path.name for path in UI.glob("*.[cj]s*")))
def test_nothing_is_fetched_from_elsewhere(name: str) -> None:
    text = (UI / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(|fetch\(|XMLHttp|sendBeacon", text)


@pytest.mark.parametrize("grey", range(0, DARK, 10))
def test_white_letters_can_be_read_on_a_mark_on_dark_ground(repo_root: Path, grey: int) -> None:
    css = (repo_root / "chatbot/ui/source.css").read_text(encoding="utf-8")
    found = re.search(r"\.q-dark \{ background: #(\w{6}); opacity: 1; mix-blend-mode: screen", css)
    assert found
    mark = [int(found[1][i : i + 2], 16) for i in (0, 2, 4)]
    screened = [255 - round((255 - grey) * (255 - channel) / 255) for channel in mark]
    assert contrast("#ffffff", "#" + bytes(screened).hex()) >= 4.5


def test_three_columns_stand_beside_each_other_only_where_they_fit() -> None:
    desk = (UI / "style.css").read_text(encoding="utf-8").split("#q-desk {")[1].split("}")[0]
    columns_rem = [int(least) for least in re.findall(r"minmax\((\d+)rem", desk)]
    widest = re.search(r"max-width: (\d+)px", (UI / "phone.css").read_text(encoding="utf-8"))
    assert len(columns_rem) == 3
    assert widest is not None
    assert int(widest[1]) == 16 * sum(columns_rem) - 1
