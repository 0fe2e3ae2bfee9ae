"""Damaged and hostile files of every format, the same ones for the same seed.

Makes bytes; parses nothing. ``bench/damaged.py`` feeds them to the parsers.
"""

from __future__ import annotations

import io
import itertools
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from damage_seeds import PROSE, pdf_of, pdf_of_objects, pdf_stream, sound_files, unzip, zip_of

Damage = Callable[[bytes, random.Random], bytes]

MAIN_PART = {
    "a.docx": "word/document.xml", "a.pptx": "ppt/slides/slide1.xml",
    "a.xlsx": "xl/worksheets/sheet1.xml", "a.odt": "content.xml", "a.epub": "a.xhtml",
}  # fmt: skip
_HUGE = 0xFFFFFFFE


@dataclass(frozen=True, slots=True)
class DamagedFile:
    """A file to be parsed: ``kind`` says what was done to it."""

    number: int
    name: str
    kind: str
    data: bytes


def damaged_files(
    n_files: int,
    seed: int = 20261120,
    seeds: Mapping[str, bytes] | None = None,
    is_wanted: Callable[[str], bool] = lambda kind: True,
) -> Iterator[DamagedFile]:
    """``n_files`` files: every format with every damage in turn, then again with other dice.

    Args:
        n_files: how many.
        seed: of the dice.
        seeds: sound files besides the small ones, by name.
        is_wanted: which kinds of damage to do.
    """
    sound = {**sound_files(), **(seeds or {})}
    pairs = [(name, kind) for name in sound for kind in kinds_of(name, sound[name])]
    pairs = [(name, kind) for name, kind in pairs if is_wanted(kind)]
    random.Random(seed).shuffle(pairs)
    for number, (name, kind) in enumerate(itertools.islice(itertools.cycle(pairs), n_files)):
        dice = random.Random(f"{seed}-{number}")
        data = kinds_of(name, sound[name])[kind](sound[name], dice)
        shown = f"a.{dice.choice(_EXTENSIONS)}" if kind == "wrong extension" else name
        yield DamagedFile(number, shown, kind, data)


_EXTENSIONS = (
    "pdf", "docx", "pptx", "xlsx", "odt", "epub", "html", "xml", "rtf", "eml", "md", "csv", "txt",
    "zip", "png", "exe",
)  # fmt: skip


def kinds_of(name: str, data: bytes) -> dict[str, Damage]:
    """Every damage that a file can take, by what it is called."""
    extension = name.rsplit(".", 1)[-1].lower()
    kinds = dict(_ANY)
    if data.startswith(b"PK\x03\x04"):
        kinds |= _ZIP
    if name in MAIN_PART:
        part = MAIN_PART[name]
        kinds |= {what: _with_part(part, make) for what, make in _PART.items()}
    kinds |= _OF_FORMAT.get(extension, {}) if name.startswith("a.") else {}
    return kinds


# Any file


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(1, max(2, len(data)))]


def _headless(data: bytes, dice: random.Random) -> bytes:
    return data[dice.randrange(1, max(2, len(data))) :]


def _flip(data: bytes, dice: random.Random) -> bytes:
    flipped = bytearray(data)
    for _ in range(dice.choice((1, 4, 16, 256))):
        flipped[dice.randrange(len(flipped))] ^= 1 << dice.randrange(8)
    return bytes(flipped)


def _overwrite(data: bytes, dice: random.Random) -> bytes:
    start, length = dice.randrange(len(data)), dice.randrange(1, 4096)
    return data[:start] + dice.randbytes(length) + data[start + length :]


def _zero(data: bytes, dice: random.Random) -> bytes:
    start, length = dice.randrange(len(data)), dice.randrange(1, 4096)
    return data[:start] + bytes(length) + data[start + length :]


def _repeat(data: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(data))
    end = min(len(data), start + dice.randrange(1, 2000))
    return data[:end] + data[start:end] * dice.randrange(1, 200) + data[end:]


def _noise(data: bytes, dice: random.Random) -> bytes:
    return data[:16] + dice.randbytes(dice.randrange(10, 100_000))


_ANY: dict[str, Damage] = {
    "cut": _cut,
    "beginning lost": _headless,
    "bits flipped": _flip,
    "overwritten": _overwrite,
    "zeros": _zero,
    "repeated": _repeat,
    "noise": _noise,
    "empty": lambda data, dice: b"",
    "wrong extension": lambda data, dice: data,
    "two files in one": lambda data, dice: data + dice.choice(list(sound_files().values())),
}

# Archives, and documents that are archives


