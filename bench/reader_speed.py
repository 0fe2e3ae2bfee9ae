"""How fast the reader reads: Quoth beside transformers and Haystack, in one run.

``python bench/reader_speed.py [--questions N] [--haystack-env DIR]``. Every way has the same
weights, cores, questions and ten paragraphs a question; they are asked in turn, so that a
noisy machine is noisy for all; ``--cpu-time`` counts the processor's seconds instead, for a
machine that others keep busy. Start-up is not counted, cutting text into tokens is.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from corpus import dev_examples, percentile_ms, sample, where
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession, SessionOptions
from rivals import HAYSTACK, rival
from transformers import AutoTokenizer

from reader import Reader
from reader.artefact import CONFIG, SHIPPED, TOKENIZER, WEIGHTS
from reader.processor import available_cores
from reader.runtime import load_torch_model
from reader.windows import load_tokenizer, make_windows

N_TEXTS = 10  # what the chat reads for a question
MAX_LENGTH = 384
BATCH = 32
WARM_UP = 2  # questions that are not counted
WORKER = Path(__file__).parent / "haystack_worker.py"
Way = Callable[[str, Sequence[str]], float]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the texts to read for it, the one that answers among them."""

    question: str
    texts: tuple[str, ...]


def questions(n: int) -> list[Asked]:
    """N questions of SQuAD dev, each with ten neighbouring paragraphs that fit one window."""
    examples = dev_examples()
    texts = [c for c in dict.fromkeys(e.context for e in examples) if len(c) <= 1400]
    place = {text: index for index, text in enumerate(texts)}
    asked = sample([e for e in examples if e.context in place], n)
    first = [min(place[e.context], len(texts) - N_TEXTS) for e in asked]
    return [
        Asked(e.question, tuple(texts[begin : begin + N_TEXTS]))
        for e, begin in zip(asked, first, strict=True)
    ]


class Transformers:
    """A loop over transformers in float32, as its own examples show it."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = load_torch_model(folder / CONFIG, folder / WEIGHTS)

    def one_by_one(self, question: str, texts: Sequence[str]) -> float:
        """One passage a pass, each padded to 384 tokens."""
        return max(self._best(question, [text], "max_length") for text in texts)

    def in_batches(self, question: str, texts: Sequence[str]) -> float:
        """Up to 32 passages a pass, padded to the longest of them."""
        batches = (texts[begin : begin + BATCH] for begin in range(0, len(texts), BATCH))
        return max(self._best(question, batch, "longest") for batch in batches)

    def _best(self, question: str, texts: Sequence[str], padding: str) -> float:
        inputs = self.tokenizer(
            [question] * len(texts), list(texts), truncation="only_second",
            max_length=MAX_LENGTH, padding=padding, return_tensors="pt",
        )  # fmt: skip
        kinds = [inputs.sequence_ids(row) for row in range(len(texts))]
        with torch.inference_mode():
            output = self.model(**inputs)
        outside = torch.tensor([[kind != 1 for kind in row] for row in kinds])
        start = output.start_logits.masked_fill(outside, -1e9)
        end = output.end_logits.masked_fill(outside, -1e9)
        length = start.shape[1]
        band = torch.triu(torch.ones(length, length)).tril(29).bool()
        scores = (start[:, :, None] + end[:, None, :]).masked_fill(~band, -1e9)
        return float(scores.max())


def timed(function: Callable[[str, Sequence[str]], object], clock: Clock) -> Way:
    """A way that returns its own seconds by ``clock``."""

    def way(question: str, texts: Sequence[str]) -> float:
        started = clock()
        function(question, texts)
        return clock() - started

    return way


@contextmanager
def haystack(env: Path, model: Path, cpu_time: bool) -> Iterator[Way | None]:
    """Haystack's reader in the virtual environment ``env``; None, with a line, if it fails."""
    kind = "cpu" if cpu_time else "wall"
    words = [str(WORKER), str(model), str(available_cores()), kind]
    with rival("Haystack", env, HAYSTACK, words) as other:

        def way(question: str, texts: Sequence[str]) -> float:
            assert other is not None
            return float(other.ask({"question": question, "texts": texts})["seconds"])

        yield way if other else None


def flops_per_window(folder: Path, length: int) -> float:
    """Multiplications and additions of one forward pass over a window of ``length`` tokens.

    Per layer and token 8 C^2 + 4 C F for the projections and the feed-forward, and 4 L C for
    the two products of attention; embeddings, softmax and normalisation are not counted.
    """
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    size, inner = config["hidden_size"], config["intermediate_size"]
    per_token = 8 * size**2 + 4 * size * inner + 4 * length * size
    return float(length * (config["num_hidden_layers"] * per_token + 4 * size))


def peak_bf16(clock: Clock) -> float:
    """Best bfloat16 matrix product of this run in torch, in operations a second."""
    best = 0.0
    for size in (512, 1024, 2048):
        a, b = (torch.randn(size, size).to(torch.bfloat16) for _ in range(2))
        best = max(best, 2 * size**3 / _least_seconds(lambda a=a, b=b: torch.mm(a, b), clock))
    return best


