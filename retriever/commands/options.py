"""What a search on the command line may be restricted to: options, and the filter they make.

Knows how documents are listed, but runs no command.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from ..types import Document, Filter, UnknownDocument

_MAX_DIGITS = 9  # of a page number: what a database surely holds


def add_filter_options(command: argparse.ArgumentParser) -> None:
    """Adds --document, --type, --since, --before and --page."""
    group = command.add_argument_group("restrict the search")
    group.add_argument(
        "--document",
        action="append",
        dest="documents",
        help="number or name; may be given several times",
    )
    group.add_argument(
        "--type",
        action="append",
        dest="types",
        help="media type (application/pdf) or ending of a name (pdf); several times too",
    )
    group.add_argument(
        "--since", type=_moment, help="added then or later: 2026-11-20, or 2026-11-20T16:00+01:00"
    )
    group.add_argument("--before", type=_moment, help="added before; dates without zone are UTC")
    group.add_argument("--page", type=_pages, help="on this page, or these: 3 or 3-7")


def filter_of(options: argparse.Namespace, known: Sequence[Document]) -> Filter | None:
    """The filter that the options ask for; None if they ask for none.

    Args:
        options: parsed by a command with filter options.
        known: documents of the collections that are searched.

    Raises:
        UnknownDocument: a document or type is not among ``known``.
    """
    wanted = Filter(
        document_ids=options.documents and _ids(options.documents, known),
        media_types=options.types and _types(options.types, known),
        added_from=options.since,
        added_before=options.before,
        pages=options.page,
    )
    return None if wanted == Filter() else wanted


def ids_of(asked: str, known: Sequence[Document]) -> list[int]:
    """Ids of the known documents with this number, or else this name.

    Raises:
        UnknownDocument: there are none.
    """
    by_id = [document.id for document in known if str(document.id) == asked]
    by_name = [document.id for document in known if document.name == asked]
    if not by_id and not by_name:
        names = ", ".join(sorted({document.collection for document in known})) or "the library"
        raise UnknownDocument(f"no document {asked!r} in {names}: see the list command")
    return by_id or by_name


def _ids(asked: Sequence[str], known: Sequence[Document]) -> frozenset[int]:
    return frozenset(i for one in asked for i in ids_of(one, known))


def _types(asked: Sequence[str], known: Sequence[Document]) -> frozenset[str]:
    found = set()
    for one in asked:
        ending = "." + one.lower().lstrip(".")
        types = {
            document.media_type
            for document in known
            if document.state == "indexed"
            and (document.media_type == one or document.name.lower().endswith(ending))
        }
        if not types:
            raise UnknownDocument(f"no document of type {one!r}: see the list command")
        found |= types
    return frozenset(found)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the first and last hours have no UTC
        raise argparse.ArgumentTypeError(
            f"expected a date like 2026-11-20, got {text!r}"
        ) from error


def _pages(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    last = last or first
    is_number = all(one.isdecimal() and len(one) <= _MAX_DIGITS for one in (first, last))
    if not (is_number and 1 <= int(first) <= int(last)):
        raise argparse.ArgumentTypeError(f"expected a page or first-last, got {text!r}")
    return int(first), int(last)
