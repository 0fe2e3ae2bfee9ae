"""Questions keep their texts: half lack their own, none of the others holds the answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reader.squad import AnswerText, Example
from training.regimes import Asked, alone, among, balanced, chunks, sampled

EXAMPLES = [
    Example(f"q{i}", f"Which is {i}?", f"This is answer{i}.", (AnswerText(f"answer{i}.", 8),), i)
    for i in range(400)
]
NEAR = [[EXAMPLES[(i + j) % 400].context for j in range(12)] for i in range(400)]


def test_a_quarter_of_the_questions_lack_their_passage() -> None:
    asked = among(EXAMPLES, NEAR, seed=3, n_texts=10)
    assert 0.65 < sum(one.answerable for one in asked) / len(asked) < 0.85
    for one in asked:
        assert (one.example.context in one.texts) == one.answerable
        assert len(set(one.texts)) == len(one.texts) == 10


def test_alone_a_question_has_its_own_context() -> None:
    unanswerable = Example("n", "Why?", "Nobody knows.", (), 0)
    first, last = alone([EXAMPLES[0], unanswerable])
    assert first == Asked(EXAMPLES[0], (EXAMPLES[0].context,), True)
    assert last == Asked(unanswerable, ("Nobody knows.",), False)


@given(st.lists(st.integers(1, 5), max_size=20), st.integers(1, 12))
def test_chunks_lose_nothing_and_pair_each_question_with_its_texts(
    sizes: list[int], most: int
) -> None:
    asked = [
        Asked(EXAMPLES[i], tuple(e.context for e in EXAMPLES[i : i + size]), True)
        for i, size in enumerate(sizes)
    ]
    found: list[Asked] = []
    for chunk in chunks(asked, most):
        assert len(set(chunk.texts)) == len(chunk.texts)
        for index, one in enumerate(chunk.asked):
            assert chunk.questions[index] == one.example.question
            assert tuple(chunk.texts[t] for q, t in chunk.pairs if q == index) == one.texts
        found += chunk.asked
    assert found == asked


def test_a_blank_question_is_left_out() -> None:
    blank = Asked(Example("b", " ", "Text.", (), 0), ("Text.",), False)
    assert [chunk.questions for chunk in chunks([blank, alone(EXAMPLES[:1])[0]])] == [
        ("Which is 0?",)
    ]


def test_a_sample_is_the_same_each_time() -> None:
    assert sampled(EXAMPLES, 5, seed=1) == sampled(EXAMPLES, 5, seed=1)
    assert sampled(EXAMPLES, 5, seed=1) != sampled(EXAMPLES, 5, seed=2)
    assert sampled(EXAMPLES[:3], 5, seed=1) == EXAMPLES[:3]


def example(index: int, question: str, *answers: str) -> Example:
    context = f"In 18{index:02} Anna Holm met Berta Lind and wrote {index} letters to Carl Vogt."
    found = tuple(AnswerText(answer, context.index(answer)) for answer in answers)
    return Example(str(index), question, context, found, index)


def test_written_questions_are_as_often_unanswerable() -> None:
    examples = [
        example(i, f"Whom did Anna Holm meet in 18{i:02}?", "Berta Lind") for i in range(60)
    ]
    made = balanced(examples)
    assert sum(bool(e.answers) for e in made) * 2 == len(made) > 0
    for one in made:
        if not one.answers:
            (asked,) = (e for e in examples if e.context == one.context)
            new = set(one.question.rstrip("?").split()) - set(asked.question.rstrip("?").split())
            assert new
            assert all(word in one.context for word in new)
    real = [example(i, "Whom did Carl meet?") for i in range(60, 80)]
    assert [e.answers for e in balanced([*examples, *real])].count(()) == 20
    assert {e.id for e in balanced([*examples, *real]) if not e.answers} == {e.id for e in real}


def test_where_nothing_can_be_exchanged_all_are_asked() -> None:
    plain = [
        Example(
            str(i), f"What is kept in drawer {i}?", "It is a brush.", (AnswerText("a brush", 6),), i
        )
        for i in range(30)
    ]
    silent = Example("x", "What is kept nowhere?", "It is a brush.", (), 31)
    assert sorted(e.id for e in balanced([*plain, silent])) == sorted(
        e.id for e in [*plain, silent]
    )


def test_queries_stay_as_they_are() -> None:
    queries = [example(i, f"whom did anna meet {i}", "Berta Lind") for i in range(30)]
    assert balanced(queries) == queries
