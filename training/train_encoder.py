"""Teach the retriever's encoder questions: ``python -m training.train_encoder [SPEC.toml]``.

Multiple negatives ranking (Henderson et al. 2017, section 4.4) with hard negatives that the
hybrid retriever ranks high. Leaves a sentence-transformers folder, mixed with its base, and
says what each mixture finds. Knows no reader. Stop it and start it again at will.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
import transformers
from datasets import Dataset

from reader.processor import bf16_pays
from reader.squad import Example
from training import attention
from training.base import base_folder
from training.cli import Parser
from training.data import holds_answer, load_examples, split_sources
from training.held_out import lot
from training.hybrid import Places, rank
from training.kept import kept_places
from training.recipe import DataSource, record_of
from training.soup import Pool, choose, pool_of
from training.train_reader import DATA_ROOT, RUNS

SPEC = Path(__file__).parent / "specs" / "encoder.toml"
LOOKED_AT = 30  # passages of the hybrid ranking among which hard negatives are sought
CHOICE = 10  # one of the first so many that do not hold the answer is taken


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """What decides a run.

    Attributes:
        name: of the run.
        base: the encoder to start from; any name that ``base_folder`` knows.
        data: training sets; what they hold out measures the run.
        evaluated: data sets whose contexts and questions are kept out.
        elsewhere: sets of other kinds of text, to see what is lost there; none is trained on.
        questions: trained on, drawn by lot; 0 for all.
        hard_negatives: of each question, beside the other passages of its batch.
        max_tokens: longer passages are cut while training.
        mixes: shares of the trained weights in the mixtures tried; the rest is the base's
            (Wortsman et al. 2022, section 2).
        frozen: parameters whose name begins so stay as they are.
        batch_size, epochs, learning_rate, warmup_fraction, seed: as their names say.
        checkpoint_every: steps.
        most_asked: questions of each set that measure.
        most_passages: of each set, those of the questions first.
    """

    name: str
    base: str
    data: tuple[DataSource, ...]
    evaluated: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    questions: int = 0
    hard_negatives: int = 1
    max_tokens: int = 128
    mixes: tuple[float, ...] = (0.5, 1.0)
    frozen: tuple[str, ...] = ()
    batch_size: int = 64
    epochs: int = 1
    learning_rate: float = 2e-5
    warmup_fraction: float = 0.1
    checkpoint_every: int = 50
    seed: int = 5
    most_asked: int = 1000
    most_passages: int = 2000

    def __post_init__(self) -> None:
        if not self.mixes or not all(0 < mix <= 1 for mix in self.mixes):
            raise ValueError(f"mixes are shares in (0, 1], at least one; got {self.mixes}")
        if min(self.batch_size, self.epochs, self.checkpoint_every, self.most_asked) < 1:
            raise ValueError(f"batches, epochs, steps and questions count from 1; got {self}")


def load_encoder_recipe(path: Path) -> EncoderRecipe:
    """Read a TOML file; ValueError for a key that is not one, or a value it cannot take."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    data = [record_of(DataSource, row, str(path)) for row in table.get("data", ())]
    return record_of(EncoderRecipe, {**table, "data": data}, str(path))


def drawn(examples: Iterable[Example], most: int) -> list[Example]:
    """At most so many answerable questions, always the same ones; all for 0."""
    answerable = sorted((e for e in examples if e.answers), key=lambda e: lot(e.id))
    return answerable[:most] if most else answerable


def mine(
    examples: Sequence[Example], contexts: Sequence[str], ranked: Places, n: int, seed: int
) -> list[tuple[str, ...]]:
    """A row for each question: itself, its passage, n that rank high and lack the answer.

    A question with fewer such passages is left out.
    """
    random = Random(seed)
    rows: list[tuple[str, ...]] = []
    for example, places in zip(examples, ranked, strict=True):
        near = [contexts[place] for place in places if place >= 0]
        fit = [c for c in near if c != example.context and not holds_answer(c, example.answers)]
        if len(fit) >= n:
            hard = random.sample(fit[: max(n, CHOICE)], n)
            rows.append((example.question, example.context, *hard))
    return rows


def training_rows(
    recipe: EncoderRecipe, trained: Sequence[Example], cache: Path
) -> list[tuple[str, ...]]:
    """What is learned, mined once: the ranking is kept for a run that goes on."""
    from retriever.encoding.embed import Encoder

    asked = drawn(trained, recipe.questions)
    contexts = list(dict.fromkeys(example.context for example in asked))
    questions = [example.question for example in asked]

    def mined() -> Places:
        print(f"mining: {len(questions)} questions over {len(contexts)} passages", flush=True)
        return rank(questions, contexts, Encoder.load(base_folder(recipe.base)), LOOKED_AT)[1]

    places = kept_places(cache, "mined", (recipe.base, *questions, "", *contexts), mined)
    return mine(asked, contexts, places, recipe.hard_negatives, recipe.seed)


