"""What a stretch of a collection's history comes to: pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Change


def net(changes: Sequence[Change]) -> tuple[list[int], list[int]]:
    """Document ids to add and to take out; what came and went in between is only taken out."""
    removed = {change.document_id for change in changes if change.kind == "remove"}
    added = {change.document_id for change in changes if change.kind == "add"} - removed
    return sorted(added), sorted(removed)


def has_reset(changes: Sequence[Change]) -> bool:
    """Whether all vectors were replaced."""
    return any(change.kind == "reset" for change in changes)
