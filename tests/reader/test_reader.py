"""The shipped reader: spans are slices, the engines agree, long texts are read to the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import Reader
from reader.artefact import SHIPPED, Artefact
from reader.batching import TokenBatch
from reader.runtime import Logits
from reader.windows import load_tokenizer

TOWER = (
    "The Eiffel Tower was completed on 31 March 1889. It was designed by the company of the "
    "engineer Gustave Eiffel, and is 330 metres tall."
)
BRIDGE = "The Tay Bridge collapsed on 28 December 1879, three years after it had been opened."
CASES = [
    ("When was the Eiffel Tower completed?", "31 March 1889"),
    ("How tall is the Eiffel Tower?", "330 metres"),
    ("When did the Tay Bridge collapse?", "28 December 1879"),
]
TEXTS = st.lists(
    st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=300), max_size=4
)


@pytest.mark.parametrize("question, answer", CASES)
@pytest.mark.parametrize("engine", ["int8_reader", "torch_reader"])
def test_quotes_the_right_words(
    question: str, answer: str, engine: str, request: pytest.FixtureRequest
) -> None:
    reader: Reader = request.getfixturevalue(engine)
    spans = reader.read(question, [BRIDGE, TOWER], k=3)
    assert spans[0].text == answer
    assert 0.5 < spans[0].probability <= 1.0


@settings(max_examples=40)
@given(texts=TEXTS, k=st.integers(1, 6))
def test_at_most_k_distinct_slices_in_falling_order(
    int8_reader: Reader, texts: list[str], k: int
) -> None:
    spans = int8_reader.read("What is it?", texts, k)
    assert len(spans) <= k
    assert len({(s.text_index, s.char_start, s.char_end) for s in spans}) == len(spans)
    for span in spans:
        assert texts[span.text_index][span.char_start : span.char_end] == span.text != ""
        assert 0.0 <= span.probability <= 1.0
    assert [s.score for s in spans] == sorted((s.score for s in spans), reverse=True)
    probabilities = [s.probability for s in spans]
    assert probabilities == sorted(probabilities, reverse=True)


def test_int8_scores_stay_near_torch(int8_reader: Reader, torch_reader: Reader) -> None:
    for question, _ in CASES:
        fast = int8_reader.read(question, [TOWER, BRIDGE], k=1)[0]
        exact = torch_reader.read(question, [TOWER, BRIDGE], k=1)[0]
        assert (fast.text_index, fast.text) == (exact.text_index, exact.text)
        assert fast.probability == pytest.approx(exact.probability, abs=0.1)


def test_an_answer_far_down_a_long_text_is_found(int8_reader: Reader) -> None:
    text = "The harbour was quiet and the boats lay still. " * 300 + TOWER
    span = int8_reader.read("How tall is the Eiffel Tower?", [text], k=1)[0]
    assert span.text.startswith("330 metres")
    assert span.char_start == text.index("330 metres")


def test_a_window_scores_the_same_in_any_company(int8_reader: Reader) -> None:
    questions = [question for question, _ in CASES]
    pairs = [(q, t) for q in range(len(questions)) for t in range(2)]
    together = int8_reader.read_many(questions, [TOWER, BRIDGE], pairs, k=1)
    for question, spans in zip(questions, together, strict=True):
        alone = int8_reader.read(question, [TOWER, BRIDGE], k=1)
        assert alone == spans


@pytest.mark.parametrize("stop_at", [None, 1.0])
def test_reading_says_how_many_texts_are_done(int8_reader: Reader, stop_at: float | None) -> None:
    texts = [BRIDGE, TOWER * 20, TOWER, "It is so."]
    told: list[int] = []
    spans = int8_reader.read(CASES[0][0], texts, 3, stop_at, told.append)
    assert told == ([1, 2, 3, 4] if stop_at is None else [2, 4])
    assert spans == int8_reader.read(CASES[0][0], texts, 3, stop_at)
    told.clear()
    int8_reader.read(CASES[0][0], ["", BRIDGE, " ", ""], 3, stop_at, told.append)
    assert told == [1]


@pytest.mark.parametrize("stop_at, n_read", [(1e-9, 2), (1.0, 5)])
def test_an_early_stop_reads_the_first_texts_as_if_there_were_no_others(
    int8_reader: Reader, stop_at: float, n_read: int
) -> None:
    question, texts = CASES[1][0], ["It rained.", BRIDGE, TOWER, "Nothing.", TOWER + " Truly."]
    spans = int8_reader.read(question, texts, k=4, stop_at=stop_at)
    assert spans == int8_reader.read(question, texts[:n_read], k=4)


def test_an_early_stop_reads_on_until_it_is_sure(int8_reader: Reader) -> None:
    texts = [BRIDGE, "It rained.", BRIDGE, TOWER, TOWER + " Truly.", BRIDGE]
    sure = int8_reader.read(CASES[1][0], texts[:4], k=1)[0]
    assert sure.probability > int8_reader.read(CASES[1][0], texts[:2], k=1)[0].probability
    stopped = int8_reader.read(CASES[1][0], texts, k=9, stop_at=sure.probability)
    assert stopped == int8_reader.read(CASES[1][0], texts[:4], k=9)
    assert (stopped[0].text_index, stopped[0].text) == (3, "330 metres")


def test_scores_that_are_no_numbers_are_refused(int8_reader: Reader) -> None:
    class Broken:
        name, batches, exact = "broken", int8_reader.runtime.batches, None

        def forward(self, batches: Sequence[TokenBatch]) -> Iterator[Logits]:
            for batch in batches:
                none = np.full(batch.input_ids.shape, np.nan, dtype=np.float32)
                yield none, none

    tokenizer = load_tokenizer(Artefact.load(SHIPPED).path("tokenizer.json"))
    with pytest.raises(RuntimeError, match="runtime broken gave scores that are no numbers"):
        Reader(int8_reader.manifest, tokenizer, Broken()).read("Who?", [TOWER])


def test_no_text_gives_no_span(int8_reader: Reader) -> None:
    assert int8_reader.read("Who?", [], k=3) == []
    assert int8_reader.read("Who?", ["", "  \n"], k=3) == []


def test_misuse_is_said_plainly(int8_reader: Reader) -> None:
    with pytest.raises(ValueError, match="expected a question"):
        int8_reader.read("  ", [TOWER])
    with pytest.raises(ValueError, match="at least 1; got 0"):
        int8_reader.read("Who?", [TOWER], k=0)
    with pytest.raises(ValueError, match="stop_at is a probability"):
        int8_reader.read("Who?", [TOWER], stop_at=1.5)
    with pytest.raises(ValueError, match="auto, bf16, confirmed, onnx or torch"):
        Reader.load(runtime="tensorflow")  # type: ignore[arg-type]


FLOWERS = "Loss is covered up to 400 pounds if the supplier does not deliver."


def test_what_stands_above_is_read_and_never_quoted(int8_reader: Reader) -> None:
    above = ["Wedding insurance\nAnna Berg wrote this policy", "Home insurance\nBroken windows"]
    texts = [FLOWERS, FLOWERS]
    spans = int8_reader.read("Who wrote the policy?", texts, 20, above=above)
    assert spans
    for span in spans:
        assert FLOWERS[span.char_start : span.char_end] == span.text
    bare = int8_reader.read("Who wrote the policy?", texts, 20)
    of_first, of_second = ({s.score for s in spans if s.text_index == i} for i in (0, 1))
    assert of_first != of_second != {s.score for s in bare}


def test_reading_that_may_stop_reads_each_text_below_its_own_title(int8_reader: Reader) -> None:
    texts, above = [BRIDGE, FLOWERS, TOWER], ["Bridges", "Wedding insurance", "Towers of Paris"]
    question = "How tall is the tower?"
    whole = int8_reader.read(question, texts, 5, above=above)
    in_steps = int8_reader.read(question, texts, 5, stop_at=1.0, above=above)
    assert [replace(s, probability=0) for s in in_steps] == [
        replace(s, probability=0) for s in whole
    ]
    assert [s.probability for s in in_steps] == pytest.approx([s.probability for s in whole])
    with pytest.raises(ValueError, match="expected as much above as there are texts, 3, got 2"):
        int8_reader.read(question, texts, stop_at=1.0, above=above[:2])
    with pytest.raises(ValueError, match="expected as much above as there are texts, 3, got 1"):
        int8_reader.read(question, texts, above=["Bridges"])
