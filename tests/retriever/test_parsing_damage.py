"""Sixty damaged and hostile files, of the thousand that ``bench/damaged.py`` feeds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from retriever.parsing.child import result_of, run
from retriever.parsing.limits import ParseLimits
from retriever.parsing.wire import Job, unpack_document
from retriever.types import FINAL_STATES, UnreadableFile

BENCH = Path(__file__).resolve().parents[2] / "bench"
LIMITS = ParseLimits(max_wall_s=10, max_cpu_s=5, max_memory_bytes=512 << 20)
N_GROUPS, GROUP = 6, 10
SLOW = ("bomb", "too many", "a million", "stream bomb", "twice packed", "many pages", "noise as")


@pytest.fixture(scope="module")
def files() -> Iterator[list[object]]:
    """The first sixty of those that are quick to make."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        from damage import damaged_files

        sound = damaged_files(N_GROUPS * GROUP, is_wanted=lambda kind: not kind.startswith(SLOW))
        yield list(sound)
    for name in ("damage", "damage_seeds"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("group", range(N_GROUPS))
def test_each_ends_with_a_state_and_a_reason(
    files: list[object], group: int, tmp_path: Path
) -> None:
    for file in files[group * GROUP : (group + 1) * GROUP]:
        (tmp_path / "file").write_bytes(file.data)
        job = Job("parse", str(tmp_path / "file"), {"name": file.name}, LIMITS)
        answer = run(job)
        assert answer.peak_bytes < LIMITS.max_memory_bytes + (100 << 20), file.kind
        try:
            document = unpack_document(result_of(job, answer), file.name, LIMITS)
        except UnreadableFile as failure:
            assert failure.state in FINAL_STATES and failure.reason, file.kind
        else:
            assert document.text.strip(), file.kind


def test_the_same_seed_makes_the_same_files(files: list[object]) -> None:
    from damage import damaged_files

    again = damaged_files(60, is_wanted=lambda kind: not kind.startswith(SLOW))
    assert list(again) == files
