"""Questions and texts in, what each text holds for its question out: windows, runtime, decode.

Knows no calibration but the score by which spans of different texts compare, and chooses
nothing: that is for ``reader.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
from tokenizers import Tokenizer

from reader.artefact import Manifest
from reader.batching import pad, plan_batches
from reader.decode import Candidate, Found, best_token_spans, null_scores, to_candidates
from reader.runtime import Runtime
from reader.types import FloatArray, Window
from reader.windows import make_windows, token_id

CANDIDATES_PER_WINDOW = 20  # of which those of a sure answer may all overlap it

# A span whose score is so near the best may be the best once both are read exactly: int8's
# scores are off by 0.4, but those of one text to the same side (docs/reader.md).
MARGIN = 0.75

Pair = tuple[int, int]  # question index, text index
OnRead = Callable[[int], None]  # told how many texts have been read so far, in rising numbers


@dataclass(slots=True)
class _Text:
    """One text for one question: its windows, and what the last runtime that read it found."""

    windows: list[Window] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    null: float = np.inf
    n_read: int = 0  # of its windows
    is_exact: bool = False


def _counter(on_read: OnRead | None) -> Callable[[], None]:
    """To be called for each text that is done."""
    if on_read is None:
        return _nothing
    counted = count(1)
    return lambda: on_read(next(counted))


def _nothing() -> None:
    """What is read again was counted before."""


class Finder:
    """A loaded model that finds candidates. Safe to share between threads."""

    def __init__(self, manifest: Manifest, tokenizer: Tokenizer, runtime: Runtime) -> None:
        self._manifest = manifest
        self._runtime = runtime
        self._tokenizer = tokenizer
        self._pad_id = token_id(tokenizer, "[PAD]")

    def find(
        self,
        questions: Sequence[str],
        texts: Sequence[str],
        pairs: Sequence[Pair],
        on_read: OnRead | None = None,
        above: Sequence[str] = (),
    ) -> list[Found]:
        """For each question its candidates; arguments as for ``Reader.read_many``."""
        config = self._manifest.windows
        read: dict[Pair, _Text] = {}
        for window in make_windows(questions, texts, pairs, self._tokenizer, config, above):
            pair = window.question_index, window.text_index
            read.setdefault(pair, _Text()).windows.append(window)
        done = _counter(on_read)
        if self._runtime.exact is None:
            self._read(self._runtime, list(read.values()), done)
        else:
            self._read_and_confirm(self._runtime.exact, read, done)
        found = [Found() for _ in questions]
        for (question_index, text_index), text in read.items():
            found[question_index].candidates.extend(text.candidates)
            found[question_index].nulls[text_index] = text.null
        return found

    def _read_and_confirm(
        self, exact: Runtime, read: Mapping[Pair, _Text], done: Callable[[], None]
    ) -> None:
        """Read all texts roughly, and exactly those in which the best span may be another."""
        of_question: dict[int, list[_Text]] = {}
        for (question_index, _), text in read.items():
            of_question.setdefault(question_index, []).append(text)
        self._read(self._runtime, list(read.values()), done)
        while unsure := [text for texts in of_question.values() for text in self._unsure(texts)]:
            self._read(exact, unsure)

    def _unsure(self, texts: Sequence[_Text]) -> list[_Text]:
        """Those not read exactly that hold the best span of all or one that is near it.

        None if no other span is near it: then it is the best however it is read.
        """
        scored = sorted(self._scored(texts), key=lambda one: one[0], reverse=True)
        if not scored:
            return []
        best_score, best_span, best_text = scored[0]
        near = {
            index
            for score, span, index in scored
            if score >= best_score - MARGIN and (index, span) != (best_text, best_span)
        }
        held = near | {best_text} if near else near
        return [texts[index] for index in sorted(held) if not texts[index].is_exact]

    def _scored(self, texts: Sequence[_Text]) -> Iterator[tuple[float, tuple[int, int], int]]:
        """Score, characters and text of every candidate."""
        score = self._manifest.calibration.score
        for index, text in enumerate(texts):
            for one in text.candidates:
                yield score(one.logit, text.null), (one.char_start, one.char_end), index

    def _read(
        self, runtime: Runtime, texts: Sequence[_Text], done: Callable[[], None] = _nothing
    ) -> None:
        """Read all windows of these texts, whatever was found in them before."""
        for text in texts:
            text.candidates, text.null, text.n_read = [], np.inf, 0
            text.is_exact = runtime is not self._runtime
        windows = [(window, text) for text in texts for window in text.windows]
        plan = plan_batches([window.length for window, _ in windows], runtime.batches)
        groups = [[windows[index] for index in group] for group in plan]
        padded = [pad([window for window, _ in group], self._pad_id) for group in groups]
        for members, (start, end) in zip(groups, runtime.forward(padded), strict=True):
            self._decode(members, start, end, runtime.name)
            for _, text in members:
                text.n_read += 1
                if text.n_read == len(text.windows):
                    done()

    def _decode(
        self, members: Sequence[tuple[Window, _Text]], start: FloatArray, end: FloatArray, name: str
    ) -> None:
        """Logits of one batch, shape (n, L) each -> what its n windows hold."""
        nulls = null_scores(start, end)
        if not np.isfinite(nulls).all():
            raise RuntimeError(
                f"runtime {name} gave scores that are no numbers; "
                "fetch or export the model again, or name another runtime"
            )
        spans = best_token_spans(
            start,
            end,
            [window.context_start for window, _ in members],
            [window.context_end for window, _ in members],
            CANDIDATES_PER_WINDOW,
            self._manifest.max_answer_tokens,
        )
        for row, (window, text) in enumerate(members):
            text.candidates.extend(to_candidates(spans, row, window))
            text.null = min(text.null, float(nulls[row]))
