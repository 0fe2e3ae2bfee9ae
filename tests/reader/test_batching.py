"""Every window is read once, with no more padding than allowed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reader.batching import BatchConfig, pad, plan_batches
from reader.types import Window


@given(
    lengths=st.lists(st.integers(5, 384), max_size=60),
    max_windows=st.integers(1, 16),
    max_padding=st.floats(0, 0.5),
)
def test_plan_holds_every_window_once(
    lengths: list[int], max_windows: int, max_padding: float
) -> None:
    config = BatchConfig(max_windows, max_tokens=2048, max_padding=max_padding)
    groups = plan_batches(lengths, config)
    assert sorted(index for group in groups for index in group) == list(range(len(lengths)))
    for group in groups:
        longest = max(lengths[index] for index in group)
        padded, real = longest * len(group), sum(lengths[index] for index in group)
        assert len(group) <= max_windows
        assert padded <= max(2048, longest)
        assert padded - real <= max_padding * padded + 1e-9


@given(lengths=st.lists(st.integers(5, 384), min_size=1, max_size=60), abreast=st.integers(1, 4))
def test_what_is_read_abreast_ends_together(lengths: list[int], abreast: int) -> None:
    config = BatchConfig(64, max_tokens=1024, max_padding=1.0, abreast=abreast)
    groups = plan_batches(lengths, config)
    assert sorted(index for group in groups for index in group) == list(range(len(lengths)))
    tokens = [sum(lengths[index] for index in group) for group in groups]
    assert len(groups) == len(lengths) or len(groups) % abreast == 0
    assert max(tokens) <= sum(lengths) / len(groups) + max(lengths)
    assert max(tokens) - min(tokens) <= max(lengths)


def window(n_tokens: int, context_start: int) -> Window:
    offsets = np.zeros((n_tokens - context_start - 1, 2), dtype=np.int32)
    return Window(0, 0, np.arange(1, n_tokens + 1, dtype=np.int32), context_start, offsets)


def test_padding_is_masked_and_the_text_is_of_type_one() -> None:
    batch = pad([window(6, 3), window(4, 2)], pad_id=0)
    assert batch.input_ids.tolist() == [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 0, 0]]
    assert batch.token_type_ids.tolist() == [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 0, 0]]
    assert batch.attention_mask.tolist() == [[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]]


def test_a_batch_is_as_long_as_a_multiple_of_its_step() -> None:
    batch = pad([window(6, 3), window(9, 2)], pad_id=7, step=8)
    assert batch.input_ids.shape == (2, 16)
    assert batch.attention_mask.sum(axis=1).tolist() == [6, 9]
    assert set(batch.input_ids[0, 6:].tolist()) == {7}


def test_what_stands_above_is_of_the_text_s_type() -> None:
    below = replace(window(6, 4), n_above=2)
    assert pad([below], pad_id=0).token_type_ids.tolist() == [[0, 0, 1, 1, 1, 1]]
