"""Which encoder a library's vectors come from.

Knows encoders and the store, but no index. An encoder is known by the vector it gives to one
fixed sentence: names and folders may change, numbers may not.
"""

from __future__ import annotations

import json

import numpy as np
from sqlalchemy import Connection

from ..sql import store
from .embed import Encoder

SETTING = "encoder"
SAME_COSINE = 0.99  # bf16 and other runtimes of one encoder stay above 0.999


class WrongEncoder(ValueError):
    """The library's vectors come from another encoder than the one at hand."""


def dimension(conn: Connection) -> int | None:
    """Length of the library's vectors; None before the first one."""
    found = store.setting(conn, SETTING)
    return len(json.loads(found)["probe"]) if found else None


def fits(conn: Connection, encoder: Encoder, key: str = SETTING) -> bool:
    """Whether the library's vectors come from ``encoder``; yes while there are none."""
    found = store.setting(conn, key)
    if not found:
        return True
    known = np.asarray(json.loads(found)["probe"], dtype=np.float32)  # (dim,)
    return encoder.dimension == len(known) and bool(known @ encoder.fingerprint >= SAME_COSINE)


def check(conn: Connection, encoder: Encoder) -> None:
    """Raises WrongEncoder unless ``encoder`` fits."""
    if not fits(conn, encoder):
        name = json.loads(store.setting(conn, SETTING) or "{}")["name"]
        raise WrongEncoder(
            f"this library was made with the encoder {name!r}, not {encoder.name!r}: open it with "
            f"that one, or embed everything anew (python -m retriever rebuild --encoder ...)"
        )


def agree(conn: Connection, encoder: Encoder) -> None:
    """As ``check``; the first encoder is remembered. Within the transaction that adds."""
    if store.setting(conn, SETTING):
        check(conn, encoder)
        return
    remember(conn, encoder)


def remember(conn: Connection, encoder: Encoder, key: str = SETTING) -> None:
    """Notes that ``encoder`` makes the library's vectors."""
    value = {"name": encoder.name, "probe": encoder.fingerprint.tolist()}
    store.remember(conn, key, json.dumps(value))
