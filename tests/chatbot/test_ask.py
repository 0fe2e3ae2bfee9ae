"""How a question's hits are read: each passage below what stands above it."""

from __future__ import annotations

from pathlib import Path

from chatbot.ask import read_hits
from reader import Reader
from retriever import Library

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
