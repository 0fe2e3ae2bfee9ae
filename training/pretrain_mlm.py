"""Teach an encoder the language of some texts: ``python -m training.pretrain_mlm [SPEC.toml]``.

Continued masked-language-model pretraining (Devlin et al. 2019, section 3.1; Gururangan et
al. 2020). Leaves a folder that a recipe can name as its ``base``. Knows no questions. Stop
it and start it again at will: it goes on from the last checkpoint.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModelForMaskedLM

from reader.artefact import TOKENIZER
from reader.types import Window
from reader.windows import load_tokenizer, token_id
from training import attention
from training.base import base_folder, leave_base
from training.batches import Batch, Group, LabelledWindow
from training.cli import Parser
from training.data import load_examples, split_sources, text_key
from training.labels import NULL_POSITION
from training.optim import OptimizerConfig
from training.recipe import DataSource, record_of
from training.train_reader import DATA_ROOT, RUNS
from training.trainer import Run, TrainerConfig, Vocabulary, train

SPEC = Path(__file__).parent / "specs" / "mlm.toml"
CONTINUES = "##"  # begins a token that continues a word (WordPiece)


@dataclass(frozen=True, slots=True)
class MlmRecipe:
    """What decides a pretraining run.

    Attributes:
        name: of the run.
        base: the encoder to go on with; any name that ``base_folder`` knows.
        texts: files below the data folder, a paragraph a line.
        evaluated: data sets whose contexts are left out of the texts.
        held_out: data sets whose held-out contexts are left out, so that what is measured
            on them is not measured on texts seen here.
        share: of the texts that is read an epoch; 2 is twice.
        max_length: tokens of a block, special tokens included; paragraphs follow each other.
        masked: share of the words to be told.
        trainer, optimizer: as for a reader.
    """

    name: str
    base: str
    texts: tuple[str, ...]
    evaluated: tuple[str, ...] = ()
    held_out: tuple[DataSource, ...] = ()
    share: float = 1.0
    max_length: int = 128
    masked: float = 0.15
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)

    def __post_init__(self) -> None:
        if not 0 < self.masked < 1 or self.share <= 0:
            raise ValueError(f"masked is a share in (0, 1), share above 0; got {self}")
        if self.max_length < 3:
            raise ValueError(f"a block holds two special tokens and more, got {self.max_length}")


def load_mlm_recipe(path: Path) -> MlmRecipe:
    """Read a TOML file; ValueError for a key that is not one, or a value it cannot take."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    parts: dict[str, Any] = {
        "trainer": record_of(TrainerConfig, table.get("trainer", {}), str(path)),
        "optimizer": record_of(OptimizerConfig, table.get("optimizer", {}), str(path)),
        "held_out": [record_of(DataSource, row, str(path)) for row in table.get("held_out", ())],
    }
    return record_of(MlmRecipe, {**table, **parts}, str(path))


def paragraphs(recipe: MlmRecipe, data_root: Path) -> list[str]:
    """The paragraphs to read: none that is evaluated on or held out.

    Raises:
        OSError, ValueError: if a file is missing or a data set is not in SQuAD form.
    """
    secret = {
        text_key(example.context)
        for path in recipe.evaluated
        for example in load_examples(path, data_root)
    }
    for _, kept_back in split_sources(recipe.held_out, (), data_root):
        secret |= {text_key(example.context) for example in kept_back}
    lines = [
        line
        for name in recipe.texts
        for line in (data_root / name).read_text(encoding="utf-8").splitlines()
    ]
    return [line for line in lines if line.strip() and text_key(line) not in secret]


