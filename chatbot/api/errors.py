"""Why a call was refused: a kind for programs, a sentence for people.

Knows no call and no transport.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from chatbot.people.collections import Ambiguous
from chatbot.people.limits import LimitReached
from chatbot.people.troubles import trouble_text
from chatbot.views.words import ENGLISH
from retriever.types import UnknownCollection, UnknownDocument

Kind = Literal["invalid", "no_token", "not_allowed", "not_found", "limit", "busy", "failed"]

STATUS: dict[Kind, int] = {
    "invalid": 400,  # an argument is missing, unknown, or of the wrong form
    "no_token": 401,
    "not_allowed": 403,
    "not_found": 404,  # no such call, or no such document or collection for this caller
    "limit": 429,
    "busy": 503,
    "failed": 500,  # not the caller's fault; the server's log says more
}

log = logging.getLogger(__name__)


class Refused(Exception):
    """A call that was not done. ``kind`` is one of ``STATUS``, the text is for a person."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind

    @property
    def status(self) -> int:
        """The HTTP status that says the same."""
        return STATUS[self.kind]


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever goes wrong inside leaves as ``Refused``; what nobody expected is logged."""
    try:
        yield
    except Refused:
        raise
    except (UnknownDocument, UnknownCollection) as error:
        raise Refused("not_found", str(error)) from error
    except PermissionError as error:
        raise Refused("not_allowed", str(error)) from error
    except Ambiguous as error:
        raise Refused("invalid", str(error)) from error
    except Exception as error:
        kind, said = _kind(error), trouble_text(error, ENGLISH)
        if kind == "failed":
            log.exception("a call failed")
        unsaid = f"something went wrong on the server ({type(error).__name__}); its log says more"
        raise Refused(kind, said or unsaid) from error


def _kind(error: Exception) -> Kind:
    if isinstance(error, LimitReached):
        return "limit"
    return "busy" if isinstance(error, TimeoutError) else "failed"
