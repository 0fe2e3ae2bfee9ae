"""Holds the documentation to the code: commands, options, files, links and lists must exist.

Reads Markdown and asks each command for its --help; runs nothing else.
"""

from __future__ import annotations

import functools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = re.compile(r"^ *```(?:sh|console|bash)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`((?:python|quoth|make) [^`]+)`")
TREE = re.compile(r"^```tree\n(.*?)^```", re.DOTALL | re.MULTILINE)
SUBCOMMANDS = {"retriever", "reader", "chatbot"}


def shown_commands(page: Path) -> list[str]:
    """Commands in a page's shell blocks and running text; long lines joined, comments cut."""
    text = page.read_text(encoding="utf-8")
    blocks = "".join(CODE.findall(text)).replace("\\\n", " ")
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in blocks.splitlines())
    return [line for line in lines if line] + INLINE.findall(text)


COMMANDS = sorted({line for page in PAGES for line in shown_commands(page)})
PYTHON = [line for line in COMMANDS if re.search(r"(python -m|\bquoth) ", line)]
MAKE = [line for line in COMMANDS if line.startswith("make ")]


def module_and_words(command: str) -> tuple[str, list[str]]:
    """`python -m reader ask ...` -> ("reader", ["ask", ...]); `quoth` is the chatbot's name."""
    words = re.sub(r"^.*\| *", "", command).split()
    return ("chatbot", words[1:]) if words[0] == "quoth" else (words[2], words[3:])


@functools.cache
def help_of(*call: str) -> str:
    """What a command says about itself; an exit status other than 0 fails the test."""
    done = subprocess.run(
        [sys.executable, "-m", *call, "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, f"python -m {' '.join(call)} --help: {done.stderr}"
    return done.stdout


@pytest.mark.parametrize("command", PYTHON)
def test_a_shown_command_exists_with_its_options(command: str) -> None:
    module, words = module_and_words(command)
    if module == "pytest":
        return
    text = help_of(module, words[0]) if module in SUBCOMMANDS else help_of(module)
    missing = [
        word.split("=")[0]
        for word in words
        if word.startswith("--") and word.split("=")[0] not in text
    ]
    assert missing == []


@pytest.mark.parametrize("command", MAKE)
def test_a_shown_make_target_exists(command: str) -> None:
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert declared is not None
    asked = [word for word in command.split()[1:] if "=" not in word]
    assert asked
    assert set(asked) <= set(declared.group(1).split())


def test_a_shown_script_exists() -> None:
    scripts = [line.split()[1] for line in COMMANDS if re.match(r"python [\w/]+\.py", line)]
    assert scripts
    assert [script for script in scripts if not (ROOT / script).is_file()] == []


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
    relative = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in relative if not (document.parent / link).exists()] == []


def tree_files() -> set[str]:
    """Paths in the README's annotated tree: a line's first word under its folders."""
    found = TREE.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found is not None, "README.md needs a ```tree block"
    paths: set[str] = set()
    folders: list[str] = []
    for line in filter(str.strip, found.group(1).splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2
        names = line.strip().split("  ")[0].split(", ")
        folders = [*folders[:depth], names[0].rstrip("/")]
        paths |= {"/".join([*folders[:depth], name.rstrip("/")]) for name in names}
    return paths


def test_every_file_of_the_tree_is_there() -> None:
    assert sorted(path for path in tree_files() if not (ROOT / path).exists()) == []


def test_every_module_is_in_the_tree() -> None:
    shown = tree_files()
    modules = {
        path.relative_to(ROOT).as_posix()
        for room in ("retriever", "reader", "chatbot", "training", "bench")
        for path in (ROOT / room).rglob("*.py")
        if path.name != "__init__.py"
    }
    # A folder that the tree shows without its files stands for all of them.
    opened = {str(Path(path).parent) for path in shown}
    whole = {path for path in shown if (ROOT / path).is_dir() and path not in opened}
    unseen = {m for m in modules - shown if not any(m.startswith(f"{path}/") for path in whole)}
    assert sorted(unseen) == []


def test_every_file_in_backticks_is_there() -> None:
    """Prose names files as `room/file.py`; a folder that is made at run time is not named so."""
    pattern = re.compile(r"`((?:retriever|reader|chatbot|training|tests|bench|docs)/[\w./]+)`")
    named = {name for page in PAGES for name in pattern.findall(page.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_setting_is_in_the_guide_and_no_other() -> None:
    guide = (ROOT / "docs" / "user-guide.md").read_text(encoding="utf-8")
    table = guide.split("## Settings")[1].split("\n## ")[0]
    flags = set(re.findall(r"(--[a-z-]+)", help_of("chatbot", "serve"))) - {"--help"}
    assert set(re.findall(r"`(--[a-z-]+)`", table)) == flags
    source = (ROOT / "chatbot" / "settings.py").read_text(encoding="utf-8")
    assert set(re.findall(r"`([A-Z_]+)`", table)) == set(
        re.findall(r"\"([A-Z]+_[A-Z_]+)\"", source)
    )


def requirements(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_two_requirement_lists_differ_by_faiss_alone() -> None:
    full, slim = requirements("requirements.txt"), requirements("requirements-cpu.txt")
    assert [x for x in full if "faiss" not in x] == [x for x in slim if "faiss" not in x]
    assert [x.split(";")[0] for x in full if "faiss" in x] == ["faiss-gpu>=1.15", "faiss-cpu>=1.15"]
    assert [x for x in slim if "faiss" in x] == ["faiss-cpu>=1.15"]


def test_every_package_of_the_project_is_packaged() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    rooms = ("retriever", "reader", "chatbot", "training")
    here = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for room in rooms
        for path in (ROOT / room).rglob("__init__.py")
    }
    assert listed == here
