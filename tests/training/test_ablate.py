"""Ablations: the same questions for all, none of them held out, nothing measured twice."""

from __future__ import annotations

import json
import math
import statistics
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel

from reader import Reader
from reader.artefact import CONFIG, SHIPPED, TOKENIZER, WEIGHTS
from reader.runtime import load_torch_model
from reader.squad import Example
from reader.windows import WindowConfig, load_tokenizer
from training import attention
from training.ablate import Bench, choose, main, results_in, run_all
from training.ablation import (
    Result,
    Spec,
    Variant,
    load_spec,
    merged,
    noise_of,
    paired_error,
    table,
    verdict,
)
from training.export import _parity_texts
from training.groups import QuestionGroup
from training.held_out import Asked, HeldOut, f1_of, read

NAMES = ["Anna", "Bela", "Carl", "Dora", "Emil", "Finn", "Greta", "Hugo"]
PLACES = ["Rome", "Oslo", "Riga", "Bonn", "Lima", "Cork", "Bern", "Kiel"]


def question(id: str) -> Example:
    return Example(id, "Q?", "C", (), 0)


def test_tables_are_merged_key_by_key_and_lists_replaced() -> None:
    base = {"name": "a", "optimizer": {"learning_rate": 1, "frozen": ["x", "y"]}}
    changes = {"optimizer": {"frozen": []}, "dropout": 0.1}
    assert merged(base, changes) == {
        "name": "a",
        "optimizer": {"learning_rate": 1, "frozen": []},
        "dropout": 0.1,
    }
    assert base["optimizer"] == {"learning_rate": 1, "frozen": ["x", "y"]}


def test_made_questions_come_along_and_change_no_choice() -> None:
    plain = [QuestionGroup((question(str(i)),), 1.0) for i in range(200)]
    made = [QuestionGroup((question(f"{i}-swapped"),), 1.0) for i in range(0, 200, 2)]
    chosen = choose(plain, 50)
    assert len(chosen) == 50
    with_made = choose([*plain, *made], 50)
    assert with_made[:50] == chosen
    roots = {group.examples[0].id for group in chosen}
    assert {g.examples[0].id.removesuffix("-swapped") for g in with_made[50:]} <= roots
    assert len(with_made) > 60


def test_a_source_of_half_the_weight_gives_half_as_many() -> None:
    groups = [QuestionGroup((question(f"a{i}"),), 1.0) for i in range(4000)]
    groups += [QuestionGroup((question(f"b{i}"),), 0.5) for i in range(4000)]
    chosen = choose(groups, 600)
    light = sum(group.examples[0].id.startswith("b") for group in chosen)
    assert light == pytest.approx(200, abs=35)


def test_noise_by_hand() -> None:
    repeats = [60.0, 61.0, 62.0]
    assert noise_of(repeats) == pytest.approx(2 * statistics.stdev(repeats) * math.sqrt(4 / 3))
    assert noise_of(repeats[:1]) == 0


def test_paired_error_by_hand() -> None:
    baseline = [Result("v", s, {"a": [10.0 + s, 20.0 - s], "b": [5.0, 6.0]}) for s in (-1, 1)]
    run = Result("w", 1, {"a": [14.0, 18.0], "b": [6.0, 7.0]})
    # a: gaps of 4 and -2, variance 18; b: gaps of 1 and 1
    assert paired_error([run], baseline, ["a", "b"]) == pytest.approx(math.sqrt(18 / 2) / 2)


def test_the_spec_that_ships_is_read() -> None:
    spec = load_spec(Path("training/specs/ablations.toml"))
    assert len(spec.variants[0].seeds) == 3
    assert [s.name for s in spec.held_out] == ["SQuAD", "4 passages", "NQ"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("questions = 5", "Spec lacks base"),
        ("question = 5", "Spec has no question; it takes base"),
        ('[[variant]]\nname = "a"\nseed = 3', "Variant has no seed; it takes name"),
    ],
)
def test_a_wrong_spec_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "spec.toml").write_text(text)
    with pytest.raises(ValueError, match=said):
        load_spec(tmp_path / "spec.toml")


