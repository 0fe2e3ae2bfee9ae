"""Questions that their text does not answer because one word is turned into its opposite.

Knows examples and English words; no model and no tokens. Negations are not made: what a
contract does *not* cover is a question that texts answer. Nor pairs that say the same from the
other side (who bought is who was sold to; who won is whom the other lost to).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from reader.squad import Example
from training.negatives import altered

PAIRS = (
    "first last, largest smallest, biggest smallest, highest lowest, most least, higher lower, "
    "larger smaller, greater smaller, longer shorter, longest shortest, oldest youngest, older "
    "younger, earliest latest, earlier later, early late, best worst, better worse, increase "
    "decrease, increased decreased, built demolished, created destroyed, founded dissolved, "
    "accepted rejected, accept reject, approved rejected, supported opposed, support oppose, "
    "agreed refused, legal illegal, included excluded, includes excludes, include exclude, "
    "maximum minimum, major minor, majority minority, common rare, popular unpopular, male "
    "female, men women, man woman, father mother, son daughter, husband wife, brother sister, "
    "north south, northern southern, northeast southwest, northwest southeast, east west, "
    "eastern western, upper lower, inside outside, inner outer, above below, positive negative, "
    "public private, rural urban, rich poor, strong weak, fast slow, hot cold, warm cool, "
    "summer winter, morning evening, ancient modern, permanent temporary, natural artificial, "
    "domestic foreign, internal external, import export, imports exports, enemy ally, "
    "successful unsuccessful, success failure, possible impossible, advantage disadvantage, "
    "benefit drawback, income expense, cheap expensive, cheapest dearest, arrived departed"
)
_OPPOSITES: dict[str, set[str]] = {}
for _pair in PAIRS.split(", "):
    _one, _other = _pair.split()
    _OPPOSITES.setdefault(_one, set()).add(_other)
    _OPPOSITES.setdefault(_other, set()).add(_one)
_WORD = re.compile(r"[A-Za-z]+")


def opposite_questions(examples: Sequence[Example], fraction: float, seed: int) -> list[Example]:
    """Unanswerable questions: one word exchanged for its opposite.

    The kind that SQuAD v2.0's authors call "antonym" (Rajpurkar, Jia and Liang 2018, table 2).
    The opposite stands neither in the question nor in its context.

    Args:
        examples: whose answerable questions are altered.
        fraction: wanted share of the answerable questions; fewer where none can be altered.
        seed: decides which questions and which words.
    """
    random = Random(f"{seed} opposites")  # other questions than are swapped

    def turned(example: Example) -> str | None:
        return _turned(example.question, example.context, random)

    return altered(examples, fraction, random, "opposite", turned)


def _turned(question: str, context: str, random: Random) -> str | None:
    present = {word.lower() for word in _WORD.findall(f"{question} {context}")}
    words = list(_WORD.finditer(question))
    for found in random.sample(words, len(words)):
        if fit := sorted(_OPPOSITES.get(found.group(), set()) - present):
            return question[: found.start()] + random.choice(fit) + question[found.end() :]
    return None
