"""How much one visitor may do: sizes, counts, and rates by token bucket.

Knows no page and no library, and takes its clock from outside.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Literal

from chatbot.types import MAX_QUESTION_CHARS
from chatbot.views.words import ENGLISH, Words

MB = 1024 * 1024
BUCKETS_KEPT = 10_000  # then the full ones, which say nothing, are dropped

Clock = Callable[[], float]
Kind = Literal[
    "text_mb",
    "question_chars",
    "questions",
    "uploads",
    "files_at_once",
    "files",
    "megabytes",
    "collections",
    "logins",
    "address_questions",
    "address_visitors",
    "address_uploads",
    "address_megabytes",
]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one visitor may do, and all from one address together; 0 is no limit.

    Attributes:
        question_chars: characters of a question.
        questions_per_minute: questions within a minute.
        uploads_per_hour: files within an hour.
        files_at_once: files in one upload.
        files: documents that one visitor may have.
        total_mb: MiB of originals that one visitor may have.
        collections: named collections that one visitor may have.
        address_questions_per_minute: questions from one address within a minute.
        address_visitors_per_hour: visitors who were not known before, from one address.
        address_uploads_per_hour: files that one address may send within an hour.
        address_mb_per_hour: MiB that one address may send within an hour.
    """

    question_chars: int = MAX_QUESTION_CHARS
    questions_per_minute: int = 30
    uploads_per_hour: int = 300
    files_at_once: int = 50
    files: int = 1000
    total_mb: int = 2000
    collections: int = 50
    address_questions_per_minute: int = 300
    address_visitors_per_hour: int = 100
    address_uploads_per_hour: int = 1000
    address_mb_per_hour: int = 5000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value < 0:
                name = field.name.replace("_", " ")
                raise ValueError(f"expected 0 (no limit) or more for {name}, got {value}")


class LimitReached(ValueError):
    """A limit was hit; its text is for a person.

    Attributes:
        kind: of the limit.
        limit: its value.
        got: what was asked for, or the seconds to wait.
    """

    def __init__(self, kind: Kind, limit: int, got: int) -> None:
        self.kind, self.limit, self.got = kind, limit, got
        super().__init__(limit_text(self, ENGLISH))


def limit_text(reached: LimitReached, words: Words) -> str:
    """The limit as one sentence of a language."""
    sentence = {
        "question_chars": words.too_long,
        "questions": words.too_many_questions,
        "uploads": words.too_many_uploads,
        "files_at_once": words.too_many_at_once,
        "files": words.too_many_files,
        "megabytes": words.too_many_megabytes,
        "collections": words.too_many_collections,
        "text_mb": words.too_large_text,
        "logins": words.too_many_logins,
        "address_questions": words.too_many_questions_here,
        "address_visitors": words.too_many_visitors_here,
        "address_uploads": words.too_many_uploads_here,
        "address_megabytes": words.too_many_megabytes_here,
    }[reached.kind]
    return sentence.format(limit=reached.limit, count=reached.got)


class TokenBuckets:
    """A bucket of tokens for each key: full at first, filled again evenly. Thread-safe.

    See https://en.wikipedia.org/wiki/Token_bucket.
    """

    def __init__(self, capacity: int, period_s: float, clock: Clock) -> None:
        """An empty bucket is full again after ``period_s``; a capacity of 0 is no limit."""
        self._capacity = capacity
        self._per_s = capacity / period_s
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}  # key -> tokens, when
        self._guard = threading.Lock()

    def take(self, key: str, n: int = 1) -> float:
        """Takes ``n`` tokens and returns 0; or takes none and returns the seconds to wait.

        The wait is infinite for more tokens than the bucket holds.
        """
        if not self._capacity:
            return 0.0
        if n > self._capacity:
            return math.inf
        with self._guard:
            now_s = self._clock()
            level = self._level(key, now_s)
            if level >= n:
                self._levels[key] = (level - n, now_s)
                self._drop_full(now_s)
                return 0.0
            return (n - level) / self._per_s

    def wait_s(self, key: str) -> float:
        """Seconds until a token is there; 0 when one is."""
        with self._guard:
            level = self._level(key, self._clock())
        return 0.0 if not self._capacity or level >= 1 else (1 - level) / self._per_s

    def spend(self, key: str, n: int) -> None:
        """Takes ``n`` tokens that were used already, also where fewer are left."""
        if self._capacity and n:
            with self._guard:
                now_s = self._clock()
                self._levels[key] = (self._level(key, now_s) - n, now_s)
                self._drop_full(now_s)

    def give_back(self, key: str, n: int = 1) -> None:
        """Puts tokens back that were not needed after all."""
        with self._guard:
            now_s = self._clock()
            self._levels[key] = (min(self._capacity, self._level(key, now_s) + n), now_s)

    def _level(self, key: str, now_s: float) -> float:
        level, since_s = self._levels.get(key, (self._capacity, now_s))
        return min(self._capacity, level + max(0.0, now_s - since_s) * self._per_s)

    def _drop_full(self, now_s: float) -> None:
        if len(self._levels) > BUCKETS_KEPT:
            full = [key for key in self._levels if self._level(key, now_s) >= self._capacity]
            for key in full:
                del self._levels[key]


