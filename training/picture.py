"""Curves of error against coverage -> a small SVG picture. Pure; knows no reader and no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 640, 400  # pixels
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 16, 48  # margins, pixels
POINTS = 100  # of each curve; more cannot be seen
COLOURS = ("#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce", "#a16207", "#be185d")  # on white and black
FRAME = "#8a8a8a"


@dataclass(frozen=True, slots=True)
class Curve:
    """``errors[i]``: share of wrong answers, in [0, 1], when the i + 1 surest are given."""

    name: str
    errors: NDArray[np.float64]


def draw(curves: Sequence[Curve]) -> str:
    """One picture of all curves, with axes in percent and their names in the corner."""
    top = max((float(curve.errors.max()) for curve in curves), default=1.0)
    highest = min(1.0, np.ceil(top * 10) / 10) or 0.1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13" role="img">',
        "<title>Share of wrong answers against the share of questions answered</title>",
        *_axes(highest),
    ]
    for index, curve in enumerate(curves):
        parts += _curve(curve, index, highest)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(coverage: float) -> float:
    return LEFT + coverage * (WIDTH - LEFT - RIGHT)


def _y(error: float, highest: float) -> float:
    return HEIGHT - BOTTOM - error / highest * (HEIGHT - TOP - BOTTOM)


def _axes(highest: float) -> list[str]:
    lines: list[str] = []
    for step in range(11):
        x, share = _x(step / 10), step / 10
        if share <= highest + 1e-9:
            y = _y(share, highest)
            lines.append(
                f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
                f'stroke="{FRAME}" stroke-opacity="0.35"/>'
                f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="{FRAME}">'
                f"{10 * step}</text>"
            )
        if step % 2 == 0:
            lines.append(
                f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" '
                f'fill="{FRAME}">{10 * step}</text>'
            )
    lines.append(
        f'<text x="{_x(0.5):.1f}" y="{HEIGHT - 8}" text-anchor="middle" fill="{FRAME}">'
        "questions answered, the surest first (%)</text>"
    )
    lines.append(
        f'<text transform="translate(14 {_y(highest / 2, highest):.1f}) rotate(-90)" '
        f'text-anchor="middle" fill="{FRAME}">wrong among them (%)</text>'
    )
    return lines


def _curve(curve: Curve, index: int, highest: float) -> list[str]:
    n, colour = len(curve.errors), COLOURS[index % len(COLOURS)]
    counts = np.unique(np.linspace(max(1, n / 50), n, POINTS).round().astype(int))
    points = " ".join(
        f"{_x(count / n):.1f},{_y(float(curve.errors[count - 1]), highest):.1f}" for count in counts
    )
    y = TOP + 18 + 20 * index
    return [
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
        f'<text x="{LEFT + 14}" y="{y}" fill="{colour}">{escape(curve.name)}</text>',
    ]
