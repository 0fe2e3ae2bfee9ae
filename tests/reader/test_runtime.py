"""Every engine: padding changes nothing that counts, and a GPU that is full reads in halves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import safetensors.torch
import torch

from reader import runtime
from reader.artefact import SHIPPED, Artefact
from reader.batching import TokenBatch, pad
from reader.runtime import BertRuntime, Logits, Runtime, TorchRuntime, load_runtime
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


@pytest.mark.parametrize(
    "name, tolerance", [("torch", 1e-3), ("bf16", 0.2), ("onnx", 1.0), ("confirmed", 1.0)]
)
def test_padding_changes_nothing_but_rounding(
    name: str, tolerance: float, artefact: Artefact, windows: list[Window], pad_id: int
) -> None:
    loaded: Runtime = load_runtime(artefact, name)  # type: ignore[arg-type]
    ((start, end),) = loaded.forward([pad(windows, pad_id)])
    alone = list(loaded.forward([pad([window], pad_id) for window in windows]))
    assert start.dtype == end.dtype == np.float32
    for row, window in enumerate(windows):
        for together, single in ((start, alone[row][0]), (end, alone[row][1])):
            np.testing.assert_allclose(
                together[row, : window.length], single[0], rtol=0, atol=tolerance
            )


@pytest.mark.parametrize("cores", [1, 4])  # side by side, one by one
@pytest.mark.parametrize("kind, tolerance", [("bfloat16", 0.2), ("float32", 1e-3)])
def test_plain_bert_stays_near_transformers(
    kind: Literal["bfloat16", "float32"],
    tolerance: float,
    cores: int,
    artefact: Artefact,
    windows: list[Window],
    pad_id: int,
) -> None:
    batches = [pad([window], pad_id) for window in windows]
    fast, exact = (
        np.concatenate([np.concatenate(pair, axis=1) for pair in runtime.forward(batches)], axis=1)
        for runtime in (BertRuntime(artefact, kind, cores), TorchRuntime(artefact, "cpu"))
    )
    assert np.corrcoef(fast, exact)[0, 1] > 0.9995
    np.testing.assert_allclose(fast, exact, atol=tolerance)


def test_workers_share_the_cores_and_leave_other_threads_alone(artefact: Artefact) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        runtime = BertRuntime(artefact, "bfloat16", cores=2)
        inside = [runtime._apart.submit(torch.get_num_threads).result() for _ in range(4)]
        assert set(inside) == {1}
        assert runtime._together.submit(torch.get_num_threads).result() == 2
        assert torch.get_num_threads() == 3
        with ThreadPoolExecutor(1) as later:
            assert later.submit(torch.get_num_threads).result() == 3
    finally:
        torch.set_num_threads(before)


def test_bf16_refuses_what_is_no_bert_and_auto_knows_it(
    artefact: Artefact, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = json.loads(artefact.path("config.json").read_text(encoding="utf-8"))
    other = tmp_path / "config.json"
    other.write_text(json.dumps(config | {"hidden_act": "relu"}))
    path = Artefact.path
    monkeypatch.setattr(
        Artefact, "path", lambda self, name: other if name == other.name else path(self, name)
    )
    with pytest.raises(ValueError, match="bert model with gelu, got bert with relu"):
        BertRuntime(artefact, "bfloat16")
    monkeypatch.setattr(runtime, "_has_gpu", lambda: False)
    monkeypatch.setattr(runtime, "bf16_pays", lambda: True)
    chosen = load_runtime(artefact)
    assert chosen.name == "confirmed"
    assert isinstance(chosen.exact, TorchRuntime)


@pytest.mark.parametrize(
    "gpu, bf16, chosen, exact",
    [
        (True, True, "torch", None),
        (False, True, "bf16", None),
        (False, False, "confirmed", "float32"),
    ],
)
def test_auto_takes_what_is_quick_here(
    gpu: bool,
    bf16: bool,
    chosen: str,
    exact: str | None,
    artefact: Artefact,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime, "_has_gpu", lambda: gpu)
    monkeypatch.setattr(runtime, "bf16_pays", lambda: bf16)
    loaded = load_runtime(artefact)
    assert (loaded.name, loaded.exact and loaded.exact.name) == (chosen, exact)


@pytest.mark.parametrize("load", [partial(BertRuntime, kind="float32"), TorchRuntime])
def test_a_weight_that_is_missing_is_named(
    load: Callable[[Artefact], Runtime], artefact: Artefact, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_file = safetensors.torch.load_file

    def cut(path: Path) -> dict[str, torch.Tensor]:
        return {name: value for name, value in load_file(path).items() if "qa_outputs" not in name}

    monkeypatch.setattr(safetensors.torch, "load_file", cut)
    with pytest.raises(ValueError, match=r"qa_outputs\.weight"):
        load(artefact)


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
        list(TorchRuntime(artefact, "cpu").forward([pad(windows[:1], pad_id)]))


def test_onnx_runtime_keeps_no_record_of_its_use(tmp_path: Path) -> None:
    """It counts events in the user's home, to be sent to its makers, unless it is told not to."""
    ask = (
        "from reader import Reader; print(Reader.load(None, 'onnx').read('Who?', ['Ann.'])[0].text)"
    )
    variables = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    said = subprocess.run(
        [sys.executable, "-c", ask],
        env={**variables, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip()
    assert [file for file in tmp_path.rglob("*") if "Microsoft" in file.name] == []
