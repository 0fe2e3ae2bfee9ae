"""Tells whoever waits for a parse how far it is. Knows neither parsers nor processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[float], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def step(done: float) -> None:
    """A page, say, is finished: ``done`` is the part of the file that is, from 0 to 1."""
    if listener := _listener.get():
        listener(done)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell ``listener`` of every step within."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
