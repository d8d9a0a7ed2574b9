import stat

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from investigate.accounts import database
from investigate.accounts.errors import DatabaseError
from investigate.accounts.tables import metadata
from investigate.accounts.users import Role, Users
from tests.accounts.conftest import GOOD, opened


def test_migrations_make_what_the_program_expects(accounts):
    """After all migrations the database has exactly the tables that the program names."""
    with accounts.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_does_nothing(accounts):
    """A database of this version lacks nothing, and checks."""
    assert database.migrate(accounts) == []
    database.check(accounts)


def test_an_empty_database_is_refused(url):
    """A database that was never migrated is refused, with the command that mends it."""
    known = database.engine(url)
    with pytest.raises(DatabaseError, match="gamsa console migrate"):
        database.check(known)
    known.dispose()


def test_a_later_database_is_refused(accounts):
    """A database of a later version is neither used nor changed."""
    with accounts.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="later than this program"):
        database.migrate(accounts)


def test_the_file_is_its_owners_alone(tmp_path):
    """Nobody else on the machine may read the SQLite file."""
    file = tmp_path / "accounts.sqlite"
    database.migrate(database.engine(database.sqlite_url(file)))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_backup_is_a_database(users, sessions, tmp_path, clock):
    """A copy lets the same people in with the same passwords, and nobody is signed in there."""
    users.add("inspector", Role.AUDITOR, GOOD)
    token = opened(sessions, "inspector")
    kept = database.engine(database.sqlite_url(tmp_path / "kept.sqlite"))
    database.migrate(kept)
    assert database.copy(users.database, kept) == 1
    assert Users(kept, clock).admit("inspector", GOOD).role is Role.AUDITOR
    assert type(sessions)(kept, clock).find(token) is None
    with pytest.raises(DatabaseError, match="has users already"):
        database.copy(users.database, kept)


@pytest.mark.parametrize("url", ["", "not a url", "mysql://x"])
def test_a_wrong_url_is_said_to_be_one(url):
    """What is no URL is refused without a trace of it, for it may hold a password."""
    with pytest.raises(DatabaseError, match="is not one"):
        database.engine(url)


def test_an_absent_server_is_said_to_be_away():
    """A database that does not answer is named without its password."""
    known = database.engine("postgresql://gamsa:secret@127.0.0.1:1/none")
    with pytest.raises(DatabaseError, match=r"gamsa:\*\*\*@127.0.0.1") as refused:
        database.check(known)
    assert "secret" not in str(refused.value)
