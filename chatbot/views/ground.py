"""What lies under a mark on a page's picture: light ground, which a marker tints, or dark.

Pure: takes the picture's bytes; knows no HTML.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageStat

from retriever.types import Box, PagePicture

DARK = 70  # of 255: on lighter ground, white letters on a mark that lightens would be hard to read


def on_dark(picture: PagePicture, boxes: Sequence[Box]) -> list[bool]:
    """For each box, whether most of what it covers is dark; letters cover less than the ground."""
    if not boxes:
        return []
    grey = Image.open(io.BytesIO(picture.png)).convert("L")
    return [_middle(grey, box) < DARK for box in boxes]


def _middle(grey: Image.Image, box: Box) -> float:
    """The median grey inside a box."""
    left = min(int(box.left * grey.width), grey.width - 1)
    top = min(int(box.top * grey.height), grey.height - 1)
    right = max(left + 1, round(box.right * grey.width))
    bottom = max(top + 1, round(box.bottom * grey.height))
    return float(ImageStat.Stat(grey.crop((left, top, right, bottom))).median[0])
