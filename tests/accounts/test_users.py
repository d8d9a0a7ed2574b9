from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select

from investigate.accounts import passwords, tables
from investigate.accounts.errors import UnknownAccountError, WrongAccountError
from investigate.accounts.users import FREE_TRIES, Role
from tests.accounts.conftest import GOOD

WRONG = "not the password at all"


@pytest.fixture(name="inspector")
def _inspector(users):
    users.add("inspector", Role.INVESTIGATOR, GOOD)
    return "inspector"


def test_nobody_may_sign_in_at_first(users):
    """There is no account that comes with the program."""
    assert users.all() == []
    assert users.admit("admin", "admin") is None


def test_the_right_password_lets_in(users, inspector):
    """Name and password let in, in the role that was given."""
    assert users.admit(inspector, GOOD).role is Role.INVESTIGATOR
    assert users.admit(inspector, WRONG) is None


def test_keyboards_write_one_password_in_several_ways(users):
    """A password composed or decomposed is the same password."""
    users.add("desk", Role.AUDITOR, "느린 수달이 강을 건너간다 조용히")
    assert users.admit("desk", "느린 수달이 강을 건너간다 조용히") is not None


@pytest.mark.usefixtures("inspector")
def test_only_an_argon2_hash_is_kept(accounts):
    """What is stored of a password is its argon2id hash."""
    with accounts.connect() as connection:
        (kept,) = connection.execute(select(tables.users.c.password_hash)).scalars()
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept


def test_wrong_passwords_lock_for_a_time(users, inspector, clock):
    """After five wrong passwords even the right one is refused, until a minute has passed."""
    for _ in range(FREE_TRIES):
        assert users.admit(inspector, WRONG) is None
    assert users.admit(inspector, GOOD) is None
    clock.pass_(59)
    assert users.admit(inspector, GOOD) is None
    clock.pass_(1)
    assert users.admit(inspector, GOOD) is not None
    assert users.all()[0].failures == 0


def test_each_further_wrong_password_locks_longer(users, inspector, clock):
    """Locks double from a minute up to a day."""
    locks = []
    for _ in range(FREE_TRIES + 13):
        assert users.admit(inspector, WRONG) is None
        until = users.all()[0].locked_until
        locks.append(max(0, until - clock.seconds))
        clock.seconds = max(clock.seconds, until)
    assert locks[: FREE_TRIES + 1] == [0] * (FREE_TRIES - 1) + [60, 120]
    assert locks[-2:] == [24 * 3600] * 2


def test_tries_at_once_are_not_more_tries(users, inspector):
    """Many tries in parallel are counted before a password is looked at."""
    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(lambda _: users.admit(inspector, WRONG), range(8)))
    known = users.all()[0]
    assert 2 <= known.failures <= FREE_TRIES
    assert users.admit(inspector, GOOD) is None or known.failures < FREE_TRIES


def test_unlocking_lets_try_again(users, inspector):
    """Somebody who was locked may try at once after `unlock`."""
    for _ in range(FREE_TRIES):
        users.admit(inspector, WRONG)
    users.unlock(inspector)
    assert users.admit(inspector, GOOD) is not None


def test_a_removed_name_is_never_given_again(users, inspector):
    """Who is removed is let in no more, and nobody else gets the name."""
    users.remove(inspector)
    assert users.admit(inspector, GOOD) is None
    assert users.all() == []
    with pytest.raises(WrongAccountError, match="somebody else"):
        users.add(inspector, Role.AUDITOR, GOOD)
    with pytest.raises(UnknownAccountError):
        users.change_role(inspector, Role.AUDITOR)


def test_who_is_removed_while_signing_in_is_not_let_in(users, inspector):
    """Removal after a try was counted is as a wrong password, and no failure."""
    event.listen(users.database, "checkin", lambda *_: users.remove(inspector), once=True)
    assert users.admit(inspector, GOOD) is None
    assert users.all() == []


@pytest.mark.parametrize(
    "name", ["", "Inspector", "a b", "-a", "a" * 65, "x';--", "inspector\n", "가나다", "../a"]
)
def test_a_name_is_plain(users, name):
    """What could be taken for something else is no user name."""
    with pytest.raises(WrongAccountError, match="no user name"):
        users.add(name, Role.AUDITOR, GOOD)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "15 to 256"),
        ("x" * 257, "15 to 256"),
        ("aaaaaaaaaaaaaaaaaaaa", "repeats"),
        ("abababababababababab", "repeats"),
        ("1234567890123456", "repeats"),
        ("abcdefghijklmnopqr", "repeats"),
        ("CorrectHorseBatteryStaple", "tried first"),
        ("inspector-gamsa-1", "user's name"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password, why):
    """Short, repeated, counted, common and own-name passwords are refused, with the reason."""
    with pytest.raises(WrongAccountError, match=why):
        passwords.hashed(password, "inspector")


@pytest.mark.parametrize(
    "password",
    [GOOD, "   spaces   count   too   ", "🦦 느린 수달이 강을 건넌다 🦦", "q" + "7#kd0fLq" * 31],
)
def test_any_characters_may_be_used(password):
    """Spaces, Hangul, symbols and long phrases make passwords."""
    assert passwords.matches(password, passwords.hashed(password, "inspector"))


def test_no_hash_matches_nothing():
    """A name that nobody has takes a look at a hash, and no password fits."""
    assert not passwords.matches(GOOD, None)
    assert not passwords.matches(GOOD, "no hash")


def test_a_handler_is_somebody_in_the_trail(users):
    """A handler has a name in the trail, whether added or made one; others may have."""
    with pytest.raises(WrongAccountError, match="--actor"):
        users.add("clerk", Role.HANDLER, GOOD)
    with pytest.raises(WrongAccountError, match="nobody in the trail"):
        users.add("clerk", Role.HANDLER, GOOD, "0417")
    users.add("clerk", Role.AUDITOR, GOOD)
    with pytest.raises(WrongAccountError, match="--actor"):
        users.change_role("clerk", Role.HANDLER)
    users.change_role("clerk", Role.HANDLER, "staff:0417")
    assert users.all()[0].actor == "staff:0417"
    users.change_role("clerk", Role.AUDITOR)
    assert users.admit("clerk", GOOD).actor == "staff:0417"
    users.change_role("clerk", Role.HANDLER)
    assert users.admit("clerk", GOOD).actor == "staff:0417"
