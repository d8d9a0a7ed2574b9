"""The tables of the console's own state. Times are whole seconds since 1970-01-01T00:00:00Z."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(32), nullable=False),
    Column("password_hash", String(256), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # Wrong passwords in a row, and until when none is looked at any more.
    Column("failures", Integer, nullable=False),
    Column("locked_until", BigInteger, nullable=False),
    # A name that was somebody's stays theirs: the trail goes on speaking of them.
    Column("removed_at", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("name", String(64), ForeignKey("users.name"), nullable=False, index=True),
    Column("opened_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    # On what grounds the person asks, until they say otherwise.
    Column("purpose", Text, nullable=False),
    Column("case_number", Text, nullable=False),
    Column("justification", Text, nullable=False),
)

searches = Table(
    "searches",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), ForeignKey("users.name"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("target", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    UniqueConstraint("owner", "name"),
)
