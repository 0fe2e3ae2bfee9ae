"""What was understood of each document beside its passages: the language it is in.

Knows no page. Ids of documents are never given twice, so what was found out once stays true.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from retriever import Library
from retriever.language import language_of
from retriever.types import Document

READ_CHARS = 4000  # enough to tell, however long the document
KEPT = 20_000


class Languages:
    """Languages of documents, found out when they are first listed. Thread-safe."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[int, str | None] = {}
        self._guard = threading.Lock()

    def of(
        self, documents: Sequence[Document], collections: Sequence[str]
    ) -> Mapping[int, str | None]:
        """ISO 639-1 codes by the documents' ids, None where that is unsure."""
        with self._guard:
            known = {one.id: self._known[one.id] for one in documents if one.id in self._known}
        unknown = [one.id for one in documents if one.id not in known and one.n_passages]
        if unknown:
            texts = self._library.beginnings(unknown, READ_CHARS, collections)
            found = {key: language_of(text) for key, text in texts.items()}
            with self._guard:
                if len(self._known) > KEPT:
                    self._known.clear()
                self._known.update(found)
            known |= found
        return known
