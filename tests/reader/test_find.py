"""A rough runtime is confirmed by an exact one, and the answers are those of the exact one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from reader import Reader
from reader.artefact import SHIPPED, TOKENIZER, Artefact
from reader.batching import TokenBatch
from reader.find import MARGIN
from reader.runtime import Logits, Runtime
from reader.windows import load_tokenizer

QUESTIONS = ["When did the ferry sink?", "Who built the ferry?", "How long is the crossing?"]
TEXTS = [
    "The ferry sank on 3 May 1911 off the northern pier, with nobody on board.",
    "The ferry Aurora, which sank in 1912, was built by Anders Lund. " * 40,
    "Its sister ship sank in the winter of 1910. Carl Lund had built it in Bergen.",
    "The crossing takes forty minutes and is nine miles long.",
    "A crossing by night takes an hour. The bridge that replaced it is eight miles long.",
    "Nothing is known of the crew.",
    "   ",
]
PAIRS = [(q, t) for q in range(len(QUESTIONS)) for t in range(len(TEXTS))]


class Rough:
    """A runtime whose every logit is wrong by so much, to one side or the other."""

    name = "rough"

    def __init__(self, exact: Runtime, error: float, seed: int = 0) -> None:
        self.exact: Runtime | None = exact
        self.batches = exact.batches
        self._error, self._random = error, np.random.default_rng(seed)

    def forward(self, batches: Sequence[TokenBatch]) -> Iterator[Logits]:
        assert self.exact
        for start, end in self.exact.forward(batches):
            errors = self._error * self._random.choice([-1, 1], (2, *start.shape))
            yield start + errors[0].astype(np.float32), end + errors[1].astype(np.float32)


class Counting:
    """An exact runtime that remembers how many windows it has read."""

    exact = None

    def __init__(self, runtime: Runtime) -> None:
        self.name, self.batches, self._runtime, self.n_read = (
            "counting",
            runtime.batches,
            runtime,
            0,
        )

    def forward(self, batches: Sequence[TokenBatch]) -> Iterator[Logits]:
        self.n_read += sum(len(batch.input_ids) for batch in batches)
        return self._runtime.forward(batches)


def reader_with(runtime: Runtime, like: Reader) -> Reader:
    tokenizer = load_tokenizer(Artefact.load(SHIPPED).path(TOKENIZER))
    return Reader(like.manifest, tokenizer, runtime)


@pytest.mark.parametrize("seed", range(8))
def test_scores_that_are_off_by_less_than_half_the_margin_change_no_answer(
    torch_reader: Reader, seed: int
) -> None:
    """A score is a start, an end and, by a third, the two logits of [CLS]."""
    wanted = torch_reader.read_many(QUESTIONS, TEXTS, PAIRS, k=1)
    rough = reader_with(Rough(torch_reader.runtime, 0.18 * MARGIN, seed), torch_reader)
    found = rough.read_many(QUESTIONS, TEXTS, PAIRS, k=1)
    for (a,), (b,) in zip(wanted, found, strict=True):
        assert (a.text_index, a.char_start, a.char_end) == (b.text_index, b.char_start, b.char_end)


def test_two_that_are_near_each_other_are_read_again_and_no_others(torch_reader: Reader) -> None:
    exact = Counting(torch_reader.runtime)
    reader = reader_with(Rough(exact, 0.0), torch_reader)
    texts = [TEXTS[5], TEXTS[0], TEXTS[3], TEXTS[0]]
    spans = reader.read(QUESTIONS[0], texts, k=2)
    assert exact.n_read == len(texts) + 2  # the rough one, too, asks the exact one
    assert [span.text_index for span in spans] == [1, 3]


def test_what_is_far_ahead_is_not_read_again(torch_reader: Reader) -> None:
    exact = Counting(torch_reader.runtime)
    reader = reader_with(Rough(exact, 0.0), torch_reader)
    question, texts = "When did the ferry sink?", ["The ferry sank in 1911.", TEXTS[5]]
    best, second = torch_reader.read(question, texts, k=2)
    assert best.score - second.score > MARGIN
    assert reader.read(question, texts, k=1)[0].text == best.text
    assert exact.n_read == len(texts)


def test_texts_are_counted_once_however_often_they_are_read(torch_reader: Reader) -> None:
    reader = reader_with(Rough(torch_reader.runtime, 0.5), torch_reader)
    told: list[int] = []
    reader.read(QUESTIONS[0], TEXTS, k=1, on_read=told.append)
    assert told == [1, 2, 3, 4, 5, 6]


def test_int8_confirmed_answers_as_float32(torch_reader: Reader) -> None:
    confirmed = Reader.load(runtime="confirmed")
    for question in QUESTIONS:
        (wanted,), (found,) = (r.read(question, TEXTS, k=1) for r in (torch_reader, confirmed))
        assert (found.text_index, found.text) == (wanted.text_index, wanted.text)
