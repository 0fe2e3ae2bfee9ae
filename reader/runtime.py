"""One forward pass, its engines: plain BERT or int8 on a CPU, torch as the reference and on a GPU.

With ``bert.py`` the only importer of torch and ONNX Runtime. Knows tensors; nothing of
questions, texts or spans.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from reader.artefact import CONFIG, ONNX, WEIGHTS, Artefact
from reader.batching import AMX_BATCHES, CPU_BATCHES, GPU_BATCHES, BatchConfig, TokenBatch
from reader.processor import available_cores, bf16_pays, has_tiles, has_vnni
from reader.signs import signed
from reader.types import FloatArray

if TYPE_CHECKING:
    import torch

Logits = tuple[FloatArray, FloatArray]
RuntimeName = Literal["auto", "bf16", "confirmed", "onnx", "torch"]
RUNTIMES: tuple[RuntimeName, ...] = ("auto", "bf16", "confirmed", "onnx", "torch")

# ONNX Runtime's kernel for adding and normalising in one takes ten times as long as its
# kernels for the two steps, a quarter of the whole pass (docs/reader.md).
SLOW_FUSIONS = ["SkipLayerNormFusion"]
START_S = 60.0  # for threads to start in; where the system gives none, that is an error


class Runtime(Protocol):
    """A reader model, loaded.

    ``batches`` says how it likes its windows grouped; ``exact`` is a slower runtime to read
    again with what may be best, where this one's scores are too rough to say. Safe to call
    from several threads.
    """

    name: str
    batches: BatchConfig
    exact: Runtime | None

    def forward(self, batches: Sequence[TokenBatch]) -> Iterator[Logits]:
        """Start and end logits, float32 (n, L) each, of every padded (n, L) batch, in order.

        The first may come while the others are still computed.
        """
        ...


def load_runtime(artefact: Artefact, name: RuntimeName = "auto") -> Runtime:
    """Load a model.

    ``auto`` takes torch where a GPU is, bf16 where that is quicker than float32 and the model
    is a BERT, and int8 confirmed by float32 elsewhere: the best span of each is float32's.

    Raises:
        ValueError: for a name that is none of these, or a model that the runtime cannot read.
        DamagedArtefact: if the model's files are missing or altered.
    """
    if name == "auto":
        bf16 = bf16_pays() and _is_plain_bert(_config(artefact))
        name = "torch" if _has_gpu() else "bf16" if bf16 else "confirmed"
    if name == "bf16":
        return BertRuntime(artefact, "bfloat16")
    if name == "confirmed":
        return OnnxRuntime(artefact, exact=_float32(artefact))
    if name == "onnx":
        return OnnxRuntime(artefact)
    if name == "torch":
        return TorchRuntime(artefact)
    raise ValueError(f"expected runtime {', '.join(RUNTIMES[:-1])} or torch, got {name!r}")


def _float32(artefact: Artefact) -> Runtime:
    """The reference on a CPU, by the quickest way there is for this kind of model."""
    if _is_plain_bert(_config(artefact)):
        return BertRuntime(artefact, "float32")
    return TorchRuntime(artefact, "cpu")


def _has_gpu() -> bool:
    """Whether CUDA is there; without its driver, torch is not even imported.

    ZeroGPU of Hugging Face shows one that is there inside decorated functions alone.
    """
    if os.environ.get("SPACES_ZERO_GPU"):
        return False
    if not any(os.path.exists(p) for p in ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")):
        return False
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available()


def _config(artefact: Artefact) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(artefact.path(CONFIG).read_text(encoding="utf-8"))
    return config


def _is_plain_bert(config: dict[str, Any]) -> bool:
    """Whether ``bert.py`` knows this kind of model."""
    return config.get("model_type") == "bert" and config.get("hidden_act") == "gelu"


class OnnxRuntime:
    """The int8 graph on CPU: one window a core, side by side.

    Threads inside one window would wait for each other at every layer. With an ``exact``
    runtime its name is "confirmed".
    """

    batches = CPU_BATCHES

    def __init__(self, artefact: Artefact, exact: Runtime | None = None) -> None:
        self.name = "onnx" if exact is None else "confirmed"
        self.exact = exact
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # its use is nobody's business
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        file = artefact.path(ONNX)
        self._session = onnxruntime.InferenceSession(
            signed(file.read_bytes()) if has_vnni() else str(file),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=SLOW_FUSIONS,
        )

        self._workers = ThreadPoolExecutor(available_cores(), "reader")

    def forward(self, batches: Sequence[TokenBatch]) -> Iterator[Logits]:
        """Start and end logits of every batch."""
        return self._workers.map(self._forward, batches)

    def _forward(self, batch: TokenBatch) -> Logits:
        feed = {
            "input_ids": batch.input_ids,
            "token_type_ids": batch.token_type_ids,
            "attention_mask": batch.attention_mask,
        }
        start, end = self._session.run(["start_logits", "end_logits"], feed)
        return np.asarray(start, dtype=np.float32), np.asarray(end, dtype=np.float32)


class BertRuntime:
    """The safetensors weights on CPU, in bfloat16 or float32.

    Windows are read side by side, one a core, in bfloat16 with AMX several; a lone one by all
    cores. Reads BERT with the exact GELU, which is what training makes; another kind of model
    is refused with a ValueError.
    """

    exact: Runtime | None = None

    def __init__(
        self,
        artefact: Artefact,
        kind: Literal["bfloat16", "float32"],
        cores: int | None = None,
    ) -> None:
        import torch
        from safetensors.torch import load_file

        from reader.bert import BertShape, BertSpanReader

        self.name = {"bfloat16": "bf16", "float32": "float32"}[kind]
        cores = cores or available_cores()
        tiles = kind == "bfloat16" and has_tiles()
        self.batches = replace(AMX_BATCHES, abreast=cores) if tiles else CPU_BATCHES
        config = _config(artefact)
        if not _is_plain_bert(config):
            raise ValueError(
                f"runtime {self.name} reads a bert model with gelu, got {config.get('model_type')} "
                f"with {config.get('hidden_act')}; use --runtime torch"
            )
        weights = load_file(artefact.path(WEIGHTS))
        try:
            shape = BertShape(**{field: config[field] for field in BertShape.__slots__})
            self._model = BertSpanReader(weights, shape, getattr(torch, kind), tiles)
        except KeyError as error:
            raise ValueError(
                f"{artefact.folder} lacks {error}, which a bert reader has; export the model again"
            ) from error
        self._torch = torch
        self._apart = _torch_workers(cores, threads_each=1)
        self._together = _torch_workers(1, threads_each=cores)

    def forward(self, batches: Sequence[TokenBatch]) -> Iterator[Logits]:
        """Start and end logits of every batch."""
        workers = self._together if len(batches) == 1 else self._apart
        return workers.map(self._forward, batches)

    def _forward(self, batch: TokenBatch) -> Logits:
        is_token = batch.attention_mask.astype(bool)  # (n, L)
        tokens, types = (
            self._torch.from_numpy(array[is_token])  # (T,)
            for array in (batch.input_ids, batch.token_type_ids)
        )
        found = self._model(tokens, types, is_token.sum(1).tolist())
        start, end = np.zeros((2, *is_token.shape), dtype=np.float32)
        start[is_token], end[is_token] = (logits.numpy() for logits in found)
        return start, end


def _torch_workers(n: int, threads_each: int) -> ThreadPoolExecutor:
    """A pool of n threads, in each of which torch uses so many threads of its own.

    ``torch.set_num_threads`` holds for the thread that calls it and for those that come
    later, so each worker calls it, and then the caller's own number is set again. A thread
    takes the common number when torch first runs in it: asking for it comes before.
    """
    import torch

    before = torch.get_num_threads()
    started = threading.Barrier(n + 1, timeout=START_S)

    def start() -> None:
        torch.get_num_threads()
        torch.set_num_threads(threads_each)
        started.wait()

    workers = ThreadPoolExecutor(n, "reader", initializer=start)
    for _ in range(n):
        workers.submit(int)  # starts a thread each, since none is idle before the barrier
    started.wait()
    torch.set_num_threads(before)
    return workers


class TorchRuntime:
    """The safetensors weights in torch: bfloat16 on a GPU, float32 on a CPU."""

    name = "torch"
    exact: Runtime | None = None

    def __init__(self, artefact: Artefact, device: str | None = None) -> None:
        import torch

        self._torch = torch
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.batches = GPU_BATCHES if self._device.type == "cuda" else CPU_BATCHES
        kind = torch.bfloat16 if self._device.type == "cuda" else torch.float32
        self._model = load_torch_model(artefact.path(CONFIG), artefact.path(WEIGHTS)).to(
            self._device, kind
        )

    def forward(self, batches: Sequence[TokenBatch]) -> Iterator[Logits]:
        """Start and end logits of every batch."""
        return map(self._halving, batches)

    def _halving(self, batch: TokenBatch) -> Logits:
        """A batch too large for the GPU's memory is read in halves."""
        try:
            return self._forward(batch)
        except self._torch.OutOfMemoryError:
            if len(batch.input_ids) == 1:
                raise
        self._torch.cuda.empty_cache()
        halves = [self._halving(part) for part in _halves(batch)]
        start, end = (np.concatenate(parts) for parts in zip(*halves, strict=True))
        return start, end

    def _forward(self, batch: TokenBatch) -> Logits:
        torch = self._torch
        with torch.inference_mode():
            output = self._model(
                input_ids=torch.from_numpy(batch.input_ids).to(self._device),
                token_type_ids=torch.from_numpy(batch.token_type_ids).to(self._device),
                attention_mask=torch.from_numpy(batch.attention_mask).to(self._device),
            )
        start: FloatArray = output.start_logits.float().cpu().numpy()
        end: FloatArray = output.end_logits.float().cpu().numpy()
        return start, end


def load_torch_model(config: Path, weights: Path, attention: str = "sdpa") -> torch.nn.Module:
    """The model in torch, float32, on CPU, in eval mode.

    Args:
        config: the model's ``config.json``.
        weights: its safetensors, of any precision.
        attention: transformers' name of the attention code; exporting needs ``eager``.

    Raises:
        ValueError: if the weights are not those of a reader of this shape.
    """
    import torch
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForQuestionAnswering

    model: torch.nn.Module = AutoModelForQuestionAnswering.from_config(
        AutoConfig.from_pretrained(config), dtype=torch.float32, attn_implementation=attention
    )
    try:
        model.load_state_dict({name: value.float() for name, value in load_file(weights).items()})
    except RuntimeError as error:
        raise ValueError(f"{weights} holds no reader as {config} describes it: {error}") from error
    return model.eval()


def _halves(batch: TokenBatch) -> tuple[TokenBatch, TokenBatch]:
    middle = len(batch.input_ids) // 2
    first, second = (
        TokenBatch(batch.input_ids[s], batch.token_type_ids[s], batch.attention_mask[s])
        for s in (slice(None, middle), slice(middle, None))
    )
    return first, second
