"""The tests' tiny encoder, slow on purpose or counting what it is asked; no test lives here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from retriever.encoding.embed import Encoder
from retriever.records import FloatArray
from tests.retriever.hash_encoder import DIMENSION, hash_encoder


def watched_encoder(before: Callable[[list[str]], None]) -> Encoder:
    """Calls ``before`` with each batch of texts; what that raises stops the work."""
    inner = hash_encoder()

    def forward(texts: list[str]) -> FloatArray:
        before(texts)
        return inner._forward(texts)

    return Encoder("hash", DIMENSION, forward)


def slow_encoder(pause_s: float) -> Encoder:
    """Takes ``pause_s`` seconds for each batch."""
    return watched_encoder(lambda _: time.sleep(pause_s))


class Gate:
    """Lets batches pass one by one, and counts the passages that came."""

    def __init__(self) -> None:
        self.n_texts = 0
        self.is_open = threading.Event()
        self.reached = threading.Event()
        self.encoder = watched_encoder(self._pass)

    def _pass(self, texts: list[str]) -> None:
        if all("probe" not in text and "quotation" not in text for text in texts):
            self.n_texts += len(texts)
            self.reached.set()
            assert self.is_open.wait(20), "nobody opened the gate"
