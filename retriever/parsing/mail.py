"""E-mail (.eml): who wrote to whom, when, about what, and the message.

Attachments are named, not read: they are files of their own.
"""

from __future__ import annotations

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
_TEXTS = ("text/plain", "text/html")
# Whose other parts are the same once more, or pictures within it.
_WOVEN = ("alternative", "related")


def parse_mail(path: Path, limits: ParseLimits) -> Pages:
    """Header lines, an empty line, the message; plain text is preferred to the same in HTML."""
    with path.open("rb") as stream:
        message = BytesParser(EmailMessage, policy=policy.default).parse(stream)
    fields = [f"{name}: {value}" for name in _FIELDS if (value := _header(message, name))]
    texts, unread = _read(message)
    sole = [part for part in unread if part.get_content_type() in _TEXTS]
    if not _says(texts) and len(sole) == 1:  # the message itself, called an attachment
        texts, unread = [_content(sole[0])], [part for part in unread if part is not sole[0]]
    names = ", ".join(map(_name, unread))
    warnings = [f"attachments are not read: {names}"] if names else []
    return Pages(MEDIA_TYPE, [clean("\n".join([*fields, "", "\n\n".join(texts)]))], warnings)


def _header(message: EmailMessage, name: str) -> str:
    """A header's value; as it was written where it follows no rule."""
    raw = next((str(it) for key, it in message.raw_items() if key.lower() == name.lower()), "")
    if not raw.isascii():  # bytes that no one declared: most likely those of the message
        declared = next(filter(None, message.get_charsets()), None)
        raw = decode(raw.encode("ascii", "surrogateescape"), declared).text
    try:
        return str(message.policy.header_fetch_parse(name, raw))
    except MemoryError:
        raise
    except Exception:  # the standard library's parser ends in errors of any kind
        return " ".join(raw.split())


def _read(part: EmailMessage, woven: bool = False) -> tuple[list[str], list[EmailMessage]]:
    """A part's texts, in their order, and which parts below it are not read."""
    kind = part.get_content_subtype()
    if part.get_content_maintype() != "multipart" or not part.is_multipart():
        is_text = part.get_content_type() in _TEXTS or part.get_content_maintype() == "multipart"
        if is_text and not part.is_attachment():
            return [_content(part)], []
        return [], [] if woven and not part.is_attachment() else [part]
    inner = [it for it in part.iter_parts() if isinstance(it, EmailMessage)]
    if kind == "alternative":
        inner.sort(key=lambda it: it.get_content_type() != "text/plain")
    found = [_read(it, kind in _WOVEN) for it in inner]
    unread = [it for _, parts in found for it in parts]
    if kind == "alternative":
        return next((texts for texts, _ in found if _says(texts)), []), unread
    return [text for texts, _ in found for text in texts], unread


def _says(texts: list[str]) -> bool:
    return any(map(str.strip, texts))


def _content(part: EmailMessage) -> str:
    """Text of a part, whatever encoding it claims."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    text = decode(payload, part.get_content_charset()).text
    return html_text(text) if part.get_content_subtype() == "html" else text


def _name(part: EmailMessage) -> str:
    return clean(part.get_filename() or part.get_content_type()).replace("\n", " ")
