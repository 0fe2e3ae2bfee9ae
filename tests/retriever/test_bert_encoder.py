"""The packaged encoder's folder read the quick way: its rows, and which folders are left alone."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from retriever.encoding.bert import BertRows
from retriever.encoding.bert_encoder import BertEncoder
from retriever.encoding.embed import MAX_TOKENS, Encoder, packaged_folder
from retriever.records import FloatArray

TEXTS = [
    "The Origin of Species was published in 1859.",
    "Rivers flow to the sea.",
    "x",
    "",
    "Seven of the ten towns lie north of the river; three do not. " * 9,
    "进化论 1859 年出版。",
    "word " * 300,
]


@pytest.fixture(scope="module")
def reference() -> FloatArray:
    """Rows by sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(packaged_folder()), device="cpu")
    model.max_seq_length = MAX_TOKENS
    return np.asarray(model.encode(TEXTS, show_progress_bar=False), dtype=np.float32)


@pytest.mark.parametrize(("kind", "least"), [(torch.float32, 0.999999), (torch.bfloat16, 0.9995)])
def test_rows_are_those_of_sentence_transformers(
    reference: FloatArray, kind: torch.dtype, least: float
) -> None:
    bert = BertEncoder(packaged_folder(), MAX_TOKENS, kind)
    rows = Encoder("bert", bert.dimension, bert).encode(TEXTS)
    assert ((rows * reference).sum(axis=1) > least).all()


def test_a_folder_that_sentence_transformers_saves_today_is_read(
    reference: FloatArray, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(str(packaged_folder()), device="cpu").save(str(tmp_path))
    bert = BertEncoder(tmp_path, MAX_TOKENS, torch.float32)
    rows = Encoder("bert", bert.dimension, bert).encode(TEXTS[:4])
    np.testing.assert_allclose(rows, reference[:4], atol=1e-5)


def test_a_question_does_not_wait_for_a_long_call(monkeypatch: pytest.MonkeyPatch) -> None:
    bert = BertEncoder(packaged_folder(), MAX_TOKENS)
    answered, rows = threading.Event(), BertRows.__call__

    def slow(self: BertRows, ids: list[list[int]]) -> torch.Tensor:
        if len(ids[0]) > 100:
            assert answered.wait(timeout=60)
        return rows(self, ids)

    monkeypatch.setattr(BertRows, "__call__", slow)
    with ThreadPoolExecutor(1) as pool:
        long_call = pool.submit(bert, ["many words " * 100] * (8 * torch.get_num_threads()))
        assert bert(["When?"]).shape == (1, 384)
        assert not long_call.done()
        answered.set()
        assert len(long_call.result(timeout=60)) == 8 * torch.get_num_threads()


Change = Callable[[Any], None]
OTHERS: dict[str, tuple[str, Change]] = {
    "a BERT": ("config.json", lambda c: c.update(model_type="mpnet")),
    "exact GELU": ("config.json", lambda c: c.update(hidden_act="relu")),
    "absolute positions": ("config.json", lambda c: c.update(position_embedding_type="relative")),
    "pooling and no more": ("modules.json", lambda c: c.append({"type": "models.Dense"})),
    "mean or first token": ("1_Pooling/config.json", lambda c: c.update(pooling_mode="max")),
    "no lowering": ("sentence_bert_config.json", lambda c: c.update(do_lower_case=True)),
}


@pytest.mark.parametrize("expected", OTHERS)
def test_another_kind_of_model_is_left_to_sentence_transformers(
    tmp_path: Path, expected: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(packaged_folder(), folder)
    name, change = OTHERS[expected]
    content = json.loads((folder / name).read_text(encoding="utf-8"))
    change(content)
    (folder / name).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=f"expected .*{expected}"):
        BertEncoder(folder, MAX_TOKENS)
