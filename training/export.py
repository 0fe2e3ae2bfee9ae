"""A training run -> a model folder: fp16 safetensors, int8 ONNX, tokenizer, manifest.

``python -m training.export RUN``. The manifest is written last. An int8 graph
that strays from the torch model by more than the gate allows is not exported at all.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file, save_file

from reader.artefact import (
    CONFIG,
    MANIFEST,
    ONNX,
    TOKENIZER,
    WEIGHTS,
    Artefact,
    Manifest,
    sha256_of,
    write_manifest,
)
from reader.batching import pad
from reader.calibrate import UNCALIBRATED
from reader.runtime import OnnxRuntime, Runtime, TorchRuntime
from reader.windows import WindowConfig, load_tokenizer, make_windows, token_id
from training.average import mixed
from training.base import base_folder
from training.checkpoint import CHECKPOINT, model_weights
from training.cli import Parser
from training.graph import write_onnx

MAX_ANSWER_TOKENS = 30
FILES = (CONFIG, TOKENIZER, WEIGHTS, ONNX)
PARITY_CORRELATION = 0.97  # int8 against fp32 logits; the F1 gap is what evaluate reports


class ParityError(RuntimeError):
    """The exported graph does not compute what the trained model computes."""


def export(run_dir: Path, out: Path) -> tuple[Artefact, float]:
    """Write the model folder of a training run.

    Returns:
        The model, and what ``check_parity`` found.

    Raises:
        FileNotFoundError: if the run has no checkpoint.
        ValueError: if the weights cannot be mixed with the base's, as the recipe wants it.
        ParityError: if the int8 graph strays too far from the trained model.
    """
    recipe = json.loads((run_dir / "recipe.json").read_text(encoding="utf-8"))
    base = base_folder(recipe["base"])
    weights = model_weights(run_dir / CHECKPOINT)
    if (share := recipe.get("share", 1.0)) < 1:
        weights = mixed(load_file(base / WEIGHTS), weights, share)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".exported-", dir=out) as folder:
        made = Path(folder)
        save_file({k: v.half().contiguous() for k, v in weights.items()}, made / WEIGHTS)
        shutil.copyfile(base / TOKENIZER, made / TOKENIZER)
        _write_config(base, made)
        write_onnx(made, made / ONNX)
        manifest = _manifest(made, recipe)
        parity = check_parity(Artefact(made, manifest))
        (out / MANIFEST).unlink(missing_ok=True)
        for name in FILES:
            os.replace(made / name, out / name)
    write_manifest(out, manifest)
    return Artefact(out, manifest), parity


def _write_config(base: Path, out: Path) -> None:
    config = json.loads((base / CONFIG).read_text(encoding="utf-8"))
    config |= {"architectures": ["BertForQuestionAnswering"], "dtype": "float16"}
    for key in ("_name_or_path", "torch_dtype", "transformers_version"):
        config.pop(key, None)
    (out / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _manifest(out: Path, recipe: dict[str, Any]) -> Manifest:
    return Manifest(
        name=str(recipe["name"]),
        sha256={name: sha256_of(out / name) for name in FILES},
        windows=WindowConfig(**recipe["windows"]),
        max_answer_tokens=MAX_ANSWER_TOKENS,
        calibration=UNCALIBRATED,
        recipe=recipe,
        licences={source["path"]: source["licence"] for source in recipe["data"]},
        commit=str(recipe["commit"]),
    )


def check_parity(artefact: Artefact) -> float:
    """Correlation of int8 and torch logits over the tokens of a few passages; raises if low."""
    tokenizer = load_tokenizer(artefact.path(TOKENIZER))
    passages, questions = _parity_texts()
    pairs = [(q, p) for q in range(len(questions)) for p in range(len(passages))]
    windows = make_windows(questions, passages, pairs, tokenizer, artefact.manifest.windows)
    batch = pad(windows, token_id(tokenizer, "[PAD]"))  # lengths differ: the mask is tried too
    real = batch.attention_mask == 1
    runtimes: tuple[Runtime, Runtime] = (OnnxRuntime(artefact), TorchRuntime(artefact, "cpu"))
    int8, fp32 = (
        np.concatenate([logits[real] for logits in next(runtime.forward([batch]))])
        for runtime in runtimes
    )
    correlation = float(np.corrcoef(int8, fp32)[0, 1])
    if not correlation >= PARITY_CORRELATION:
        raise ParityError(
            f"int8 logits correlate {correlation:.4f} with torch, expected {PARITY_CORRELATION} "
            "or more; nothing was exported"
        )
    return correlation


def _parity_texts() -> tuple[list[str], list[str]]:
    passages = [
        "The lighthouse on the cape was lit for the first time on 4 May 1871. Its keeper, Anna "
        "Holm, lived there for thirty-one years and wrote a diary of the weather every day.",
        "Copper melts at 1,085 degrees Celsius. It was smelted in the Balkans about 5000 BC, and "
        "mixed with tin it makes bronze, which is harder than either metal.",
        "The council met on Tuesday and voted 7 to 2 to rebuild the bridge by 2031.",
    ]
    questions = [
        "When was the lighthouse first lit?",
        "Who kept the lighthouse?",
        "At what temperature does copper melt?",
        "How did the council vote?",
    ]
    return passages, questions


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 on success, 1 when the run is missing or the gate fails."""
    parser = Parser(prog="python -m training.export", description=__doc__)
    parser.add_argument("run", type=Path, help="run folder that train_reader left")
    parser.add_argument("--out", type=Path, help="model folder (default: RUN/model)")
    args = parser.parse_args(argv)
    try:
        artefact, parity = export(args.run, args.out or args.run / "model")
    except (OSError, ValueError, ParityError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    print(f"parity {parity:.4f}")
    print(f"exported: calibrate with  python -m training.fit_calibration {artefact.folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
