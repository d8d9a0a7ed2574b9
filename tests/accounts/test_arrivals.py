"""Sign-ins under way at a provider, and the accounts of who arrives, on both databases."""

from dataclasses import replace

import pytest

from investigate.accounts.arrivals import PATIENCE, Arrivals, Identity
from investigate.accounts.errors import UnknownAccountError, WrongAccountError
from investigate.accounts.users import Role
from tests.accounts.conftest import GOOD

SOMEBODY = Identity("https://login.example", "s-1", "desk.audit", Role.AUDITOR)


@pytest.fixture(name="arrivals")
def _arrivals(accounts, clock):
    return Arrivals(accounts, clock)


def enter(arrivals, sessions, known):
    """Sign in and return what the session says."""
    admitted = arrivals.admit(known)
    return sessions.find(sessions.open(admitted.name, admitted.password_hash))


def test_a_sign_in_ends_once(arrivals):
    """What was wanted is told to who brings the secret, the first time."""
    secret = arrivals.begin("/findings")
    assert arrivals.end(secret + "x") is None
    assert arrivals.end(secret) == "/findings"
    assert arrivals.end(secret) is None


def test_an_old_sign_in_is_none(arrivals, clock):
    """After ten minutes it is over, and the next one that begins leaves no row of it."""
    old = arrivals.begin("/")
    clock.pass_(PATIENCE)
    assert arrivals.end(old) is None
    arrivals.begin("/")
    assert arrivals.end(old) is None


def test_an_identity_is_one_account(arrivals, sessions, users):
    """Who arrives again is the same user, whatever they are called at the provider by then."""
    assert enter(arrivals, sessions, SOMEBODY).name == "desk.audit"
    session = enter(arrivals, sessions, replace(SOMEBODY, name="another"))
    assert (session.name, session.role, session.provided) == ("desk.audit", Role.AUDITOR, True)
    (one,) = users.all()
    assert one.issuer == SOMEBODY.issuer


def test_the_role_is_that_of_today(arrivals, sessions):
    """Another role than at the last sign-in ends the sessions that were opened with that."""
    admitted = arrivals.admit(SOMEBODY)
    before = sessions.open(admitted.name, admitted.password_hash)
    arrivals.admit(SOMEBODY)
    assert sessions.find(before).role is Role.AUDITOR
    now = enter(arrivals, sessions, replace(SOMEBODY, role=Role.PRIVACY_OFFICER))
    assert now.role is Role.PRIVACY_OFFICER
    assert sessions.find(before) is None


def test_a_handler_is_somebody_in_the_trail(arrivals, sessions):
    """Who is to explain is known by the provider's word; without it a handler is not let in."""
    handler = replace(SOMEBODY, role=Role.HANDLER)
    for nobody in (None, "", "0417", "staff:"):
        with pytest.raises(WrongAccountError):
            arrivals.admit(replace(handler, actor=nobody))
    assert enter(arrivals, sessions, replace(handler, actor="staff:0417")).actor == "staff:0417"
    assert enter(arrivals, sessions, replace(handler, actor="staff:0418")).actor == "staff:0418"
    assert enter(arrivals, sessions, SOMEBODY).actor == ""


@pytest.mark.parametrize("change", [{"subject": "s-2"}, {"issuer": "https://other.example"}])
def test_a_name_is_of_one_identity(arrivals, change):
    """Another subject, or the same of another provider, does not get the name."""
    arrivals.admit(SOMEBODY)
    with pytest.raises(WrongAccountError, match="somebody else"):
        arrivals.admit(replace(SOMEBODY, **change))


def test_a_local_user_is_not_taken_over(arrivals, users):
    """The provider's word makes nobody a user who has a password here, or had one."""
    users.add(SOMEBODY.name, Role.INVESTIGATOR, GOOD)
    for _ in range(2):
        with pytest.raises(WrongAccountError, match="somebody else"):
            arrivals.admit(SOMEBODY)
        if users.all():
            assert users.admit(SOMEBODY.name, GOOD).role is Role.INVESTIGATOR
            users.remove(SOMEBODY.name)


@pytest.mark.parametrize("name", ["", "Desk", "a b", "desk@", "@desk", "../a", "가", "a" * 65])
def test_a_name_must_be_plain(arrivals, users, name):
    """A name that no local user may have is nobody's."""
    with pytest.raises(WrongAccountError, match="no user name"):
        arrivals.admit(replace(SOMEBODY, name=name))
    assert users.all() == []


def test_who_was_removed_here_stays_out(arrivals, users):
    """The provider's word does not bring back whom we removed."""
    arrivals.admit(SOMEBODY)
    users.remove(SOMEBODY.name)
    with pytest.raises(WrongAccountError, match="removed"):
        arrivals.admit(SOMEBODY)


def test_the_provider_alone_says_who_they_are(arrivals, users):
    """Nobody gives an account of the provider's a password or a role here."""
    arrivals.admit(SOMEBODY)
    with pytest.raises(UnknownAccountError):
        users.change_password(SOMEBODY.name, GOOD)
    with pytest.raises(UnknownAccountError):
        users.change_role(SOMEBODY.name, Role.INVESTIGATOR)
    assert users.admit(SOMEBODY.name, "") is None
