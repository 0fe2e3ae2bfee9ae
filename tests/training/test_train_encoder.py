"""Teaching the encoder: what is mined, what is mixed, and a small run from end to end."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from reader.squad import AnswerText, Example
from retriever.encoding.embed import Encoder
from tests.retriever.hash_encoder import hash_encoder
from training.hybrid import NOWHERE, rank, recall
from training.train_encoder import SPEC, EncoderRecipe, load_encoder_recipe, main, mine

BIRDS = ["gull", "tern", "crane", "heron", "stork", "raven", "finch", "robin", "swift", "eagle"]
PLACES = ["sea", "lake", "marsh", "river", "roof", "rock", "wood", "field", "tower", "cliff"]


def example(place: int) -> Example:
    context = f"the {BIRDS[place]} nests by the {PLACES[place]}"
    answer = AnswerText(PLACES[place], context.index(PLACES[place], 5))
    return Example(str(place), f"where nests the {BIRDS[place]} ?", context, (answer,), place)


def tiny_encoder(folder: Path) -> Path:
    """A sentence-transformers folder with one random layer."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "nests", "by", "where", "?"]
    known = {word: index for index, word in enumerate([*words, *BIRDS, *PLACES])}
    tokenizer = Tokenizer(models.WordPiece(known, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(known), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder / "bert")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]", model_max_length=32,
    ).save_pretrained(folder / "bert")  # fmt: skip
    model = SentenceTransformer(modules=[Transformer(str(folder / "bert")), Pooling(16)])
    model.save(str(folder / "encoder"), create_model_card=False)
    return folder / "encoder"


def test_hard_negatives_rank_high_and_lack_the_answer() -> None:
    examples = [example(0), example(1)]
    contexts = [e.context for e in examples] + ["a sea of gulls", "no gull here", "terns"]
    ranked = np.array([[2, 0, 3, 1, NOWHERE], [1, 0, 4, NOWHERE, NOWHERE]])
    rows = mine(examples, contexts, ranked, 2, seed=1)
    assert rows[0][:2] == (examples[0].question, examples[0].context)
    assert set(rows[0][2:]) == {"no gull here", examples[1].context}  # "a sea of gulls" answers
    assert set(rows[1][2:]) == {examples[0].context, "terns"}
    assert mine(examples, contexts, ranked, 3, seed=1) == []


def test_recall_counts_what_is_among_the_first() -> None:
    ranking = np.array([[2, 0, NOWHERE], [1, 2, 0]])
    assert recall(ranking, [0, 1], 1) == 50
    assert recall(ranking, [0, 1], 2) == 100


def test_words_and_meaning_find_the_passage() -> None:
    passages = [example(place).context for place in range(5)]
    questions = [example(place).question for place in range(5)]
    near, both = rank(questions, passages, hash_encoder(), depth=6)
    assert near.shape == both.shape == (5, 6)
    assert (near[:, -1] == NOWHERE).all()
    assert recall(both, range(5), 1) == 100


def test_a_run_leaves_an_encoder_that_loads_and_goes_on_where_it_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"context": e.context, "order": e.order, "qas": [
            {"id": e.id, "question": e.question,
             "answers": [{"text": a.text, "answer_start": a.char_start} for a in e.answers]}
        ]}
        for e in map(example, range(10))
    ]  # fmt: skip
    (tmp_path / "birds.json").write_text(json.dumps({"data": [{"paragraphs": rows}]}))
    spec = tmp_path / "spec.toml"
    spec.write_text(
        f'name = "birds"\nbase = "{tiny_encoder(tmp_path)}"\nmixes = [1.0]\nbatch_size = 2\n'
        'elsewhere = ["birds.json"]\ncheckpoint_every = 3\nlearning_rate = 1e-2\n'
        '[[data]]\npath = "birds.json"\nlicence = "none"\nheld_out_fraction = 0.2\n'
    )
    words = [str(spec), "--data-root", str(tmp_path), "--run-dir", str(tmp_path / "run")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's and transformers' own, about small machines
        assert main(words) == 0
        assert "birds (held out): 2 questions, 2 passages" in capsys.readouterr().out
        assert main(words) == 0
    assert "mining" not in capsys.readouterr().out
    trained, base = Encoder.load(tmp_path / "run/model/1.00"), Encoder.load(tmp_path / "encoder")
    assert not np.allclose(trained.encode(["the gull"]), base.encode(["the gull"]))


def test_the_spec_that_ships_is_read_and_a_wrong_one_is_named() -> None:
    shipped = load_encoder_recipe(SPEC)
    assert "en/squad-dev-v1.1.json" in shipped.evaluated
    assert not set(shipped.evaluated) & {*shipped.elsewhere, *(s.path for s in shipped.data)}
    with pytest.raises(ValueError, match="mixes are shares"):
        EncoderRecipe("x", "y", (), mixes=(1.5,))


def test_a_missing_set_is_one_line_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data-root", str(tmp_path), "--run-dir", str(tmp_path / "run")]) == 1
    assert "squad-dev-v1.1.json" in capsys.readouterr().err


def test_a_run_that_nothing_measures_is_not_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    qas = [{"id": "a", "question": "where?", "answers": [{"text": "sea", "answer_start": 4}]}]
    paragraphs = [{"context": "the sea", "qas": qas}, {"context": "the lake", "qas": []}]
    paragraphs[1]["qas"] = [{"id": "b", "question": "why?", "answers": []}]
    (tmp_path / "a.json").write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    for fraction in (0.0, 0.5):  # nothing held out, or only what has no answer
        (tmp_path / "spec.toml").write_text(
            f'name = "x"\nbase = "y"\nelsewhere = ["a.json"]\n[[data]]\npath = "a.json"\n'
            f'licence = "none"\nheld_out_fraction = {fraction}\n'
        )
        words = [str(tmp_path / "spec.toml"), "--data-root", str(tmp_path)]
        assert main([*words, "--run-dir", str(tmp_path / "run")]) == 1
        assert "no question with an answer is held out" in capsys.readouterr().err
