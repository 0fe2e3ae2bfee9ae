"""The queue's rows in SQL, where they are more than one statement takes; in both databases."""

from __future__ import annotations

import sqlite3

from retriever.sql import jobs
from retriever.sql.database import Database


def new(document_id: int, state: jobs.JobState = "indexed") -> jobs.NewJob:
    name = f"{document_id}.txt"
    return jobs.NewJob("default", name, name, "", 0, "", state=state, document_id=document_id)


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
