"""A cross-encoder in place of the fused order: a real one, small and made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from retriever.__main__ import main
from retriever.rerank import Reranker
from retriever.types import Hit, Passage

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "when", "lamp", "lit", "sea", "gull", "was"]
TEXTS = ["sea gull", "lamp lit", "gull", "lamp was lit when", "sea"]


def cross_encoder(folder: Path, outputs: int = 1) -> Path:
    """A folder with one random layer, as sentence-transformers saves them."""
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(2)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=512, num_labels=outputs,
        initializer_range=0.5,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cross_encoder(tmp_path_factory.mktemp("reranker") / "model")


def test_scores_are_those_of_each_pair_alone(folder: Path) -> None:
    reranker = Reranker.load(folder)
    scores = reranker.score("when lit", TEXTS)
    assert scores.shape == (len(TEXTS),)
    alone = np.concatenate([reranker.score("when lit", [text]) for text in TEXTS])
    np.testing.assert_allclose(scores, alone, atol=1e-5)
    assert len(set(scores.round(5).tolist())) == len(TEXTS)
    assert reranker.score("when lit", []).shape == (0,)


def test_hits_are_ranked_by_its_score_and_carry_it(folder: Path) -> None:
    reranker = Reranker.load(folder)
    hits = [Hit(Passage(i, 1, "a", text, 0, len(text), 1), 0.0) for i, text in enumerate(TEXTS)]
    ranked = reranker.rank("when lit", hits)
    scores = reranker.score("when lit", TEXTS)
    assert [hit.passage.id for hit in ranked] == np.argsort(-scores).tolist()
    assert [hit.score for hit in ranked] == pytest.approx(sorted(scores.tolist(), reverse=True))


def test_a_search_takes_it_by_name(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "birds.txt"
    file.write_text("The gull flies over the sea.\n")
    home = ["--home", str(tmp_path / "home")]
    assert main(["add", str(file), *home]) == 0
    capsys.readouterr()
    words = ["search", "gull", *home, "--json", "--reranker"]
    assert main([*words, str(folder)]) == 0
    row = json.loads(capsys.readouterr().out)
    expected = Reranker.load(folder).score("gull", [row["text"]])
    assert row["score"] == pytest.approx(float(expected[0]), abs=1e-4)
    assert main([*words, str(tmp_path / "none")]) == 1
    assert "cannot load the cross-encoder" in capsys.readouterr().err


def test_one_that_does_not_rank_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a cross-encoder with one output"):
        Reranker.load(cross_encoder(tmp_path / "three", outputs=3))
