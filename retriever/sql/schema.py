"""The tables of the library's database.

Knows what is kept, but neither how to connect nor who asks.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

_BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER keys only
metadata = MetaData()

META = Table(
    "meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False)
)
COLLECTIONS = Table(
    "collections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("key", String, nullable=False, unique=True),  # names its folders, never used twice
    sqlite_autoincrement=True,
)
DOCUMENTS = Table(
    "documents",
    metadata,
    Column("id", _BigId, primary_key=True),
    Column("collection_id", ForeignKey("collections.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("n_pages", Integer, nullable=False),
    Column("n_passages", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("added_at", String, nullable=False),
    Column("page_starts", JSON, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("collection_id", "sha256"),
    sqlite_autoincrement=True,  # an id is never given to a second document
)
PASSAGES = Table(
    "passages",
    metadata,
    Column("id", _BigId, primary_key=True, autoincrement=False),
    Column("document_id", ForeignKey("documents.id"), nullable=False, index=True),
    Column("char_start", Integer, nullable=False),
    Column("char_end", Integer, nullable=False),
    Column("page_number", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("context", Text, nullable=False, server_default=""),  # helps to find it, never quoted
)
VECTORS = Table(
    "vectors",
    metadata,
    Column("passage_id", ForeignKey("passages.id"), primary_key=True, autoincrement=False),
    Column("vector", LargeBinary, nullable=False),  # float32, little endian, unit length
)
VECTORS_ANEW = Table(  # of another encoder, until all are there and take the others' place
    "vectors_anew",
    metadata,
    Column("passage_id", ForeignKey("passages.id"), primary_key=True, autoincrement=False),
    Column("vector", LargeBinary, nullable=False),
)
CHANGES = Table(
    "changes",
    metadata,
    Column("seq", _BigId, primary_key=True),
    Column("collection_id", ForeignKey("collections.id"), nullable=False),
    Column("document_id", BigInteger, nullable=False),
    Column("kind", String, nullable=False),  # add | remove | reset
    Index("changes_of_collection", "collection_id", "seq"),
    sqlite_autoincrement=True,
)

# Where documents come from: a path, or the name of an upload. Two versions of one source may
# stand here while the newer one cannot be read; a document may have several sources.
SOURCES = Table(
    "sources",
    metadata,
    Column("collection_id", ForeignKey("collections.id"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("document_id", ForeignKey("documents.id"), primary_key=True, index=True),
)
JOBS = Table(
    "jobs",
    metadata,
    Column("id", _BigId, primary_key=True),
    Column("collection", String, nullable=False),  # a name: it may not exist yet
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("stored", String, nullable=False),  # the queue's own copy; "" when there is none
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("fraction", Float, nullable=False),
    Column("left_s", Float),
    Column("outcome", String, nullable=False),  # "" | added | replaced | unchanged
    Column("document_id", BigInteger),
    Column("parent_id", BigInteger),  # the job of the archive it lay in
    Column("tries", Integer, nullable=False),
    Column("changed_at", String, nullable=False),
    Index("jobs_of_source", "collection", "source"),
    Index("jobs_of_archive", "parent_id", "state"),
    sqlite_autoincrement=True,
)
# Who works on what: taken over when its holder's process ends or says nothing until expires_at.
LEASES = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("expires_at", Float, nullable=False),  # seconds since 1970
)
