"""Terms, and BM25 against its formula on small collections."""

from __future__ import annotations

import math
import threading
from collections import Counter
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.index.lexical import TantivyIndex
from retriever.index.tokens import MAX_TERM_CHARS, question_terms, terms

TEXTS = {
    1: "the river wye flows from plynlimon",
    2: "the river severn flows from plynlimon as well and is the longer river",
    3: "darwin wrote the origin of species",
}


def indexed(folder: Path, texts: dict[int, str], sequence: int = 1) -> TantivyIndex:
    index = TantivyIndex(folder)
    with index.writing() as writing:
        writing.add((document_id << 20, document_id, text) for document_id, text in texts.items())
        writing.commit(sequence)
    return index


def found(index: TantivyIndex, question: str, k: int = 10) -> list[int]:
    return [i >> 20 for i, _ in index.search(index.question_terms(question), k)]


@given(text=st.text(max_size=80) | st.text("ab 1_-'’.éÅßİ世界ไทยกขあनि", max_size=40))
def test_a_text_of_words_alone_is_cut_as_any_other(text: str) -> None:
    han = terms(f"{text} 世")  # not cut the short way
    assert han == [*terms(text), "世"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café NAÏVE, x_y 1859!", ["cafe", "naive", "x", "y", "1859"]),
        ("Darwin's don’t", ["darwin", "don", "t"]),
        ("ﬁne Straße", ["fine", "strasse"]),
        ("北京", ["北", "京", "北京"]),
        ("在Paris", ["在", "paris"]),
        ("東京タワー", ["東", "京", "東京", "タワ", "ワー"]),
        ("한국어", ["한국", "국어"]),
        ("हिन्दी भाषा।", ["हिन्दी", "भाषा"]),
        ("مُحَمَّد", ["محمد"]),
        ("… — !?", []),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did Darwin's Darwin write, and how many?", ["darwin", "write", "and"]),
        ("Who?", ["who"]),
        ("谁写了红楼梦？", ["写", "了", "红", "楼", "梦", "写了", "了红", "红楼", "楼梦"]),
        ("為什麼下雨", ["下", "雨", "下雨"]),
        ("什么", ["什", "么", "什么"]),
        ("", []),
    ],
)
def test_question_terms_are_those_that_do_not_ask(question: str, expected: list[str]) -> None:
    assert question_terms(question) == expected


@given(st.text())
def test_terms_of_anything_are_short_and_unspaced(text: str) -> None:
    for term in terms(text):
        assert 0 < len(term) <= MAX_TERM_CHARS
        assert not term.isspace() and " " not in term


@given(st.text(alphabet="abc de", max_size=30))
def test_case_makes_no_difference(text: str) -> None:
    assert terms(text.upper()) == terms(text)


def test_scores_follow_the_formula(tmp_path: Path) -> None:
    index = indexed(tmp_path, TEXTS)
    stemmed = {i: index._analyzer.analyze(text) for i, text in TEXTS.items()}
    mean = sum(map(len, stemmed.values())) / len(stemmed)
    question = index.question_terms("longer rivers of Darwin")

    def bm25(own: list[str]) -> float:  # Robertson, Zaragoza 2009; k1 1.2, b 0.75
        score, counts = 0.0, Counter(own)
        for term in question:
            n = sum(term in other for other in stemmed.values())
            idf = math.log(1 + (len(stemmed) - n + 0.5) / (n + 0.5))
            tf = counts[term]
            score += idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len(own) / mean))
        return score

    hits = dict(index.search(question, 3))
    assert hits == {i << 20: pytest.approx(bm25(own), rel=1e-4) for i, own in stemmed.items()}


def test_other_forms_of_a_word_match(tmp_path: Path) -> None:
    index = indexed(tmp_path, TEXTS)
    assert found(index, "Who is writing about rivers?")[0] in (1, 2)
    assert found(index, "FLOWING")


