"""The words that OCR found on a picture, as clean text with the place of every code point.

Pure: takes Tesseract's table of words, knows neither the program nor files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from retriever.parsing.pdf_lines import LineBox, is_dense
from retriever.parsing.pdf_text import PageText, page_text

Rect = tuple[float, float, float, float]  # left, top, right, bottom; fractions from top left

_WORD_LEVEL = "5"
_SOFT_HYPHEN = 0x02  # how pdfium marks a hyphen at a line's end
# Of 100, of the surest word of a line: below are specks and drawings. Single words of good
# lines come with a confidence of 0.
_MIN_CONFIDENCE = 50.0
_PADDING = 0.2  # of a line's height: Tesseract's boxes touch the ink


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box, in pixels from the top left; ``line`` tells its line from others."""

    text: str
    line: tuple[str, ...]
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, eq=False)
class ScannedPage:
    """A page's text, and for each of the indices in it a box on the picture and its line."""

    page: PageText
    rects: Sequence[Rect]
    lines: Sequence[int]


def words_of(table: str) -> list[Word]:
    """Words of Tesseract's TSV output, in its order."""
    rows = [row.split("\t", 11) for row in table.splitlines()[1:]]
    rows = [row for row in rows if len(row) == 12 and row[0] == _WORD_LEVEL and row[11].strip()]
    surest: dict[tuple[str, ...], float] = {}
    for row in rows:
        line = tuple(row[1:5])
        surest[line] = max(surest.get(line, 0.0), float(row[10]))
    words = []
    for row in rows:
        left, top, width, height = map(float, row[6:10])
        line = tuple(row[1:5])
        if surest[line] >= _MIN_CONFIDENCE:
            words.append(Word(row[11].strip(), line, left, top, left + width, top + height))
    return words


def scanned_page(words: Sequence[Word], width_px: int, height_px: int) -> ScannedPage:
    """Lines joined to paragraphs as those of a PDF are, whichever way the page lies."""
    lines = [list(group) for _, group in groupby(words, key=lambda word: word.line)]
    turn = _turn(lines)
    line_boxes = _even([_line_box(line, turn) for line in lines])
    codes: list[int] = []
    rects: list[Rect] = []
    places: list[int] = []
    for place, line in enumerate(lines):
        follows = lines[place + 1] if place + 1 < len(lines) else None
        for code, rect in _codes(line, turn, follows):
            codes.append(code)
            left, top, right, bottom = rect
            rects.append((left / width_px, top / height_px, right / width_px, bottom / height_px))
            places.append(place)
    page = page_text(codes, lambda first, last: line_boxes[places[first]])
    return ScannedPage(page, rects, places)


def _codes(
    line: Sequence[Word], turn: int, follows: Sequence[Word] | None
) -> Iterator[tuple[int, Rect]]:
    """Code points of a line and of its end, each with its box."""
    for place, word in enumerate(line):
        before = line[place - 1].text[-1] if place else ""
        if before and not (is_dense(before) and is_dense(word.text[0])):
            yield 0x20, _part(word, turn, 0, 0)
        for index, char in enumerate(word.text):
            is_split = word is line[-1] and follows is not None and _is_split(word, follows[0])
            code = _SOFT_HYPHEN if is_split and index == len(word.text) - 1 else ord(char)
            yield code, _part(word, turn, index, index + 1)
    end = len(line[-1].text)
    yield 0x0A, _part(line[-1], turn, end, end)


def _is_split(word: Word, follows: Word) -> bool:
    """Whether a word at a line's end goes on in the next line of its paragraph."""
    return (
        word.text.endswith("-")
        and word.text[-2:-1].isalpha()
        and follows.text[0].islower()
        and word.line[:-1] == follows.line[:-1]
    )


def _part(word: Word, turn: int, start: int, end: int) -> Rect:
    """The box of some of a word's letters, as if all were equally wide."""
    first, last = start / len(word.text), end / len(word.text)
    if turn in (180, 270):
        first, last = 1 - last, 1 - first
    if turn in (0, 180):
        width = word.right - word.left
        return word.left + first * width, word.top, word.left + last * width, word.bottom
    height = word.bottom - word.top
    return word.left, word.top + first * height, word.right, word.top + last * height


def _turn(lines: Sequence[Sequence[Word]]) -> int:
    """Degrees by which most lines are turned clockwise: they run down the picture at 90."""
    votes = Counter[int]()
    for line in lines:
        for one, other in pairwise(line):
            across, down = other.left - one.left, other.top - one.top
            if abs(across) >= abs(down):
                votes[0 if across >= 0 else 180] += 1
            else:
                votes[90 if down > 0 else 270] += 1
    return votes.most_common(1)[0][0] if votes else 0


def _line_box(line: Sequence[Word], turn: int) -> LineBox:
    """A line's box upright, y upwards."""
    left, right = min(word.left for word in line), max(word.right for word in line)
    top, bottom = min(word.top for word in line), max(word.bottom for word in line)
    if turn == 0:
        box = LineBox(left, -bottom, right, -top)
    elif turn == 180:
        box = LineBox(-right, top, -left, bottom)
    elif turn == 90:
        box = LineBox(top, left, bottom, right)
    else:
        box = LineBox(-bottom, -right, -top, -left)
    return box


def _even(boxes: Sequence[LineBox]) -> list[LineBox]:
    """Boxes as high as a line is: Tesseract's touch the ink, lower for ``nu`` than for ``by``."""
    if not boxes:
        return []
    usual = sorted(box.height for box in boxes)[len(boxes) // 2]
    even = []
    for box in boxes:
        height = usual if 0.5 * usual < box.height < 1.4 * usual else box.height
        middle, half = (box.top + box.bottom) / 2, height * (0.5 + _PADDING)
        even.append(LineBox(box.left, middle - half, box.right, middle + half))
    return even
