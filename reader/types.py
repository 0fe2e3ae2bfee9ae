"""The records that the reader takes in and gives out. Plain data: no model, no files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]
FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """One model input: ``[CLS] question [SEP] what stands above, part of a text [SEP]``.

    Attributes:
        question_index: which question of the batch the window asks.
        text_index: which text the window was cut from.
        token_ids: shape (length,), vocabulary ids, without padding.
        context_start: position of the first token that belongs to the text; the
            tokens before it are ``[CLS]``, the question, a ``[SEP]`` and ``n_above`` more.
        offsets: shape (n_context, 2), for each token of the text the code points
            ``[char_start, char_end)`` it covers in that text.
        n_above: tokens of what stands above the text, its title and headings; they are read
            as if they began it (token type 1) and are never part of a span.
    """

    question_index: int
    text_index: int
    token_ids: IntArray
    context_start: int
    offsets: IntArray
    n_above: int = 0

    @property
    def length(self) -> int:
        """Number of tokens, special tokens included."""
        return len(self.token_ids)

    @property
    def context_end(self) -> int:
        """Position one past the last token of the text."""
        return self.context_start + len(self.offsets)


@dataclass(frozen=True, slots=True)
class Span:
    """A quotation: ``texts[text_index][char_start:char_end] == text``.

    Attributes:
        text_index: which of the texts handed to the reader.
        char_start: first code point of the span.
        char_end: one past the last code point of the span.
        text: the slice itself, never altered.
        logit: start logit plus end logit, the best over all windows (BERT,
            Devlin et al. 2019, section 4.2).
        null_logit: the score of "this text does not answer", the lowest over the
            text's windows (Devlin et al. 2019, section 4.3).
        score: evidence for the span against "no answer here"; comparable across texts.
        probability: calibrated probability that the span is right, given all that was read
            for its question.
    """

    text_index: int
    char_start: int
    char_end: int
    text: str
    logit: float
    null_logit: float
    score: float
    probability: float
