"""Where a base encoder lies: an installed weights package, a folder, or the hub."""

from __future__ import annotations

import shutil
from importlib import util
from pathlib import Path

from safetensors.torch import save_file
from torch import nn

from reader.artefact import CONFIG, TOKENIZER, WEIGHTS


def base_folder(name: str) -> Path:
    """Folder of a base encoder.

    Args:
        name: a folder; an installed package that carries one in ``model/``; or a hub name.

    Raises:
        FileNotFoundError: if it is none of these, or the hub cannot be reached.
    """
    if Path(name).is_dir():
        return Path(name)
    spec = util.find_spec(name.replace("-", "_")) if "/" not in name else None
    if spec and spec.origin:
        return Path(spec.origin).parent / "model"
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise FileNotFoundError(
            f"no base encoder {name!r}: expected a folder, an installed weights package or a hub "
            f"name; hub names need the network ({type(error).__name__})"
        ) from error


def leave_base(model: nn.Module, base: Path, folder: Path) -> None:
    """Write a model, its tokenizer copied from ``base``, so that a recipe can start from it.

    Config and safetensors (float16) alone: it can teach and be trained on, but to be read
    with as a reader it needs ``training.export``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / WEIGHTS, {"format": "pt"})
    model.config.to_json_file(folder / CONFIG)  # type: ignore[operator, union-attr]
    shutil.copyfile(base / TOKENIZER, folder / TOKENIZER)
