"""How soon a first visit sees the page and can use it: Chromium with an empty cache, one machine.

Starts the real server over a fresh home; knows of the page only its address and two ids.

    python bench/first_paint.py --visits 7
"""

from __future__ import annotations

import json
import tempfile
from argparse import ArgumentParser
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median

from page_server import chromium, served
from playwright.sync_api import Browser, Page

PATIENCE_MS = 300_000
PAGES = (  # what is printed, how many times slower the processor, the window's width
    ("desk", 1, 1440),
    ("desk, processor 4 times slower", 4, 1440),
    ("phone, processor 4 times slower", 4, 390),
)
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
    names = [field.name for field in fields(Visit)]
    if not chosen.json:
        print("| page |", " | ".join(names), "|")
        print("|---" * (len(names) + 1) + "|")
    with tempfile.TemporaryDirectory() as home, served(Path(home)) as address, chromium() as one:
        visit(one, address, 1, 1440)  # the server's own first time
        for label, slowdown, width_px in PAGES:
            seen = [
                asdict(visit(one, address + chosen.path, slowdown, width_px))
                for _ in range(chosen.visits)
            ]
            middle = {name: round(median(row[name] for row in seen), 3) for name in names}
            if chosen.json:
                print(json.dumps({"page": label, **middle}), flush=True)
            else:
                print(
                    f"| {label} |", " | ".join(f"{middle[n]:.4g}" for n in names), "|", flush=True
                )


if __name__ == "__main__":
    main()
