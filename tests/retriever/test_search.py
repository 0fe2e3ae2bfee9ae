"""What a ranking promises over one passage, one document, several collections."""

from __future__ import annotations

import pytest

from retriever import Library
from retriever.encoding.embed import Encoder
from retriever.search import shared_pairs
from tests.retriever.conftest import WriteFile


def test_scores_are_from_0_to_1_and_fall(library: Library, write_file: WriteFile) -> None:
    paragraphs = [f"Town {n} lies on the Wye. " * (20 + n) for n in range(12)]
    library.add(write_file("towns.txt", "\n\n".join(paragraphs)))
    scores = [hit.score for hit in library.search("Which town lies on the Wye?", 30)]
    assert len(scores) == 12
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_asking_words_do_not_decide(minilm: Encoder, write_file: WriteFile) -> None:
    with Library.open(write_file("x.txt", "").parent / "home", encoder=minilm) as library:
        asked = library.add(write_file("why.txt", "What, why, when, where, who and how did what?"))
        told = library.add(write_file("wye.txt", "The Wye rises on Plynlimon, in 1850 as today."))
        [first, second] = library.search("What did the Wye do, when and where and how?", 2)
        assert (first.passage.document_id, second.passage.document_id) == (told.id, asked.id)
        assert library.search("why?", 1)[0].passage.document_id == asked.id


@pytest.mark.parametrize("k", [1, 3, 150])
def test_more_asked_keeps_the_first(library: Library, write_file: WriteFile, k: int) -> None:
    paragraphs = ["Wye " * (n % 3) + f"Severn {n} Plynlimon " * 35 for n in range(160)]
    assert library.add(write_file("long.txt", "\n\n".join(paragraphs))).n_passages == 160
    few = [hit.passage.id for hit in library.search("Wye Plynlimon", k)]
    assert len(few) == k
    assert few[:1] == [hit.passage.id for hit in library.search("Wye Plynlimon", 1)]


def test_words_side_by_side_count_by_their_commoner_one() -> None:
    idf = {"new": 1.0, "york": 4.0, "mayor": 3.0}
    question = ["mayor", "new", "york"]
    assert shared_pairs(question, idf, ["the", "new", "york", "mayor"]) == 1.0 / 2.0
    assert shared_pairs(question, idf, ["mayor", "new", "york"]) == 1.0
    assert shared_pairs(question, idf, ["york", "new", "x", "mayor"]) == 0.0
    assert shared_pairs(["york"], idf, ["york"]) == shared_pairs([], idf, []) == 0.0


def test_words_side_by_side_come_first(library: Library, write_file: WriteFile) -> None:
    apart = "The new mayor met York."
    together = "The mayor met New York."
    for name, text in (("apart.txt", apart), ("together.txt", together)):
        library.add(write_file(name, text))
    [first, second] = library.search("met New York", 2)
    assert (first.passage.text, second.passage.text) == (together, apart)
    assert 0 < second.score < first.score <= 1
