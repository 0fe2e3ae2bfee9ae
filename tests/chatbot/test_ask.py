"""How a question's hits are read: each passage below what stands above it."""

from __future__ import annotations

from pathlib import Path

from chatbot.ask import AskConfig, ask, read_hits
from reader import Reader
from retriever import Library
from tests.retriever.test_parsing_pdf import write_pdf

MORE = "Tell us within thirty days, in writing, with the receipts that you have kept. " * 10
POLICY = f"""# Wedding insurance

## Flowers

We pay up to 400 pounds if the supplier does not deliver. {MORE}

## Rings

We pay up to 1,000 pounds if they are lost in the week before. {MORE}
"""


def test_each_passage_is_read_below_its_title_and_headings(tmp_path: Path) -> None:
    reader = Reader.load(runtime="onnx")
    file = tmp_path / "policy.md"
    file.write_text(POLICY, encoding="utf-8")
    with Library.open(tmp_path / "home") as library:
        library.add(file)
        hits = library.search("What is paid for rings?", 5)
    question = "What is paid for rings?"
    above = [hit.passage.context for hit in hits]
    assert any("Wedding insurance" in one for one in above)
    found = read_hits(reader, question, hits)
    texts = [hit.passage.text for hit in hits]
    assert found == reader.read(question, texts, 20 * len(texts), above=above)
    assert found != reader.read(question, texts, 20 * len(texts))
    assert read_hits(reader, question, []) == []


def test_a_nearest_passage_has_the_page_of_the_sentence_that_is_shown(tmp_path: Path) -> None:
    """A passage may begin on the page before the words that are shown of it."""
    pages = ["The workshop is open.\nBring your own gloves.", "The kiln reaches 1,200 degrees."]
    file = write_pdf(tmp_path / "kiln.pdf", pages)
    with Library.open(tmp_path / "home") as library:
        library.add(file)
        (hit,) = library.search("How hot is the kiln?", 5)
        assert "workshop" in hit.passage.text and "kiln" in hit.passage.text
        silent = AskConfig(threshold=1.0)
        reply = ask(
            "How hot is the kiln?", library, Reader.load(runtime="onnx"), ["default"], silent
        )
    assert reply.answer is None
    assert [near.passage.page_number for near in reply.nearest] == [2]