def _patch(data: bytes, local_at: int, central_at: int, form: str, value: int) -> bytes:
    """The same field of every member, in its own head and in the list of members."""
    patched = bytearray(data)
    for mark, at in ((b"PK\x03\x04", local_at), (b"PK\x01\x02", central_at)):
        place = patched.find(mark)
        while 0 <= place < len(patched) - at - 8:
            struct.pack_into(form, patched, place + at, value)
            place = patched.find(mark, place + 4)
    return bytes(patched)


def _flip_inside(data: bytes, dice: random.Random) -> bytes:
    """A sound archive of a damaged member."""
    members = unzip(data)
    name = dice.choice(sorted(name for name in members if members[name]))
    return zip_of({**members, name: dice.choice((_flip, _cut, _overwrite))(members[name], dice)})


def _member_lost(data: bytes, dice: random.Random) -> bytes:
    members = unzip(data)
    del members[dice.choice(sorted(members))]
    return zip_of(members)


def _bomb(data: bytes, dice: random.Random) -> bytes:
    """600 MB of zeros, packed small; the packing is done by hand to be quick."""
    name = f"media/{dice.randrange(10)}.bin"
    return _with_packed(data, name, 600 << 20)


def _xml_bomb(data: bytes, dice: random.Random) -> bytes:
    return _with_packed(data, "word/extra.xml", 120 << 20)


def _with_packed(data: bytes, name: str, n_zeros: int) -> bytes:
    stream = io.BytesIO(data)
    with (
        zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w") as m,
    ):
        for _ in range(n_zeros >> 20):
            m.write(bytes(1 << 20))
    return stream.getvalue()


def _matryoshka(data: bytes, dice: random.Random) -> bytes:
    for depth in range(dice.randrange(3, 12)):
        data = zip_of({f"{depth}.zip": data})
    return data


def _many_members(data: bytes, dice: random.Random) -> bytes:
    return zip_of({**unzip(data), **{f"m/{place}.txt": b"" for place in range(25_000)}})


_ZIP: dict[str, Damage] = {
    "damaged member": _flip_inside,
    "member lost": _member_lost,
    "bomb": _bomb,
    "XML bomb": _xml_bomb,
    "huge declared size": lambda data, dice: _patch(data, 22, 24, "<L", _HUGE),
    "packed size declared huge": lambda data, dice: _patch(data, 18, 20, "<L", _HUGE),
    "offset declared huge": lambda data, dice: _patch(data, 28, 42, "<L", 0x7FFFFFF0),
    "said to be encrypted": lambda data, dice: _patch(data, 6, 8, "<H", 1),
    "unknown packing": lambda data, dice: _patch(data, 8, 10, "<H", dice.choice((9, 12, 14, 99))),
    "archive in archive": _matryoshka,
    "too many members": _many_members,
}

# The main part of an office document


def _with_part(part: str, make: Damage) -> Damage:
    def damage(data: bytes, dice: random.Random) -> bytes:
        members = unzip(data)
        return zip_of({**members, part: make(members[part], dice)})

    return damage


_ENTITIES = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)


def _entity_bomb(data: bytes, dice: random.Random) -> bytes:
    return _ENTITIES + b"<a>&j;</a>"


def _outside_entity(data: bytes, dice: random.Random) -> bytes:
    return b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def _deep(data: bytes, dice: random.Random) -> bytes:
    depth = dice.choice((300, 5_000, 200_000))
    middle = len(data) // 2
    place = data.find(b"<", middle)
    return data[:place] + b"<x>" * depth + b"</x>" * depth + data[place:]


def _deep_same(data: bytes, dice: random.Random) -> bytes:
    """Nested elements that the parsers walk into: tables in tables."""
    depth = dice.choice((100, 1000, 20_000))
    opened = b'<w:tbl xmlns:w="w"><w:tr><w:tc>', b"</w:tc></w:tr></w:tbl>"
    return opened[0] * depth + opened[1] * depth


def _other_encoding(data: bytes, dice: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(dice.choice(("utf-16", "utf-32", "utf-16-be", "cp037")))


def _wide(data: bytes, dice: random.Random) -> bytes:
    """Cells that say they are very wide, and numbers where none should be."""
    number = dice.choice((b"999999999", b"-1", b"1e9", b"9" * 400))
    for mark in (b"<w:tc>", b"<table:table-cell", b'<c r="A1"', b"<td"):
        data = data.replace(mark, mark.rstrip(b">") + _SPANS[mark] % number)
    return data


_SPANS = {
    b"<w:tc>": b'><w:tcPr><w:gridSpan w:val="%s"/></w:tcPr>',
    b"<table:table-cell": b' table:number-columns-repeated="%s"',
    b'<c r="A1"': b' s="%s"',
    b"<td": b' colspan="%s"',
}

_PART: dict[str, Damage] = {
    "entity bomb": _entity_bomb,
    "outside entity": _outside_entity,
    "deep nesting": _deep,
    "deep tables": _deep_same,
    "another encoding": _other_encoding,
    "absurd numbers": _wide,
}

# Texts and markup


def _surrogates(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data))
    return data[:place] + b"\xed\xa0\x80\xed\xbf\xbf\xff\xfe\xc0\x80" * 50 + data[place:]


