"""The page's real server over a home of its own, for benches that drive it in Chromium.

Knows the command line alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 60


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server that ends with the block; its home and its uploads lie in a folder.

    Raises:
        RuntimeError: it did not start; why stands on standard error.
    """
    command = [sys.executable, "-m", "chatbot", "serve", "--port", "0"]
    command += ["--home", str(folder / "home")]
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(folder / "uploads")}
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        ready = next((line for line in server.stdout if "ready at" in line), None)
        if ready is None:
            raise RuntimeError("the server did not start; its reason stands above")
        try:
            yield ready.split()[-1].rstrip("/") + "/"
        finally:
            server.terminate()
            server.wait(PATIENCE_S)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window.

    Raises:
        RuntimeError: there is none.
    """
    found = shutil.which("chromium")
    if found is None:
        raise RuntimeError("chromium is not here: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()
