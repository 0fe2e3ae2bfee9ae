"""The records that pass between the library's own parts. Plain data: no database, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .types import ParsedDocument, Slice, State

FloatArray = NDArray[np.float32]

ORDINAL_BITS = 20  # passage id = document id << 20 | place of the passage in its document
MAX_PASSAGES = 1 << ORDINAL_BITS  # of one document


@dataclass(frozen=True, slots=True)
class Collection:
    """A set of documents. ``key`` names its folders and is never given twice."""

    id: int
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a collection's history; ``kind`` is add, remove or reset."""

    seq: int
    document_id: int
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A file about to be recorded. Failed ones have neither slices nor rows.

    ``rows`` has shape (len(slices), dimension).
    """

    parsed: ParsedDocument
    state: State
    reason: str
    size_bytes: int
    sha256: str
    slices: Sequence[Slice]
    rows: FloatArray


@dataclass(frozen=True, slots=True)
class Stats:
    """How much there is."""

    collections: int
    documents: int
    passages: int
    size_bytes: int
