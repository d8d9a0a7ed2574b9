"""The tables of the console's own state. Times are whole seconds since 1970-01-01T00:00:00Z."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
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
