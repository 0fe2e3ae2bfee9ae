"""The retriever's door on the command line: documents in, out and found, and their care.

Knows the library's verbs and how to print; holds no logic of its own.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy.exc import SQLAlchemyError

from .commands import terminal
from .commands.adding import add_commands, fail, json_line
from .commands.options import add_filter_options, filter_of, ids_of
from .types import DEFAULT_COLLECTION, UnknownCollection, UnknownDocument, UnknownJob

if TYPE_CHECKING:
    from .library import Library
    from .types import Hit


# Mistakes of the caller and troubles of the machine, whose messages say what to do.
TOLD = (
    UnknownCollection, UnknownDocument, UnknownJob, OSError, ValueError, OverflowError,
    RuntimeError, SQLAlchemyError,
)  # fmt: skip


class Parser(argparse.ArgumentParser):
    """Ends misuse with status 2 and one line on standard error."""

    def error(self, message: str) -> NoReturn:
        """Says what was wrong and where help is."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 on success, 1 on failure, 2 on misuse, 130 when interrupted."""
    options = _parser().parse_args(arguments)
    _be_quiet()
    try:
        with _open(options) as library:
            status: int = options.run(library, options)
            return status
    except BrokenPipeError:  # whoever read our lines has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        fail("interrupted; what was added before stays, what was queued waits")
        return 130
    except TOLD as error:
        return fail(str(error) or type(error).__name__)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m retriever", description="Documents in, passages out.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    add_commands(partial(_command, commands))

    listing = _command(commands, "list", _list, "list documents")
    _collections(listing)

    removing = _command(commands, "remove", _remove, "remove documents by number or name")
    removing.add_argument("documents", nargs="+", metavar="DOCUMENT")
    removing.add_argument(
        "--collection", default=DEFAULT_COLLECTION, help="where from (%(default)s)"
    )

    searching = _command(commands, "search", _search, "find passages")
    searching.add_argument("question", metavar="QUESTION", help="'-' reads one a line from stdin")
    searching.add_argument("--k", type=_positive, default=10, help="how many (%(default)s)")
    searching.add_argument(
        "--reranker",
        metavar="NAME",
        help="a cross-encoder's folder or hub name, slow (none)",
    )
    _collections(searching)
    add_filter_options(searching)

    _command(commands, "verify", _verify, "compare SQL, indexes and files")
    _command(commands, "rebuild", _rebuild, "make all indexes anew from SQL")
    _command(commands, "stats", _stats, "count what there is")
    guess = _command(commands, "estimate", _estimate, "what indexing more passages would take")
    guess.add_argument(
        "--passages", type=_positive, required=True, metavar="N", help="how many more of them"
    )

    saving = _command(commands, "backup", _backup, "write the whole home as one file")
    saving.add_argument("file", type=Path, metavar="FILE", help="where to; replaced when complete")
    restoring = _command(commands, "restore", _restore, "make a new home of a backup")
    restoring.add_argument("file", type=Path, metavar="FILE", help="a file that backup wrote")
    return parser


def _command(commands: Any, name: str, run: Any, about: str) -> argparse.ArgumentParser:  # noqa: ANN401 (argparse's own type is private)
    command: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    command.set_defaults(run=run)
    command.add_argument("--home", type=Path, required=True, help="the library's folder")
    command.add_argument("--json", action="store_true", help="one JSON object a line")
    command.add_argument(
        "--encoder", help="a sentence-transformers folder or hub name instead of the packaged one"
    )
    return command


