"""A Gradio Space on Hugging Face out of this checkout: the exact folder, and its upload.

Knows which files `python app.py` needs; runs none of them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import tomllib
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.__main__ import Parser

if TYPE_CHECKING:
    from huggingface_hub import HfApi, Volume

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("chatbot", "reader", "retriever")
LEFT_OUT = ("__pycache__", "space.py")
LARGE = ("*.safetensors", "*.onnx", "*.pdf", "*.docx", "*.xlsx")
PYTHON_VERSION = "3.12"
STORAGE_PATH = "/data"
STORAGE_VARIABLE = "DATA_DIR"

CARD = """\
---
title: Quoth
emoji: 📜
colorFrom: gray
colorTo: indigo
sdk: gradio
sdk_version: {gradio}
python_version: "{python}"
app_file: app.py
license: apache-2.0
short_description: Answers quoted word for word from your documents
models:
  - sentence-transformers/all-MiniLM-L6-v2
{oauth}---

# Quoth

A chatbot over your own documents that cannot make things up: every answer is a quotation, marked
where it stands, with an honest probability that it is right. What you add is seen by you alone,
and forgotten after a day.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the folder, and upload it unless it is a dry run; 0 on success, 1 on failure."""
    parser = _parser()
    flags = parser.parse_args(arguments)
    if flags.dry_run is None and flags.name is None:
        parser.error("expected a Space as USER/NAME, or --dry-run DIR")
    if flags.name is not None and flags.name.count("/") != 1:
        parser.error(f"expected a Space as USER/NAME, got {flags.name!r}")
    try:
        if flags.dry_run is not None:
            write(flags.dry_run, oauth=flags.oauth)
            print(f"{flags.dry_run}: what the Space would hold")
        else:
            print(
                upload(flags.name, oauth=flags.oauth, bucket=flags.storage, private=flags.private)
            )
    except Exception as error:
        message = " ".join(str(error).split())
        print(f"quoth: {type(error).__name__}: {message}", file=sys.stderr)
        return 1
    return 0


def write(folder: Path, *, oauth: bool = False) -> None:
    """Write into an empty folder exactly what the Space holds.

    Raises:
        FileExistsError: the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"expected an empty folder, got {folder}; name another one")
    for path in files():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    (folder / "requirements.txt").write_text(requirements(oauth=oauth), encoding="utf-8")
    (folder / "README.md").write_text(card(oauth=oauth), encoding="utf-8")
    lines = [f"{pattern} filter=lfs diff=lfs merge=lfs -text\n" for pattern in LARGE]
    (folder / ".gitattributes").write_text("".join(lines), encoding="utf-8")


def files() -> Iterator[Path]:
    """Files of the checkout that go into a Space as they are."""
    yield from (ROOT / "app.py", ROOT / "LICENSE")
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.is_file() and not any(part in LEFT_OUT for part in path.parts):
                yield path


def requirements(*, oauth: bool = False) -> str:
    """The slim list, with what Gradio's sign-in needs where there is one."""
    slim = (ROOT / "requirements-cpu.txt").read_text(encoding="utf-8")
    if not oauth:
        return slim
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    further = "\n".join(project["optional-dependencies"]["space"])
    return f"{slim}\n# signing in with Hugging Face\n{further}\n"


def card(*, oauth: bool = False) -> str:
    """The Space's README, whose first block configures it.

    See https://huggingface.co/docs/hub/spaces-config-reference.
    """
    return CARD.format(
        gradio=version("gradio"),
        python=PYTHON_VERSION,
        oauth="hf_oauth: true\n" if oauth else "",
    )


def upload(name: str, *, oauth: bool, bucket: str | None, private: bool) -> str:
    """Make or update a Space and return its address; needs the network and a token that may write.

    Args:
        name: the Space as ``user/name``.
        oauth: whether people may sign in with their Hugging Face account.
        bucket: storage as ``user/bucket`` that outlives restarts; without one a new Space forgets,
            and one that is there keeps what it has.
        private: whether a new Space is seen by its owner alone.
    """
    from huggingface_hub import HfApi

    api = HfApi()
    is_there = api.repo_exists(name, repo_type="space")
    made = api.create_repo(
        name,
        repo_type="space",
        space_sdk="gradio",
        private=private or None,
        exist_ok=True,
        space_volumes=[_volume(bucket)] if bucket else None,
        space_variables=[{"key": STORAGE_VARIABLE, "value": STORAGE_PATH}] if bucket else None,
    )
    if bucket and is_there:  # then making it changed nothing
        _mount(api, name, bucket)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "space"
        write(folder, oauth=oauth)
        api.upload_folder(
            repo_id=name,
            repo_type="space",
            folder_path=folder,
            delete_patterns="*",  # what an earlier version had and this one has not
            commit_message="Quoth",
        )
    return str(made)


def _mount(api: HfApi, name: str, bucket: str) -> None:
    """Gives a Space that is there a bucket; what else is mounted in it stays."""
    mounted = api.get_space_runtime(name).volumes or []
    others = [volume for volume in mounted if volume.mount_path != STORAGE_PATH]
    api.set_space_volumes(name, [*others, _volume(bucket)])
    api.add_space_variable(name, STORAGE_VARIABLE, STORAGE_PATH)


def _volume(bucket: str) -> Volume:
    from huggingface_hub import Volume

    return Volume(type="bucket", source=bucket, mount_path=STORAGE_PATH)


def _parser() -> ArgumentParser:
    parser = Parser(
        prog="python -m chatbot.space", description="Put Quoth into a Space on Hugging Face."
    )
    parser.add_argument("name", nargs="?", metavar="USER/NAME", help="the Space")
    parser.add_argument(
        "--dry-run", type=Path, metavar="DIR", help="write what it would hold, upload nothing"
    )
    parser.add_argument(
        "--storage", metavar="USER/BUCKET", help=f"a bucket for {STORAGE_PATH}, kept over restarts"
    )
    parser.add_argument(
        "--oauth", action="store_true", help="let people sign in with their Hugging Face account"
    )
    parser.add_argument("--private", action="store_true", help="a new Space is yours alone to see")
    return parser


if __name__ == "__main__":
    sys.exit(main())
