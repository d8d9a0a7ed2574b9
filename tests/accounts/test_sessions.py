import pytest
from sqlalchemy import select, update

from investigate.accounts import tables
from investigate.accounts.sessions import Lifetime
from investigate.accounts.users import Role
from tests.accounts.conftest import GOOD, opened

LIFE = Lifetime()


@pytest.fixture(name="token")
def _token(users, sessions):
    users.add("inspector", Role.INVESTIGATOR, GOOD)
    return opened(sessions, "inspector")


def test_a_session_tells_who_it_is(sessions, token):
    """The secret finds its session; another finds none."""
    assert sessions.find(token).name == "inspector"
    assert sessions.find(token + "x") is None
    assert sessions.find("") is None


def test_the_secret_is_not_stored(sessions, token, accounts):
    """Whoever reads the database cannot sign in with what stands there."""
    with accounts.connect() as connection:
        rows = [str(row) for row in connection.execute(select(tables.sessions))]
    assert rows
    assert not any(token in row for row in rows)
    assert token not in sessions.find(token).form_secret


def test_an_unused_session_ends(sessions, token, clock):
    """A session ends after fifteen minutes without use, and lasts while it is used."""
    for _ in range(3):
        clock.pass_(LIFE.idle - 1)
        assert sessions.find(token) is not None
    clock.pass_(LIFE.idle)
    assert sessions.find(token) is None


def test_every_session_ends(sessions, token, clock):
    """However much it is used, a session ends after eight hours."""
    for _ in range(LIFE.absolute // 600 - 1):
        clock.pass_(600)
        assert sessions.find(token) is not None
    clock.pass_(600)
    assert sessions.find(token) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda users, name: users.change_role(name, Role.AUDITOR),
        lambda users, name: users.change_password(name, GOOD + " twice"),
        lambda users, name: users.remove(name),
    ],
)
def test_a_change_of_the_user_ends_the_session(users, sessions, token, change):
    """Another role, another password and removal sign out at once."""
    change(users, "inspector")
    assert sessions.find(token) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda users, name: users.change_password(name, GOOD + " twice"),
        lambda users, name: users.remove(name),
    ],
)
def test_who_was_changed_meanwhile_is_not_signed_in(users, sessions, change):
    """Between the password and the session another password or removal may come; no session."""
    users.add("inspector", Role.INVESTIGATOR, GOOD)
    admitted = users.admit("inspector", GOOD)
    change(users, "inspector")
    assert sessions.open("inspector", admitted.password_hash) is None


def test_a_removed_user_has_no_session(sessions, token, accounts):
    """A session that was left behind by somebody's removal finds nobody."""
    with accounts.begin() as connection:
        connection.execute(update(tables.users).values(removed_at=1))
    assert sessions.find(token) is None


def test_signing_out_ends_the_session(sessions, token):
    """A closed session is found no more; closing it again is no error."""
    sessions.close(token)
    sessions.close(token)
    assert sessions.find(token) is None


def test_grounds_are_kept_with_the_session(sessions, token):
    """On what grounds somebody asks is remembered until they say otherwise."""
    sessions.set_grounds(token, "audit.inspection", "2026-17", "a complaint")
    known = sessions.find(token)
    assert (known.purpose, known.case, known.justification) == (
        "audit.inspection",
        "2026-17",
        "a complaint",
    )
