"""The server's end."""

from __future__ import annotations

import signal

import pytest

from chatbot.ui.launch import _stop


def test_who_is_asked_to_end_again_ends_all_the_same() -> None:
    """Twice, and the second would break into what is done at the end of the process."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
