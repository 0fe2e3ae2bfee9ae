"""Labelled windows altered at random before they are read. Pure, but for the given dice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from reader.types import Window
from training.batches import LabelledWindow
from training.labels import NULL_POSITION


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """What is done to the windows of an epoch.

    Attributes:
        crop_tokens: windows are cut to this many tokens around their answer, at a random
            place; 0 leaves them whole. Short windows are quick, and where the answer lies
            in them tells nothing.
        crop_epochs: the first epochs that are cropped; the last ones see whole windows.
        mask_fraction: share of the text's tokens, none of the answer's, replaced by [MASK]
            (word dropout, Iyyer et al. 2015, section 3.2).
        mask_length: tokens masked together (span masking, Joshi et al. 2020, section 3.1).
    """

    crop_tokens: int = 0
    crop_epochs: int = 0
    mask_fraction: float = 0.0
    mask_length: int = 1

    def __post_init__(self) -> None:
        if self.crop_tokens < 0 or self.crop_epochs < 0 or self.mask_length < 1:
            raise ValueError(f"expected tokens and epochs that count from 0, got {self}")
        if not 0 <= self.mask_fraction < 1:
            raise ValueError(f"mask_fraction is a share in [0, 1), got {self.mask_fraction}")

    def crop_at(self, epoch: int) -> int:
        """Most tokens a window has in ``epoch`` (from 0); 0 for no limit."""
        return self.crop_tokens if epoch < self.crop_epochs else 0


def crop(item: LabelledWindow, max_tokens: int, random: Random) -> LabelledWindow:
    """The window with at most ``max_tokens`` tokens, its whole answer among them.

    An answer too long for that keeps its window as it is.
    """
    window = item.window
    surplus = window.length - max_tokens
    room = len(window.offsets) - surplus
    answer = item.end - item.start + 1 if item.start != NULL_POSITION else 1
    if max_tokens == 0 or surplus <= 0 or room < answer:
        return item
    first, last = 0, surplus  # of the text's tokens, where the crop may begin
    if item.start != NULL_POSITION:
        first = max(first, item.end - window.context_start + 1 - room)
        last = min(last, item.start - window.context_start)
    begin = random.randint(first, last)
    head, tail = window.token_ids[: window.context_start], window.token_ids[-1:]
    body = window.token_ids[window.context_start + begin : window.context_start + begin + room]
    shift = begin if item.start != NULL_POSITION else 0
    return LabelledWindow(
        _with(window, [*head, *body, *tail], begin, room), item.start - shift, item.end - shift
    )


def _with(window: Window, token_ids: list[int], begin: int, room: int) -> Window:
    ids = window.token_ids[: len(token_ids)].copy()
    ids[:] = token_ids
    return replace(window, token_ids=ids, offsets=window.offsets[begin : begin + room])


def mask(
    item: LabelledWindow, fraction: float, length: int, mask_id: int, random: Random
) -> LabelledWindow:
    """The window with about ``fraction`` of its text's tokens replaced by ``mask_id``."""
    window = item.window
    n_masked = round(len(window.offsets) * fraction)
    if n_masked == 0:
        return item
    ids = window.token_ids.copy()
    for _ in range(max(1, n_masked // length)):
        begin = random.randrange(window.context_start, window.context_end)
        for position in range(begin, min(begin + length, window.context_end)):
            if item.start == NULL_POSITION or not item.start <= position <= item.end:
                ids[position] = mask_id
    return replace(item, window=replace(window, token_ids=ids))
