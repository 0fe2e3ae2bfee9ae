"""The queue's rows in SQL, where they are more than one statement takes; in both databases."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from retriever.sql import jobs
from retriever.sql.database import Database
from retriever.sql.schema import JOBS
from retriever.sql.sqlite import sqlite_url


def new(
    document_id: int, state: jobs.JobState = "indexed", parent_id: int | None = None
) -> jobs.NewJob:
    values = {"state": state, "document_id": document_id, "parent_id": parent_id}
    name = f"{document_id}.txt"
    return jobs.NewJob("default", name, name, "", 0, "", **values)


def test_jobs_of_many_documents_are_found(database: Database) -> None:
    with database.writing() as conn:
        first, last = jobs.add(conn, new(1)), jobs.add(conn, new(70_000))
        jobs.add(conn, new(2, "waiting"))
    with database.reading() as conn:
        driver = conn.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):  # as SQLite is built by default
            driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)
        assert jobs.of_documents(conn, range(1, 70_001)) == [first.id, last.id]
        assert jobs.of_documents(conn, []) == []


def test_an_archive_says_how_far_it_is_and_how_it_ended(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter(f"2026-11-20T16:41:{second:02}+00:00" for second in range(60))
    monkeypatch.setattr(jobs, "_now", lambda: next(moments))
    with database.writing() as conn:
        archive = jobs.add(conn, new(0, "embedding")).id
        files = [jobs.add(conn, new(n, "embedding", archive)) for n in range(1, 5)]
        fractions = []
        for n, file in enumerate(files):
            state: jobs.JobState = "broken" if n == 1 else "indexed"
            jobs.end(conn, jobs.Work(file, "", ""), state, "")
            fractions.append(jobs.one(conn, archive, ["default"]).fraction)
        ended = jobs.one(conn, archive, ["default"])
    assert fractions == [0.25, 0.5, 0.75, 1.0]
    assert (ended.state, ended.reason) == ("partly_failed", "1 of 4 files were not added")


def test_the_files_of_an_archive_are_counted_once_a_second(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    counts = jobs._counts

    def counting(conn: Connection, parent_id: int) -> dict[str, int]:
        counted.append(parent_id)
        return counts(conn, parent_id)

    monkeypatch.setattr(jobs, "_counts", counting)
    monkeypatch.setattr(jobs, "_now", lambda: "2026-11-20T16:41:06+00:00")
    with database.writing() as conn:
        archive = jobs.add(conn, new(0, "embedding")).id
        files = [jobs.add(conn, new(n, "embedding", archive)) for n in range(1, 5)]
        for file in files:
            jobs.end(conn, jobs.Work(file, "", ""), "indexed", "")
        assert counted == [archive]  # at the end
        assert jobs.one(conn, archive, ["default"]).state == "indexed"


def test_jobs_are_found_without_a_search_of_all(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "library.db"))
    of_archive = select(JOBS.c.id).where(JOBS.c.parent_id == 1, JOBS.c.state.in_(jobs.UNFINISHED))
    of_source = select(JOBS.c.id).where(JOBS.c.collection == "a", JOBS.c.source == "b")
    with database.reading() as conn:
        for query, index in ((of_archive, "jobs_of_archive"), (of_source, "jobs_of_source")):
            words = query.compile(conn, compile_kwargs={"literal_binds": True})
            [step] = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}").all()
            assert f"SEARCH jobs USING COVERING INDEX {index}" in step.detail
            assert step.detail.count("=?") == 2
    database.close()