_TEXT: dict[str, Damage] = {
    "another encoding": _other_encoding,
    "invalid characters": _surrogates,
    "half of UTF-16": lambda data, dice: data.decode("utf-8", "replace").encode("utf-16")[:-1],
    "nuls": lambda data, dice: b"\x00".join(data[k : k + 7] for k in range(0, len(data), 7)),
    "one long line": lambda data, dice: data + b"word " * 4_000_000,
    "too many characters": lambda data, dice: data + b"a b\n" * 9_000_000,
}
_MARKUP: dict[str, Damage] = {
    "entity bomb": lambda data, dice: b"<?xml version='1.0'?>" + _entity_bomb(data, dice),
    "outside entity": lambda data, dice: b"<?xml version='1.0'?>" + _outside_entity(data, dice),
    "deep nesting": _deep,
    "deep lists": lambda data, dice: b"<html>" + b"<ul><li>" * dice.choice((100, 2000, 100_000)),
    "many tables": lambda data, dice: b"<html>" + b"<table><tr><td>a<td>b" * 30_000,
    "a million elements": lambda data, dice: b"<html>" + b"<b>x</b>" * 1_000_000,
    "a million attributes": lambda data, dice: (
        b"<html><p " + b" ".join(b"a%d=1" % k for k in range(300_000)) + b">x</p>"
    ),
    "encoding that is none": lambda data, dice: (
        b"<?xml version='1.0' encoding='" + dice.choice((b"punycode", b"idna", b"zlib", b"utf-7"))
        + b"'?><html><body>" + b"Zanz\xffibar-" * 50_000
    ),
}  # fmt: skip


def _million_columns(data: bytes, dice: random.Random) -> bytes:
    names = b",".join(b"name%d" % place for place in range(1_000_000))
    return names + b"\n" + b"1," * 1_000_000 + b"\n" + b"2," * 1_000_000


def _deep_mail(data: bytes, dice: random.Random) -> bytes:
    depth = dice.choice((50, 500, 5000))
    heads = [
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (place, place)
        for place in range(depth)
    ]
    return b"MIME-Version: 1.0\nFrom: a@b.c\n" + b"".join(heads) + b"\nZanzibar\n"


_OF_TEXTS: dict[str, dict[str, Damage]] = {
    "txt": _TEXT,
    "md": _TEXT,
    "csv": {
        **_TEXT,
        "a million columns": _million_columns,
        "long names many rows": lambda data, dice: (
            b",".join(b"n" * 79 + b"%d" % k for k in range(90)) + (b"\n" + b"1," * 90) * 20_000
        ),
        "an endless cell": lambda data, dice: b'a,b\n"' + b"x" * (20 << 20),
    },
    "html": {**_TEXT, **_MARKUP},
    "xml": {**_TEXT, **_MARKUP},
    "eml": {
        **_TEXT,
        "deep parts": _deep_mail,
        "endless header": lambda data, dice: b"Subject: " + b"x" * (5 << 20) + b"\n" + data,
        "many headers": lambda data, dice: b"X-A: b\n" * 500_000 + data,
        "bad encoded words": lambda data, dice: (
            b"Subject: " + b"=?utf-8?b?////=?= " * 20_000 + b"\n" + data
        ),
    },
    "rtf": {
        **_TEXT,
        "deep groups": lambda data, dice: rb"{\rtf1 " + b"{" * dice.choice((1000, 1_000_000)),
        "absurd numbers": lambda data, dice: data[:-1] + rb"\u99999999999? \'zz \u-1\bin9999999 }",
        "many control words": lambda data, dice: rb"{\rtf1" + rb"\b\i0 x" * 500_000 + b"}",
    },
}

# PDF


def _page_with(content: bytes, resources: bytes = b"", extra: tuple[bytes, ...] = ()) -> bytes:
    """A PDF of one page with this content; ``extra`` objects are numbered from 6."""
    return pdf_of_objects([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
        b"/Resources << /Font << /F 3 0 R >> %s >> >>" % resources,
        content,
        *extra,
    ])  # fmt: skip


