"""Rights come from a token alone; two tokens never meet."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from chatbot.workspace import KEY_FILE, SAMPLES, Workspace


def test_two_tokens_are_two_visitors_who_share_the_samples(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    one, two = (workspace.visitor(workspace.new_token()) for _ in range(2))
    assert one.collection != two.collection
    assert one.readable == (one.collection, SAMPLES)
    assert two.collection not in one.readable


def test_a_token_outlives_a_restart_and_belongs_to_its_home(tmp_path: Path) -> None:
    first = Workspace(tmp_path / "a")
    token = first.new_token()
    again = Workspace(tmp_path / "a")
    assert again.visitor(token) == first.visitor(token)
    assert again.browser_secret == first.browser_secret
    elsewhere = Workspace(tmp_path / "b")
    assert elsewhere.visitor(token).collection != first.visitor(token).collection


def test_the_key_is_the_owners_and_the_browser_never_gets_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    file = tmp_path / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes().hex()[:32] != workspace.browser_secret
    token = workspace.new_token()
    assert token not in workspace.visitor(token).collection


@pytest.mark.parametrize(
    "token", [None, "", "samples", "visitor-abc", 7, "a" * 42, "ä" * 43, ["a"]]
)
def test_what_is_no_token_has_no_rights(tmp_path: Path, token: object) -> None:
    workspace = Workspace(tmp_path)
    assert not workspace.is_token(token)
    with pytest.raises(PermissionError, match="reload"):
        workspace.visitor(token)


def test_a_damaged_key_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(ValueError, match="delete the file"):
        Workspace(tmp_path)