def test_it_quotes_what_the_reader_quotes() -> None:
    passages, questions = _parity_texts()
    asked = [Asked(q, tuple(passages), ()) for q in questions]
    model = load_torch_model(SHIPPED / CONFIG, SHIPPED / WEIGHTS, attention.NAME)
    reader = Reader.load(runtime="torch")
    found = read(model, load_tokenizer(SHIPPED / TOKENIZER), asked, reader.manifest.windows)
    assert found == [reader.read(q, passages, 1)[0].text for q in questions]


def test_a_long_text_read_at_its_head_is_not_answered_from_its_tail() -> None:
    text = "The gulls fly low over the sea. " * 30 + "Anna Holm kept the lighthouse."
    asked = [Asked("Who kept the lighthouse?", (text,), ("Anna Holm",))]
    model = load_torch_model(SHIPPED / CONFIG, SHIPPED / WEIGHTS, attention.NAME)
    tokenizer = load_tokenizer(SHIPPED / TOKENIZER)
    windows = WindowConfig(max_length=96, stride=24, max_question_tokens=64)
    f1 = {
        name: f1_of(read(model, tokenizer, asked, windows, name), asked)[0]
        for name in ("sliding", "head", "tail", "head_tail")
    }
    assert f1 == {"sliding": 100, "head": 0, "tail": 100, "head_tail": 100}


