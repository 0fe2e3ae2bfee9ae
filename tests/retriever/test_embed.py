"""The packaged encoder: order, shape, unit rows, threads."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retriever.encoding.bert_encoder import BATCH_CHARS
from retriever.encoding.embed import DEFAULT_ENCODER, Encoder, packaged_folder

TEXTS = [
    "The Origin of Species was published in 1859.",
    "Rivers flow to the sea.",
    "Darwin's book appeared in November of that year, and sold out within a single day.",
    "x",
    "",
]


def test_rows_are_float32_units_in_the_order_given(minilm: Encoder) -> None:
    rows = minilm.encode(TEXTS)
    assert rows.shape == (len(TEXTS), minilm.dimension) == (len(TEXTS), 384)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_a_row_does_not_depend_on_its_neighbours(minilm: Encoder) -> None:
    texts = [*TEXTS, *(f"{'A longer text. ' * n}And another end." for n in range(12))]
    alone = np.concatenate([minilm.encode([text]) for text in texts])
    assert (minilm.encode(texts) * alone).sum(axis=1) == pytest.approx(1.0, abs=1e-4)


def test_nothing_in_nothing_out(minilm: Encoder) -> None:
    rows = minilm.encode([])
    assert rows.shape == (0, 384)
    assert rows.dtype == np.float32


def test_more_texts_than_a_batch_keep_their_order(minilm: Encoder) -> None:
    texts = [f"word {'very ' * (n % 70)}number {n}" for n in range(60)]
    assert sum(map(len, texts)) > 2 * BATCH_CHARS
    rows = minilm.encode(texts)
    for n in (0, 5, 33, len(texts) - 1):
        assert float(rows[n] @ minilm.encode([texts[n]])[0]) == pytest.approx(1.0, abs=1e-4)


def test_meaning_is_near(minilm: Encoder) -> None:
    question, right, wrong = minilm.encode(["When did Darwin's book come out?", TEXTS[0], TEXTS[1]])
    assert question @ right > question @ wrong + 0.2


def test_the_end_of_256_tokens_counts(minilm: Encoder) -> None:
    filler = "word " * 200
    a, b = minilm.encode([filler + "elephants in Kenya", filler + "tax law of Norway"])
    assert a @ b < 0.9999


def test_threads_get_their_own_rows(minilm: Encoder) -> None:
    expected = {text: minilm.encode([text])[0] for text in TEXTS}
    with ThreadPoolExecutor(4) as pool:
        for text, rows in zip(
            TEXTS * 4, pool.map(lambda t: minilm.encode([t]), TEXTS * 4), strict=True
        ):
            np.testing.assert_allclose(rows[0], expected[text], atol=1e-6)


def test_a_model_that_is_no_bert_is_run_by_sentence_transformers(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import BoW

    model = SentenceTransformer(modules=[BoW(["sea", "river", "book"])], device="cpu")
    model.save(str(tmp_path))
    rows = Encoder.load(tmp_path).encode(["the river", "a book by the sea", *["sea"] * 40])
    np.testing.assert_allclose(rows[0], [0, 1, 0])
    np.testing.assert_allclose(rows[1], [0.5**0.5, 0, 0.5**0.5], atol=1e-6)
    np.testing.assert_allclose(rows[2:], [[1, 0, 0]] * 40)


def test_a_name_that_cannot_be_had_is_explained() -> None:
    with pytest.raises(OSError, match=f"no-such/encoder.*{DEFAULT_ENCODER}.*needs the network"):
        Encoder.load("no-such/encoder")


def test_the_packaged_encoder_needs_no_sentence_transformers() -> None:
    code = (
        "import sys; from retriever.encoding.embed import Encoder; Encoder.load().encode(['x']);"
        "print([m for m in ('sentence_transformers', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_door_is_light() -> None:
    code = (
        "import sys, retriever;"
        "print([m for m in ('torch', 'faiss', 'tantivy', 'gradio', 'sqlalchemy', 'numpy')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_prompts_of_a_model_are_set_before_questions_and_passages(
    tmp_path: Path, minilm: Encoder
) -> None:
    from sentence_transformers import SentenceTransformer

    folder = tmp_path / "prompted"
    folder.mkdir()
    for path in packaged_folder().iterdir():
        (folder / path.name).symlink_to(path)
    settings = folder / "config_sentence_transformers.json"
    settings.unlink()
    settings.write_text(json.dumps({"prompts": {"query": "ask: ", "passage": "told: "}}))
    prompted, question = Encoder.load(folder), "Where is Plynlimon?"
    row = prompted.encode_question(question)
    reference = SentenceTransformer(str(folder), device="cpu")
    assert row @ reference.encode([question], prompt_name="query")[0] > 0.999
    [passage] = prompted.encode(["In Wales."])
    assert passage @ reference.encode(["In Wales."], prompt_name="passage")[0] > 0.999
    assert row @ minilm.encode_question(question) < 0.99
    assert minilm.encode_question(question) @ minilm.encode([question])[0] > 0.9999
