"""What verify says: every kind of difference, and nothing while others write."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from retriever import Library
from tests.retriever.hash_encoder import hash_encoder

WriteFile = Callable[[str, str], Path]

WYE = "The Wye flows from Plynlimon to the Severn. It passes Hay, Hereford and Ross."
ORIGIN = "On the Origin of Species appeared on 24 November 1859. Darwin wrote it in Kent."


@pytest.mark.parametrize(
    "statement, said",
    [
        ("UPDATE passages SET text = 'The Wye' WHERE document_id = 1", "is no slice of its"),
        ("DELETE FROM vectors WHERE passage_id = 1 << 20", "has 1 and 0 vectors"),
        ("UPDATE documents SET n_passages = 3 WHERE id = 1", "should have 3 passages, has 1"),
        ("UPDATE documents SET sha256 = 'ab' WHERE id = 1", "the original ab is missing"),
        ("UPDATE vectors SET vector = zeroblob(256)", "other numbers than SQL for 2 passages"),
    ],
)
def test_what_sql_was_made_to_say_is_seen(
    library: Library, write_file: WriteFile, statement: str, said: str
) -> None:
    library.add(write_file("wye.txt", WYE))
    library.add(write_file("origin.txt", ORIGIN))
    library.search("Wye")
    assert library.verify() == []
    with library._database.writing() as conn:
        conn.exec_driver_sql(statement)
    assert any(said in one for one in library.verify())


def test_nothing_is_said_while_others_write(tmp_path: Path, write_file: WriteFile) -> None:
    """A second opening of the home adds and removes all the while."""
    stop = threading.Event()

    def work(library: Library) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            document = library.add(write_file(f"{number}.txt", f"Text number{number}. " * 200))
            if number % 2:
                library.remove([document.id])
            stop.wait(0.05)

    home = tmp_path / "home"
    with (
        Library.open(home, encoder=hash_encoder()) as writer,
        Library.open(home, encoder=hash_encoder()) as library,
    ):
        worker = threading.Thread(target=work, args=(writer,))
        worker.start()
        try:
            found = [library.verify() for _ in range(12)]
        finally:
            stop.set()
            worker.join()
        assert [one for differences in found for one in differences if "rests" not in one] == []
        assert any(differences == [] for differences in found)
        assert library.verify() == writer.verify() == []