def blocks(texts: Sequence[str], tokenizer: Tokenizer, recipe: MlmRecipe) -> list[Group]:
    """The texts' tokens one after another, cut into ``[CLS] ... [SEP]`` of ``max_length``.

    The last tokens that fill no block are left.
    """
    cls, sep = token_id(tokenizer, "[CLS]"), token_id(tokenizer, "[SEP]")
    encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    stream = np.concatenate([np.asarray(e.ids, dtype=np.int32) for e in encoded])
    room = recipe.max_length - 2
    nowhere = np.zeros((room, 2), dtype=np.int32)  # offsets: there is no answer to place
    return [
        Group((LabelledWindow(_block(row, cls, sep, nowhere), 0, 0),), recipe.share)
        for row in stream[: len(stream) // room * room].reshape(-1, room)
    ]


def _block(row: np.ndarray, cls: int, sep: int, offsets: np.ndarray) -> Window:
    return Window(0, 0, np.concatenate([[cls], row, [sep]]).astype(np.int32), 1, offsets)


class MaskedWords:
    """The loss of telling masked words from those around them.

    A word is masked with all its tokens or with none. Of the masked ones 80 % become
    [MASK], 10 % random tokens, 10 % stay (Devlin et al. 2019, section 3.1). The dice are
    torch's own, which a checkpoint keeps.

    Args:
        continues: shape (V,), True for a token that continues a word.
        mask_id: vocabulary id of [MASK].
        masked: share of the words.
    """

    def __init__(self, continues: Tensor, mask_id: int, masked: float) -> None:
        self._continues, self._mask_id, self._masked = continues, mask_id, masked

    def __call__(self, model: nn.Module, batch: Batch) -> Tensor:
        """Mean cross-entropy over the masked tokens; logits are computed for them alone."""
        picked = self.pick(batch)  # (n, L)
        hidden = model.base_model(  # type: ignore[operator]
            input_ids=self.alter(batch.input_ids, picked),
            token_type_ids=torch.zeros_like(batch.token_type_ids),
            attention_mask=batch.attention_mask,
        ).last_hidden_state  # (n, L, H)
        logits = model.cls(hidden[picked])  # type: ignore[operator]  # (m, V)
        return functional.cross_entropy(logits.float(), batch.input_ids[picked])

    def pick(self, batch: Batch) -> Tensor:
        """Which tokens are to be told, (n, L): whole words of the text, at least one token."""
        text = batch.allowed.clone()
        text[:, NULL_POSITION] = False
        word = torch.cumsum(~self._continues[batch.input_ids], dim=1)  # (n, L), number of a word
        dice = torch.rand(batch.input_ids.shape, device=text.device)
        picked = text & (dice.gather(1, word - 1) < self._masked)
        return picked if bool(picked.any()) else text

    def alter(self, token_ids: Tensor, picked: Tensor) -> Tensor:
        """The tokens as the model sees them."""
        fate = torch.rand(token_ids.shape, device=token_ids.device)
        random = torch.randint_like(token_ids, len(self._continues))
        altered = torch.where(picked & (fate < 0.8), self._mask_id, token_ids)
        return torch.where(picked & (fate >= 0.9), random, altered)


def continuing(tokenizer: Tokenizer) -> Tensor:
    """Which tokens of the vocabulary continue a word, shape (V,)."""
    found = torch.zeros(tokenizer.get_vocab_size(), dtype=torch.bool)
    for token, index in tokenizer.get_vocab().items():
        found[index] = token.startswith(CONTINUES)
    return found


def build_model(base: Path, seed: int) -> nn.Module:
    """The encoder with a head that shares its word embeddings (tied; fresh where it has none)."""
    transformers.logging.set_verbosity_error()  # that a fresh head is fresh is no news
    transformers.logging.disable_progress_bar()
    torch.manual_seed(seed)
    model: nn.Module = AutoModelForMaskedLM.from_pretrained(
        base,
        dtype=torch.float32,
        attn_implementation=attention.NAME,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return model


def pretrain(recipe: MlmRecipe, data_root: Path, run_dir: Path, device: torch.device) -> None:
    """Train by a recipe; the encoder then lies in ``run_dir`` itself.

    Raises:
        OSError, ValueError: if a text, a data set or the base is missing or wrong.
    """
    base = base_folder(recipe.base)
    tokenizer = load_tokenizer(base / TOKENIZER)
    groups = blocks(paragraphs(recipe, data_root), tokenizer, recipe)
    _announce(recipe, groups, device)
    run_dir.mkdir(parents=True, exist_ok=True)
    mask_id = token_id(tokenizer, "[MASK]")
    run = Run(
        loss=MaskedWords(continuing(tokenizer).to(device), mask_id, recipe.masked),
        vocabulary=Vocabulary(token_id(tokenizer, "[PAD]"), mask_id),
        folder=run_dir,
        device=device,
        trainer=recipe.trainer,
        optimizer=recipe.optimizer,
    )
    model = build_model(base, recipe.trainer.seed)
    train(model, groups, run)
    leave_base(model.base_model, base, run_dir)  # type: ignore[arg-type]


def _announce(recipe: MlmRecipe, groups: Iterable[Group], device: torch.device) -> None:
    tokens = sum(group.weight * recipe.max_length for group in groups)
    print(f"{recipe.name}: {tokens:.0f} tokens an epoch, on {device}", flush=True)


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 on success, 1 when texts, data or base are missing or wrong."""
    parser = Parser(prog="python -m training.pretrain_mlm", description=__doc__)
    parser.add_argument("spec", nargs="?", type=Path, default=SPEC, help="TOML file")
    parser.add_argument(
        "--data-root", type=Path, default=DATA_ROOT, help="folder of texts and data"
    )
    parser.add_argument(
        "--run-dir", type=Path, help="checkpoint, log, encoder (default: runs/NAME)"
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args(argv)
    try:
        recipe = load_mlm_recipe(args.spec)
        run_dir = args.run_dir or RUNS / recipe.name
        pretrain(recipe, args.data_root, run_dir, torch.device(args.device))
    except (OSError, ValueError) as error:
        print(f"pretrain_mlm: {error}", file=sys.stderr)
        return 1
    print(f'pretrained: a recipe starts from it by  base = "{run_dir}"')
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
