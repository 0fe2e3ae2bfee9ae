"""A question and texts in, the best spans out: find -> choose -> calibrate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from tokenizers import Tokenizer

from reader.artefact import SHIPPED, TOKENIZER, Artefact, Manifest
from reader.calibrate import Evidence, quotations, weigh
from reader.choose import choose
from reader.decode import Candidate, Found
from reader.find import Finder, OnRead, Pair
from reader.runtime import Runtime, RuntimeName, load_runtime
from reader.types import Span
from reader.windows import check_above, load_tokenizer

TEXTS_PER_STEP = 2  # read side by side before an early stop is thought of


class Reader:
    """A loaded model that quotes. Safe to share between threads."""

    def __init__(self, manifest: Manifest, tokenizer: Tokenizer, runtime: Runtime) -> None:
        self.manifest = manifest
        self.runtime = runtime
        self._finder = Finder(manifest, tokenizer, runtime)

    @classmethod
    def load(cls, folder: Path | None = None, runtime: RuntimeName = "auto") -> Reader:
        """Load a model folder; the shipped one when none is named.

        Raises:
            DamagedArtefact: if the folder is incomplete or its files were altered.
            ValueError: for an unknown runtime.
        """
        artefact = Artefact.load(folder or SHIPPED)
        tokenizer = load_tokenizer(artefact.path(TOKENIZER))
        return cls(artefact.manifest, tokenizer, load_runtime(artefact, runtime))

    def read(
        self,
        question: str,
        texts: Sequence[str],
        k: int = 5,
        stop_at: float | None = None,
        on_read: OnRead | None = None,
        above: Sequence[str] = (),
    ) -> list[Span]:
        """The k best spans over all texts, best first; none overlap within a text.

        Spans of different texts compare by their score: how much the model prefers the
        span to "this text does not answer".

        Args:
            question: what is asked.
            texts: the likeliest first, if reading may stop early.
            k: most spans.
            stop_at: read two texts at a time and stop when the best span of those read so
                far has this probability, in (0, 1]; texts behind are not looked at, so a
                better span there is missed. How often, and what it saves: docs/reader.md.
                None, the default, reads all.
            on_read: called in this thread with how many texts are done, in whatever order; a
                text without a word is not counted.
            above: for each text its document's title and the headings above it, or ``""``; they
                help to judge it and are never quoted. None at all if this is left out.

        Raises:
            ValueError: if the question is blank, k is below 1, ``stop_at`` no probability, or
                ``above`` not as long as ``texts``.
        """
        if stop_at is not None:
            return self._read_until(stop_at, question, texts, k, on_read, above)
        pairs = [(0, index) for index in range(len(texts))]
        return self.read_many([question], texts, pairs, k, on_read, above)[0]

    def _read_until(
        self,
        stop_at: float,
        question: str,
        texts: Sequence[str],
        k: int,
        on_read: OnRead | None,
        above: Sequence[str],
    ) -> list[Span]:
        _check([question], k)
        check_above(above, len(texts))
        if not 0 < stop_at <= 1:
            raise ValueError(f"stop_at is a probability above 0 and at most 1, got {stop_at}")
        found, spans = Found(), list[Span]()
        for begin in range(0, len(texts), TEXTS_PER_STEP):
            part = texts[begin : begin + TEXTS_PER_STEP]
            over = above[begin : begin + TEXTS_PER_STEP]
            pairs = [(0, index) for index in range(len(part))]
            (more,) = self.find([question], part, pairs, above=over)
            for candidate in more.candidates:
                found.candidates.append(replace(candidate, text_index=begin + candidate.text_index))
            found.nulls.update((begin + index, null) for index, null in more.nulls.items())
            spans = self._rank(question, texts, found, k)
            if on_read is not None and more.nulls:
                on_read(len(found.nulls))
            if spans and spans[0].probability >= stop_at:
                break
        return spans

    def read_many(
        self,
        questions: Sequence[str],
        texts: Sequence[str],
        pairs: Sequence[Pair],
        k: int,
        on_read: OnRead | None = None,
        above: Sequence[str] = (),
    ) -> list[list[Span]]:
        """For each question the k best spans over the texts it is paired with.

        Args:
            questions: Q questions.
            texts: T texts; each is tokenised once.
            pairs: ``(question index, text index)``, no pair twice.
            k: most spans a question.
            on_read: as for ``read``; counts pairs.
            above: as for ``read``.

        Returns:
            Q lists of at most k spans, best first.
        """
        _check(questions, k)
        found = self.find(questions, texts, pairs, on_read, above)
        return [
            self._rank(question, texts, of_question, k)
            for question, of_question in zip(questions, found, strict=True)
        ]

    def find(
        self,
        questions: Sequence[str],
        texts: Sequence[str],
        pairs: Sequence[Pair],
        on_read: OnRead | None = None,
        above: Sequence[str] = (),
    ) -> list[Found]:
        """Read without judging: for each question its candidates, without probabilities.

        Arguments as for ``read_many``.
        """
        return self._finder.find(questions, texts, pairs, on_read, above)

    def _rank(self, question: str, texts: Sequence[str], found: Found, k: int) -> list[Span]:
        """The k best spans by score, with the probability that all texts together give them."""
        if not found.candidates:
            return []
        calibration = self.manifest.calibration
        evidence = weigh(question, len(found.nulls), quotations(found, texts, calibration))
        spans = [
            self._span(candidate, texts, found, evidence)
            for candidate in choose(found.candidates, k)
        ]
        spans.sort(key=lambda s: (-s.score, s.text_index, s.char_start))
        return spans[:k]

    def _span(
        self, candidate: Candidate, texts: Sequence[str], found: Found, evidence: Evidence
    ) -> Span:
        null = found.nulls[candidate.text_index]
        score = self.manifest.calibration.score(candidate.logit, null)
        return Span(
            candidate.text_index,
            candidate.char_start,
            candidate.char_end,
            texts[candidate.text_index][candidate.char_start : candidate.char_end],
            candidate.logit,
            null,
            score,
            self.manifest.calibration.probability(score, evidence),
        )


def _check(questions: Iterable[str], k: int) -> None:
    if k < 1:
        raise ValueError(f"k counts the spans wanted, at least 1; got {k}")
    if any(not question.strip() for question in questions):
        raise ValueError("expected a question, got an empty one")
