"""A question over the collections of one home: indexes find, SQL says what is there now.

Holds no ranking, which is ``search.py``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .encoding.embed import Encoder
from .filters import allowed_ids
from .index.indexes import Indexes
from .records import Collection
from .search import CLOSE_LOOK, FIRST_BY_WORDS, asked, candidates, closer, coverage, ranked
from .sql import contents, store
from .sql.database import Database
from .types import Filter, Hit

SEARCHES = 4  # at most, when documents are replaced while one looks for them


class Searcher:
    """What ``Library.search`` does. May be used by several threads."""

    def __init__(
        self, database: Database, indexes: Indexes, encoder: Callable[[], Encoder]
    ) -> None:
        """``encoder`` gives the one that the library's vectors come from."""
        self._database = database
        self._indexes = indexes
        self._encoder = encoder

    def search(
        self, question: str, k: int, collections: Sequence[str], where: Filter | None
    ) -> list[Hit]:
        """As ``Library.search``."""
        question = question.encode("utf-8", "replace").decode("utf-8")  # what is no text becomes ?
        if k <= 0 or not question.strip():
            return []
        for _ in range(SEARCHES):
            hits, is_whole = self._search(question, k, collections, where)
            if is_whole:
                break
        return hits

    def _search(
        self, question: str, k: int, collections: Sequence[str], where: Filter | None
    ) -> tuple[list[Hit], bool]:
        """Hits, and whether no document went or was replaced while they were looked for."""
        opened = [f for c in self._existing(collections) if (f := self._indexes.follow(c))]
        if not opened:
            return [], True
        row = self._encoder().encode_question(question)  # (dim,)
        allowed = None
        if where:
            with self._database.reading() as conn:
                allowed = allowed_ids(conn, collections, where)
                before = [contents.sequence(conn, f.collection) for f in opened]
        words = asked(question, opened)
        near = candidates(words, row, opened, max(k, CLOSE_LOOK), allowed)
        first = [passage_id for passage_id, _ in near.matching[:FIRST_BY_WORDS]]
        with self._database.reading() as conn:
            best = contents.passages_of(conn, first, collections)
            told = [f"{one.context}\n{one.text}" for one in best]
            scores = dict(ranked(near, coverage(words, opened, told), max(k, CLOSE_LOOK)))
            found = contents.passages_of(conn, list(scores), collections)
            is_whole = len(found) == len(scores)
            if where:
                is_whole &= before == [contents.sequence(conn, f.collection) for f in opened]
        hits = closer(words, opened, [(passage, scores[passage.id]) for passage in found])
        return [Hit(*hit) for hit in hits[:k]], is_whole

    def _existing(self, names: Sequence[str]) -> list[Collection]:
        with self._database.reading() as conn:
            found = [store.collection_named(conn, name) for name in dict.fromkeys(names)]
        return [collection for collection in found if collection]
