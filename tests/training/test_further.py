"""Further questions over a data set: each answer stands in its context, as it was printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training import further
from training.data import load_examples, split_sources
from training.recipe import DataSource

NQ = "en/nq-qed-train-partial.json"


def data_set(folder: Path, *contexts: str) -> Path:
    asked = {"id": "a", "question": "Who?", "answers": []}
    paragraphs = [{"context": c, "qas": [asked | {"id": str(n)}]} for n, c in enumerate(contexts)]
    file = folder / "set.json"
    file.write_text(json.dumps({"data": [{"title": "", "paragraphs": paragraphs}]}))
    return file


def write(monkeypatch: pytest.MonkeyPatch, folder: Path, *lines: str) -> None:
    monkeypatch.setattr(further, "FOLDER", folder)
    (folder / "set.tsv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@pytest.mark.parametrize(
    ("cut", "printed"),
    [
        ("It 's `` odd '' , they said .", 'It\'s "odd", they said.'),
        ("won 2 -- 1 ( late ) at 7 : 30 pm", "won 2–1 (late) at 7: 30 pm"),
        ("a 20 @-@ year , 1 @,@ 500 m race", "a 20-year, 1,500 m race"),
        ("as it was printed", "as it was printed"),
    ],
)
def test_spaces_of_a_tokenizer_are_taken_out(cut: str, printed: str) -> None:
    assert further.printed(cut) == printed


def test_answers_and_their_absence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = data_set(tmp_path, "Berg fell .", "Holm met Berg ; Berg left .")
    write(monkeypatch, tmp_path, "1\tWho left?\tBerg\tBerg left", "0\tWho rose?")
    left, rose = further.examples(file)
    assert left.context == "Holm met Berg; Berg left."
    assert [(a.text, a.char_start) for a in left.answers] == [("Berg", 15)]
    assert (rose.question, rose.answers, rose.order) == ("Who rose?", (), 0)


@pytest.mark.parametrize("line", ["0\tWho?\tHolm", "0\tWho?\tBerg", "7\tWho?\tBerg"])
def test_what_is_not_where_it_says_is_refused(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(monkeypatch, tmp_path, line)
    with pytest.raises(ValueError, match=r"set\.tsv, line 1: "):
        further.examples(data_set(tmp_path, "Berg saw Berg."))


def test_a_context_that_the_set_holds_out_is_asked_nothing_further(shared_dir: Path) -> None:
    data_root = shared_dir / "data"
    sources = [
        DataSource(NQ, "", held_out_fraction=0.5),
        DataSource(f"further:{NQ}", ""),
    ]
    (_, held_out), (trained, _) = split_sources(sources, (), data_root)
    assert trained
    assert len(trained) < len(load_examples(f"further:{NQ}", data_root))
    assert {e.order for e in trained}.isdisjoint({e.order for e in held_out})
