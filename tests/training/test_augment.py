"""Cropped and masked windows keep their answer, whatever the dice say."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reader.types import Window
from training.augment import crop, mask
from training.batches import LabelledWindow

MASK = 999


@st.composite
def labelled(draw: st.DrawFn) -> LabelledWindow:
    """A window whose token ids are its positions, answered or not."""
    head, n = draw(st.integers(3, 6)), draw(st.integers(1, 40))
    ids = np.arange(head + n + 1, dtype=np.int32)
    offsets = np.stack([np.arange(n) * 2, np.arange(n) * 2 + 1], axis=1).astype(np.int32)
    window = Window(0, 0, ids, head, offsets)
    if draw(st.booleans()):
        return LabelledWindow(window, 0, 0)
    start = draw(st.integers(head, head + n - 1))
    return LabelledWindow(window, start, draw(st.integers(start, head + n - 1)))


def answer_of(item: LabelledWindow) -> list[int]:
    return item.window.token_ids[item.start : item.end + 1].tolist() if item.start else []


@given(labelled(), st.integers(0, 50), st.integers(0, 10**6))
def test_a_crop_is_a_shorter_window_with_the_same_answer(
    item: LabelledWindow, most: int, seed: int
) -> None:
    cut = crop(item, most, Random(seed))
    window = cut.window
    assert answer_of(cut) == answer_of(item)
    assert window.length == window.context_start + len(window.offsets) + 1
    assert window.token_ids[-1] == item.window.token_ids[-1]
    body = window.token_ids[window.context_start : window.context_end]
    assert (np.diff(body) == 1).all()
    first = int(body[0]) - item.window.context_start
    assert (window.offsets == item.window.offsets[first : first + len(body)]).all()
    if window.length != item.window.length:
        assert window.length == most


def test_crops_of_one_window_differ() -> None:
    offsets = np.zeros((100, 2), dtype=np.int32)
    item = LabelledWindow(Window(0, 0, np.arange(105, dtype=np.int32), 4, offsets), 50, 52)
    places = {int(crop(item, 30, Random(seed)).window.token_ids[4]) for seed in range(50)}
    assert len(places) > 10
    assert min(places) >= 28
    assert max(places) <= 50


@given(labelled(), st.floats(0.0, 0.9), st.integers(1, 4), st.integers(0, 10**6))
def test_masks_spare_question_and_answer(
    item: LabelledWindow, fraction: float, length: int, seed: int
) -> None:
    masked = mask(item, fraction, length, MASK, Random(seed))
    before, after = item.window.token_ids, masked.window.token_ids
    changed = np.flatnonzero(before != after)
    assert (after[changed] == MASK).all()
    assert (changed >= item.window.context_start).all()
    assert (changed < item.window.context_end).all()
    assert answer_of(masked) == answer_of(item)
    assert (item.window.token_ids == np.arange(len(before))).all()  # the original is untouched