def test_one_passage_scores_above_zero(tmp_path: Path) -> None:
    index = indexed(tmp_path, {1: TEXTS[1]})
    [(passage_id, score)] = index.search(index.question_terms("river"), 5)
    assert passage_id == 1 << 20
    assert score > 0


def test_a_word_of_every_passage_still_tells_them_apart(tmp_path: Path) -> None:
    # One document, as a library often is: its subject stands in each of its passages.
    texts = {place: "quoth " * place + "word " * (20 - place) for place in range(1, 9)}
    index = indexed(tmp_path, texts)
    hits = index.search(index.question_terms("quoth"), 8)
    assert [i >> 20 for i, _ in hits] == [8, 7, 6, 5, 4, 3, 2, 1]
    scores = [score for _, score in hits]
    assert scores[-1] > 0 and len(set(scores)) == 8


@pytest.mark.parametrize(
    "question", ["", "?!", 'NOT "', "title:river (", "* OR -", "+river^3 ~", "zzz"]
)
def test_a_question_is_no_query_language(tmp_path: Path, question: str) -> None:
    index = indexed(tmp_path, TEXTS)
    assert set(found(index, question)) == ({1, 2} if "river" in question else set())


def test_equals_are_cut_by_id_wherever_they_stand(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    for ids in ([70, 10], [50, 30], [20, 60]):  # three commits, three segments
        with index.writing() as writing:
            writing.add((i << 20, i, "the same words") for i in ids)
            writing.commit(ids[0])
    assert found(index, "words", 3) == [10, 20, 30]
    assert found(index, "words", 6) == [10, 20, 30, 50, 60, 70]


def test_collections_weigh_words_alike(tmp_path: Path) -> None:
    # "origin" is common in the large collection; alone in the small one it would seem rare there.
    large = indexed(tmp_path / "a", {i: f"origin story {i}" for i in range(1, 30)})
    small = indexed(tmp_path / "b", {90: "origin plynlimon", 91: "nothing of the kind here"})
    question = large.question_terms("origin plynlimon")
    everywhere = reduce(add, [large.frequencies(question), small.frequencies(question)])
    assert everywhere.n_passages == 31
    [(top, score)] = small.search(question, 1, everywhere)
    assert top >> 20 == 90
    assert score > large.search(question, 1, everywhere)[0][1]
    whole = everywhere.idf("origin")
    [(_, alone)] = small.search(small.question_terms("origin"), 1)
    [(_, shared)] = small.search(small.question_terms("origin"), 1, everywhere)
    here = small.frequencies(["origin"]).idf("origin")
    assert shared / alone == pytest.approx(whole / here, rel=1e-5)


def test_cleared_words_leave_the_disk(tmp_path: Path) -> None:
    index = indexed(tmp_path, {1: "plynlimonxyzzy " * 3, 2: "other words"})
    with index.writing() as writing:
        writing.clear()
        writing.add([(2 << 20, 2, "other words")])
        writing.commit(9)
    assert len(index) == 1
    assert index.sequence() == 9
    assert index.count(1) == 0 and index.count(2) == 1
    for path in tmp_path.iterdir():
        assert b"plynlimonxyzzy" not in path.read_bytes()


def test_in_a_large_collection_rare_words_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = indexed(tmp_path, {**TEXTS, 4: "the the the and the"})
    assert 4 << 20 in dict(index.search(index.question_terms("the longer river"), 9))
    monkeypatch.setattr("retriever.index.lexical.MANY_PASSAGES", 4)
    assert found(index, "the longer river") == [2, 1]
    assert 4 in found(index, "the river")  # one rare word alone does not decide


def test_removed_documents_are_hidden_at_once(tmp_path: Path) -> None:
    index = indexed(tmp_path, TEXTS)
    with index.writing() as writing:
        writing.remove([2, 77])
        writing.commit(5)
    assert found(index, "river longer") == [1]
    assert len(index) == 2


def test_words_of_removed_documents_weigh_above_zero(tmp_path: Path) -> None:
    # Until they are erased, tantivy counts "wye" in nine passages of the one that is left.
    index = indexed(tmp_path / "a", {i: "wye" + " usk" * (i > 1) for i in range(1, 10)})
    other = indexed(tmp_path / "b", {90: "wye", 91: "severn"})
    with index.writing() as writing:
        writing.remove(range(2, 10))
        writing.commit(2)
    question = index.question_terms("wye usk")
    counts = index.frequencies(question)
    assert counts.n_passages == 1
    assert counts.passages_with == {"wye": 1, "usk": 1}
    everywhere = counts + other.frequencies(question)
    assert all(one.idf(term) > 0 for one in (counts, everywhere) for term in question)
    for weights in (counts, everywhere):
        [(passage_id, score)] = index.search(question, 5, weights)
        assert passage_id == 1 << 20 and score > 0


def test_no_more_is_asked_of_tantivy_than_there_is(tmp_path: Path) -> None:
    index = indexed(tmp_path, TEXTS)
    question = index.question_terms("river")
    assert index.search(question, 10**30) == index.search(question, 2)
    allowed = np.array([2 << 20], dtype=np.int64)
    assert [i for i, _ in index.search(question, 10**30, allowed=allowed)] == [2 << 20]
    assert [i for i, _ in index.search(question, 1, allowed=allowed)] == [2 << 20]


def test_unfinished_writing_changes_nothing(tmp_path: Path) -> None:
    index = indexed(tmp_path, TEXTS)
    with pytest.raises(RuntimeError, match="stop"), index.writing() as writing:
        writing.clear()
        raise RuntimeError("stop")
    assert len(index) == 3
    with index.writing() as writing:  # the lock was given back
        writing.commit(2)
    assert len(index) == 3


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    one, other = indexed(tmp_path, TEXTS), TantivyIndex(tmp_path)

    def write() -> None:
        with other.writing() as writing:
            writing.add([(8 << 20, 8, "later words")])
            writing.commit(8)

    thread = threading.Thread(target=write)
    with one.writing() as writing:
        thread.start()
        writing.add([(7 << 20, 7, "earlier words")])
        writing.commit(7)
    thread.join()
    assert len(one) == len(other) == 5
    assert one.sequence() == 8


def test_a_damaged_folder_starts_empty(tmp_path: Path) -> None:
    indexed(tmp_path, TEXTS)
    (tmp_path / "meta.json").write_text("nonsense")
    index = TantivyIndex(tmp_path)
    assert len(index) == 0
    assert index.sequence() is None


def test_only_allowed_passages_are_found(tmp_path: Path) -> None:
    # Better matches than the allowed ones fill the first places many times over.
    index = indexed(tmp_path, {i: "wye " * (3 if i % 10 else 1) + "x " * i for i in range(1, 400)})
    question = index.question_terms("wye")
    everything = dict(index.search(question, 1000))
    allowed = np.array([i << 20 for i in range(10, 400, 10)] + [500 << 20], dtype=np.int64)
    expected = sorted(
        ((i, everything[i]) for i in allowed.tolist() if i in everything),
        key=lambda hit: (-hit[1], hit[0]),
    )
    assert len(expected) == 39
    for k in (1, 5, 39, 100):
        assert index.search(question, k, allowed=allowed) == expected[:k]
    assert index.search(question, 5, allowed=allowed[:0]) == []


def test_one_passage_of_a_document_is_allowed(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    with index.writing() as writing:
        writing.add(((7 << 20) + place, 7, "wye " * (9 - place)) for place in range(9))
        writing.commit(1)
    allowed = np.array([(7 << 20) + 8], dtype=np.int64)
    assert [i for i, _ in index.search(["wye"], 3, allowed=allowed)] == [(7 << 20) + 8]