def _collections(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--collection", action="append", help="may be given several times (default)", dest="names"
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def _be_quiet() -> None:
    """Libraries say nothing on our streams; lines are UTF-8 on every machine."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _open(options: argparse.Namespace) -> Library:
    from .library import Library

    if options.command == "restore":
        Library.restore(options.file, options.home)
    if options.command != "add" and not Library.is_in(options.home):
        raise FileNotFoundError(f"no library in {options.home}: add a document first")
    if options.encoder is None:
        return Library.open(options.home)
    from .encoding.embed import Encoder

    return Library.open(options.home, encoder=Encoder.load(options.encoder))


# Commands


def _existing(library: Library, names: list[str] | None) -> list[str]:
    """The collections that a command names; a mistyped one is an error, not an empty list."""
    names = names or [DEFAULT_COLLECTION]
    library.check_collections(names)
    return names


def _list(library: Library, options: argparse.Namespace) -> int:
    for document in library.documents(_existing(library, options.names)):
        if options.json:
            json_line(**asdict(document))
        else:
            print(f"{document.id:>6}  {document.name}: {terminal.summary(document)}")
    return 0


def _remove(library: Library, options: argparse.Namespace) -> int:
    known = library.documents(_existing(library, [options.collection]))
    ids = [i for asked in options.documents for i in ids_of(asked, known)]
    for document in library.remove(ids, options.collection):
        if options.json:
            json_line(document_id=document.id, document=document.name, state="removed")
        else:
            print(f"removed {document.name} ({document.id})")
    return 0


def _search(library: Library, options: argparse.Namespace) -> int:
    names = _existing(library, options.names)
    where = filter_of(options, library.documents(names))
    search = _searcher(library, options.reranker)
    for question in _questions(options.question):
        hits = search(question, options.k, names, where)
        for rank, hit in enumerate(hits, start=1):
            if options.json:
                json_line(question=question, rank=rank, **hit.fields)
            else:
                print(terminal.readable(rank, hit), flush=True)
        if not hits and not options.json:
            print("nothing found")
    return 0


def _searcher(library: Library, name: str | None) -> Callable[..., list[Hit]]:
    """``Library.search``, its best hits scored anew where a cross-encoder is named."""
    if name is None:
        return library.search
    from .rerank import DEPTH, Reranker

    reranker = Reranker.load(name)

    def search(question: str, k: int, *more: Any) -> list[Hit]:  # noqa: ANN401 (as they come)
        return reranker.rank(question, library.search(question, max(k, DEPTH), *more))[:k]

    return search


def _questions(asked: str) -> Iterator[str]:
    if asked != "-":
        yield asked.encode("utf-8", "replace").decode("utf-8")  # bytes that are no UTF-8 become ?
        return
    for line in sys.stdin:
        if question := line.strip():
            yield question


def _verify(library: Library, options: argparse.Namespace) -> int:
    found = library.verify()
    for difference in found:
        if options.json:
            json_line(difference=difference)
        else:
            print(difference)
    if found:
        return fail(f"{len(found)} differences: the rebuild command makes indexes anew from SQL")
    if options.json:
        json_line(differences=0)
    else:
        print("database, indexes and files agree")
    return 0


def _rebuild(library: Library, options: argparse.Namespace) -> int:
    library.rebuild()
    return _stats(library, options)


def _backup(library: Library, options: argparse.Namespace) -> int:
    manifest = library.back_up(options.file)
    size_bytes = options.file.stat().st_size
    if options.json:
        json_line(file=str(options.file), documents=manifest.documents, size_bytes=size_bytes)
    else:
        print(f"{options.file}: {manifest.documents} documents, {size_bytes / 1e6:.1f} MB")
    return 0


def _restore(library: Library, options: argparse.Namespace) -> int:
    return _verify(library, options) or _stats(library, options)


def _estimate(library: Library, options: argparse.Namespace) -> int:
    from .index.estimate import TooLarge, estimate, free_bytes, refuse_unless_fits, said

    n_passages = library.stats().passages + options.passages
    needed = estimate(n_passages, library.encoder.dimension)
    if options.json:
        json_line(**asdict(needed))
    else:
        print(said(needed))
    try:
        refuse_unless_fits(needed, *free_bytes(library.home))
    except TooLarge as error:
        return fail(str(error.strerror))
    return 0


def _stats(library: Library, options: argparse.Namespace) -> int:
    stats = library.stats()
    if options.json:
        json_line(**asdict(stats))
    else:
        print(
            f"{stats.documents} documents in {stats.collections} collections, "
            f"{stats.passages} passages, {stats.size_bytes / 1e6:.1f} MB of files"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
