"""Word search of one collection: BM25 in tantivy, kept in one folder.

Knows ids and texts, but not the database it follows. No text is stored in the index.
"""

from __future__ import annotations

import math
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..private import make_folder
from ..records import ORDINAL_BITS
from ..trouble import NoSpace, NotWritable, disk_trouble
from .tokens import question_terms, terms

SEQUENCE_FILE = "sequence"
HEAP_BYTES = 64_000_000
LOCK_PATIENCE_S = 60.0
OPEN_TRIES = 3
MANY_PASSAGES = 100_000  # from here on, words that most passages hold are left out
MIN_RARE = 2  # if so many others remain
MOST_STEMS = 50_000
MAX_QUESTION_TERMS = 256  # a longer question keeps its first distinct terms


class TantivyIndex:
    """BM25 over our own terms (k1 1.2, b 0.75: Robertson, Zaragoza 2009, section 3.3).

    Searches may run at any time. Changes happen inside ``writing()``, which one thread of one
    process holds at a time.
    """

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._tantivy = tantivy
        self.folder = folder
        self._schema = (
            tantivy.SchemaBuilder()
            .add_unsigned_field("passage_id", fast=True)
            .add_unsigned_field("document_id", indexed=True)
            .add_text_field("terms", tokenizer_name="quoth", index_option="freq")
            .build()
        )
        tokenizer = tantivy.Tokenizer.whitespace()
        stemmer = tantivy.Filter.stemmer("English")  # Porter's second, "Snowball" stemmer
        self._analyzer = tantivy.TextAnalyzerBuilder(tokenizer).filter(stemmer).build()
        self._stems: dict[str, tuple[str, ...]] = {}
        self._index = self._open()

    def _open(self) -> Any:  # noqa: ANN401 (tantivy's)
        make_folder(self.folder)
        index = self._opened()
        if index is None:  # damaged, or made with other fields: SQL has it all
            shutil.rmtree(self.folder)
            make_folder(self.folder)
            index = self._tantivy.Index(self._schema, path=str(self.folder))
        index.register_tokenizer("quoth", self._analyzer)
        return index

    def _opened(self) -> Any | None:  # noqa: ANN401
        """What lies in the folder. Asked again: another process may be exchanging files."""
        for _ in range(OPEN_TRIES):
            try:
                with disk_trouble(self.folder):
                    return self._tantivy.Index(self._schema, path=str(self.folder))
            except (NoSpace, NotWritable):
                raise
            except (OSError, ValueError):
                time.sleep(0.02)
        return None

    def __len__(self) -> int:
        return int(self._searcher().num_docs)

    def sequence(self) -> int | None:
        """How far this index followed; None if that is unknown and it must be made anew."""
        return read_sequence(self.folder)

    def count(self, document_id: int) -> int:
        """How many passages of the document are indexed."""
        return int(self._searcher().doc_freq("document_id", document_id))

    def _searcher(self) -> Any:  # noqa: ANN401 (tantivy's)
        with suppress(ValueError, OSError):  # another folder took its place just now
            self._index.reload()
        return self._index.searcher()

    def question_terms(self, question: str) -> list[str]:
        """Distinct terms of a question as the index holds them."""
        stemmed = self._analyzer.analyze(" ".join(question_terms(question)))
        return list(dict.fromkeys(stemmed))[:MAX_QUESTION_TERMS]

    def text_terms(self, text: str) -> list[str]:
        """All terms of a text, in order, as the index holds them."""
        return [stem for term in terms(text) for stem in self._stems.get(term) or self._stem(term)]

    def _stem(self, term: str) -> tuple[str, ...]:
        """What the index holds of one term, kept: a question looks at dozens of passages."""
        if len(self._stems) >= MOST_STEMS:
            self._stems.clear()
        stem = self._stems[term] = tuple(self._analyzer.analyze(term))
        return stem

    def frequencies(self, question_terms: Sequence[str]) -> TermCounts:
        """In how many passages the terms occur, and how many passages there are.

        Until they are erased, removed passages still count for their terms, but never more
        than there are passages.
        """
        searcher = self._searcher()
        n_passages = int(searcher.num_docs)
        found = {t: min(int(searcher.doc_freq("terms", t)), n_passages) for t in question_terms}
        return TermCounts(n_passages, Counter(found))

    def search(
        self,
        question_terms: Sequence[str],
        k: int,
        everywhere: TermCounts | None = None,
        allowed: NDArray[np.int64] | None = None,
    ) -> list[tuple[int, float]]:
        """The at most ``k`` best (id, BM25 score), best first, ties by smaller id.

        Args:
            question_terms: from ``question_terms``; never a query language.
            k: how many.
            everywhere: counts over all collections of the search. Rare words of a small
                collection may be common ones elsewhere: with these counts every collection
                weighs a word the same, so that scores can be compared.
            allowed: only these passage ids, ascending, shape (n,); all of them if None.
        """
        searcher = self._searcher()
        here = self.frequencies(question_terms)
        everywhere = everywhere or here
        present = [term for term in question_terms if here.passages_with[term]]
        present = _without_common(present, everywhere)
        if not present or k <= 0:
            return []
        query = self._query(present, here, everywhere)
        if allowed is not None:
            query = self._within(query, allowed)
        whole = int(searcher.num_docs) + 1  # tantivy makes room for as many as it is asked for
        limit = min(k + 1, whole)
        while True:
            found = searcher.search(query, limit=limit, count=False).hits
            ids = searcher.fast_field_values("passage_id", [address for _, address in found])
            scores = [float(score) for score, _ in found]
            hits = list(zip(ids, scores, strict=True))
            if allowed is not None:
                hits = list(compress(hits, _among(ids, allowed)))
            # The last of equals are cut where they stand in a file: look past them.
            if len(found) < limit or (len(hits) >= k and scores[-1] < hits[k - 1][1]):
                return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]
            limit = min(4 * limit, whole)

    def _within(self, query: Any, allowed: NDArray[np.int64]) -> Any:  # noqa: ANN401
        """The query among the documents that hold an allowed passage; scores stay as they are.

        The passages of a document are its neighbours in the index and need no query each.
        """
        kind, must = self._tantivy.Query, self._tantivy.Occur.Must
        documents = np.unique(allowed >> ORDINAL_BITS).tolist()
        among = kind.term_set_query(self._schema, "document_id", documents)
        return kind.boolean_query([(must, query), (must, kind.const_score_query(among, 0.0))])

    def _query(self, present: Sequence[str], here: TermCounts, everywhere: TermCounts) -> Any:  # noqa: ANN401
        kind, parts = self._tantivy.Query, []
        for term in present:
            part = kind.term_query(self._schema, "terms", term, "freq")
            weight = everywhere.idf(term) / here.idf(term)
            parts.append((self._tantivy.Occur.Should, kind.boost_query(part, weight)))
        return kind.boolean_query(parts)

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """Lets one writer change the index; waits for another one, also of another process.

        Raises:
            TimeoutError: the other writer did not finish.
        """
        deadline = time.monotonic() + LOCK_PATIENCE_S
        while True:
            try:
                writer = self._index.writer(HEAP_BYTES, 1)
                break
            except ValueError as error:
                if not self.folder.is_dir():
                    raise FileNotFoundError(f"{self.folder} was removed") from error
                if "LockBusy" not in str(error):
                    raise
                if time.monotonic() > deadline:
                    raise TimeoutError(
                        f"{self.folder} is being written by another process for more than "
                        f"{LOCK_PATIENCE_S:.0f} s: wait for it to end, then try again"
                    ) from error
                time.sleep(0.02)
        try:
            yield Writing(self._tantivy, writer, self.folder, self._schema)
        finally:
            try:
                writer.rollback()
            finally:
                writer.wait_merging_threads()  # gives the lock back


