"""E-mail (.eml): who wrote to whom, when, about what, and the message.

Attachments are named, not read: they are files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from retriever.parsing.encodings import decode
from retriever.parsing.html import html_text
from retriever.parsing.limits import ParseLimits
from retriever.parsing.pages import Pages, clean

MEDIA_TYPE = "message/rfc822"

_FIELDS = ("Subject", "From", "To", "Cc", "Date")


def parse_mail(path: Path, limits: ParseLimits) -> Pages:
    """Header lines, an empty line, the body; plain text is preferred to HTML."""
    with path.open("rb") as stream:
        message = BytesParser(EmailMessage, policy=policy.default).parse(stream)
    fields = [f"{name}: {message[name]}" for name in _FIELDS if message[name]]
    body = message.get_body(("plain", "html"))
    text = _content(body) if isinstance(body, EmailMessage) else ""
    names = list(_attachment_names(message))
    warnings = [f"attachments are not read: {', '.join(names)}"] if names else []
    return Pages(MEDIA_TYPE, [clean("\n".join([*fields, "", text]))], warnings)


def _content(part: EmailMessage) -> str:
    """Text of a part, whatever encoding it claims."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    text = decode(payload, part.get_content_charset()).text
    return html_text(text) if part.get_content_subtype() == "html" else text


def _attachment_names(message: EmailMessage) -> Iterator[str]:
    for part in message.iter_attachments():
        yield clean(part.get_filename() or part.get_content_type()).replace("\n", " ")
