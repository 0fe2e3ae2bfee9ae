"""Odd short questions of both languages, before and after common ones, raise nothing."""

from __future__ import annotations

import random

from chatbot.dialogue import Exchange, standalone

N_PAIRS = 4000
ENGLISH = (
    "what which how much year bridge when did it happen ? ! . , and before in who ruled Mark was "
    "his 's second one there that 2023 1859-60 12"
).split()
CHINESE = (
    "的 人口 是 多少 有 多大 他 它 们 其 次 呢 在 那里 那年 2022年 收入 谁 《书》 》 ？ ，".split()
)
COMMON = (
    "When did it happen?",
    "Who ruled before Peter?",
    "And before?",
    "Why?",
    "And his wife?",
    "and in 2023?",
    "它有多大？",
    "的人口是多少？",
    "他呢？",
    "那年呢？",
)


def _odd(draw: random.Random) -> str:
    words = draw.choice((ENGLISH, CHINESE, [*ENGLISH, *CHINESE]))
    return draw.choice(("", " ")).join(draw.choices(words, k=draw.randrange(5)))


def _any(draw: random.Random) -> str:
    return draw.choice(COMMON) if draw.random() < 0.5 else _odd(draw)


def test_odd_questions_raise_nothing_and_are_never_lost() -> None:
    draw = random.Random(7)
    for _ in range(N_PAIRS):
        typed, before, got = _any(draw), _any(draw), _odd(draw)
        meant = standalone(typed, [Exchange(before, got)])
        assert bool(meant.strip()) == bool(typed.strip()), (typed, before, got)
