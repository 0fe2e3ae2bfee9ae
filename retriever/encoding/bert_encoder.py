"""A folder of sentence-transformers that holds a plain BERT, read without that library.

Knows the folder's files and this machine's cores; nothing of documents.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from .bert import BertRows, BertShape, Pooling
from .wordpiece import WordPieces

BATCH_CHARS = 4000  # about 900 tokens of English; more gains nothing on Zen 5
CPU_INFO = Path("/proc/cpuinfo")  # Linux
START_S = 60.0  # for threads to start in; where the system gives none, that is an error
MODULES = (("Transformer", "Pooling"), ("Transformer", "Pooling", "Normalize"))
POOLINGS: dict[str, Pooling] = {  # as written by versions to 5, and since
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "mean": "mean",
    "cls": "cls",
}


class BertEncoder:
    """Texts to rows, a batch on each core. May be called from several threads.

    A call that fits into one batch, as a question does, never waits for a longer one.
    """

    def __init__(self, folder: Path, max_tokens: int, kind: torch.dtype | None = None) -> None:
        """Reads a folder.

        Args:
            folder: of a model saved by sentence-transformers.
            max_tokens: longer texts are cut.
            kind: type of the products; None takes bfloat16 where that is quick (with AMX, or on
                AMD with avx512_bf16) and float32 elsewhere.

        Raises:
            OSError, KeyError, ValueError: the folder holds another kind of model, which
                sentence-transformers may know.
        """
        config = _read(folder / "config.json")
        pooling = _pooling_of_plain_bert(folder, config)
        most = min(max_tokens, int(config["max_position_embeddings"]))
        self._words = WordPieces(folder / "tokenizer.json", most)
        shape = BertShape(**{field: config[field] for field in BertShape.__slots__})
        stored = load_file(folder / "model.safetensors")
        weights = {name.removeprefix("bert."): weight for name, weight in stored.items()}
        self._rows = BertRows(weights, shape, pooling, kind or _quickest_kind())
        self._many = _single_threaded_workers(torch.get_num_threads())
        self._few = _single_threaded_workers(torch.get_num_threads())

    @property
    def dimension(self) -> int:
        """Length of a row."""
        return self._rows.dimension

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Rows, float32 (len(texts), dimension), not of unit length."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        batches = _batches([len(text) for text in texts])
        workers = self._many if len(batches) > 1 else self._few
        parts = workers.map(self._forward, [[texts[i] for i in batch] for batch in batches])
        for batch, part in zip(batches, parts, strict=True):
            rows[batch] = part
        return rows

    def _forward(self, texts: list[str]) -> NDArray[np.float32]:
        ids = self._words(texts)
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        rows[order] = self._rows([ids[i] for i in order]).numpy()
        return rows


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indices of texts of these lengths, longest first, about ``BATCH_CHARS`` a batch."""
    batches: list[list[int]] = []
    room = 0
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if not batches or lengths[index] > room:
            batches.append([])
            room = BATCH_CHARS
        batches[-1].append(index)
        room -= max(lengths[index], 1)
    return batches


def _pooling_of_plain_bert(folder: Path, config: dict[str, Any]) -> Pooling:
    """How the model pools; ValueError unless ``BertRows`` computes all that the folder asks."""
    pooling = _read(folder / "1_Pooling" / "config.json")
    chosen = [key for key, on in pooling.items() if key.startswith("pooling_mode_") and on]
    mode = str(pooling.get("pooling_mode", " ".join(chosen)))
    words = _read(folder / "sentence_bert_config.json", optional=True)
    prompts = _read(folder / "config_sentence_transformers.json", optional=True)
    asked = {
        "a BERT": config.get("model_type") == "bert",
        "exact GELU": config.get("hidden_act") == "gelu",
        "absolute positions": config.get("position_embedding_type") in (None, "absolute"),
        "pooling and no more": _modules(folder) in MODULES,
        "mean or first token": mode in POOLINGS,
        "no lowering before the tokenizer": not words.get("do_lower_case"),
        "no prompt": prompts.get("default_prompt_name") is None,
    }
    if missing := [name for name, given in asked.items() if not given]:
        raise ValueError(f"expected {', '.join(missing)} of the encoder in {folder}")
    return POOLINGS[mode]


def _modules(folder: Path) -> tuple[str, ...]:
    listed = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    return tuple(str(module["type"]).rpartition(".")[2] for module in listed)


def _read(file: Path, *, optional: bool = False) -> dict[str, Any]:
    if optional and not file.is_file():
        return {}
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _quickest_kind() -> torch.dtype:
    """bfloat16 with AMX and on AMD; Intel's without AMX takes longer, emulated it would too."""
    found = torch.cpu.get_capabilities()
    quick = found.get("amx_bf16") or (found.get("avx512_bf16") and _is_amd())
    return torch.bfloat16 if quick else torch.float32


def _is_amd() -> bool:
    """As Linux says; False where nothing tells."""
    try:
        return "AuthenticAMD" in CPU_INFO.read_text(encoding="ascii", errors="replace")
    except OSError:
        return False


def _single_threaded_workers(n: int) -> ThreadPoolExecutor:
    """A pool of n threads inside each of which torch runs on one core.

    ``torch.set_num_threads`` holds for the thread that calls it and for those that come
    later, so each worker calls it, and then the caller's own number is set again. A thread
    takes the common number when torch first runs in it: asking for it comes before.
    """
    before = torch.get_num_threads()
    started = threading.Barrier(n + 1, timeout=START_S)

    def start() -> None:
        torch.get_num_threads()
        torch.set_num_threads(1)
        started.wait()

    workers = ThreadPoolExecutor(n, "encoder", initializer=start)
    for _ in range(n):
        workers.submit(int)  # starts a thread each, since none is idle before the barrier
    started.wait()
    torch.set_num_threads(before)
    return workers
