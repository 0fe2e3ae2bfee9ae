"""A question and texts in, the best spans out: windows -> runtime -> decode -> calibrate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from reader.artefact import SHIPPED, TOKENIZER, Artefact, Manifest
from reader.batching import pad, plan_batches
from reader.decode import (
    Candidate,
    best_per_text,
    best_token_spans,
    null_scores,
    to_candidates,
)
from reader.runtime import Runtime, RuntimeName, load_runtime
from reader.types import Span, Window
from reader.windows import load_tokenizer, make_windows, token_id

CANDIDATES_PER_WINDOW = 20  # enough for 5 spans that do not overlap


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

    def read(self, question: str, texts: Sequence[str], k: int = 5) -> list[Span]:
        """The k best spans over all texts, best first; none overlap within a text.

        Spans of different texts compare by their score: how much the model prefers the
        span to "this text does not answer".

        Raises:
            ValueError: if the question is blank or k is below 1.
        """
        pairs = [(0, index) for index in range(len(texts))]
        return self.read_many([question], texts, pairs, k)[0]

    def read_many(
        self,
        questions: Sequence[str],
        texts: Sequence[str],
        pairs: Sequence[tuple[int, int]],
        k: int,
    ) -> list[list[Span]]:
        """For each question the k best spans over the texts it is paired with.

        Args:
            questions: Q questions.
            texts: T texts; each is tokenised once.
            pairs: ``(question index, text index)``, no pair twice.
            k: most spans a question.

        Returns:
            Q lists of at most k spans, best first.
        """
        _check(questions, k)
        config = self.manifest.windows
        windows = make_windows(questions, texts, pairs, self._tokenizer, config)
        scored = self._score(windows)
        results: list[list[Span]] = []
        for question_index in range(len(questions)):
            candidates, nulls = scored.get(question_index, ([], {}))
            spans = [self._span(c, texts, nulls) for c in best_per_text(candidates, k)]
            spans.sort(key=lambda s: (-s.score, s.text_index, s.char_start))
            results.append(spans[:k])
        return results

    def _score(self, windows: list[Window]) -> dict[int, tuple[list[Candidate], dict[int, float]]]:
        """By question: candidates, and the null score of each text (lowest over its windows)."""
        plan = plan_batches([window.length for window in windows], self.runtime.batches)
        groups = [[windows[index] for index in group] for group in plan]
        logits = self.runtime.forward([pad(members, self._pad_id) for members in groups])
        scored: dict[int, tuple[list[Candidate], dict[int, float]]] = {}
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
            for row, window in enumerate(members):
                candidates, of_text = scored.setdefault(window.question_index, ([], {}))
                candidates += to_candidates(spans, row, window)
                null = float(nulls[row])
                of_text[window.text_index] = min(null, of_text.get(window.text_index, np.inf))
        return scored

    def _span(self, found: Candidate, texts: Sequence[str], nulls: dict[int, float]) -> Span:
        null = nulls[found.text_index]
        score = self.manifest.calibration.score(found.logit, null)
        return Span(
            found.text_index,
            found.char_start,
            found.char_end,
            texts[found.text_index][found.char_start : found.char_end],
            found.logit,
            null,
            score,
            self.manifest.calibration.probability(score),
        )


def _check(questions: Iterable[str], k: int) -> None:
    if k < 1:
        raise ValueError(f"k counts the spans wanted, at least 1; got {k}")
    if any(not question.strip() for question in questions):
        raise ValueError("expected a question, got an empty one")
