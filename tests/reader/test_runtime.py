"""Both engines: padding changes nothing that counts, and a GPU that is full reads in halves."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reader.artefact import SHIPPED, Artefact
from reader.batching import TokenBatch, pad
from reader.runtime import Logits, Runtime, TorchRuntime, load_runtime
from reader.types import Window
from reader.windows import WindowConfig, load_tokenizer, make_windows, token_id

TEXTS = [
    "The Tay Bridge collapsed on 28 December 1879, three years after it had been opened.",
    "It was rebuilt.",
    "The second bridge, a little upstream, was opened in July 1887 and still carries trains.",
]


@pytest.fixture(scope="module")
def artefact() -> Artefact:
    return Artefact.load(SHIPPED)


@pytest.fixture(scope="module")
def windows(artefact: Artefact) -> list[Window]:
    tokenizer = load_tokenizer(artefact.path("tokenizer.json"))
    pairs = [(0, index) for index in range(len(TEXTS))]
    return make_windows(["When was it opened?"], TEXTS, pairs, tokenizer, WindowConfig())


@pytest.fixture(scope="module")
def pad_id(artefact: Artefact) -> int:
    return token_id(load_tokenizer(artefact.path("tokenizer.json")), "[PAD]")


@pytest.mark.parametrize("name, tolerance", [("torch", 1e-3), ("onnx", 1.0)])
def test_padding_changes_nothing_but_rounding(
    name: str, tolerance: float, artefact: Artefact, windows: list[Window], pad_id: int
) -> None:
    runtime: Runtime = load_runtime(artefact, name)  # type: ignore[arg-type]
    ((start, end),) = runtime.forward([pad(windows, pad_id)])
    alone = runtime.forward([pad([window], pad_id) for window in windows])
    assert start.dtype == end.dtype == np.float32
    for row, window in enumerate(windows):
        for together, single in ((start, alone[row][0]), (end, alone[row][1])):
            np.testing.assert_allclose(
                together[row, : window.length], single[0], rtol=0, atol=tolerance
            )


class Cramped(TorchRuntime):
    """A runtime whose memory holds one window at a time."""

    forwards = 0

    def _forward(self, batch: TokenBatch) -> Logits:
        if len(batch.input_ids) > 1:
            raise torch.OutOfMemoryError
        self.forwards += 1
        return super()._forward(batch)


def test_a_batch_too_large_for_memory_is_read_in_halves(
    artefact: Artefact, windows: list[Window], pad_id: int
) -> None:
    batch = pad(windows, pad_id)
    cramped = Cramped(artefact, "cpu")
    ((start, end),) = cramped.forward([batch])
    ((wanted_start, wanted_end),) = TorchRuntime(artefact, "cpu").forward([batch])
    assert cramped.forwards == len(windows)
    np.testing.assert_allclose(start, wanted_start, atol=1e-3)
    np.testing.assert_allclose(end, wanted_end, atol=1e-3)


def test_one_window_too_large_is_an_error(
    artefact: Artefact, windows: list[Window], pad_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: TorchRuntime, batch: TokenBatch) -> Logits:
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(TorchRuntime, "_forward", full)
    with pytest.raises(torch.OutOfMemoryError):
        TorchRuntime(artefact, "cpu").forward([pad(windows[:1], pad_id)])
