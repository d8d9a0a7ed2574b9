"""Searches that people keep: a name of their own, and the page of the console that it leads to.

Keeping one asks nothing and gives no data; following it is a question like any other, on the
grounds that the person has then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from investigate.accounts.errors import WrongAccountError
from investigate.accounts.tables import searches, users
from investigate.accounts.users import Clock

MOST = 100
"""Searches of one person."""
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Search:
    """A page under a name: `target` is its path and query. `made_at`: seconds since 1970."""

    id: str
    name: str
    target: str
    made_at: int


@dataclass(frozen=True, slots=True)
class Searches:
    """The searches of one database; of everybody only their own."""

    database: Engine
    clock: Clock

    def of(self, owner: str) -> Sequence[Search]:
        """Somebody's searches, by name."""
        query = select(*_SHOWN).where(searches.c.owner == owner).order_by(searches.c.name)
        with self.database.connect() as connection:
            return [Search(*row) for row in connection.execute(query)]

    def keep(self, owner: str, name: str, target: str) -> Search:
        """Keep a search; raises WrongAccountError for a name that is none, or one too many.

        The owner's row is held meanwhile, so that two at once are not one too many.
        """
        if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
            raise WrongAccountError(f"a name has 1 to {LONGEST_NAME} printable characters")
        kept = Search(uuid4().hex, name, target, self.clock())
        held = update(users).where(users.c.name == owner).values(name=users.c.name)
        mine = select(func.count()).where(searches.c.owner == owner)
        try:
            with self.database.begin() as connection:
                connection.execute(held)
                if connection.execute(mine).scalar_one() >= MOST:
                    raise WrongAccountError(f"you keep {MOST} searches; forget one first")
                row = dict(zip(_NAMES, (kept.id, name, target, kept.made_at), strict=True))
                connection.execute(insert(searches).values(owner=owner, **row))
        except IntegrityError:
            raise WrongAccountError(f"you keep a search named {name!r} already") from None
        return kept

    def forget(self, owner: str, search: str) -> bool:
        """Forget a search by its id; False where the owner has none of it."""
        mine = searches.c.id == search, searches.c.owner == owner
        with self.database.begin() as connection:
            return connection.execute(delete(searches).where(*mine)).rowcount == 1


_NAMES = "id", "name", "target", "made_at"
_SHOWN = tuple(searches.c[name] for name in _NAMES)
