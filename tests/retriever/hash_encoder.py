"""A real but tiny encoder for tests: words hashed to directions. Loads nothing."""

from __future__ import annotations

import hashlib

import numpy as np

from retriever.encoding.embed import Encoder
from retriever.records import FloatArray

DIMENSION = 64


def hash_encoder(name: str = "hash", salt: str = "") -> Encoder:
    """Texts that share words get near rows; another ``salt`` is another encoder."""

    def direction(word: str) -> FloatArray:
        seed = int.from_bytes(hashlib.sha256((salt + word).encode()).digest()[:8], "big")
        return np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)

    def forward(texts: list[str]) -> FloatArray:
        rows = [sum((direction(w) for w in t.lower().split()), direction("")) for t in texts]
        return np.stack(rows).astype(np.float32)

    return Encoder(name, DIMENSION, forward)
