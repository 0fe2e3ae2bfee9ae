"""The shipped reader: spans are slices, the engines agree, long texts are read to the end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import Reader

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


@settings(deadline=None, max_examples=40)
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
    assert span.text == "330 metres"
    assert span.char_start == text.index("330 metres")


def test_a_window_scores_the_same_in_any_company(int8_reader: Reader) -> None:
    questions = [question for question, _ in CASES]
    pairs = [(q, t) for q in range(len(questions)) for t in range(2)]
    together = int8_reader.read_many(questions, [TOWER, BRIDGE], pairs, k=1)
    for question, spans in zip(questions, together, strict=True):
        alone = int8_reader.read(question, [TOWER, BRIDGE], k=1)
        assert alone == spans


def test_no_text_gives_no_span(int8_reader: Reader) -> None:
    assert int8_reader.read("Who?", [], k=3) == []
    assert int8_reader.read("Who?", ["", "  \n"], k=3) == []


def test_misuse_is_said_plainly(int8_reader: Reader) -> None:
    with pytest.raises(ValueError, match="expected a question"):
        int8_reader.read("  ", [TOWER])
    with pytest.raises(ValueError, match="at least 1; got 0"):
        int8_reader.read("Who?", [TOWER], k=0)
    with pytest.raises(ValueError, match="auto, onnx or torch"):
        Reader.load(runtime="tensorflow")  # type: ignore[arg-type]
