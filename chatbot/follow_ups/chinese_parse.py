"""A Chinese question taken apart: the words that ask, and what it is about.

Rules over characters, without a segmenter; knows no history and rewrites nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

MARKS = ("？", "?")
MAX_ANSWER_CHARS = 16
ASKING = (
    "什么时候|什麼時候|甚麼時候|什么时间|什么地方|什麼地方|为什么|為什麼|为何|為何|何时|何時|何地|何处|何處|何人"
    "|哪一?年|哪一?天|哪个月|哪里|哪裡|哪儿|哪兒|哪个国家|哪個國家|哪个城市|哪個城市"
    "|多少钱|多少錢|多少人|多少|多[长長高大远遠久宽寬深重]|几[个年岁次]|幾[個年歲次]"
    "|谁|誰|什么|什麼|甚麼|怎么样|怎麼樣|怎么|怎麼|怎样|怎樣|如何|哪.|几|幾"
)
_ASKING = re.compile(ASKING)
_TITLE = re.compile(r"《[^》]+》")
_KINDS: tuple[tuple[str, str], ...] = (
    ("person", r"谁|誰|何人|哪[位]"),
    ("time", r"什么时候|什麼時候|甚麼時候|什么时间|何时|何時|哪一?年|哪一?天|哪个月"),
    (
        "place",
        r"哪里|哪裡|哪儿|哪兒|何地|何处|何處|什么地方|什麼地方|哪个国家|哪個國家|哪个城市|哪個城市",
    ),
    ("reason", r"为|為|怎|如何"),
    ("number", r"多|几|幾"),
)
# A topic ends before these, from its second character on.
_VERBS = re.compile(
    r"出生|出版|成立|建成|建于|建於|去世|逝世|毕业|畢業|创立|創立|创办|創辦|发现|發現|发明|發明|位于|位於|开始"
    r"|開始|结束|結束|举行|舉行|获得|獲得|担任|擔任|属于|屬於|来自|來自|死于|死於|生于|生於|结婚|結婚|发表"
    r"|發表|发生|發生|關閉|关闭|开放|開放|需要|可以|能够|能|会|會|要|叫|是|在|于|於|有|被|由|占|佔|卒|一共|共|总共|最"
    r"|曾|和谁|和誰|跟|住|写|寫|死|去|来|來|花|卖|賣|距|应|應|每"
)
_FIRST_VERB = re.compile(
    r"^(?:是|写了?|寫了?|发明了?|發明了?|发现了?|發現了?|建造?了?|创立了?|創立了?|创办了?|創辦了?|设计了?|設計了?"
    r"|杀了?|殺了?|娶了?|关闭了?|關閉了?|铸造?了?|鑄造?了?|出版了?|翻译了?|翻譯了?|导演了?|導演了?|画了?|畫了?)"
)
_ATTRIBUTE = re.compile(
    r"(?:收入|利润|利潤|面积|面積|人口|价格|價格|高度|长度|長度|费用|費用|成本|首都|作者|妻子|丈夫|父亲|父親|母亲"
    r"|母親|儿子|兒子|女儿|女兒|电话|電話|地址|时间|時間|重量|宽度|深度|总部|總部|校长|校長|总统|總統|亏损|支出)$"
)
_SOMETHING = re.compile(r"[\w·•《》“”\"'（）() .\-]+")


@dataclass(frozen=True, slots=True)
class Topic:
    """What a question is about; offsets count code points of the question."""

    text: str
    start: int
    end: int

    @property
    def bearer(self) -> str:
        """What has the attribute that was asked for: 巴黎 of 巴黎的人口."""
        owner, owns, thing = self.text.rpartition("的")
        return owner if owns and not owner[:1].isdigit() and is_attribute(thing) else self.text

    def counterpart(self, fragment: str) -> tuple[int, int]:
        """Offsets of the part that a fragment takes the place of: the owner or what it owns."""
        owner, owns, thing = self.text.rpartition("的")
        if not owns or "的" in fragment:
            return self.start, self.end
        middle = self.start + len(owner)
        if is_attribute(fragment) and is_attribute(thing):
            return middle + 1, self.end
        return self.start, middle


@dataclass(frozen=True)
class Question:
    """A question with the words that ask in it."""

    text: str

    @cached_property
    def asking(self) -> re.Match[str] | None:
        """The first words that ask."""
        return _ASKING.search(self.text)

    @cached_property
    def kind(self) -> Literal["person", "time", "place", "reason", "number", "thing"] | str:
        """What sort of answer is asked for."""
        asked = self.asking.group() if self.asking else ""
        return next((kind for kind, words in _KINDS if re.match(words, asked)), "thing")

    @property
    def goes_on(self) -> bool:
        """Whether more than a particle follows the words that ask."""
        return self.asking is not None and bool(self.text[self.asking.end() :].strip("的了？?"))

    @cached_property
    def titles(self) -> list[str]:
        """Books and the like, in their marks."""
        return _TITLE.findall(self.text)

    @cached_property
    def topic(self) -> Topic | None:
        """What it is about; None when that is what is asked for."""
        if self.asking is None:
            return None
        if self.asking.start() <= 1:
            return self._after(self.asking.end())
        return self._before(self.asking.start())

    def _before(self, end: int) -> Topic | None:
        start = _opening_end(self.text)
        title = _TITLE.match(self.text, start)
        verb = _VERBS.search(self.text, title.end() if title else start + 2, end)
        stop = verb.start() if verb else end
        return _topic(self.text, start, stop)

    def _after(self, start: int) -> Topic | None:
        verb = _FIRST_VERB.match(self.text[start:])
        if verb is None:
            return None
        return _topic(self.text, start + verb.end(), len(self.text))


def read(text: str) -> Question:
    """Take a question apart."""
    return Question(text)


def is_attribute(text: str) -> bool:
    """Whether it is what something has, as in 收入 and 营业收入."""
    return _ATTRIBUTE.search(text) is not None


def bare_answer(answer: str) -> str:
    """A short answer without what stands around it; "" for one that is a clause."""
    text = answer.strip().strip(" 。．，,；;：:！!？?\n“”\"'（）()").strip()
    return text if len(text) <= MAX_ANSWER_CHARS and "\n" not in text and "，" not in text else ""


def _opening_end(text: str) -> int:
    opening = re.match(r"(?:请问|請問|那么|那麼|在)?", text)
    return opening.end() if opening else 0


def _topic(text: str, start: int, stop: int) -> Topic | None:
    """What stands there, without marks and particles at its end."""
    found = _SOMETHING.match(text[start:stop])
    if found is None:
        return None
    name = found.group().rstrip("的了 ")
    return Topic(name, start, start + len(name)) if name else None