class Gate:
    """Lets a visitor's questions and files through, or raises ``LimitReached``.

    An ``address`` is that of whoever asks; "" is this machine itself, which has no such limits.
    """

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.limits = limits
        self._questions = TokenBuckets(limits.questions_per_minute, 60, clock)
        self._uploads = TokenBuckets(limits.uploads_per_hour, 3600, clock)
        self._asked_from = TokenBuckets(limits.address_questions_per_minute, 60, clock)
        self._new_from = TokenBuckets(limits.address_visitors_per_hour, 3600, clock)
        self._files_from = TokenBuckets(limits.address_uploads_per_hour, 3600, clock)
        self._bytes_from = TokenBuckets(limits.address_mb_per_hour * MB, 3600, clock)

    def newcomer(self, address: str) -> None:
        """A visitor who is not known yet: inventing one costs nothing."""
        if address and (wait_s := self._new_from.take(address)):
            limit = self.limits.address_visitors_per_hour
            raise LimitReached("address_visitors", limit, _minutes(wait_s))

    def question(self, visitor_id: str, question: str, address: str = "") -> None:
        """One question of a visitor."""
        limit = self.limits.question_chars
        if limit and len(question) > limit:
            raise LimitReached("question_chars", limit, len(question))
        if wait_s := self._questions.take(visitor_id):
            raise LimitReached("questions", self.limits.questions_per_minute, math.ceil(wait_s))
        if address and (wait_s := self._asked_from.take(address)):
            most = self.limits.address_questions_per_minute
            raise LimitReached("address_questions", most, math.ceil(wait_s))

    def upload(self, visitor_id: str, n_files: int) -> None:
        """The files of one upload, by their number."""
        most = min(
            (n for n in (self.limits.files_at_once, self.limits.uploads_per_hour) if n), default=0
        )
        if most and n_files > most:
            raise LimitReached("files_at_once", most, n_files)
        if wait_s := self._uploads.take(visitor_id, n_files):
            raise LimitReached("uploads", self.limits.uploads_per_hour, _minutes(wait_s))

    def uploading(self, address: str, n_bytes: int) -> None:
        """An upload that begins; how many files it brings is said to ``uploaded`` at its end."""
        if wait_s := self._files_from.wait_s(address):
            most = self.limits.address_uploads_per_hour
            raise LimitReached("address_uploads", most, _minutes(wait_s))
        if wait_s := self._bytes_from.take(address, n_bytes):
            most = self.limits.address_mb_per_hour
            raise LimitReached("address_megabytes", most, _minutes(wait_s))

    def uploaded(self, address: str, n_files: int) -> None:
        """An upload that ended; one that broke off counts as a file."""
        self._files_from.spend(address, max(1, n_files))

    def holdings(self, n_files: int, n_bytes: int) -> None:
        """What a visitor would have in all."""
        if self.limits.files and n_files > self.limits.files:
            raise LimitReached("files", self.limits.files, n_files)
        n_mb = math.ceil(n_bytes / MB)
        if self.limits.total_mb and n_mb > self.limits.total_mb:
            raise LimitReached("megabytes", self.limits.total_mb, n_mb)

    def collection(self, n_collections: int) -> None:
        """How many named collections a visitor would have."""
        if self.limits.collections and n_collections > self.limits.collections:
            raise LimitReached("collections", self.limits.collections, n_collections)


def _minutes(wait_s: float) -> int:
    """For a person; an hour for what is more than the bucket ever holds."""
    return math.ceil(min(wait_s, 3600.0) / 60)
