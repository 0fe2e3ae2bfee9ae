"""The folder of a Space: all that app.py needs, nothing else, and an address that fits."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.space import card, main, requirements, write
from tests.chatbot.hub import Hub, hub_here

STORE = {"type": "bucket", "source": "ada/store", "mountPath": "/data"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("space") / "folder"
    write(found, oauth=True)
    return found


def test_the_folder_holds_the_rooms_and_nothing_of_the_workshop(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        ".gitattributes", "LICENSE", "README.md", "app.py", "chatbot", "reader", "requirements.txt",
        "retriever",
    }  # fmt: skip
    assert not list(folder.rglob("__pycache__"))
    assert not (folder / "chatbot" / "space.py").exists()


def test_everything_that_is_imported_is_there(folder: Path) -> None:
    code = (
        "import sys; sys.path = [p for p in sys.path if p not in ('', {root!r})];"
        "sys.path.insert(0, {folder!r}); import app; from reader import Reader;"
        "Reader.load(runtime='onnx'); print(app.__file__)"
    )
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-P", "-c", code.format(root=root, folder=str(folder))],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent == folder
    for path in folder.rglob("*.py"):  # also what is imported only when it is needed
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level:
                continue
            for name in names:
                if name.split(".")[0] in ("chatbot", "reader", "retriever", "training"):
                    place = folder.joinpath(*name.split("."))
                    assert place.is_dir() or place.with_suffix(".py").is_file(), (path, name)


def test_large_files_go_through_lfs(folder: Path) -> None:
    patterns = [line.split()[0] for line in (folder / ".gitattributes").read_text().splitlines()]
    for path in folder.rglob("*"):
        if path.is_file() and (path.stat().st_size > 5 << 20 or b"\0" in path.read_bytes()[:8000]):
            assert any(path.match(pattern) for pattern in patterns), path


def test_the_card_configures_the_space(folder: Path) -> None:
    text = (folder / "README.md").read_text("utf-8")
    found = re.match(r"---\n(.*?)---\n", text, re.DOTALL)
    assert found is not None
    fields = dict(re.findall(r"^(\w+): (.*)$", found.group(1), re.MULTILINE))
    assert fields["sdk"] == "gradio"
    assert (folder / fields["app_file"]).is_file()
    assert len(fields["short_description"]) <= 60
    assert re.fullmatch(r"6\.\d+\.\d+", fields["sdk_version"])
    assert fields["hf_oauth"] == "true"
    assert "hf_oauth" not in card()


def test_the_requirements_are_the_slim_ones_and_those_of_signing_in(
    folder: Path, repo_root: Path
) -> None:
    slim = (repo_root / "requirements-cpu.txt").read_text()
    assert requirements() == slim
    listed = (folder / "requirements.txt").read_text()
    further = listed.removeprefix(slim).split()
    assert {line.partition(">")[0] for line in further} >= {"authlib", "itsdangerous"}


def upload_to(hub: Hub, home: Path, *flags: str) -> None:
    """Runs the command, which only knows this hub; it succeeds and says where the Space is."""
    variables = {
        "HF_ENDPOINT": hub.address,
        "HF_HOME": str(home),
        "HF_TOKEN": "hf_invented",
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "chatbot.space", "ada/quoth", "--oauth", *flags],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{hub.address}/spaces/ada/quoth"


def test_the_upload_makes_a_space_of_just_this_folder(folder: Path, tmp_path: Path) -> None:
    with hub_here() as hub:
        hub.files["old.py"] = b"of an earlier version"
        upload_to(hub, tmp_path, "--storage", "ada/store")
    assert (hub.made["type"], hub.made["sdk"]) == ("space", "gradio")
    assert hub.volumes == [STORE]
    assert hub.variables == {"DATA_DIR": "/data"}
    sent = {**hub.files, **{path: hub.stored[oid] for path, oid in hub.large.items()}}
    every = [path for path in folder.rglob("*") if path.is_file()]
    assert sent == {path.relative_to(folder).as_posix(): path.read_bytes() for path in every}


def test_a_space_that_is_there_gets_its_storage_too(tmp_path: Path) -> None:
    models = {"type": "model", "source": "ada/bert", "mountPath": "/models", "readOnly": True}
    with hub_here() as hub:
        hub.is_there, hub.volumes, hub.variables = True, [models], {"SHARE": "no"}
        upload_to(hub, tmp_path)
        assert (hub.volumes, hub.variables) == ([models], {"SHARE": "no"})
        hub.volumes = [models, {**STORE, "source": "ada/old"}]
        upload_to(hub, tmp_path, "--storage", "ada/store")
    assert hub.volumes == [models, STORE]
    assert hub.variables == {"SHARE": "no", "DATA_DIR": "/data"}


def test_a_folder_that_holds_something_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["--dry-run", str(tmp_path)]) == 1
    assert "expected an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("arguments", [[], ["space"], ["a/b/c"]])
def test_misuse_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "USER/NAME" in capsys.readouterr().err
