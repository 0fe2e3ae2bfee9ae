"""What a ranking promises over one passage, one document, several collections."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

import pytest

from retriever import Library
from retriever.encoding.embed import Encoder
from retriever.index.lexical import TermCounts
from retriever.search import MEANING, WORDS, Asked, Candidates, coverage, ranked, shared_pairs
from tests.retriever.conftest import WriteFile

if TYPE_CHECKING:
    from retriever.index.followers import Followers


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


class Spaced:
    """As much of ``Followers`` as coverage asks: terms are what stands between spaces."""

    def text_terms(self, text: str) -> list[str]:
        return text.split()


OPENED = [cast("Followers", Spaced())]
COUNTS = TermCounts(100, Counter({"rare": 1, "common": 90, "湖": 10, "西": 10, "西湖": 5}))


def test_coverage_is_the_part_of_the_question_that_one_text_holds_by_rarity() -> None:
    question = Asked(["rare", "common"], COUNTS)
    rare, common = COUNTS.idf("rare"), COUNTS.idf("common")
    assert coverage(question, OPENED, ["common rare", "x"]) == pytest.approx(1.0)
    one_each = coverage(question, OPENED, ["rare x", "common y"])
    assert one_each == pytest.approx(rare / (rare + common))
    assert coverage(question, OPENED, ["x"]) == coverage(question, OPENED, []) == 0.0
    assert coverage(Asked([], COUNTS), OPENED, ["x"]) == 0.0


def test_pairs_of_chinese_characters_are_covered_by_these() -> None:
    assert coverage(Asked(["西", "湖", "西湖"], COUNTS), OPENED, ["湖 西"]) == pytest.approx(1.0)


def test_words_count_by_the_square_of_what_they_cover() -> None:
    found = Candidates([(1, 0.5), (2, 0.4)], [(2, 7.0), (1, 3.5)], depth=100)
    for covered in (0.0, 0.5, 1.0):
        scores = dict(ranked(found, covered, 2))
        assert scores[2] == pytest.approx(MEANING * 0.7 + WORDS * covered**2)
        assert scores[1] == pytest.approx(MEANING * 0.75 + WORDS * covered**2 / 2)
    assert [place for place, _ in ranked(found, 0.0, 2)] == [1, 2]
    assert [place for place, _ in ranked(found, 1.0, 2)] == [2, 1]


def test_other_words_do_not_outweigh_the_meaning(minilm: Encoder, write_file: WriteFile) -> None:
    """The one passage that shares a word with the question is not the one that answers it."""
    with Library.open(write_file("x.txt", "").parent / "home", encoder=minilm) as library:
        library.add(write_file("dogs.txt", "Pets may travel in the cabin if they weigh little."))
        library.add(write_file("bring.txt", "Please bring this letter when you come."))
        for n in range(30):
            library.add(write_file(f"{n}.txt", f"Paragraph {n} speaks of tariffs and platforms."))
        [first] = library.search("Can I bring my dog?", 1)
        assert first.passage.document_name == "dogs.txt"
