"""Memory and kernels stay with a process that trains; a setting of one's own is kept."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from training.cpu import KERNELS

SETTING = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
SCRIPT = f"""
import os, torch
from training.cpu import keep_what_was_used
keep_what_was_used()
print(os.environ["{SETTING}"], float(torch.ones(300, 300).matmul(torch.ones(300, 300))[0, 0]))
"""


@pytest.mark.parametrize(("set_before", "then"), [({}, KERNELS), ({SETTING: "64"}, "64")])
def test_a_setting_of_ones_own_is_kept_and_all_computes(
    set_before: dict[str, str], then: str
) -> None:
    """In a process of its own: what is set stays set."""
    env = {key: value for key, value in os.environ.items() if key != SETTING} | set_before
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [then, "300.0"], done.stderr
