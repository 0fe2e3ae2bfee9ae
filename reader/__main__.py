"""The reader from the command line: ``python -m reader ask | predict``. Works offline."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import NoReturn

from reader.predict import predict
from reader.reader import Reader
from reader.squad import load_squad
from reader.types import Span

GAP = re.compile(r"\n[^\S\n]*\n\s*")  # an empty line or more
NOTHING: dict[str, object] = dict.fromkeys(
    ("answer", "confidence", "document", "page_number", "char_start", "char_end", "passage")
)


class Parser(argparse.ArgumentParser):
    """Ends misuse with status 2 and one line on standard error."""

    def error(self, message: str) -> NoReturn:
        """Say what was wrong and where help is."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(argv: list[str] | None = None) -> int:
    """Run one command. Exit status 0 on success, 2 on misuse, 1 on failure."""
    args = _parser().parse_args(argv)
    try:
        reader = Reader.load(args.model, args.runtime)
        return _ask(reader, args) if args.command == "ask" else _predict(reader, args)
    except BrokenPipeError:  # whoever read our lines has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, ValueError, RuntimeError) as error:
        print(f"reader: {' '.join(str(error).split())}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m reader", description="Quote the answer to a question out of text files."
    )
    common = Parser(add_help=False)
    common.add_argument("--model", type=Path, help="model folder (default: the shipped reader)")
    common.add_argument("--runtime", choices=["auto", "onnx", "torch"], default="auto")
    commands = parser.add_subparsers(dest="command", required=True)
    ask = commands.add_parser("ask", parents=[common], help="ask a question of UTF-8 text files")
    ask.add_argument("question", type=_question)
    ask.add_argument("files", nargs="+", metavar="FILE", help="text file; - is standard input")
    ask.add_argument("--k", type=_positive, default=5, help="most spans to show (default 5)")
    ask.add_argument("--json", action="store_true", help="one JSON object")
    batch = commands.add_parser("predict", parents=[common], help="answer a SQuAD-form file")
    batch.add_argument("data", type=Path, metavar="SQUAD.json")
    batch.add_argument("--out", type=Path, required=True, metavar="PREDICTIONS.json")
    batch.add_argument(
        "--abstain", action="store_true", help='answer "" below the threshold (SQuAD v2.0)'
    )
    return parser


def _question(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("expected a question, got an empty one")
    return text.encode("utf-8", "replace").decode("utf-8")  # bytes that are no UTF-8 become ?


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def _ask(reader: Reader, args: argparse.Namespace) -> int:
    texts = [_read_text(name) for name in args.files]
    spans = reader.read(args.question, texts, args.k)
    sure = bool(spans) and spans[0].probability >= reader.manifest.calibration.threshold
    if args.json:
        rows = [_row(span, args.files, texts) for span in spans]
        best = rows[0] if sure else NOTHING | {"confidence": _confidence(spans)}
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


def _row(span: Span, files: list[str], texts: list[str]) -> dict[str, object]:
    """The same fields as  python -m chatbot ask --json;  a text file is one page."""
    return {
        "answer": span.text,
        "confidence": round(span.probability, 4),
        "document": files[span.text_index],
        "page_number": 1,
        "char_start": span.char_start,
        "char_end": span.char_end,
        "passage": _paragraph(texts[span.text_index], span.char_start, span.char_end),
    }


def _paragraph(text: str, start: int, end: int) -> str:
    """What stands between the empty lines around ``text[start:end]``."""
    left = max((gap.end() for gap in GAP.finditer(text, 0, start)), default=0)
    right = GAP.search(text, end)
    return text[left : right.start() if right else len(text)]


def _predict(reader: Reader, args: argparse.Namespace) -> int:
    if not args.out.parent.is_dir():  # now, not after an hour of reading
        raise FileNotFoundError(f"no folder {args.out.parent} to write {args.out.name} into")
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
