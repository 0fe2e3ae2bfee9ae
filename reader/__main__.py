"""The reader from the command line: ``python -m reader ask | predict``. Works offline.

Reads flags, hands texts to the reader in chunks, prints. Knows no model and no file format.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NoReturn, TypeVar

from reader.gather import Quote, answer, chunks
from reader.predict import predict
from reader.reader import Reader
from reader.runtime import RUNTIMES
from reader.squad import load_squad
from reader.texts import STANDARD_INPUT, Part, Question, Skipped, read_questions, read_texts

T = TypeVar("T")
NOTHING: dict[str, object] = dict.fromkeys(
    ("answer", "confidence", "document", "page_number", "char_start", "char_end", "passage")
)


class Parser(argparse.ArgumentParser):
    """Ends misuse with status 2 and one line on standard error."""

    def error(self, message: str) -> NoReturn:
        """Say what was wrong and where help is."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 on success, 1 on failure, 2 on misuse, 130 when interrupted."""
    args = _arguments(argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # UTF-8 on every machine
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        return _ask(args) if args.command == "ask" else _predict(args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our lines has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, ValueError, RuntimeError) as error:
        _tell(str(error))
        return 1


def _tell(message: str) -> None:
    print(f"reader: {' '.join(message.split())}", file=sys.stderr)


# Flags


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The flags; the words of ``ask`` are sorted into question and paths."""
    parser = _parser()
    args, rest = parser.parse_known_args(argv)  # rest: words that come after a flag
    asking = args.command == "ask"
    if unknown := [word for word in rest if not asking or (word.startswith("-") and word != "-")]:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if asking:
        words = [w for w in (args.question, *args.paths, *rest) if w is not None]
        args.question = words.pop(0) if words and not args.questions else None
        args.paths = words or [STANDARD_INPUT]
        if wrong := _misuse(args):
            parser.error(wrong)
    return args


def _misuse(args: argparse.Namespace) -> str:
    if args.question is None and not args.questions:
        return "a QUESTION is required, or --questions FILE"
    if args.question is not None and not args.question.strip():
        return "expected a question, got an empty one"
    if [args.questions, *args.paths].count(STANDARD_INPUT) > 1:
        return "standard input can be read once: name a file for the texts or the questions"
    return ""


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m reader", description="Quote the answer to a question out of text files."
    )
    common = Parser(add_help=False)
    common.add_argument("--model", type=Path, help="model folder (default: the shipped reader)")
    commands = parser.add_subparsers(dest="command", required=True)
    about = "ask questions of UTF-8 text files, of all files below folders, or of standard input"
    ask = commands.add_parser("ask", parents=[common], help=about, description=about)
    ask.add_argument("question", nargs="?", metavar="QUESTION", help="unless --questions asks")
    ask.add_argument(
        "paths", nargs="*", metavar="PATH", help="file or folder; - or none is standard input"
    )
    ask.add_argument(
        "--questions", metavar="FILE", help="a question a line, or JSON lines; - is standard input"
    )
    ask.add_argument("-k", "--k", type=_positive, default=5, help="most spans to show (default 5)")
    ask.add_argument(
        "--min-probability",
        "--threshold",
        dest="least",
        type=_probability,
        metavar="P",
        help="answer from this probability up (default: the model's own)",
    )
    ask.add_argument("--json", action="store_true", help="one JSON object a question")
    about = "answer a file in the form of SQuAD"
    batch = commands.add_parser("predict", parents=[common], help=about, description=about)
    batch.add_argument("data", type=Path, metavar="SQUAD.json")
    batch.add_argument("--out", type=Path, required=True, metavar="PREDICTIONS.json")
    for command, default in ((ask, "onnx"), (batch, "auto")):  # a single question starts at once
        command.add_argument(
            "--runtime", choices=RUNTIMES, default=default, help="engine (default: %(default)s)"
        )
    batch.add_argument(
        "--abstain", action="store_true", help='answer "" below the threshold (SQuAD v2.0)'
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a probability from 0 to 1, got {text!r}")
    return value


# Commands


def _ask(args: argparse.Namespace) -> int:
    told: list[Skipped] = []
    questions = list(_told(_questions(args), told))
    if not questions:
        if not told:
            _tell(f"no question in {args.questions}")
        return 2 if told else 1
    status = 2 if told else 0  # a line that is no question costs itself alone
    told.clear()
    parts = _told(read_texts(args.paths), told)
    first = next(parts, None)
    if first is None:
        if not any(one.failure for one in told):
            _tell(f"no text to read in {', '.join(args.paths)}")
        return 1
    reader = Reader.load(args.model, args.runtime)
    asked = [question.text for question in questions]
    replies = answer(reader, asked, _watched(chunks(chain([first], parts))), args.k)
    least = reader.manifest.calibration.threshold if args.least is None else args.least
    for question, quotes in zip(questions, replies, strict=True):
        if args.questions and not args.json:
            print(_printable(question.text))
        print(_json(question, quotes, least) if args.json else _lines(quotes, least), flush=True)
    return max(status, int(any(one.failure for one in told)))


def _questions(args: argparse.Namespace) -> Iterator[Question | Skipped]:
    if args.questions:
        return read_questions(args.questions)
    return iter([Question(args.question.encode("utf-8", "replace").decode("utf-8"))])


def _told(records: Iterable[T | Skipped], told: list[Skipped]) -> Iterator[T]:
    """What was read; what was not is named on standard error, and kept in ``told``."""
    for record in records:
        if isinstance(record, Skipped):
            told.append(record)
            _tell(f"{record.name}: {record.reason}" + ("" if record.failure else "; skipped"))
        else:
            yield record


def _watched(chunks: Iterable[list[Part]]) -> Iterator[list[Part]]:
    """The same chunks; at a terminal, a line for each but the first says how far we are."""
    chars = 0
    for chunk in chunks:
        if chars and sys.stderr.isatty():
            _tell(f"at {chunk[0].document}, after {chars / 1e6:.1f} million characters")
        chars += sum(len(part.text) for part in chunk)
        yield chunk


def _json(question: Question, quotes: list[Quote], least: float) -> str:
    """The same fields as  python -m chatbot ask --json;  a text file is one page."""
    rows = [_row(quote) for quote in quotes]
    sure = bool(quotes) and quotes[0].probability >= least
    best = rows[0] if sure else NOTHING | {"confidence": rows[0]["confidence"] if rows else 0.0}
    line = {} if question.id is None else {"id": question.id}
    line |= {"question": question.text, **best, "beside": []}
    line |= {"alternatives": rows[1:] if sure else rows}
    return json.dumps(line, ensure_ascii=False)


def _row(quote: Quote) -> dict[str, object]:
    return {
        "answer": quote.text,
        "confidence": round(quote.probability, 4),
        "document": quote.document,
        "page_number": 1,
        "char_start": quote.char_start,
        "char_end": quote.char_end,
        "passage": quote.passage,
    }


def _lines(quotes: list[Quote], least: float) -> str:
    """For a person, on lines that no document can steer."""
    lines = []
    if not quotes or quotes[0].probability < least:
        lines.append("I could not find that here." + (" Closest:" if quotes else ""))
    for quote in quotes:
        lines.append(f"{quote.probability:.2f}  {_printable(quote.text)}")
        place = f"{quote.document}, characters {quote.char_start}-{quote.char_end}"
        lines.append(f"      {_printable(place)}")
    return "\n".join(lines)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _predict(args: argparse.Namespace) -> int:
    if not args.out.parent.is_dir():  # now, not after an hour of reading
        raise FileNotFoundError(f"no folder {args.out.parent} to write {args.out.name} into")
    reader = Reader.load(args.model, args.runtime)
    threshold = reader.manifest.calibration.threshold if args.abstain else -1.0
    predictions = predict(reader, load_squad(args.data), threshold)
    args.out.write_text(json.dumps(predictions, ensure_ascii=False), encoding="utf-8")
    print(f"{len(predictions)} answers in {args.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
