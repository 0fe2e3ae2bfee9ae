"""Answer characters -> the token positions a model is taught. Pure."""

from __future__ import annotations

import numpy as np

from reader.types import Window

NULL_POSITION = 0  # the [CLS] token: "not answered in this window" (Devlin et al. 2019, 4.3)


def token_span(window: Window, char_start: int, char_end: int) -> tuple[int, int]:
    """First and last token (both inclusive) of an answer, or the null position twice.

    A window that holds only part of the answer does not answer the question: half a
    quotation is not taught.
    """
    offsets = window.offsets  # (n_context, 2)
    if char_end <= char_start:
        raise ValueError(f"expected a non-empty answer, got characters {char_start}:{char_end}")
    if char_start < offsets[0, 0] or char_end > offsets[-1, 1]:
        return NULL_POSITION, NULL_POSITION
    first = int(np.searchsorted(offsets[:, 1], char_start, side="right"))
    last = int(np.searchsorted(offsets[:, 0], char_end, side="left")) - 1
    if first > last:  # the answer lies between two tokens: control characters only
        return NULL_POSITION, NULL_POSITION
    return window.context_start + first, window.context_start + last
