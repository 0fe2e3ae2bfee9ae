"""What the processor is quick at is read from its own flags, and nothing is promised without."""

from __future__ import annotations

from pathlib import Path

import pytest

from reader import processor
from reader.processor import available_cores, bf16_pays, has_vnni


@pytest.mark.parametrize(
    "vendor, flags, vnni, bf16",
    [
        ("GenuineIntel", "avx2 avx512f", False, False),
        ("GenuineIntel", "sse avx512_vnni", True, False),
        ("GenuineIntel", "avx2 avx_vnni", True, False),
        ("GenuineIntel", "avx512_vnni avx512_bf16", True, False),  # slower than float32 there
        ("GenuineIntel", "avx512_vnni avx512_bf16 amx_bf16", True, True),
        ("AuthenticAMD", "avx512_vnni avx512_bf16", True, True),
        ("AuthenticAMD", "avx2", False, False),
        (None, None, False, False),
    ],
)
def test_the_processor_s_flags_say_what_pays(
    vendor: str | None,
    flags: str | None,
    vnni: bool,
    bf16: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "cpuinfo"
    if vendor is not None:
        file.write_text(f"processor : 0\nvendor_id\t: {vendor}\nflags\t\t: {flags} \n")
    monkeypatch.setattr(processor, "CPU_INFO", file)
    assert (has_vnni(), bf16_pays()) == (vnni, bf16)


def test_there_is_a_core() -> None:
    assert available_cores() >= 1
