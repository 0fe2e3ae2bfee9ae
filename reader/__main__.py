"""The reader from the command line: ``python -m reader ask | predict``. Works offline."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from reader.predict import predict
from reader.reader import Reader
from reader.squad import load_squad
from reader.types import Span


def main(argv: list[str] | None = None) -> int:
    """Run one command. Exit status 0 on success, 2 on misuse, 1 on failure."""
    args = _parser().parse_args(argv)
    try:
        reader = Reader.load(args.model, args.runtime)
        return _ask(reader, args) if args.command == "ask" else _predict(reader, args)
    except (OSError, ValueError) as error:
        print(f"reader: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m reader", description="Quote the answer to a question out of text files."
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--model", type=Path, help="model folder (default: the shipped reader)")
    common.add_argument("--runtime", choices=["auto", "onnx", "torch"], default="auto")
    commands = parser.add_subparsers(dest="command", required=True)
    ask = commands.add_parser("ask", parents=[common], help="ask a question of UTF-8 text files")
    ask.add_argument("question")
    ask.add_argument("files", nargs="+", metavar="FILE", help="text file; - is standard input")
    ask.add_argument("--k", type=int, default=5, help="most spans to show (default 5)")
    ask.add_argument("--json", action="store_true", help="one JSON object")
    batch = commands.add_parser("predict", parents=[common], help="answer a SQuAD-form file")
    batch.add_argument("data", type=Path, metavar="SQUAD.json")
    batch.add_argument("--out", type=Path, required=True, metavar="PREDICTIONS.json")
    batch.add_argument(
        "--abstain", action="store_true", help='answer "" below the threshold (SQuAD v2.0)'
    )
    return parser


def _ask(reader: Reader, args: argparse.Namespace) -> int:
    texts = [_read_text(name) for name in args.files]
    spans = reader.read(args.question, texts, args.k)
    sure = bool(spans) and spans[0].probability >= reader.manifest.calibration.threshold
    if args.json:
        rows = [_row(span, args.files) for span in spans]
        best = rows[0] if sure else {"answer": None, "confidence": _confidence(spans)}
        print(
            json.dumps(
                {"question": args.question, **best, "alternatives": rows[1:] if sure else rows},
                ensure_ascii=False,
            )
        )
        return 0
    if not sure:
        print("I could not find that in these files. Closest:")
    for span in spans:
        print(f"{span.probability:.2f}  {span.text}")
        print(f"      {args.files[span.text_index]}, characters {span.char_start}-{span.char_end}")
    return 0


def _confidence(spans: list[Span]) -> float:
    return round(spans[0].probability, 4) if spans else 0.0


def _row(span: Span, files: list[str]) -> dict[str, object]:
    return {
        "answer": span.text,
        "confidence": round(span.probability, 4),
        "file": files[span.text_index],
        "char_start": span.char_start,
        "char_end": span.char_end,
    }


def _predict(reader: Reader, args: argparse.Namespace) -> int:
    threshold = reader.manifest.calibration.threshold if args.abstain else -1.0
    predictions = predict(reader, load_squad(args.data), threshold)
    args.out.write_text(json.dumps(predictions, ensure_ascii=False), encoding="utf-8")
    print(f"{len(predictions)} answers in {args.out}", file=sys.stderr)
    return 0


def _read_text(name: str) -> str:
    """The file's text, every character kept (no newline translation), so offsets hold."""
    raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{name} is not UTF-8 text ({error.reason} at byte {error.start}); "
            "index other formats with  python -m retriever add"
        ) from error


if __name__ == "__main__":
    raise SystemExit(main())
