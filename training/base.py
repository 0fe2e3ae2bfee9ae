"""Where a base encoder lies: an installed weights package, a folder, or the hub."""

from __future__ import annotations

import shutil
from importlib import util
from pathlib import Path

from safetensors.torch import save_file
from torch import nn

from reader.artefact import CONFIG, SHIPPED, TOKENIZER, WEIGHTS

OURS = "reader/model"  # the shipped reader, from whatever folder it is named
RUNS = "runs/"  # begins what an earlier recipe leaves


def base_folder(name: str) -> Path:
    """Folder of a base encoder.

    Args:
        name: a folder; ``reader/model``, the shipped reader; an installed package that carries
            one in ``model/``; or a hub name.

    Raises:
        FileNotFoundError: if it is none of these, or the hub cannot be reached.
    """
    if Path(name).is_dir():
        return Path(name)
    if name == OURS:
        return SHIPPED
    if name.startswith(RUNS) or name.count("/") > 1:
        raise FileNotFoundError(f"no folder {name}: train and export the recipe before it")
    return _installed(name) or _from_hub(name)


def _installed(name: str) -> Path | None:
    """What a weights package of this name carries; None where there is no such package."""
    try:
        spec = util.find_spec(name.replace("-", "_")) if "/" not in name else None
    except ImportError:  # a name with a dot, whose first part is no package
        return None
    return Path(spec.origin).parent / "model" if spec and spec.origin else None


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
    )

    try:
        return Path(snapshot_download(name))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
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
