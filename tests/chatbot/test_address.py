"""What is said about where the page can be opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.settings import Settings
from chatbot.ui import address
from chatbot.ui.address import lan_address, ready_lines, unshown_lines

PUBLIC = "https://abc.gradio.live"


@pytest.mark.parametrize(
    "host, share, public, lines",
    [
        ("127.0.0.1", False, None, ["Quoth is ready at http://127.0.0.1:7"]),
        (
            "0.0.0.0",
            False,
            None,
            ["Quoth is ready at http://127.0.0.1:7", "On your network: http://192.168.1.5:7"],
        ),
        (
            "127.0.0.1",
            True,
            PUBLIC,
            ["Quoth is ready at http://127.0.0.1:7", f"Public link, for a week at most: {PUBLIC}"],
        ),
        (
            "0.0.0.0",
            True,
            None,
            [
                "Quoth is ready at http://127.0.0.1:7",
                "On your network: http://192.168.1.5:7",
                "No public link: the tunnel's server cannot be reached from this machine.",
            ],
        ),
        (
            "127.0.0.1",
            True,
            None,
            [
                "Quoth is ready at http://127.0.0.1:7",
                "To reach it from your network, start it with --host 0.0.0.0.",
                "No public link: the tunnel's server cannot be reached from this machine.",
            ],
        ),
    ],
)
def test_every_way_in_is_a_line(
    host: str,
    share: bool,
    public: str | None,
    lines: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(address, "lan_address", lambda: "192.168.1.5")
    assert ready_lines(Settings(tmp_path, host=host, share=share), 7, public) == lines


def test_the_address_on_the_network_is_never_this_machines_own() -> None:
    found = lan_address()
    assert found is None or (found.count(".") == 3 and not found.startswith("127."))


def test_documents_that_the_page_does_not_show_are_told() -> None:
    assert unshown_lines(0) == []
    (line,) = unshown_lines(1)
    assert line.startswith("Not on the page: 1 document is in the collection default;")
    (line,) = unshown_lines(12)
    assert "12 documents are" in line
    assert "--show default" in line
