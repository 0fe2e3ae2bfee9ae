"""Every encoding that people still use is told apart, also in short texts."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever.parsing import parse
from retriever.parsing.encodings import decode
from retriever.parsing.pages import clean

SIMPLIFIED = (
    "机器学习是人工智能的一个分支，它研究如何让计算机从数据中学习。第一版发表于1859年11月24日。"
)
TRADITIONAL = "機器學習是人工智慧的一個分支，它研究如何讓電腦從資料中學習。第一版發表於1859年。"
JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
KOREAN = "대한민국의 수도는 서울이다. 한강은 서울을 가로지른다."
WESTERN = "Die schöne Frau sagte: „köstlich“ – für 15,50 €. L’été était très chaud à Málaga."
RUSSIAN = (
    "Москва является столицей России и крупнейшим городом страны. "
    "Население составляет тринадцать миллионов человек."
)
CZECH = (
    "Nájemní smlouva uzavřená dne 5. května v Praze. Nájemce platí nájemné ve výši dvaceti tisíc "
    "korun měsíčně a to do desátého dne. Je možné, že se výše změní, jak určí obě strany."
)
HUNGARIAN = (
    "A bérlő havonta kétszázezer forintot fizet, legkésőbb minden hónap tizedik napjáig. A "
    "felmondás és az őszi időszakban a fűtés díja is meg van szabva, és ez már nem változik."
)
TURKISH = (
    "Kiracı kirayı her ay ödeyecek ve bu sözleşme bir yıl için geçerli olacak. Daha sonra ev "
    "sahibi ile kiracı, değişen şartlara göre yeni bir sözleşme yapabilir."
)
CASES = [
    (SIMPLIFIED, "gb18030"), (SIMPLIFIED, "gb2312"), (SIMPLIFIED, "gbk"), (SIMPLIFIED, "utf-8"),
    (SIMPLIFIED, "utf-16-le"), (SIMPLIFIED, "utf-16-be"), (SIMPLIFIED, "utf-32-le"),
    (SIMPLIFIED, "utf-32-be"), (TRADITIONAL, "big5"), (JAPANESE, "shift_jis"),
    (JAPANESE, "cp932"), (JAPANESE, "euc_jp"), (KOREAN, "cp949"), (WESTERN, "cp1252"),
    (WESTERN, "utf-16-le"), (WESTERN, "utf-16-be"), (WESTERN, "utf-32-be"), (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8-r"), (CZECH, "cp1250"), (CZECH, "iso8859-2"), (HUNGARIAN, "cp1250"),
    (HUNGARIAN, "iso8859-2"), (TURKISH, "cp1254"), (TURKISH, "iso8859-9"),
]  # fmt: skip
BOMS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_a_text_file_is_read_in_its_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(f"{text}\r\n\r\n{text}".encode(encoding))
    document = parse(path)
    assert document.text == f"{text}\n\n{text}"
    assert document.warnings == ()


def test_signs_that_only_guide_line_breaks_are_not_text(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>The govern&shy;ment of A\u2060B.</p>")
    (tmp_path / "a.txt").write_text("The govern\u00adment of A\u2060B.")
    for name in ("a.html", "a.txt"):
        assert parse(tmp_path / name).text == "The government of AB."


@pytest.mark.parametrize("encoding", BOMS)
@pytest.mark.parametrize("text", [SIMPLIFIED, WESTERN, "x"])
def test_a_byte_order_mark_decides(encoding: str, text: str) -> None:
    decoded = decode(BOMS[encoding] + text.encode(encoding))
    assert (decoded.text, decoded.encoding) == (text, encoding)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(SIMPLIFIED[:8], "gb18030"), (JAPANESE[:8], "cp932"), (TRADITIONAL[:8], "big5hkscs")],
)
def test_a_few_characters_are_enough(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF16_BE])
def test_wide_text_with_any_low_byte_is_no_binary_file(tmp_path: Path, mark: bytes) -> None:
    text = "".join(chr(0x4E00 + place) for place in range(600)) + "\nend"
    path = tmp_path / "a.txt"
    path.write_bytes(mark + text.encode("utf-16-be"))
    assert parse(path).text == text


def test_a_declared_encoding_is_believed_where_it_works() -> None:
    text = "Zażółć gęślą jaźń"
    assert decode(text.encode("iso8859-2"), "ISO-8859-2").text == text
    assert decode(SIMPLIFIED.encode("gb18030"), "gb2312").text == SIMPLIFIED
    assert decode(SIMPLIFIED.encode("utf-8"), "latin-1").text == SIMPLIFIED
    assert decode(WESTERN.encode("cp1252"), "no-such-thing").text == WESTERN
    assert decode(b"plain", "rot13").text == "plain"


def test_bytes_that_cannot_be_read_are_counted_and_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(codecs.BOM_UTF8 + b"good \xff\xfe text")
    document = parse(path)
    assert document.text == "good \ufffd\ufffd text"
    assert document.warnings == ("2 characters could not be read as utf-8",)


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_become_text_without_surrogates_or_zeros(data: bytes) -> None:
    text = clean(decode(data).text)
    text.encode("utf-8")
    assert not set(text) & {"\x00", "\r", "\x0c", "\ufeff"}


@settings(max_examples=300)
@given(st.text(max_size=200))
def test_cleaning_is_idempotent(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_line_ends_of_all_kinds_become_newlines() -> None:
    assert clean("a\r\nb\rc\u2028d\x0be\x85f \t\n\n\n\ng\x00\ud800h") == "a\nb\nc\nd\ne\nf\n\ngh"


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        (JAPANESE, "iso2022_jp", "ISO-2022-JP"),
        ("ﾊﾝｶｸ", "iso2022_jp_ext", "iso-2022-jp"),
        (KOREAN, "iso2022_kr", "iso-2022-kr"),
        (SIMPLIFIED, "hz", "hz-gb-2312"),
    ],
)
def test_a_declared_encoding_of_seven_bits_is_no_ascii(
    text: str, codec: str, declared: str
) -> None:
    assert decode(text.encode(codec), declared).text == text
    assert decode(b"plain ~ words", declared).text == "plain ~ words"
    assert decode(text.encode("utf-8"), declared).text == text


def test_a_mail_in_japanese_is_read(tmp_path: Path) -> None:
    head = "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=ISO-2022-JP\n\n"
    (tmp_path / "a.eml").write_bytes(head.encode() + JAPANESE.encode("iso2022_jp"))
    assert JAPANESE in parse(tmp_path / "a.eml").text


def test_one_bad_byte_does_not_make_utf_8_another_encoding(tmp_path: Path) -> None:
    path, text = tmp_path / "a.txt", "Le café était fermé. " * 60
    path.write_bytes(text.encode() + b"\xff end")
    document = parse(path)
    assert document.text == text + "\ufffd end"
    assert document.warnings == ("1 character could not be read as utf-8",)


def test_a_rare_accent_of_another_encoding_does_not_make_it_utf_8() -> None:
    text = "It was said in plain words. " * 80 + "They met in a café."
    assert decode(text.encode("cp1252")).text == text
