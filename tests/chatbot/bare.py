"""A desk whose encoder counts letters and which has no reader; no test lives here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from chatbot.desk import Desk
from chatbot.settings import Settings
from reader import Reader
from retriever import Library
from tests.retriever.hash_encoder import hash_encoder


@contextmanager
def bare_desk(settings: Settings) -> Iterator[Desk]:
    """Open for as long as it is needed; what nothing is found for needs no reader."""
    library = Library.open(settings.home, encoder=hash_encoder())
    desk = Desk(library, cast(Reader, None), settings)
    try:
        yield desk
    finally:
        desk.close()
