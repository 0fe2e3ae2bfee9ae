"""Nobody is left out: axe-core finds nothing serious, keys do everything, nothing jumps."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.steps import ask, upload_bytes, wait_ready

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
SERIOUS = ("serious", "critical")


def violations(page: Page) -> list[str]:
    """What axe-core calls serious or worse, a line each, with the first place of each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {one['nodes'][0]['html'][:200]} "
        f"{one['nodes'][0]['target']}"
        for one in found
        if one["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, PHONE, {"locale": "zh-CN"}])
def test_axe_finds_nothing_serious(visit: Visit, options: dict[str, Any]) -> None:
    page = visit(**options)
    assert violations(page) == [], "first visit"
    ask(page, "Who repaired the accordion?")
    assert violations(page) == [], "an answer"
    ask(page, "What is the boiling point of tungsten hexafluoride?")
    assert violations(page) == [], "an abstention"
    upload_bytes(page, "otter.txt", b"The otter was fed by Wilhelmina Croft at noon.")
    upload_bytes(page, "scan.pdf", b"%PDF-1.4 nothing")
    wait_ready(page, "otter.txt")
    if options is PHONE:
        page.locator("#q-nav [data-column=library]").tap()
    assert violations(page) == [], "documents"
