"""A cross-encoder puts the best passages of a search in a new order. Off unless one is named.

Knows a question and texts, but neither indexes nor documents.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .records import FloatArray
from .types import Hit

DEPTH = 50  # passages of a search that are worth being scored anew
MAX_TOKENS = 512


class Reranker:
    """Scores texts by reading each together with the question (Nogueira and Cho 2019).

    Slower than an encoder, whose vectors are made beforehand: every text of every question is
    one pass through the model. May be called from several threads.
    """

    def __init__(self, model: Any) -> None:  # noqa: ANN401 (sentence-transformers')
        """Use ``Reranker.load``."""
        self._model = model
        self._lock = threading.Lock()

    @classmethod
    def load(cls, name_or_folder: str | Path) -> Reranker:
        """Loads a sentence-transformers CrossEncoder with one output.

        Args:
            name_or_folder: a folder, or a hub name; a hub name that was not fetched before
                needs the network.

        Raises:
            OSError: no such model can be loaded.
            ValueError: it gives several numbers a text, so it does not rank.
        """
        from sentence_transformers import CrossEncoder

        try:
            model = CrossEncoder(str(name_or_folder), max_length=MAX_TOKENS)
        except (OSError, ValueError) as error:
            raise OSError(
                f"cannot load the cross-encoder {name_or_folder!s}: expected a "
                "sentence-transformers folder, or the name of one on the Hugging Face hub, "
                f"which needs the network the first time ({type(error).__name__})"
            ) from error
        if model.config.num_labels != 1:
            raise ValueError(
                f"expected a cross-encoder with one output, {name_or_folder!s} has "
                f"{model.config.num_labels}: name one that was trained to rank"
            )
        return cls(model)

    def score(self, question: str, texts: Sequence[str]) -> FloatArray:
        """How well each text answers, higher is better; shape (len(texts),)."""
        pairs = [(question, text) for text in texts]
        with self._lock:
            scores = self._model.predict(pairs, show_progress_bar=False) if pairs else []
        return np.asarray(scores, dtype=np.float32)

    def rank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits by its own score, which each of them then carries; equals stay in order."""
        scores = self.score(question, [hit.passage.text for hit in hits])
        rescored = [Hit(h.passage, float(s)) for h, s in zip(hits, scores, strict=True)]
        return sorted(rescored, key=lambda hit: -hit.score)
