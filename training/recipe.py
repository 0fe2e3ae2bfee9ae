"""A recipe: everything that decides a training run, read from one TOML file.

Checked when built. Knows no data, no model and no device.
"""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from reader.windows import WindowConfig
from training.augment import AugmentConfig
from training.objective import ObjectiveConfig
from training.optim import OptimizerConfig
from training.trainer import TrainerConfig

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Record = TypeVar("_Record", bound="DataclassInstance")
RECIPES = Path(__file__).parent / "recipes"
Only = Literal["all", "unanswerable"]
LongText = Literal["sliding", "head", "tail", "head_tail"]
NEGATIVES = (
    "neighbour_negatives",
    "hard_negatives",
    "foreign_negatives",
    "swapped_questions",
    "opposite_questions",
)


@dataclass(frozen=True, slots=True)
class DataSource:
    """One data set of a recipe.

    Attributes:
        path: SQuAD-form JSON below the data folder, or another name that ``load_examples`` knows.
        licence: as its publisher states it; it goes into the model card.
        held_out_fraction: share of contexts (the last ones) kept from training.
        findable: whether its questions point to one text among others, so that they can be
            asked of many; questions about a review do not.
        weight: times each question is seen an epoch; 0.5 shows a fresh half each time.
        only: ``unanswerable`` takes just the questions without an answer.
        neighbour_negatives: unanswerable questions to make, as a share of the answerable ones,
            by asking them of a paragraph nearby.
        hard_negatives: share of the answerable questions that are read together with a
            passage the retriever ranks high though it does not hold the answer.
        foreign_negatives: unanswerable questions to make, as a share of the answerable ones,
            by asking them of a passage of another document that the retriever ranks high.
        swapped_questions: unanswerable questions to make by swapping a name or number, as a
            share of the answerable ones.
        opposite_questions: the same, by turning a word into its opposite.
        each_answer: most answers of a question that are taught, each by itself, where its
            answers stand beside each other; 0 teaches the first alone, as where they are
            different forms of one.
        above: share of its questions that are read below what stands above their context, its
            title and headings; the window's ``max_above_tokens`` must leave room for them.
    """

    path: str
    licence: str
    held_out_fraction: float = 0.0
    weight: float = 1.0
    only: Only = "all"
    findable: bool = True
    neighbour_negatives: float = 0.0
    hard_negatives: float = 0.0
    foreign_negatives: float = 0.0
    swapped_questions: float = 0.0
    opposite_questions: float = 0.0
    each_answer: int = 0
    above: float = 0.0

    def __post_init__(self) -> None:
        if self.only not in get_args(Only):
            raise ValueError(f"only is all or unanswerable, got {self.only!r}")
        if self.weight <= 0:
            raise ValueError(f"weight counts passes an epoch, more than 0; got {self.weight}")
        if not 0 <= self.held_out_fraction < 1 or self.each_answer < 0:
            raise ValueError(
                f"held_out_fraction is in [0, 1), each_answer counts from 0; got {self}"
            )
        for name in (*NEGATIVES, "above"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share in [0, 1], got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to train from, on what, and how.

    ``base`` names the encoder: an installed package that carries one, a folder (such as a
    model that an earlier recipe left), or a hub name. ``evaluated`` names the data sets whose
    contexts and questions are kept out of ``data``, for figures that mean something.
    ``dropout`` and ``attention_dropout`` replace the base's own rates.
    ``windows_per_text`` limits how many windows of a long text are seen (those with the
    answer first; 0 for all). ``long_text`` is what a text longer than one window comes to:
    ``sliding`` windows, or one of its ``head``, its ``tail`` or both (Sun et al. 2019,
    section 5.3.1); the reader itself always slides. ``share`` is how far the weights that are
    exported go from the base's to the trained ones, above 0 up to 1: a part of the way keeps
    most of what was learned, and forgets far less than that part (WiSE-FT, Wortsman et al. 2022).
    """

    name: str
    base: str
    data: tuple[DataSource, ...]
    evaluated: tuple[str, ...] = ()
    windows: WindowConfig = field(default_factory=WindowConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    dropout: float = 0.1
    attention_dropout: float = 0.1
    windows_per_text: int = 0
    long_text: LongText = "sliding"
    share: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share is above 0 and at most 1, got {self.share}")
        if self.long_text not in get_args(LongText):
            known = ", ".join(get_args(LongText))
            raise ValueError(f"expected long_text of {known}, got {self.long_text!r}")
        if not 0 <= self.dropout < 1 or not 0 <= self.attention_dropout < 1:
            raise ValueError(f"dropout and attention_dropout are shares in [0, 1), got {self}")
        if self.windows_per_text < 0:
            raise ValueError(f"windows_per_text counts from 0, got {self.windows_per_text}")
        if any(source.above for source in self.data) and not self.windows.max_above_tokens:
            raise ValueError(
                "a data set has what stands above its contexts read, but windows have no room "
                "for it; set max_above_tokens of [windows], for instance to 40"
            )


def load_recipe(name_or_path: str) -> Recipe:
    """Read a recipe by file, or by the name of one in ``training/recipes``.

    Raises:
        FileNotFoundError: naming the recipes that do exist.
        ValueError: for a key that no recipe has, or a value it cannot take.
    """
    path = Path(name_or_path)
    if not path.exists():
        path = RECIPES / f"{name_or_path}.toml"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in RECIPES.glob("*.toml")))
        raise FileNotFoundError(f"no recipe {name_or_path!r}: give a TOML file or one of {known}")
    return recipe_of(tomllib.loads(path.read_text(encoding="utf-8")), str(path))


def recipe_of(table: dict[str, Any], origin: str) -> Recipe:
    """A recipe from its tables; ``origin`` is named in errors.

    Raises:
        ValueError: for a key that no recipe has, or a value it cannot take.
    """
    kinds: dict[str, type[Any]] = {
        "windows": WindowConfig,
        "trainer": TrainerConfig,
        "optimizer": OptimizerConfig,
        "objective": ObjectiveConfig,
        "augment": AugmentConfig,
    }
    parts = {name: record_of(kind, table.get(name, {}), origin) for name, kind in kinds.items()}
    sources = tuple(record_of(DataSource, row, origin) for row in table.get("data", ()))
    return record_of(Recipe, {**table, **parts, "data": sources}, origin)


def record_of(kind: type[_Record], table: dict[str, Any], origin: str) -> _Record:
    """A frozen record from a TOML table, lists as tuples; ``origin`` is named in errors.

    Raises:
        ValueError: for a key that the record has not or lacks, or a value it cannot take.
    """
    if not isinstance(table, dict):
        raise ValueError(f"{origin}: expected a table for {kind.__name__}, got {table!r}")
    known = {f.name for f in fields(kind)}
    if unknown := sorted(set(table) - known):
        raise ValueError(
            f"{origin}: {kind.__name__} has no {', '.join(unknown)}; "
            f"it takes {', '.join(sorted(known))}"
        )
    needed = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}
    if missing := sorted(needed - set(table)):
        raise ValueError(f"{origin}: {kind.__name__} lacks {', '.join(missing)}")
    try:
        return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in table.items()})
    except (TypeError, ValueError) as error:
        raise ValueError(f"{origin}: {kind.__name__}: {error}") from error