class TermCounts:
    """How many passages hold each term, in one collection or several."""

    def __init__(self, n_passages: int, passages_with: Counter[str]) -> None:
        self.n_passages = n_passages
        self.passages_with = passages_with

    def __add__(self, other: TermCounts) -> TermCounts:
        return TermCounts(
            self.n_passages + other.n_passages, self.passages_with + other.passages_with
        )

    def idf(self, term: str) -> float:
        """Inverse document frequency, above zero for every term (Lucene's BM25 variant)."""
        n, df = self.n_passages, self.passages_with[term]
        return math.log(1.0 + (n - df + 0.5) / (df + 0.5))


class Writing:
    """The open hand of one writer. Nothing is seen by a search before ``commit``."""

    def __init__(self, tantivy: Any, writer: Any, folder: Path, schema: Any) -> None:  # noqa: ANN401
        self._tantivy = tantivy
        self._schema = schema
        self._writer = writer
        self._folder = folder

    def clear(self) -> None:
        """Takes everything out."""
        self._writer.delete_all_documents()

    def remove(self, document_ids: Iterable[int]) -> None:
        """Hides the passages of the documents; their words stay in the files for now."""
        for document_id in document_ids:
            query = self._tantivy.Query.term_query(self._schema, "document_id", document_id)
            self._writer.delete_documents_by_query(query)

    def add(self, passages: Iterable[tuple[int, int, str]]) -> None:
        """Adds (passage id, document id, text)."""
        for passage_id, document_id, text in passages:
            entry = self._tantivy.Document()
            entry.add_unsigned("passage_id", passage_id)
            entry.add_unsigned("document_id", document_id)
            entry.add_text("terms", " ".join(terms(text)))
            self._writer.add_document(entry)

    def commit(self, sequence: int) -> None:
        """Makes the changes last and notes how far the index followed.

        The note is away while the index changes: after a crash in between nobody knows what
        the index holds, and it is made anew.
        """
        note = self._folder / SEQUENCE_FILE
        note.unlink(missing_ok=True)
        self._writer.commit()
        self._writer.garbage_collect_files()
        note.with_suffix(".part").write_text(str(sequence), encoding="ascii")
        note.with_suffix(".part").replace(note)


def _among(ids: Sequence[int], allowed: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the ids are allowed, shape (n,); a hundred of them among any number."""
    wanted = np.asarray(ids, dtype=np.int64)
    if not len(allowed):
        return np.zeros(len(wanted), dtype=bool)
    places = np.minimum(np.searchsorted(allowed, wanted), len(allowed) - 1)
    found: NDArray[np.bool_] = allowed[places] == wanted
    return found


def _without_common(present: list[str], everywhere: TermCounts) -> list[str]:
    """The terms that less than half of many passages hold, if there are some.

    Over a million passages the others take half of the time and hardly change the ranking:
    recall at 5 / 20 / 100 of 250 training questions 46.4 / 75.2 / 87.2 without them, 46.8 /
    75.2 / 87.2 with them. Leaving out what a tenth holds costs 2.4 points at 5.
    """
    if everywhere.n_passages < MANY_PASSAGES:
        return present
    rare = [term for term in present if 2 * everywhere.passages_with[term] <= everywhere.n_passages]
    return rare if len(rare) >= MIN_RARE else present


def read_sequence(folder: Path) -> int | None:
    """The number that the index in ``folder`` followed up to, without opening it."""
    try:
        return int((folder / SEQUENCE_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