def fit(recipe: EncoderRecipe, rows: Sequence[tuple[str, ...]], folder: Path) -> dict[str, Any]:
    """The weights after training, by name; goes on from the last checkpoint in ``folder``."""
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    from sentence_transformers.sentence_transformer.training_args import BatchSamplers

    model = SentenceTransformer(
        str(base_folder(recipe.base)), model_kwargs={"attn_implementation": attention.NAME}
    )
    model.max_seq_length = recipe.max_tokens
    for name, parameter in model[0].auto_model.named_parameters():
        parameter.requires_grad_(not name.startswith(recipe.frozen))
    names = ["anchor", "positive", *(f"negative_{i}" for i in range(recipe.hard_negatives))]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(folder), num_train_epochs=recipe.epochs, seed=recipe.seed,
        per_device_train_batch_size=recipe.batch_size, learning_rate=recipe.learning_rate,
        warmup_steps=recipe.warmup_fraction,
        bf16=torch.cuda.is_available() or bf16_pays(),
        use_cpu=not torch.cuda.is_available(), save_steps=recipe.checkpoint_every,
        save_total_limit=1, logging_steps=10, report_to="none", disable_tqdm=True,
        batch_sampler=BatchSamplers.NO_DUPLICATES, dataloader_drop_last=True,
    )  # fmt: skip
    trainer = SentenceTransformerTrainer(
        model, arguments, Dataset.from_dict(columns), loss=MultipleNegativesRankingLoss(model)
    )
    trainer.train(resume_from_checkpoint=any(folder.glob("checkpoint-*")) or None)
    if not trainer.state.global_step:
        raise ValueError(
            f"no batch of {recipe.batch_size} questions without a common passage could be made "
            f"of {len(rows)} questions: give more of them, or a smaller batch_size"
        )
    return {name: value.detach().cpu() for name, value in model.state_dict().items()}


def train_encoder(recipe: EncoderRecipe, data_root: Path, run_dir: Path) -> Path:
    """Mine, train, mix, measure; returns the folder of the mixture that finds most.

    Raises:
        OSError, ValueError: if a data set or the base is missing or wrong, or no question with
            an answer is held out to choose a mixture by.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    transformers.logging.set_verbosity_error()
    parts = split_sources(recipe.data, recipe.evaluated, data_root)
    trained = [example for part, _ in parts for example in part]
    pools = list(_pools(recipe, parts, data_root))
    if not any(pool.decides for pool in pools):
        raise ValueError(
            "no question with an answer is held out to choose a mixture by: give a data set a "
            "held_out_fraction above 0"
        )
    rows = training_rows(recipe, trained, run_dir)
    print(f"{recipe.name}: {len(rows)} questions an epoch", flush=True)
    tuned = fit(recipe, rows, run_dir)
    return choose(base_folder(recipe.base), tuned, recipe.mixes, pools, run_dir / "model")


def _pools(
    recipe: EncoderRecipe, parts: Sequence[tuple[list[Example], list[Example]]], root: Path
) -> Iterable[Pool]:
    """The sets that measure: what was held out, then other kinds of text."""
    for source, (_, held_out) in zip(recipe.data, parts, strict=True):
        if asked := drawn(held_out, recipe.most_asked):
            yield pool_of(Path(source.path).stem, asked, held_out, recipe.most_passages, True)
    for path in recipe.elsewhere:
        examples = load_examples(path, root)
        asked = drawn(examples, recipe.most_asked)
        yield pool_of(Path(path).stem, asked, examples, recipe.most_passages, False)


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 on success, 1 when data or base are missing or wrong."""
    parser = Parser(prog="python -m training.train_encoder", description=__doc__)
    parser.add_argument("spec", nargs="?", type=Path, default=SPEC, help="TOML file")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, help="folder of the data sets")
    parser.add_argument("--run-dir", type=Path, help="checkpoints, encoder (default: runs/NAME)")
    args = parser.parse_args(argv)
    try:
        recipe = load_encoder_recipe(args.spec)
        found = train_encoder(recipe, args.data_root, args.run_dir or RUNS / recipe.name)
    except (OSError, ValueError) as error:
        print(f"train_encoder: {error}", file=sys.stderr)
        return 1
    print(f"trained: name it to the library by  --encoder {found}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