def _flate_bomb(data: bytes, dice: random.Random) -> bytes:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"(x) Tj " * 150_000) for _ in range(300)) + packer.flush()
    return _page_with(pdf_stream(packed, b"/Filter /FlateDecode"))


def _double_bomb(data: bytes, dice: random.Random) -> bytes:
    packed = zlib.compress(zlib.compress(b" " * (300 << 20), 9), 9)
    return _page_with(pdf_stream(packed, b"/Filter [/FlateDecode /FlateDecode]"))


def _loop(data: bytes, dice: random.Random) -> bytes:
    """A form that draws itself, twice."""
    form = pdf_stream(
        b"/X Do /X Do BT /F 9 Tf (x) Tj ET",
        b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>",
    )
    return _page_with(pdf_stream(b"/X Do"), b"/XObject << /X 6 0 R >>", (form,))


def _widening(data: bytes, dice: random.Random) -> bytes:
    """Forms that each draw the next one ten times: 10^9 in the end."""
    forms = []
    for number in range(6, 15):
        head = (
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F 3 0 R >> "
            b"/XObject << /X %d 0 R >> >>" % (number + 1)
        )
        forms.append(pdf_stream(b"/X Do " * 10, head))
    forms.append(pdf_stream(b"0 0 9 9 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]"))
    return _page_with(pdf_stream(b"/X Do"), b"/XObject << /X 6 0 R >>", tuple(forms))


def _pages_in_a_circle(data: bytes, dice: random.Random) -> bytes:
    pages = b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count %d >>" % dice.choice((2, 19_999))
    again = b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 5 >>"
    return pdf_of_objects([b"<< /Type /Catalog /Pages 2 0 R >>", pages, again])


def _absurd(data: bytes, dice: random.Random) -> bytes:
    number = dice.choice((b"99999999999", b"-1", b"0", b"1e38", b"2147483647", b"nan"))
    field = dice.choice((b"/Count 2", b"/Length", b"[0 0 595 842]", b"/Size", b"startxref\n"))
    new = {b"[0 0 595 842]": b"[0 0 " + number + b" " + number + b"]", b"/Count 2": b"/Count "}
    return data.replace(field, new.get(field, field + b" ") + number, 2)


def _image(filter_name: bytes, side: int) -> Damage:
    def damage(data: bytes, dice: random.Random) -> bytes:
        noise = dice.randbytes(3000)
        head = (
            b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB "
            b"/BitsPerComponent 8 /Filter /%s" % (side, side, filter_name)
        )
        content = pdf_stream(b"500 0 0 500 9 9 cm /X Do BT /F 9 Tf (Zanzibar) Tj ET")
        return _page_with(content, b"/XObject << /X 6 0 R >>", (pdf_stream(noise, head),))

    return damage


_OF_FORMAT: dict[str, dict[str, Damage]] = {
    **_OF_TEXTS,
    "pdf": {
        "stream bomb": _flate_bomb,
        "twice packed bomb": _double_bomb,
        "form in itself": _loop,
        "forms that multiply": _widening,
        "pages in a circle": _pages_in_a_circle,
        "absurd numbers": _absurd,
        "previous table is itself": lambda data, dice: pdf_of_objects(
            [b"<< /Type /Catalog /Pages 2 0 R >>"], b"/Root 1 0 R /Prev 9"
        ),
        "too many pages": lambda data, dice: pdf_of(["x"] * 21_000),
        "many pages": lambda data, dice: pdf_of(["Zanzibar"] * 3000),
        "deep arrays": lambda data, dice: _page_with(pdf_stream(b"[" * 500_000)),
        "deep objects": lambda data, dice: _page_with(b"[" * 500_000 + b"]" * 500_000),
        "a million letters": lambda data, dice: pdf_of([PROSE * 1300]),
        "letters in one place": lambda data, dice: _page_with(
            pdf_stream(b"BT /F 9 Tf " + b"1 0 0 1 9 9 Tm (x) Tj " * 200_000 + b"ET")
        ),
        "noise as JPX": _image(b"JPXDecode", 60_000),
        "noise as JBIG2": _image(b"JBIG2Decode", 60_000),
        "noise as DCT": _image(b"DCTDecode", 65_000),
        "noise as CCITT": _image(b"CCITTFaxDecode", 65_000),
        "said to be encrypted": lambda data, dice: data.replace(
            b"/Root", b"/Encrypt << /Filter /Standard /V 5 /R 6 /Length 256 >> /Root"
        ),
    },
}  # fmt: skip
