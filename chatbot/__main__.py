"""The chatbot's command line: ask once, chat in the terminal, serve the page, keep accounts.

Only reads flags and prints; the pipeline is ``ask``, the page is ``ui``.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

from chatbot.people import users
from chatbot.settings import Settings, add_flags, from_flags
from retriever.types import DEFAULT_COLLECTION


class Parser(ArgumentParser):
    """Ends misuse with status 2 and one line on standard error."""

    def error(self, message: str) -> NoReturn:
        """Say what was wrong and where help is."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 on success, 1 on failure, 2 on misuse, 130 when interrupted."""
    flags = _parser().parse_args(arguments)
    try:
        settings = from_flags(flags, os.environ)
    except ValueError as error:
        print(f"quoth: {error}", file=sys.stderr)
        return 2
    try:
        return int(flags.run(flags, settings))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our lines has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        message = " ".join(str(error).split()) or "no reason given"
        print(f"quoth: {type(error).__name__}: {message}", file=sys.stderr)
        return 1


def _parser() -> ArgumentParser:
    parser = Parser(
        prog="python -m chatbot", description="Ask your documents; every answer is a quotation."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    ask = commands.add_parser("ask", help="answer a question out of a library")
    ask.add_argument(
        "question", metavar="QUESTION", type=_readable, help="`-` reads one question a line"
    )
    ask.add_argument("--json", action="store_true", help="one JSON object a question")
    ask.set_defaults(run=_ask)
    chat = commands.add_parser("chat", help="ask again and again in the terminal")
    chat.set_defaults(run=_chat)
    for command in (ask, chat):
        command.add_argument(
            "--collection",
            action="append",
            metavar="NAME",
            help=f"where to look; may be repeated (default: {DEFAULT_COLLECTION})",
        )
        add_flags(command)
    serve = commands.add_parser("serve", help="open the page for a browser")
    serve.set_defaults(run=_serve)
    add_flags(serve, serving=True)
    taught = commands.add_parser("corrections", help="what people corrected, in the form of SQuAD")
    taught.add_argument("--out", type=Path, required=True, metavar="FILE", help="JSON to write")
    taught.set_defaults(run=_corrections)
    add_flags(taught)
    users.add_flags(commands.add_parser("users", help="keep the accounts of serve --auth"))
    return parser


def _ask(flags: Namespace, settings: Settings) -> int:
    if flags.question == "-":
        return _answer_all(_stdin_questions(), flags.collection, settings, as_json=flags.json)
    if not _can_be_asked(flags.question, settings.limits.question_chars):
        return 2
    return _answer_all(iter([flags.question]), flags.collection, settings, as_json=flags.json)


def _chat(flags: Namespace, settings: Settings) -> int:
    questions = _typed_questions()
    return _answer_all(questions, flags.collection, settings, as_json=False, follow=True)


def _answer_all(
    questions: Iterator[str],
    names: list[str] | None,
    settings: Settings,
    *,
    as_json: bool,
    follow: bool = False,
) -> int:
    """Answer them in order; with ``follow`` each may lean on those before it."""
    from chatbot.ask import AskConfig, ask
    from chatbot.desk import open_library, open_reader
    from chatbot.dialogue import looked_up
    from chatbot.types import Reply
    from chatbot.views.terminal import reply_json, reply_lines

    _check_home(settings)
    most = settings.limits.question_chars
    config = AskConfig(threshold=settings.threshold, max_question_chars=most)
    collections = tuple(names or (DEFAULT_COLLECTION,))
    with open_library(settings) as library:
        library.check_collections(collections)
        reader = open_reader(settings)
        status = 0
        earlier: list[Reply] = []
        for question in questions:
            if not _can_be_asked(question, most):
                status = 2  # the others are still answered
                continue
            meant = looked_up(question, earlier, most)
            reply = ask(meant, library, reader, collections, config)
            earlier += [reply] if follow else []
            lines = reply_lines(reply, typed=question, colour=sys.stdout.isatty())
            print(reply_json(reply) if as_json else "\n".join(lines), flush=True)
    return status


def _check_home(settings: Settings) -> None:
    from retriever import Library

    if not Library.is_in(settings.home):
        raise FileNotFoundError(
            f"no library in {settings.home}: add a document first "
            f"(python -m retriever add PATH --home {settings.home})"
        )


def _corrections(flags: Namespace, settings: Settings) -> int:
    from chatbot.corrections import write_corrections
    from chatbot.desk import open_library
    from chatbot.store.database import Database

    _check_home(settings)
    with open_library(settings) as library, closing(Database(settings.home)) as chats:
        n_verdicts, n_examples = write_corrections(flags.out, chats, library)
    examples, verdicts = _counted(n_examples, "example"), _counted(n_verdicts, "verdict")
    print(f"{examples} from {verdicts}: {flags.out}")
    return 0


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _can_be_asked(question: str, max_chars: int) -> bool:
    from chatbot.ask import check_question

    try:
        check_question(question, max_chars)
    except ValueError as error:
        print(f"quoth: {error}", file=sys.stderr)
        return False
    return True


def _serve(flags: Namespace, settings: Settings) -> int:
    del flags
    from chatbot.ui.launch import serve

    serve(settings)
    return 0


def _readable(text: str) -> str:
    """The text with ``?`` for every byte that is no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _stdin_questions() -> Iterator[str]:
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    for line in sys.stdin:
        if line.strip():
            yield _readable(line.strip())


def _typed_questions() -> Iterator[str]:
    """Questions from a person, until an empty line or the end of input."""
    while True:
        try:
            question = _readable(input("? ").strip())
        except EOFError:
            return
        if not question:
            return
        yield question


if __name__ == "__main__":
    sys.exit(main())
