"""Searches that people keep."""

import pytest

from investigate.accounts import database
from investigate.accounts.errors import WrongAccountError
from investigate.accounts.searches import MOST, Searches
from investigate.accounts.users import Role
from tests.accounts.conftest import GOOD


@pytest.fixture(name="searches")
def _searches(users, clock):
    """The searches of two people, who keep none."""
    for name in ("inspector", "desk.privacy"):
        users.add(name, Role.PRIVACY_OFFICER, GOOD)
    return Searches(users.database, clock)


def test_a_search_is_its_owners_alone(searches):
    """Everybody sees and forgets their own, by name, and nobody another's."""
    second = searches.keep("inspector", "나의 검색", "/findings")
    first = searches.keep("inspector", "a <b>", "/subject?id=member%3A1")
    assert searches.of("inspector") == [first, second]
    assert searches.of("desk.privacy") == []
    assert not searches.forget("desk.privacy", first.id)
    assert searches.forget("inspector", first.id)
    assert not searches.forget("inspector", first.id)
    assert searches.of("inspector") == [second]


def test_a_name_is_given_once(searches):
    """A second search of the same name is refused; somebody else may have the name."""
    searches.keep("inspector", "open", "/findings")
    searches.keep("desk.privacy", "open", "/findings")
    with pytest.raises(WrongAccountError, match="named 'open' already"):
        searches.keep("inspector", "open", "/inquiries")


@pytest.mark.parametrize("name", ["", " open", "a\x00", "a\n", "\ud800", "a" * 101, "\u202eb"])
def test_a_name_is_one_that_can_be_read(searches, name):
    """What cannot be printed, is empty or too long is no name."""
    with pytest.raises(WrongAccountError, match="printable"):
        searches.keep("inspector", name, "/findings")


def test_there_is_an_end_to_keeping(searches):
    """A hundred are kept; then one is forgotten first."""
    kept = [searches.keep("inspector", f"{number}", "/findings") for number in range(MOST)]
    with pytest.raises(WrongAccountError, match="forget one first"):
        searches.keep("inspector", "one more", "/findings")
    searches.forget("inspector", kept[0].id)
    searches.keep("inspector", "one more", "/findings")


def test_a_backup_has_what_people_keep(searches, tmp_path, clock):
    """A copy has every search of everybody."""
    mine = searches.keep("inspector", "open", "/findings")
    kept = database.engine(database.sqlite_url(tmp_path / "kept.sqlite"))
    database.migrate(kept)
    assert database.copy(searches.database, kept) == 2
    assert Searches(kept, clock).of("inspector") == [mine]
    kept.dispose()
