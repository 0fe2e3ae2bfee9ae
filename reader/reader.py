"""A question and texts in, the best spans out.

Windows -> runtime -> decode -> choose -> calibrate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from reader.artefact import SHIPPED, TOKENIZER, Artefact, Manifest
from reader.batching import pad, plan_batches
from reader.calibrate import Evidence, quotations, weigh
from reader.choose import choose
from reader.decode import Candidate, Found, best_token_spans, null_scores, to_candidates
from reader.runtime import Runtime, RuntimeName, load_runtime
from reader.types import Span, Window
from reader.windows import check_above, load_tokenizer, make_windows, token_id

CANDIDATES_PER_WINDOW = 20  # of which those of a sure answer may all overlap it
TEXTS_PER_STEP = 2  # read side by side before an early stop is thought of

OnRead = Callable[[int], None]  # told how many texts have been read so far, in rising numbers


class Reader:
    """A loaded model that quotes. Safe to share between threads."""

    def __init__(self, manifest: Manifest, tokenizer: Tokenizer, runtime: Runtime) -> None:
        self.manifest = manifest
        self.runtime = runtime
        self._tokenizer = tokenizer
        self._pad_id = token_id(tokenizer, "[PAD]")

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
        pairs: Sequence[tuple[int, int]],
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
        pairs: Sequence[tuple[int, int]],
        on_read: OnRead | None = None,
        above: Sequence[str] = (),
    ) -> list[Found]:
        """Read without judging: for each question its candidates, by no calibration at all.

        Arguments as for ``read_many``.
        """
        config = self.manifest.windows
        windows = make_windows(questions, texts, pairs, self._tokenizer, config, above)
        found = [Found() for _ in questions]
        batches = self.runtime.batches
        plan = plan_batches([window.length for window in windows], batches)
        groups = [[windows[index] for index in group] for group in plan]
        logits = self.runtime.forward([pad(m, self._pad_id, batches.step) for m in groups])
        tally = _Tally(windows, on_read)
        for members, (start, end) in zip(groups, logits, strict=True):
            spans = best_token_spans(
                start,
                end,
                [window.context_start for window in members],
                [window.context_end for window in members],
                CANDIDATES_PER_WINDOW,
                self.manifest.max_answer_tokens,
            )
            nulls = null_scores(start, end)
            if not np.isfinite(nulls).all():
                raise RuntimeError(
                    f"runtime {self.runtime.name} gave scores that are no numbers; "
                    "fetch or export the model again, or name another runtime"
                )
            for row, window in enumerate(members):
                of_question = found[window.question_index]
                of_question.candidates.extend(to_candidates(spans, row, window))
                known = of_question.nulls.get(window.text_index, np.inf)
                of_question.nulls[window.text_index] = min(float(nulls[row]), known)
            tally.enter(members)
        return found

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


class _Tally:
    """Which pairs of question and text have been read: those with no window left."""

    def __init__(self, windows: Sequence[Window], on_read: OnRead | None) -> None:
        self._left = Counter((window.question_index, window.text_index) for window in windows)
        self._n_done = 0
        self._on_read = on_read

    def enter(self, windows: Sequence[Window]) -> None:
        """Count windows that were read, and say so for each pair that is done."""
        if self._on_read is None:
            return
        for window in windows:
            pair = window.question_index, window.text_index
            self._left[pair] -= 1
            if not self._left[pair]:
                self._n_done += 1
                self._on_read(self._n_done)


def _check(questions: Iterable[str], k: int) -> None:
    if k < 1:
        raise ValueError(f"k counts the spans wanted, at least 1; got {k}")
    if any(not question.strip() for question in questions):
        raise ValueError("expected a question, got an empty one")