def peak_int8(clock: Clock) -> float:
    """The same for 8-bit integers in ONNX Runtime."""
    best = 0.0
    for size in (512, 1024, 2048):
        weight = np.random.default_rng(0).integers(-127, 127, (size, size)).astype(np.int8)
        x = helper.make_tensor_value_info("x", TensorProto.UINT8, [size, size])
        y = helper.make_tensor_value_info("y", TensorProto.INT32, [size, size])
        graph = helper.make_graph(
            [helper.make_node("MatMulInteger", ["x", "w"], ["y"])], "peak", [x], [y],
            [numpy_helper.from_array(weight, "w")],
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        options = SessionOptions()
        options.intra_op_num_threads = available_cores()
        session = InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        feed = {"x": weight.view(np.uint8)}
        best = max(
            best, 2 * size**3 / _least_seconds(lambda s=session, f=feed: s.run(None, f), clock)
        )
    return best


def _least_seconds(function: Callable[[], object], clock: Clock) -> float:
    seconds = []
    for _ in range(20):
        started = clock()
        function()
        seconds.append(clock() - started)
    return min(seconds)


def same_answers(reader: Reader, reference: Reader, asked: Sequence[Asked]) -> float:
    """Share of questions whose best span is the reference's, to the character."""
    same = 0
    for one in asked:
        spans = [r.read(one.question, one.texts, k=1) for r in (reader, reference)]
        found, wanted = ([(s.text_index, s.char_start, s.char_end) for s in x] for x in spans)
        same += found == wanted
    return same / len(asked)


def measure(ways: dict[str, Way], asked: Sequence[Asked]) -> dict[str, list[float]]:
    """Seconds of every question for every way, asked in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for index, one in enumerate(asked):
        for name, way in ways.items():
            duration = way(one.question, one.texts)
            if index >= WARM_UP:
                seconds[name].append(duration)
    return seconds


def print_table(seconds: dict[str, list[float]]) -> None:
    """Medians, and the two ratios that the project promises."""
    median = {name: percentile_ms(values, 50) for name, values in seconds.items()}
    one_by_one, batched = (median[name] for name in list(seconds)[:2])
    print("| way | windows/s | p50 ms | p95 ms | against (a) | against (b) |")
    print("|---|---|---|---|---|---|")
    for name, p50 in median.items():
        print(
            f"| {name} | {1000 * N_TEXTS / p50:.1f} | {p50:.0f} | "
            f"{percentile_ms(seconds[name], 95):.0f} | {one_by_one / p50:.1f} x | "
            f"{batched / p50:.1f} x |"
        )


def print_peaks(
    folder: Path, asked: Sequence[Asked], seconds: dict[str, list[float]], clock: Clock
) -> None:
    """What share of the machine's matrix throughput the two CPU runtimes reach."""
    tokenizer = load_tokenizer(folder / TOKENIZER)
    config = Reader.load(folder, "onnx").manifest.windows
    lengths, work = [], []
    for one in asked[WARM_UP:]:
        pairs = [(0, index) for index in range(len(one.texts))]
        windows = make_windows([one.question], one.texts, pairs, tokenizer, config)
        lengths += [window.length for window in windows]
        work.append(sum(flops_per_window(folder, window.length) for window in windows))
    p10, p50, p90 = np.percentile(lengths, [10, 50, 90])
    print(f"\nwindow lengths in tokens: p10 {p10:.0f}, p50 {p50:.0f}, p90 {p90:.0f}")
    for name, peak in (("bf16", peak_bf16(clock)), ("onnx", peak_int8(clock))):
        taken = seconds[f"Quoth, {name}"]
        rate = float(np.median(np.array(work) / np.array(taken)))
        print(
            f"{name}: {rate / 1e9:.0f} of the {peak / 1e9:.0f} G operations a second of this "
            f"machine's best matrix product, {100 * rate / peak:.0f} %"
        )


def take_times(
    args: argparse.Namespace, quoth: dict[str, Reader], asked: Sequence[Asked], clock: Clock
) -> dict[str, list[float]]:
    """Seconds of every way for every question; Haystack's only where it could be installed."""
    plain = Transformers(args.model)
    with tempfile.TemporaryDirectory() as scratch:
        env = args.haystack_env or Path(scratch) / "haystack"
        with haystack(env, args.model, args.cpu_time) as other:
            ways = {
                "(a) transformers, one padded passage at a time": timed(plain.one_by_one, clock),
                "(b) transformers, padded batches": timed(plain.in_batches, clock),
            }
            if other is not None:
                ways["(c) Haystack"] = other
            ways |= {f"Quoth, {name}": timed(r.read, clock) for name, r in quoth.items()}
            return measure(ways, asked)


def main() -> None:
    """Run and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=30, help="timed (default 30)")
    parser.add_argument("--compared", type=int, default=200, help="compared with float32")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="model folder")
    parser.add_argument("--haystack-env", type=Path, help="kept there (default: made anew)")
    parser.add_argument("--cpu-time", action="store_true", help="for a busy machine")
    args = parser.parse_args()
    clock = time.process_time if args.cpu_time else time.perf_counter
    torch.set_num_threads(available_cores())
    quoth = {name: Reader.load(args.model, name) for name in ("bf16", "confirmed", "onnx")}
    asked = questions(args.questions + WARM_UP)
    seconds = take_times(args, quoth, asked, clock)
    kind = "processor" if args.cpu_time else "wall"
    print(f"\n{where()}; {available_cores()} threads; {kind} time")
    print(f"{args.questions} questions, {N_TEXTS} windows each\n")
    print_table(seconds)
    print_peaks(args.model, asked, seconds, clock)
    reference, compared = Reader.load(args.model, "torch"), questions(args.compared)
    for name, reader in quoth.items():
        share = 100 * same_answers(reader, reference, compared)
        print(f"{name}: answers equal to float32 on {share:.1f} % of {len(compared)} questions")


if __name__ == "__main__":
    main()
