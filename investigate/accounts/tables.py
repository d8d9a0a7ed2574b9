"""The tables of the console's own state. Times are whole seconds since 1970-01-01T00:00:00Z."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
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
    # As whom an OpenID provider knows them; nothing where they have a password, and only there.
    Column("issuer", String(512)),
    Column("subject", String(255)),
    Index("users_of_provider", "issuer", "subject", unique=True),
    # Who they are in the trail, such as staff:0417, where they may be asked to explain.
    Column("actor", String(512)),
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

# Sign-ins at the provider that have begun in a browser, until it comes back.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    Column("begun_at", BigInteger, nullable=False),
    # The page of ours that was asked for.
    Column("wanted", Text, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    # Case 2026-17 is the serial 17 of the year 2026.
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("serial", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("opened_by", String(64), ForeignKey("users.name"), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    # Whoever takes a step takes the one after the last they knew, or none.
    Column("steps", Integer, nullable=False),
    # The last request for an explanation: to whom in the trail, and until when.
    Column("asked", String(512), index=True),
    Column("deadline", BigInteger),
)

case_steps = Table(
    "case_steps",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("serial", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("what", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("name", String(64), ForeignKey("users.name"), nullable=False),
    Column("role", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("asked", String(512), index=True),
    Column("deadline", BigInteger),
    # The event that says so in the trail.
    Column("event_id", String(64), nullable=False),
    ForeignKeyConstraint(["year", "serial"], ["cases.year", "cases.serial"]),
)

case_findings = Table(
    "case_findings",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("serial", Integer, primary_key=True, autoincrement=False),
    Column("finding_id", String(128), primary_key=True),
    Column("detector", String(128), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("actor", Text, nullable=False),
    ForeignKeyConstraint(["year", "serial"], ["cases.year", "cases.serial"]),
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
