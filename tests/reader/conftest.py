"""What the reader's tests share: the shipped model and its tokenizer."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from reader import Reader
from reader.artefact import SHIPPED
from reader.windows import load_tokenizer


@pytest.fixture(scope="session")
def tokenizer_path() -> Path:
    return SHIPPED / "tokenizer.json"


@pytest.fixture(scope="session")
def tokenizer(tokenizer_path: Path) -> Tokenizer:
    return load_tokenizer(tokenizer_path)


@pytest.fixture(scope="session")
def int8_reader() -> Reader:
    return Reader.load(runtime="onnx")


@pytest.fixture(scope="session")
def torch_reader() -> Reader:
    return Reader.load(runtime="torch")
