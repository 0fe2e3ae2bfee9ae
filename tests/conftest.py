"""What every test may ask for: where the repository and the shared data are.

Knows no room, and imports nothing heavy: `pytest tests/test_docs.py` starts at once.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Set before any room is imported, so that nothing reaches for the network or takes every core.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")

# On a build server the same examples every time; at a desk new ones, to find what is still wrong.
# No test fails because the machine is busy.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("desk", UNTIMED)
settings.register_profile("ci", UNTIMED, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

REPO_ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that drive a page come last: what drives it keeps an event loop running from its first
    page on, beside which no test can run a loop of its own.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The checkout that is being tested."""
    return REPO_ROOT


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Data sets and documents kept beside the checkout; a test that needs them skips without."""
    shared = REPO_ROOT.parent / "shared"
    if not (shared / "data").is_dir():
        pytest.skip("../shared/data is not here: it holds the data sets this test reads")
    return shared


@pytest.fixture(scope="session")
def samples_dir() -> Path:
    """The sample library that ships with the chatbot."""
    return REPO_ROOT / "chatbot" / "samples"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium; a test that drives a page skips without."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium: apt-get install chromium fonts-noto-cjk")
    return found
