"""The lines that tell where the page can be opened, from here, the network and the world.

Knows no page; the network is only asked which address this machine has on it.
"""

from __future__ import annotations

import socket

from chatbot.settings import EVERY_ADDRESS, LOOPBACK, Settings
from retriever.types import DEFAULT_COLLECTION

ELSEWHERE = "192.0.2.1"  # documentation's own (RFC 5737): nothing is sent to it


def ready_lines(settings: Settings, port: int, public_url: str | None) -> list[str]:
    """What to say once the page is served; the first line holds the address to open here."""
    here = LOOPBACK if settings.host == EVERY_ADDRESS else settings.host
    lines = [f"Quoth is ready at http://{here}:{port}"]
    if public_url:
        return [*lines, f"Public link, for a week at most: {public_url}"]
    if settings.host == EVERY_ADDRESS:
        lines += [f"On your network: http://{found}:{port}" for found in [lan_address()] if found]
    elif settings.share:
        lines.append(f"To reach it from your network, start it with --host {EVERY_ADDRESS}.")
    if settings.share:  # last: the notebook stops reading here
        lines.append("No public link: the tunnel's server cannot be reached from this machine.")
    return lines


def unshown_lines(n_documents: int) -> list[str]:
    """What to say of documents in the home that the page does not show; nothing without any."""
    if not n_documents:
        return []
    some = "1 document is" if n_documents == 1 else f"{n_documents} documents are"
    return [
        f"Not on the page: {some} in the collection {DEFAULT_COLLECTION}; "
        f"to show it to everybody, start it with --show {DEFAULT_COLLECTION}."
    ]


def lan_address() -> str | None:
    """This machine's address on its network; None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((ELSEWHERE, 9))  # a datagram socket sends nothing when it connects
        except OSError:
            return None
        found = str(probe.getsockname()[0])
    return None if found.startswith("127.") else found
