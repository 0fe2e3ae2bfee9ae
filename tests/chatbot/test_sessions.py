"""What the server keeps of open pages: states, for a while; and events that nobody answers."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import gradio as gr
import pytest
from starlette.testclient import TestClient

from chatbot.ui.sessions import CLOSED_LIFE, UNUSED_LIFE, OpenPages, keep_little

COUNT, SAY, WITHOUT_FUNCTION, UNKNOWN = 0, 1, 2, 99
A_MOMENT = timedelta(seconds=1)


@pytest.fixture
def site() -> gr.Blocks:
    return asyncio.run(built())  # outside a loop, Gradio makes some that it does not close


async def built() -> gr.Blocks:
    """A page that counts clicks; its second panel is passed over by every update but one."""
    with gr.Blocks(analytics_enabled=False) as site:
        number = gr.State(0)
        panel, passed_over = gr.HTML(), gr.HTML()
        button = gr.Button()
        outputs = [number, panel, passed_over]
        button.click(lambda n: {number: n + 1, panel: f"{n + 1}"}, [number], outputs, queue=False)
        button.click(lambda: {passed_over: "said"}, None, outputs, queue=False)
        button.click(None, None, None, js="() => {}")
    site.queue()
    keep_little(site)
    return site


def pages_of(site: gr.Blocks) -> OpenPages:
    pages = site.app.state_holder
    assert isinstance(pages, OpenPages)
    return pages


def click(site: gr.Blocks, event: int, session: str) -> list[object]:
    body = {"fn_index": event, "data": [None] * (event == COUNT), "session_hash": session}
    answered = TestClient(site.app).post("/gradio_api/run/predict", json=body)
    return list(answered.raise_for_status().json()["data"])


def test_each_page_has_its_own_states_and_no_panel_is_kept(site: gr.Blocks) -> None:
    n_blocks = len(site.default_config.blocks)
    for n in range(1, 4):
        assert click(site, COUNT, "one")[1] == str(n)
        click(site, SAY, "one")
    assert click(site, COUNT, "two")[1] == "1"
    pages = pages_of(site)
    assert [list(pages[name].state_data.values()) for name in ("one", "two")] == [[3], [1]]
    assert list(pages["one"].components) == []
    assert len(pages["one"].blocks_config.blocks) == n_blocks


def test_an_event_that_the_server_has_no_part_in_is_refused(
    site: gr.Blocks, capfd: pytest.CaptureFixture[str]
) -> None:
    browser = TestClient(site.app)  # it would raise what the server does not handle
    ways = (("queue/join", "one"), ("run/predict", "one"), ("run/predict", None))
    for event in (WITHOUT_FUNCTION, UNKNOWN):
        for address, session in ways:
            body = {"fn_index": event, "data": [], "session_hash": session}
            refused = browser.post(f"/gradio_api/{address}", json=body)
            assert refused.status_code == 404
            assert str(event) in refused.json()["detail"]
    assert "Traceback" not in capfd.readouterr().err
    assert [one["backend_fn"] for one in site.get_config_file()["dependencies"]] == [
        True,
        True,
        False,
    ]


def test_a_page_is_forgotten_an_hour_after_it_closed_and_a_day_after_its_last_use(
    site: gr.Blocks,
) -> None:
    pages, names = pages_of(site), ("closed", "open", "back")
    for name in names:
        click(site, COUNT, name)
        site._queue.pending_event_ids_session[name] = set()
    for name in ("closed", "back"):
        pages.session_data[name].is_closed = True
    click(site, COUNT, "back")
    for after, left in (
        (CLOSED_LIFE - A_MOMENT, ["closed", "open", "back"]),
        (CLOSED_LIFE + A_MOMENT, ["open", "back"]),
        (UNUSED_LIFE + A_MOMENT, []),
    ):
        pages.sweep(datetime.now() + after)
        assert list(pages.session_data) == left
        assert list(site._queue.pending_event_ids_session) == left
        assert list(pages.time_last_used) == left
    assert click(site, COUNT, "open")[1] == "1"


def test_an_upload_that_was_taken_in_is_forgotten_by_name(site: gr.Blocks, tmp_path: Path) -> None:
    lying = tmp_path / "lying.txt"
    lying.touch()
    site.upload_file_set.update({str(lying), str(tmp_path / "taken.txt")})
    pages_of(site).sweep(datetime.now())
    assert site.upload_file_set == {str(lying)}
    assert any(files is site.upload_file_set for files in site.temp_file_sets)
