"""Holds the import rules between rooms: who may know whom, and which door may pull in what.

Reads source files and starts fresh interpreters; calls no room.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("retriever", "reader", "chatbot", "training")

# Which other rooms a room may import.
MAY_IMPORT: dict[str, set[str]] = {
    "retriever": set(),
    "reader": set(),
    "chatbot": {"retriever", "reader"},
    "training": {"reader", "retriever"},
    "bench": {"retriever", "reader", "chatbot", "training"},
    "app.py": {"retriever", "reader", "chatbot"},
}

# A package that knows much, and the only files of the rooms that may import it.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "gradio": ("chatbot/ui/", "app.py"),
    "pypdfium2": ("retriever/parsing/",),
    "docx": ("retriever/parsing/",),
    "pptx": ("retriever/parsing/",),
    "openpyxl": ("retriever/parsing/",),
    "lxml": ("retriever/parsing/",),
    "striprtf": ("retriever/parsing/",),
    "charset_normalizer": ("retriever/parsing/",),
    "faiss": ("retriever/index/vectors.py",),
    "tantivy": ("retriever/index/lexical.py",),
    "sqlalchemy": ("retriever/", "chatbot/"),
    "sentence_transformers": (
        "retriever/encoding/embed.py",
        "retriever/rerank.py",
        "training/mined.py",
        "training/soup.py",
        "training/train_encoder.py",
    ),
    "onnxruntime": ("reader/runtime.py", "training/"),
    "torch": (
        "reader/runtime.py",
        "reader/bert.py",
        "training/",
        "retriever/encoding/bert.py",
        "retriever/encoding/bert_encoder.py",
        "retriever/encoding/embed.py",
        "retriever/index/vectors.py",
    ),
    "datasets": ("training/",),
    "pymilvus": ("retriever/backends/",),
    "ray": ("retriever/backends/",),
    "pickle": (),
}

# What `import DOOR` must leave alone, so that it is quick and needs little.
LIGHT_DOORS: dict[str, set[str]] = {
    "retriever": {"gradio", "torch", "faiss", "tantivy", "sentence_transformers"},
    "reader": {"gradio", "torch", "faiss", "tantivy", "retriever", "onnxruntime"},
    "chatbot": {"gradio", "torch", "faiss"},
}


def source_files() -> list[Path]:
    """Every Python file a rule speaks of, relative to the repository."""
    files = [path for room in (*ROOMS, "bench") for path in (ROOT / room).rglob("*.py")]
    files += [path for path in [ROOT / "app.py"] if path.exists()]
    return sorted(path.relative_to(ROOT) for path in files)


def owner(path: Path) -> str:
    """The room a file lies in, or the file's own name at the top of the repository."""
    return path.parts[0]


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Full names that a file imports anywhere, also inside functions, with their lines."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.parent.parts[: len(path.parent.parts) - node.level + 1]
            prefix = ".".join(package) + "." if node.level else ""
            yield prefix + (node.module or ""), node.lineno


def breaches(path: Path) -> Iterator[str]:
    """Each import of a file that a rule forbids, as a line for a person."""
    for name, line in imported(path):
        top = name.split(".")[0]
        if top in ROOMS and top != owner(path) and top not in MAY_IMPORT[owner(path)]:
            yield f"{path}:{line} imports {name}: {owner(path)} must not know {top}"
        allowed = ONLY_IN.get(top)
        if (
            allowed is not None
            and owner(path) != "bench"
            and not path.as_posix().startswith(allowed)
        ):
            yield f"{path}:{line} imports {name}: only {', '.join(allowed) or 'nobody'} may"


def test_the_rooms_are_there() -> None:
    assert {owner(path) for path in source_files()} >= set(ROOMS)


@pytest.mark.parametrize("path", source_files(), ids=str)
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    assert list(breaches(path)) == []


def test_a_breach_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "reader").mkdir()
    bad = Path("reader/bad.py")
    (tmp_path / bad).write_text(
        "import gradio\nfrom retriever import Library\n"
        "def f():\n    from training.data import read\n    import pickle\n    from . import types\n"
    )
    assert [line.split(":")[1].split()[0] for line in breaches(bad)] == ["1", "2", "4", "5"]


@pytest.mark.parametrize(("door", "forbidden"), LIGHT_DOORS.items(), ids=LIGHT_DOORS.keys())
def test_a_door_opens_without_heavy_packages(door: str, forbidden: set[str]) -> None:
    code = f"import {door}, sys; print(*sorted({forbidden!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def module_name(path: Path) -> str:
    """The dotted name under which a file is imported."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def at_import(path: Path) -> Iterator[str]:
    """Names that a file imports as soon as it is imported itself."""
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_module_imports_itself_in_a_circle() -> None:
    modules = {module_name(path): path for path in source_files()}
    graph = {
        name: {other for other in at_import(path) if other in modules and other != name}
        for name, path in modules.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


# Listed though no room imports them, and why.
INDIRECT = {
    "pillow": "pypdfium2 hands over a page's picture through it",
    "faiss-gpu": "not here where faiss-cpu is",
    "faiss-cpu": "not here where faiss-gpu is",
    "accelerate": "the trainer of sentence-transformers runs on it",
    "onnx": "torch.onnx.export writes through it",
    "onnxscript": "torch.onnx.export writes through it",
}

# Run by another file in a virtual environment that it makes.
IN_ITS_OWN_ENVIRONMENT = (
    Path("bench/haystack_open_qa.py"),
    Path("bench/haystack_worker.py"),
    Path("bench/txtai_ingest.py"),
    Path("bench/txtai_open_qa.py"),
)


def distribution(requirement: str) -> str:
    """`SQLAlchemy>=2.1,<3; marker` -> `sqlalchemy`."""
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def declared(*extras: str) -> set[str]:
    """Distributions that the full list and the named extras ask for."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines += [line for extra in extras for line in project["optional-dependencies"][extra]]
    return {distribution(line) for line in lines if line and not line.startswith("#")}


def third_party(paths: Iterable[Path]) -> set[str]:
    """Distributions that files import, by what is installed here."""
    known = packages_distributions()
    here = {*ROOMS, "tests", *(path.stem for path in paths if owner(path) == "bench"), "_typeshed"}
    tops = {name.split(".")[0] for path in paths for name, _ in imported(path)}
    foreign = tops - here - sys.stdlib_module_names
    return {distribution(known.get(top, [top])[0]) for top in foreign}


def test_what_is_imported_is_required() -> None:
    files = [path for path in source_files() if path not in IN_ITS_OWN_ENVIRONMENT]
    ours = [path for path in files if owner(path) not in ("training", "bench")]
    assert third_party(ours) <= declared("space")
    assert third_party(files) <= declared("space", "train", "scale", "dev")


def test_what_is_required_is_imported() -> None:
    assert declared("train") - third_party(source_files()) <= set(INDIRECT)
