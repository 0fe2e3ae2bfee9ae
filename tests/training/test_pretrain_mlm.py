"""Masked words: whole ones, the right share, and an encoder that a recipe can start from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertForMaskedLM

from training.batches import Batch, collate
from training.pretrain_mlm import (
    MaskedWords,
    MlmRecipe,
    blocks,
    continuing,
    load_mlm_recipe,
    main,
    paragraphs,
    pretrain,
)
from training.recipe import DataSource, recipe_of
from training.train_reader import build_model
from training.trainer import TrainerConfig

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sea", "gull", "##s", "##ing", "fly", "low"]
MASK = WORDS.index("[MASK]")
TEXT = "seas gulls flying low sea gull fly lows"


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordPiece({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


def config() -> BertConfig:
    return BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32,
    )  # fmt: skip


def base(folder: Path) -> Path:
    torch.manual_seed(0)
    BertForMaskedLM(config()).base_model.save_pretrained(folder)
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def recipe(base: str = "", **parts: object) -> MlmRecipe:
    trainer = TrainerConfig(batch_size=4, bf16=False, checkpoint_every=5)
    return MlmRecipe("mlm", base, ("text.txt",), trainer=trainer, max_length=10, **parts)  # type: ignore[arg-type]


def batch(n: int = 64) -> Batch:
    groups = blocks([TEXT] * n, tokenizer(), recipe())
    return collate([group.windows for group in groups], 0)


def test_blocks_hold_all_tokens_in_order() -> None:
    stream = tokenizer().encode(TEXT).ids * 6
    made = [
        g.windows[0].window.token_ids.tolist() for g in blocks([TEXT] * 6, tokenizer(), recipe())
    ]
    assert {(row[0], row[-1], len(row)) for row in made} == {(2, 3, 10)}
    inner = [token for row in made for token in row[1:-1]]
    assert inner == stream[: len(inner)]
    assert len(stream) - len(inner) < 8


def test_words_are_masked_whole_and_in_the_wanted_share() -> None:
    torch.manual_seed(1)
    read = batch(600)
    picked = MaskedWords(continuing(tokenizer()), MASK, 0.15).pick(read)
    ids = read.input_ids
    follows = continuing(tokenizer())[ids][:, 2:]  # a block may begin inside a word
    assert follows.any()
    assert torch.equal(picked[:, 2:][follows], picked[:, 1:-1][follows])
    assert not picked[:, 0].any()
    assert not picked[:, -1].any()
    begins = ~continuing(tokenizer())[ids] & read.allowed
    begins[:, 0] = False
    assert float(picked[begins].float().mean()) == pytest.approx(0.15, abs=0.02)


def test_masked_tokens_become_mask_random_or_themselves() -> None:
    torch.manual_seed(2)
    ids = torch.full((200, 50), 5)
    picked = torch.zeros_like(ids, dtype=torch.bool)
    picked[:, ::2] = True
    altered = MaskedWords(continuing(tokenizer()), MASK, 0.15).alter(ids, picked)
    assert torch.equal(altered[~picked], ids[~picked])
    told = altered[picked]
    assert float((told == MASK).float().mean()) == pytest.approx(0.8 + 0.1 / len(WORDS), abs=0.02)
    assert float((told == 5).float().mean()) == pytest.approx(0.1 + 0.1 / len(WORDS), abs=0.02)


def test_the_loss_is_that_of_all_logits_at_the_masked_places() -> None:
    torch.manual_seed(3)
    model = BertForMaskedLM(config()).eval()
    read = batch(4)
    loss = MaskedWords(continuing(tokenizer()), MASK, 0.3)
    torch.manual_seed(4)
    found = loss(model, read)
    torch.manual_seed(4)
    picked = loss.pick(read)
    logits = model(loss.alter(read.input_ids, picked), read.attention_mask).logits
    wanted = torch.where(picked, read.input_ids, -100)
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())
    torch.testing.assert_close(found, expected)


def test_it_learns_and_a_recipe_starts_from_what_it_leaves(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(f"{TEXT}\n" * 120)
    start = base(tmp_path / "base")
    run = tmp_path / "run"
    pretrain(recipe(str(start)), tmp_path, run, torch.device("cpu"))
    losses = [json.loads(line)["loss"] for line in (run / "log.jsonl").read_text().splitlines()]
    assert losses[-1] < losses[0]
    reader = build_model(recipe_of({"name": "r", "base": str(run), "data": []}, "r"), run)
    ours = reader.state_dict()["bert.encoder.layer.0.output.dense.weight"]
    theirs = BertForMaskedLM.from_pretrained(start).state_dict()
    assert not torch.equal(ours, theirs["bert.encoder.layer.0.output.dense.weight"])


SQUAD = {
    "data": [
        {
            "paragraphs": [
                {"context": c, "qas": [{"id": c, "question": "Q?", "answers": []}]}
                for c in ("Old seas.", "New gulls!")
            ]
        }
    ]
}


def test_no_evaluated_and_no_held_out_paragraph_is_read(tmp_path: Path) -> None:
    (tmp_path / "squad.json").write_text(json.dumps(SQUAD))
    (tmp_path / "text.txt").write_text("old  seas\n\nnew gulls\nlow fly\n")
    assert paragraphs(recipe(), tmp_path) == ["old  seas", "new gulls", "low fly"]
    assert paragraphs(recipe(evaluated=("squad.json",)), tmp_path) == ["low fly"]
    held_out = (DataSource("squad.json", "", held_out_fraction=0.5),)
    assert paragraphs(recipe(held_out=held_out), tmp_path) == ["old  seas", "low fly"]


def test_the_spec_that_ships_is_read_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    shipped = load_mlm_recipe(Path("training/specs/mlm.toml"))
    assert shipped.trainer.batch_size == 32
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('name = "x"\nbase = "y"\ntexts = []\nmask = 0.2\n')
    with pytest.raises(ValueError, match=r"wrong\.toml: MlmRecipe has no mask; it takes base"):
        load_mlm_recipe(wrong)


def test_a_missing_text_is_one_line_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text(f'name = "x"\nbase = "{base(tmp_path / "base")}"\ntexts = ["no.txt"]\n')
    assert main([str(spec), "--data-root", str(tmp_path)]) == 1
    assert "no.txt" in capsys.readouterr().err
