"""Another encoder's vectors: made beside the old ones, resumed, nothing lost, switched at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from retriever import Library
from retriever.care import reembed
from retriever.encoding.embed import Encoder
from retriever.encoding.identity import WrongEncoder
from retriever.records import FloatArray
from tests.retriever.hash_encoder import hash_encoder

WriteFile = Callable[[str, str], Path]


def noticing(encoder: Encoder, act: Callable[[int], None]) -> Encoder:
    """The same encoder, but ``act`` is told the number of each call first."""
    calls = 0

    def forward(texts: list[str]) -> FloatArray:
        nonlocal calls
        calls += 1
        act(calls)
        return encoder.encode(texts)

    return Encoder("noticing", encoder.dimension, forward)


def wider(encoder: Encoder) -> Encoder:
    """An encoder with rows of another length."""

    def forward(texts: list[str]) -> FloatArray:
        rows = encoder.encode(texts)
        return np.concatenate([rows, -rows], axis=1)

    return Encoder("wider", 2 * encoder.dimension, forward)


@pytest.fixture
def home(tmp_path: Path, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty documents by one encoder; two passages a batch."""
    monkeypatch.setattr(reembed, "AT_ONCE", 2)
    with Library.open(tmp_path / "home", encoder=hash_encoder("old")) as library:
        for number in range(20):
            library.add(write_file(f"{number}.txt", f"Text number{number} speaks of it."))
    return tmp_path / "home"


def found(library: Library, numbers: Sequence[int]) -> bool:
    return all(
        library.search(f"number{n}", 1)[0].passage.document_name == f"{n}.txt" for n in numbers
    )


def test_the_library_stays_in_use_meanwhile(home: Path, write_file: WriteFile) -> None:
    with Library.open(home, encoder=hash_encoder("old")) as beside:

        def use(call: int) -> None:
            if call == 4:
                assert found(beside, range(20))
                beside.add(write_file("20.txt", "Text number20 speaks of it."))
                [first] = [d for d in beside.documents() if d.name == "3.txt"]
                beside.remove([first.id])

        with Library.open(home, encoder=noticing(hash_encoder(salt="x"), use)) as library:
            library.rebuild()
            assert found(library, [n for n in range(21) if n != 3])
            assert library.verify() == []
            assert len(library.documents()) == 20
        with pytest.raises(WrongEncoder):
            beside.search("number1")


def interrupt(home: Path) -> None:
    """A rebuild with another encoder that ends half way."""

    def stop(call: int) -> None:
        if call == 6:
            raise KeyboardInterrupt

    with (
        Library.open(home, encoder=noticing(hash_encoder(salt="x"), stop)) as library,
        pytest.raises(KeyboardInterrupt),
    ):
        library.rebuild()


def test_an_interrupted_one_goes_on_where_it_was(home: Path) -> None:
    interrupt(home)
    with Library.open(home, encoder=hash_encoder("old")) as library:
        assert found(library, range(20))
    calls: list[int] = []
    with Library.open(home, encoder=noticing(hash_encoder(salt="x"), calls.append)) as library:
        library.rebuild()
        assert 5 <= len(calls) <= 8  # of about 11
        assert found(library, range(20))
        assert library.verify() == []


def test_two_at_once_with_the_same_encoder_do_it_together(home: Path) -> None:
    def beside(call: int) -> None:
        if call == 2:  # the first batch was read, and is put aside by another process as well
            interrupt(home)

    with Library.open(home, encoder=noticing(hash_encoder(salt="x"), beside)) as library:
        library.rebuild()
        assert found(library, range(20))
        assert library.verify() == []


def test_whoever_comes_second_is_told_so(home: Path) -> None:
    def beside(call: int) -> None:
        if call == 2:
            with Library.open(home, encoder=hash_encoder(salt="x")) as other:
                other.rebuild()

    with Library.open(home, encoder=noticing(hash_encoder(salt="x"), beside)) as library:
        with pytest.raises(RuntimeError, match="see whether this is still wanted"):
            library.rebuild()
        assert found(library, range(20))
        assert library.verify() == []


def test_what_was_put_aside_is_left_when_the_old_encoder_stays(home: Path) -> None:
    interrupt(home)
    with Library.open(home, encoder=hash_encoder("old")) as library:
        library.rebuild()
        with library._database.reading() as conn:
            assert conn.exec_driver_sql("SELECT count(*) FROM vectors_anew").scalar() == 0
        assert found(library, range(20))


def test_rows_may_be_of_another_length(home: Path) -> None:
    with (
        Library.open(home, encoder=hash_encoder("old")) as beside,
        Library.open(home, encoder=wider(hash_encoder("old"))) as library,
    ):
        assert found(beside, [1])
        library.rebuild()
        assert found(library, range(20))
        assert beside.verify() == library.verify() == []
