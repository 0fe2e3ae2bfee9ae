"""Data sets in, examples out: sources, splits, the questions read together. No tokens, no model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from reader.squad import AnswerText, Example, load_squad
from training import contrasts, everyday, forms, further, lists, tables
from training.recipe import DataSource

MADE_SEED = 7  # the same questions in every run
COUNTED = ("tables", "lists", "contrasts", "forms")  # named by how many texts are invented
OF_FILES = ("bullets", "further", "tat-qa", "tat-qa-lists")


def load_examples(source: str | Path, data_root: Path = Path()) -> list[Example]:
    """Read a SQuAD-form JSON file, or what a name with a colon stands for.

    ``hub:NAME:SPLIT`` is a Hugging Face data set, ``tat-qa:FILE`` the questions that cells of
    its tables answer, ``tables:N`` questions of N invented tables. With several answers:
    ``lists:N`` are questions of N invented documents, ``bullets:FILE`` those of a SQuAD-form
    file whose answer can be written as bullets, ``tat-qa-lists:FILE`` TAT-QA's. ``contrasts:N``
    are questions of N invented texts that say one thing of several, ``forms:N`` of N
    invented forms, where a label stands beside each value. ``everyday:`` are those over the
    documents of ``training/everyday/taught``, ``everyday:FOLDER`` over those of another folder
    there, ``further:FILE`` those of ``training/further`` over the contexts of a SQuAD-form file;
    ``#PART`` behind either stands for another file of questions over the same texts. Files lie
    in ``data_root``.

    Raises:
        OSError: if the file is not there, or the hub cannot be reached.
        ValueError: if the file is not in SQuAD form, or an answer is not where it says.
    """
    kind, colon, rest = str(source).partition(":")
    if not colon or kind not in _MADE:
        return load_squad(data_root / source)
    if kind in COUNTED and not rest.isdecimal():
        raise ValueError(f"expected {kind}:N with the number of texts to invent, got {source!r}")
    if kind == "hub" and ":" not in rest:
        raise ValueError(f"expected hub:NAME:SPLIT, got {source!r}")
    return _MADE[kind](rest, data_root)


def file_of(path: str) -> str | None:
    """The file below the data folder that a source reads; None where it reads none."""
    kind, colon, rest = path.partition(":")
    if not colon or kind not in _MADE:
        return path
    return rest.partition("#")[0] if kind in OF_FILES else None


def is_invented(path: str) -> bool:
    """Whether a source's texts were made for training: no figure of published sets."""
    return file_of(path) is None and not path.startswith("hub:")


def _from_hub(source: str) -> Iterator[Example]:
    from datasets import load_dataset  # heavy, and only needed here

    name, split = source.split(":", 1)
    for position, row in enumerate(load_dataset(name, split=split)):
        texts, starts = row["answers"]["text"], row["answers"]["answer_start"]
        answers = tuple(AnswerText(t, s) for t, s in zip(texts, starts, strict=True))
        yield Example(row["id"], row["question"], row["context"], answers, position)


def _further(root: Path, file: str, part: str = "") -> list[Example]:
    return further.examples(root / file, part)


def _everyday(folder: str, part: str = "") -> list[Example]:
    return everyday.taught(folder, part, MADE_SEED)


_MADE: dict[str, Callable[[str, Path], list[Example]]] = {
    "hub": lambda rest, _: list(_from_hub(rest)),
    "tables": lambda n, _: tables.invented(int(n), MADE_SEED),
    "tat-qa": lambda file, root: tables.tat_qa(root / file, MADE_SEED),
    "lists": lambda n, _: lists.invented(int(n), MADE_SEED),
    "contrasts": lambda n, _: contrasts.invented(int(n), MADE_SEED),
    "forms": lambda n, _: forms.invented(int(n), MADE_SEED),
    "everyday": lambda rest, _: _everyday(*rest.split("#", 1)),
    "further": lambda rest, root: _further(root, *rest.split("#", 1)),
    "bullets": lambda file, root: lists.as_bullets(load_squad(root / file), MADE_SEED),
    "tat-qa-lists": lambda file, root: lists.tat_qa(root / file),
}


def split_by_order(
    examples: Sequence[Example], held_out_fraction: float
) -> tuple[list[Example], list[Example]]:
    """Hold out the last contexts by ``order``: whole articles, no paragraph in both parts."""
    if not 0.0 <= held_out_fraction < 1.0:
        raise ValueError(f"held_out_fraction must be in [0, 1), got {held_out_fraction}")
    orders = sorted({example.order for example in examples})
    n_held_out = round(len(orders) * held_out_fraction)
    if n_held_out == 0:
        return list(examples), []
    first_held_out = orders[-n_held_out]
    return (
        [example for example in examples if example.order < first_held_out],
        [example for example in examples if example.order >= first_held_out],
    )


def split_sources(
    sources: Sequence[DataSource], evaluated: Sequence[str], data_root: Path
) -> list[tuple[list[Example], list[Example]]]:
    """Of every source, what is trained on and what is held out.

    A context that one source holds out is trained on from no other, nor in another form, and
    what is evaluated on, contexts and questions alike, is in neither part.

    Args:
        sources: the recipe's data sets.
        evaluated: data sets, below ``data_root``, that no reader may have seen.
        data_root: folder of the data sets.

    Raises:
        OSError, ValueError: as ``load_examples`` does.
    """
    secret = _keys(example for path in evaluated for example in load_examples(path, data_root))
    parts = [_split(_unseen(load_examples(s.path, data_root), secret), s) for s in sources]
    held_out = {
        key
        for source, (_, kept_back) in zip(sources, parts, strict=True)
        for example in kept_back
        for key in _context_keys(source, example)
    }
    return [
        ([e for e in trained if held_out.isdisjoint(_context_keys(source, e))], kept_back)
        for source, (trained, kept_back) in zip(sources, parts, strict=True)
    ]


def _context_keys(source: DataSource, example: Example) -> tuple[str, tuple[str, int]]:
    """A context by its words, and by its place in a file: made questions have other words."""
    return text_key(example.context), (file_of(source.path) or source.path, example.order)


def _split(examples: Sequence[Example], source: DataSource) -> tuple[list[Example], list[Example]]:
    """The wanted questions to train on; every question about a held-out context."""
    wanted = [e for e in examples if source.only == "all" or not e.answers]
    trained, kept_back = split_by_order(wanted, source.held_out_fraction)
    orders = {example.order for example in kept_back}
    return trained, [example for example in examples if example.order in orders]


def _keys(examples: Iterable[Example]) -> set[str]:
    return {text_key(text) for e in examples for text in (e.context, e.question)}


def _unseen(examples: Iterable[Example], secret: set[str]) -> list[Example]:
    return [e for e in examples if secret.isdisjoint((text_key(e.context), text_key(e.question)))]


def text_key(text: str) -> str:
    """Equal for texts that differ in case, spacing and punctuation alone."""
    return "".join(character for character in text.casefold() if character.isalnum())


def holds_answer(context: str, answers: Iterable[AnswerText]) -> bool:
    """Whether any accepted answer occurs in the context, whatever its case."""
    lowered = context.casefold()
    return any(answer.text.casefold() in lowered for answer in answers)
