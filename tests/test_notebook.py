"""The notebook's five cells: all but the second run as they stand, again too."""

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
    """A cell without IPython: `!command $NAME` becomes a call of the shell, `%cd` a change."""

    def call(found: re.Match[str]) -> str:
        command = re.sub(r"\$([A-Za-z_]\w*)", r"{\1}", found.group(2))
        run = f"import subprocess; subprocess.run(f{command!r}, shell=True, check=True)"
        return f"{found.group(1)}{run}"

    shell = re.sub(r"^( *)!(.*)$", call, cell, flags=re.M)
    moved = re.sub(r"^( *)%cd (\S+)$", r"\1os.chdir('\2')", shell, flags=re.M)
    return re.sub(r"^%.*$", "pass", moved, flags=re.M)


def run(code: str, folder: Path) -> str:
    """What a program prints that is run in a folder."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_five_cells_bring_it_up(cells: list[str], repo_root: Path) -> None:
    assert len(cells) == 5
    (requirements,) = re.findall(r"--requirement (\S+)", cells[1])
    assert (repo_root / requirements).is_file()
    for number, cell in enumerate(cells):
        compile(as_python(cell), f"cell {number + 1}", "exec")


def test_it_is_fetched_once_and_found_again(cells: list[str], tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", "init", "-q", origin], check=True)
    (origin / "requirements-cpu.txt").touch()
    for command in (["add", "."], [*author, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", origin, *command], check=True)
    work = tmp_path / "work"
    work.mkdir()
    cell = as_python(cells[0]).replace("https://github.com/YOU/quoth", origin.as_uri())
    for code in (f"{cell}\n{cell}", cell):  # run twice; run in a new kernel
        assert run(f"{code}\nprint(os.getcwd())", work).splitlines()[-1] == str(work / "quoth")
    assert not (work / "quoth" / "quoth").exists()


def test_documents_page_and_question_run_as_they_stand_and_again(
    cells: list[str], repo_root: Path, tmp_path: Path
) -> None:
    own = tmp_path / "my papers"
    own.mkdir()
    (own / "bell.txt").write_text("The bell of Sankt Orran was cast by Mette Holm in 1714.\n")
    third, *others = (as_python(cell) for cell in cells[2:])
    third = third.replace('HOME = "quoth-home"', f'HOME = "{tmp_path / "home"}"')
    others = [one.replace(', "--share"', "").replace("ublic link", "ready at") for one in others]
    first = "\n".join([third, *others])  # without the link: no network here
    with_own = first.replace('DOCUMENTS = ""', f'DOCUMENTS = "{own}"')
    again = with_own.replace("Who stayed in orbit around the Moon?", "Who cast the bell?")
    stopped = "import time\nserver.send_signal(signal.SIGINT)\ntime.sleep(1)"  # another cell was
    code = f"{first}\n{stopped}\n{others[-1]}\nfirst = server\n{again}"
    code = f"{code}\nassert first.poll() is not None\nserver.terminate(); server.wait()"
    said = run(code, repo_root).splitlines()
    answers = [line for line in said if "| page" in line]
    assert answers == [
        *["Michael Collins | apollo-11.md | page 1"] * 2,
        "Mette Holm | bell.txt | page 1",
    ]