def folder_of_data(root: Path) -> Path:
    """24 paragraphs of two sentences, a question each, and a tiny base encoder."""
    root.mkdir()
    paragraphs = []
    for index in range(24):
        name, place = NAMES[index % 8], PLACES[index // 3]
        context = f"{name} lives in {place} since {1800 + index} . The sea is near ."
        qas = {"id": str(index), "question": f"Where does {name} live ?"}
        qas |= {"answers": [{"text": place, "answer_start": context.index(place)}]}  # type: ignore[dict-item]
        paragraphs.append({"context": context, "order": index, "qas": [qas]})
    (root / "squad.json").write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    words = {w for p in paragraphs for w in f"{p['context']} {p['qas'][0]['question']}".split()}  # type: ignore[index]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(words)]
    made = Tokenizer(models.WordPiece({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(root / "base")
    made.save(str(root / "base" / TOKENIZER))
    return root


SPEC = """
questions = 10
[base]
base = "{base}"
data = [{{ path = "squad.json", licence = "none", held_out_fraction = 0.25 }}]
[base.windows]
max_length = 48
stride = 16
max_question_tokens = 24
[base.trainer]
batch_size = 4
[[held_out]]
name = "towns"
path = "squad.json"
fraction = 0.25
questions = 6
[[variant]]
name = "plain"
switch = "none"
seeds = [1, 2]
[[variant]]
name = "taught"
switch = "distillation = 0.5"
paper = "Hinton et al. 2015"
recipe = {{ objective = {{ distillation = 0.5, teachers = ["plain.1", "plain.2"] }} }}
[[variant]]
name = "head"
weights = "plain.1"
recipe = {{ long_text = "head" }}
[[variant]]
name = "baseless"
recipe = {{ base = "no-such-base" }}
"""


def test_from_spec_to_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, runs, spec = folder_of_data(tmp_path / "data"), tmp_path / "runs", tmp_path / "spec.toml"
    spec.write_text(SPEC.format(base=data / "base"))
    call = [str(spec), "--data-root", str(data), "--run-dir", str(runs), "--device", "cpu"]
    assert main(call) == 1  # one variant has no base
    assert "ablate: baseless: no base encoder 'no-such-base'" in capsys.readouterr().err
    found = results_in(runs)
    assert [(r.name, r.seed) for r in found] == [
        ("plain", 1), ("plain", 2), ("taught", 29), ("head", 29)
    ]  # fmt: skip
    assert [r.windows for r in found] == [10, 10, 10, 0]
    assert all(len(r.f1["towns"]) == 6 for r in found)
    before = (runs / "results.jsonl").read_text()
    assert main(call) == 1
    assert (runs / "results.jsonl").read_text() == before
    capsys.readouterr()
    assert main([*call, "--table"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split(" | ")[0] for row in rows] == [
        "| variant", "| ---", "| plain", "| taught", "| head", "| baseless", "| *noise*"
    ]  # fmt: skip
    mean = statistics.fmean(statistics.fmean(r.f1["towns"]) for r in found[:2])
    assert f"| {mean:.2f} |" in rows[2]
    assert f"| {found[2].mean('towns') - mean:+.2f} |" in rows[3]
    assert "not measured" in rows[5]


def test_a_passage_that_is_asked_about_is_never_trained_on(tmp_path: Path) -> None:
    data = folder_of_data(tmp_path / "data")
    spec = tmp_path / "spec.toml"
    # The recipe holds nothing out itself: only the bench can keep the passages from it.
    text = SPEC.format(base=data / "base").replace(", held_out_fraction = 0.25", "")
    spec.write_text(text.replace("questions = 10", "questions = 24"))
    loaded = load_spec(spec)
    bench = Bench(loaded, data, tmp_path / "runs", torch.device("cpu"))
    assert bench.run(loaded.variants[0], 1).windows == 18  # of 24, for 6 are asked about


def result(name: str, seed: int, value: float) -> Result:
    f1 = {"a": [value, value], "b": [value + 9, value + 11]}
    return Result(name, seed, f1, tokens=1, cpu_s=1.0)


def test_a_finished_variant_is_not_run_again(tmp_path: Path) -> None:
    spec = Spec(1, {}, (HeldOut("a", "", 0.1, 1),), (Variant("v", seeds=(1, 2)), Variant("w")))
    ran: list[tuple[str, int]] = []

    def run(variant: Variant, seed: int) -> Result:
        ran.append((variant.name, seed))
        if variant.name == "w" and len(ran) == 3:
            raise KeyboardInterrupt
        return result(variant.name, seed, 50.0)

    with pytest.raises(KeyboardInterrupt):
        run_all(spec, tmp_path, run)
    assert run_all(spec, tmp_path, run)
    assert ran == [("v", 1), ("v", 2), ("w", 29), ("w", 29)]


def test_the_mean_column_is_that_of_the_sets() -> None:
    sets = (HeldOut("a", "", 0.1, 1), HeldOut("b", "", 0.1, 1))
    spec = Spec(1, {}, sets, (Variant("v", seeds=(1, 2)), Variant("w")))
    rows = table(spec, [result("v", 1, 50.0), result("v", 2, 52.0), result("w", 29, 49.0)])
    assert "| 51.00 | 61.00 | 56.00 | 1.00 | baseline |" in rows
    assert "| -2.00 | -2.00 | -2.00 ± 0.0 | 1.00 | no difference |" in rows
    noise = noise_of([50.0, 52.0])
    assert (
        rows.splitlines()[-1]
        == f"| *noise* |  |  | {noise:.2f} | {noise:.2f} | {noise:.2f} |  |  |"
    )


def test_other_reading_is_compared_with_the_run_whose_weights_it_reads_with() -> None:
    sets = (HeldOut("a", "", 0.1, 1), HeldOut("b", "", 0.1, 1))
    spec = Spec(1, {}, sets, (Variant("v", seeds=(1, 2)), Variant("w", weights="v.2")))
    read = Result("w", 29, result("", 0, 51.0).f1)
    rows = table(spec, [result("v", 1, 20.0), result("v", 2, 52.0), read])
    assert "| -1.00 | -1.00 | -1.00 ± 0.0 |  | worse |" in rows


@pytest.mark.parametrize(
    ("gap", "noise", "word"),
    [
        (0.9, 1.0, "no difference"),
        (-0.9, 1.0, "no difference"),
        (1.1, 1.0, "better"),
        (-1.1, 1.0, "worse"),
    ],
)
def test_a_difference_within_the_noise_is_none(gap: float, noise: float, word: str) -> None:
    assert verdict(gap, noise) == word
