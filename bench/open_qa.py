"""Open question answering over the 2,067 SQuAD dev paragraphs as one library.

``python bench/open_qa.py [--questions N]``. Every question is asked of the whole library
through ``chatbot.ask``, as the chat does. Prints recall of the paragraph a question was
written for, exact match and F1 of the best candidate, and what abstaining does.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from corpus import dev_examples, open_with_paragraphs, percentile_ms, sample, where
from tqdm import tqdm

from chatbot.ask import AskConfig, ask
from chatbot.types import Reply
from reader import Reader
from reader.squad import Example
from retriever import Library
from training.metrics import is_right, score

CUTS = (1, 5, 20)


def recall(library: Library, examples: list[Example], names: dict[str, str]) -> dict[int, float]:
    """Percent of questions whose own paragraph is among the first k passages."""
    found = dict.fromkeys(CUTS, 0)
    for example in tqdm(examples, desc="recall", disable=None):
        hits = library.search(example.question, k=max(CUTS))
        ranked = [hit.passage.document_name for hit in hits]
        for cut in CUTS:
            found[cut] += names[example.context] in ranked[:cut]
    return {cut: 100 * count / len(examples) for cut, count in found.items()}


def answers(
    library: Library, reader: Reader, examples: list[Example], n_passages: int
) -> list[tuple[Example, Reply]]:
    """Each question with its reply; the threshold is set to 0, so that all are answered."""
    config = AskConfig(n_passages=n_passages, threshold=0.0)
    return [
        (e, ask(e.question, library, reader, ["default"], config))
        for e in tqdm(examples, desc="answers", disable=None)
    ]


def main() -> None:
    """Run and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=2000, help="asked (default 2000)")
    parser.add_argument("--passages", type=int, default=AskConfig().n_passages)
    args = parser.parse_args()
    examples = dev_examples()
    reader = Reader.load()
    with tempfile.TemporaryDirectory() as home:
        library, names = open_with_paragraphs(Path(home), examples)
        with library:
            asked = sample(examples, args.questions)
            found = recall(library, asked, names)
            replies = answers(library, reader, asked, args.passages)
    print_figures(replies, found, reader.manifest.calibration.threshold, args.passages)


def print_figures(
    replies: list[tuple[Example, Reply]], found: dict[int, float], threshold: float, n_passages: int
) -> None:
    """One row of quality, one of abstaining, one of time."""
    said = [(e, r.answer.text if r.answer else "", r.confidence) for e, r in replies]
    accepted = {e.id: [a.text for a in e.answers] for e, _ in replies}
    total = score([(text, accepted[e.id]) for e, text, _ in said])
    sure = [(e, text) for e, text, confidence in said if confidence >= threshold]
    right = sum(is_right(text, accepted[e.id]) for e, text, _ in said) / len(said)
    right_sure = sum(is_right(text, accepted[e.id]) for e, text in sure) / max(1, len(sure))
    seconds = [reply.elapsed_s for _, reply in replies]
    print(f"\n{where()}; {total.n} questions, {n_passages} passages read for each\n")
    print("| recall@1 | recall@5 | recall@20 | EM | F1 | p50 ms | p95 ms |")
    print("|---|---|---|---|---|---|---|")
    print(
        "| "
        + " | ".join(f"{found[cut]:.1f}" for cut in CUTS)
        + f" | {total.exact_match:.1f} | {total.f1:.1f} "
        + f"| {percentile_ms(seconds, 50):.0f} | {percentile_ms(seconds, 95):.0f} |"
    )
    print(
        f"\nAnswering always: {100 * right:.1f} % right. At the threshold of {threshold:.2f}: "
        f"{100 * len(sure) / len(said):.1f} % answered, {100 * right_sure:.1f} % of those right."
    )


if __name__ == "__main__":
    main()
