"""Counts what a server does, for Prometheus: figures alone, never a word of a visitor.

Knows no library; what it cannot count itself is handed to it when it is read.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chatbot.people.limits import Clock
from chatbot.types import Reply

disable_created_metrics()  # type: ignore[no-untyped-call]  # moments that nobody draws
CONTENT_TYPE = CONTENT_TYPE_LATEST
ACTIVE_S = 15 * 60  # a visitor counts as active so long after the last click
SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class State:
    """How many documents and queued files are in which state, over the whole library."""

    documents: Mapping[str, int]
    files: Mapping[str, int]


class Meter:
    """One server's figures. Thread-safe; each has a registry of its own."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "quoth_questions",
            "Questions by what became of them.",
            ["outcome"],
            registry=self._registry,
        )
        for outcome in ("answered", "abstained", "failed"):
            self._questions.labels(outcome)
        self._seconds = Histogram(
            "quoth_answer_seconds",
            "From question to reply, without waiting for a turn.",
            buckets=SECONDS,
            registry=self._registry,
        )
        self._active = Gauge(
            "quoth_visitors_active",
            f"Visitors seen within {ACTIVE_S // 60} minutes.",
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        self._seen_at: OrderedDict[str, float] = OrderedDict()  # who was seen last is last
        self._guard = threading.Lock()

    def replied(self, reply: Reply) -> None:
        """A question got its reply."""
        self._seconds.observe(reply.elapsed_s)
        self._questions.labels("abstained" if reply.answer is None else "answered").inc()

    def failed(self) -> None:
        """A question that could be asked got an error."""
        self._questions.labels("failed").inc()

    def seen(self, visitor_id: str) -> None:
        """A visitor did something."""
        with self._guard:
            self._seen_at[visitor_id] = self._clock()
            self._seen_at.move_to_end(visitor_id)
            self._drop_away()  # also where nobody reads the figures

    def text(self, state: State) -> bytes:
        """All figures in Prometheus's text form, with what the library holds now."""
        self._active.set(self._count_active())
        library = CollectorRegistry()
        library.register(_Library(state))
        return generate_latest(self._registry) + generate_latest(library)

    def _count_active(self) -> int:
        with self._guard:
            self._drop_away()
            return len(self._seen_at)

    def _drop_away(self) -> None:
        since = self._clock() - ACTIVE_S
        while self._seen_at and next(iter(self._seen_at.values())) < since:
            self._seen_at.popitem(last=False)


class _Library(Collector):
    """A library's state as gauges."""

    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterable[Metric]:
        for name, text, counts in (
            ("quoth_documents", "Documents by state.", self._state.documents),
            ("quoth_files", "Uploaded files by state; done ones for a week.", self._state.files),
        ):
            gauge = GaugeMetricFamily(name, text, labels=["state"])
            for state, count in sorted(counts.items()):
                gauge.add_metric([state], count)
            yield gauge
