"""The Dockerfile, line by line: what it copies is there, who runs it is not root."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chatbot.settings import from_flags


@pytest.fixture(scope="module")
def steps(repo_root: Path) -> list[tuple[str, str]]:
    """(instruction, rest) of every step; continued lines joined."""
    text = (repo_root / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    pairs = (line.split(None, 1) for line in lines if line and not line.startswith("#"))
    return [(instruction, rest) for instruction, rest in pairs]


def rests(steps: list[tuple[str, str]], instruction: str) -> list[str]:
    return [rest for name, rest in steps if name == instruction]


def test_what_is_copied_is_there_and_let_in(steps: list[tuple[str, str]], repo_root: Path) -> None:
    ignore = (repo_root / ".dockerignore").read_text(encoding="utf-8").split()
    sources = [source for rest in rests(steps, "COPY") for source in rest.split()[:-1]]
    assert {"app.py", "chatbot", "reader", "retriever", "requirements-cpu.txt"} <= set(sources)
    for source in sources:
        assert (repo_root / source).exists()
        assert f"!{source}" in ignore


def test_who_runs_it_is_not_root_and_owns_the_volume(steps: list[tuple[str, str]]) -> None:
    order = [name for name, _ in steps]
    user = rests(steps, "USER")[-1]
    assert user != "root"
    assert order.index("USER") > max(i for i, name in enumerate(order) if name in ("RUN", "COPY"))
    volume = rests(steps, "VOLUME")[0]
    assert any(f"useradd --create-home --uid 1000 {user}" in rest for rest in rests(steps, "RUN"))
    assert any(f"install -d -o {user} {volume}" in rest for rest in rests(steps, "RUN"))


def test_the_settings_of_the_container_are_understood(steps: list[tuple[str, str]]) -> None:
    variables = dict(pair.split("=", 1) for rest in rests(steps, "ENV") for pair in rest.split())
    settings = from_flags(None, variables)
    assert settings.home == Path(rests(steps, "VOLUME")[0])
    assert settings.host == "0.0.0.0"
    assert [str(settings.port)] == rests(steps, "EXPOSE")
    assert variables["HF_HUB_OFFLINE"] == variables["ORT_DISABLE_TELEMETRY"] == "1"


def test_commands_are_lists_that_can_be_run(steps: list[tuple[str, str]], repo_root: Path) -> None:
    command = json.loads(rests(steps, "CMD")[0])
    assert command[0] == "python"
    assert (repo_root / command[1]).is_file()
    check = json.loads(re.sub(r"^.*?CMD ", "", rests(steps, "HEALTHCHECK")[0]))
    assert "/health" in check[2]
    assert "QUOTH_PORT" in check[2]  # may be another than that of the image
    compile(check[2], "healthcheck", "exec")
