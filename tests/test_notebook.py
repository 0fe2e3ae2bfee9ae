"""The notebook's five cells: the last three run as they stand, the first two are commands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def cells(repo_root: Path) -> list[str]:
    """The code cells, in order."""
    whole = json.loads((repo_root / "docs" / "quoth.ipynb").read_text(encoding="utf-8"))
    assert (whole["nbformat"], whole["nbformat_minor"]) == (4, 5)
    names = [cell["id"] for cell in whole["cells"]]
    assert len(set(names)) == len(names)
    code = [cell for cell in whole["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    return ["".join(cell["source"]) for cell in code]


def as_python(cell: str) -> str:
    """A cell without IPython: `!command $NAME` becomes a call of the shell."""

    def call(found: re.Match[str]) -> str:
        command = re.sub(r"\$([A-Za-z_]\w*)", r"{\1}", found.group(1))
        return f"import subprocess; subprocess.run(f{command!r}, shell=True, check=True)"

    return re.sub(r"^%.*$", "pass", re.sub(r"^!(.*)$", call, cell, flags=re.M), flags=re.M)


def test_five_cells_bring_it_up(cells: list[str], repo_root: Path) -> None:
    assert len(cells) == 5
    assert "git clone" in cells[0]
    (requirements,) = re.findall(r"--requirement (\S+)", cells[1])
    assert (repo_root / requirements).is_file()
    for number, cell in enumerate(cells):
        compile(as_python(cell), f"cell {number + 1}", "exec")


def test_documents_page_and_question_run_as_they_stand(
    cells: list[str], repo_root: Path, tmp_path: Path
) -> None:
    home = f'HOME = "{tmp_path / "home"}"'
    code = "\n".join(as_python(cell) for cell in cells[2:]).replace('HOME = "quoth-home"', home)
    code = code.replace(', "--share"', "").replace("ublic link", "ready at")  # no network here
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nserver.terminate(); server.wait()"],
        cwd=repo_root,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Michael Collins | apollo-11.md | page 1"
