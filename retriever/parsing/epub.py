"""EPUB books: a chapter of the spine is a page.

A chapter that cannot be read costs that chapter alone.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

from lxml import etree

from retriever.parsing.html import decode_markup, html_text
from retriever.parsing.limits import ParseLimits, check_archive
from retriever.parsing.pages import Pages
from retriever.types import UnreadableFile

MEDIA_TYPE = "application/epub+zip"

_CONTAINER = "META-INF/container.xml"
_OPF = "{http://www.idpf.org/2007/opf}"
_CHAPTER_TYPES = ("application/xhtml+xml", "text/html", "application/xml")

Element: TypeAlias = Any  # lxml's elements have no types of their own


def parse_epub(path: Path, limits: ParseLimits) -> Pages:
    """Every chapter that the spine names, in its order, without the navigation page.

    Raises:
        UnreadableFile: ``encrypted`` or ``broken``.
    """
    check_archive(path, limits)
    texts: list[str] = []
    warnings: list[str] = []
    with zipfile.ZipFile(path) as archive:
        chapters = list(_chapters(archive))
        locked = _locked(archive)
        if chapters and locked.issuperset(chapters):
            raise UnreadableFile("encrypted", "the book is locked (DRM)")
        for number, member in enumerate(chapters, start=1):
            try:
                texts.append(html_text(decode_markup(archive.read(member)).text))
            except (KeyError, ValueError, etree.LxmlError, UnreadableFile) as error:
                texts.append("")
                warnings.append(f"chapter {number} could not be read: {error}")
            except RecursionError:
                texts.append("")
                warnings.append(f"chapter {number} could not be read: it is nested too deeply")
    if not chapters:
        raise UnreadableFile("broken", "the book names no chapters")
    if len(warnings) == len(texts):
        raise UnreadableFile("broken", warnings[0])
    return Pages(MEDIA_TYPE, texts, warnings)


def _chapters(archive: zipfile.ZipFile) -> Iterator[str]:
    """Archive members of the spine."""
    rootfile = _root(archive.read(_CONTAINER)).find(".//{*}rootfile")
    if rootfile is None:
        raise UnreadableFile("broken", "the book does not say where its contents are")
    package_path = rootfile.get("full-path", "")
    package = _root(archive.read(package_path))
    items = {item.get("id"): item for item in package.iter(_OPF + "item")}
    for reference in package.iter(_OPF + "itemref"):
        item = items.get(reference.get("idref"))
        if item is None or "nav" in item.get("properties", "").split():
            continue
        if item.get("media-type") in _CHAPTER_TYPES:
            href = unquote(item.get("href", "").split("#")[0])
            yield posixpath.normpath(posixpath.join(posixpath.dirname(package_path), href))


def _locked(archive: zipfile.ZipFile) -> set[str]:
    """Members that are encrypted; fonts often are, harmlessly."""
    name = "META-INF/encryption.xml"
    if name not in archive.namelist():
        return set()
    references = _root(archive.read(name)).iter("{*}CipherReference")
    return {unquote(reference.get("URI", "")) for reference in references}


def _root(data: bytes) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(data, parser)
