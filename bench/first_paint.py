"""How soon a first visit sees the page and can use it: Chromium with an empty cache, one machine.

Starts the real server over a fresh home; knows of the page only its address and two ids.

    python bench/first_paint.py --visits 7
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_MS = 300_000
BLOCKING_MS = 50  # https://web.dev/articles/tbt: what a task takes beyond this, nobody can click
OBSERVE_JS = """
window.seen = {fcp: 0, lcp: 0, shift: 0, tasks: [], usable: 0};
const on = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
  .observe({type, buffered: true});
on('paint', (e) => { if (e.name === 'first-contentful-paint') seen.fcp = e.startTime; });
on('largest-contentful-paint', (e) => { seen.lcp = e.startTime; });
on('layout-shift', (e) => { if (!e.hadRecentInput) seen.shift += e.value; });
on('longtask', (e) => seen.tasks.push([e.startTime, e.duration]));
const look = () => {
  const box = document.querySelector('#q-question textarea');
  const shelf = document.querySelector('#q-shelf .q-docs');
  if (box && shelf) seen.usable = performance.now(); else requestAnimationFrame(look);
};
look();
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit's figures: milliseconds since the address was entered, unless said otherwise.

    Attributes:
        first_paint_ms: the first text or picture (FCP).
        largest_paint_ms: the largest text or picture (LCP).
        usable_ms: the question's box and the list of documents are there.
        blocked_ms: what tasks took beyond 50 ms each, from first paint until usable (TBT).
        shift: how far things jumped (CLS, no unit).
        kilobytes: transferred, over all requests.
        requests: how many.
    """

    first_paint_ms: float
    largest_paint_ms: float
    usable_ms: float
    blocked_ms: float
    shift: float
    kilobytes: float
    requests: float


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of a server of our own; it ends with the block."""
    command = [sys.executable, "-m", "chatbot", "serve", "--home", str(home), "--port", "0"]
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(home / "uploads")}
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        ready = next((line for line in server.stdout if "ready at" in line), None)
        if ready is None:
            raise RuntimeError("the server did not start; its reason stands above")
        yield ready.split()[-1]
        server.terminate()


def visit(browser: Browser, address: str, slowdown: float, width_px: int) -> Visit:
    """Open the page as somebody new and watch it until two seconds after it can be used."""
    context = browser.new_context(viewport={"width": width_px, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(OBSERVE_JS)
    page = context.new_page()
    network = context.new_cdp_session(page)
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    network.send("Network.enable")
    network.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    page.goto(address)
    seen = _watch(page)
    context.close()
    blocking = [
        duration - BLOCKING_MS
        for start, duration in seen["tasks"]
        if seen["fcp"] <= start < seen["usable"]
    ]
    return Visit(
        first_paint_ms=seen["fcp"],
        largest_paint_ms=seen["lcp"],
        usable_ms=seen["usable"],
        blocked_ms=sum(blocking),
        shift=seen["shift"],
        kilobytes=sum(sizes) / 1000,
        requests=len(sizes),
    )


def _watch(page: Page) -> dict[str, float]:
    page.wait_for_function("seen.usable > 0")
    page.wait_for_timeout(2000)  # what still paints or jumps
    return page.evaluate("seen")


def main() -> None:
    """Visit, print the medians as a table."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=5, help="visits for each row (default: 5)")
    parser.add_argument("--path", default="", help="of the page, as zh (default: the first page)")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    chosen = parser.parse_args()
    chromium = shutil.which("chromium") or sys.exit(
        "chromium is not here: apt-get install chromium"
    )
    names = [field.name for field in fields(Visit)]
    if not chosen.json:
        print("| page |", " | ".join(names), "|")
        print("|---" * (len(names) + 1) + "|")
    with (
        tempfile.TemporaryDirectory() as home,
        served(Path(home)) as address,
        sync_playwright() as p,
    ):
        browser = p.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        visit(browser, address, 1, 1440)  # the server's own first time
        for label, slowdown, width_px in (
            ("desk", 1, 1440),
            ("desk, processor 4 times slower", 4, 1440),
            ("phone, 4 times slower", 4, 390),
        ):
            seen = [
                asdict(visit(browser, address + chosen.path, slowdown, width_px))
                for _ in range(chosen.visits)
            ]
            middle = {name: round(median(one[name] for one in seen), 3) for name in names}
            if chosen.json:
                print(json.dumps({"page": label, **middle}), flush=True)
            else:
                print(
                    f"| {label} |", " | ".join(f"{middle[n]:.4g}" for n in names), "|", flush=True
                )
        browser.close()


if __name__ == "__main__":
    main()
