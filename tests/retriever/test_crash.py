"""What was acknowledged survives kill -9; what was removed stays away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.retriever.crashing import Crashes

KILLS = 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_acknowledged_changes_survive_kill_9(tmp_path: Path) -> None:
    crashes = Crashes(tmp_path, seed=1859)
    try:
        for _ in range(KILLS):
            crashes.kill()
            assert crashes.faults() == []
    finally:
        crashes.close()
    assert crashes.present
    assert crashes.absent
