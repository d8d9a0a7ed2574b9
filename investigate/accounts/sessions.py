"""Who is signed in: a secret in the browser, and here only its hash."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, delete, insert, or_, select, update

from investigate.accounts.tables import sessions, users
from investigate.accounts.users import Clock, Role, still

_SEEN_EVERY = 15
"""Seconds within which being seen again is not written down anew."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Seconds after which a session ends: unused, and in any case."""

    idle: int = 15 * 60
    absolute: int = 8 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in, on what grounds they ask, and the secret their forms carry."""

    name: str
    role: Role
    form_secret: str
    actor: str = ""
    """Who they are in the trail, if that was said of them."""
    purpose: str = ""
    case: str = ""
    justification: str = ""
    provided: bool = False
    """Whether an OpenID provider said who it is."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of one database."""

    database: Engine
    clock: Clock
    lifetime: Lifetime = Lifetime()

    def open(self, name: str, password_hash: str) -> str | None:
        """Sign somebody in, under a secret that nobody had before; return the secret.

        None where the user of this password's hash is there no more: removed, or with another
        password. Their row is held meanwhile, so a change of it finds this session to end.
        """
        token, now = secrets.token_urlsafe(32), self.clock()
        row = {"token_hash": _hash(token), "name": name, "opened_at": now, "seen_at": now}
        empty = {"purpose": "", "case_number": "", "justification": ""}
        held = update(users).where(*still(name, password_hash)).values(name=users.c.name)
        with self.database.begin() as connection:
            if connection.execute(held).rowcount != 1:
                return None
            connection.execute(delete(sessions).where(self._over(now)))
            connection.execute(insert(sessions).values({**row, **empty}))
        return token

    def find(self, token: str) -> Session | None:
        """Who has this secret, while it lasts; being found keeps it from idling."""
        now = self.clock()
        query = (
            select(sessions, users.c.role, users.c.issuer, users.c.actor)
            .join(users, users.c.name == sessions.c.name)
            .where(
                sessions.c.token_hash == _hash(token),
                users.c.removed_at.is_(None),
                ~self._over(now),
            )
        )
        with self.database.begin() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            if now - row.seen_at >= _SEEN_EVERY:
                seen = update(sessions).where(sessions.c.token_hash == row.token_hash)
                connection.execute(seen.values(seen_at=now))
        return Session(
            *(row.name, Role(row.role), form_secret(token), row.actor or ""),
            *(row.purpose, row.case_number, row.justification),
            provided=row.issuer is not None,
        )

    def set_grounds(self, token: str, purpose: str, case: str, justification: str) -> None:
        """Remember on what grounds the person asks from here on."""
        values = {"purpose": purpose, "case_number": case, "justification": justification}
        with self.database.begin() as connection:
            mine = sessions.c.token_hash == _hash(token)
            connection.execute(update(sessions).where(mine).values(values))

    def close(self, token: str) -> None:
        """Sign out; a secret that is nobody's is no error."""
        with self.database.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))

    def _over(self, now: int) -> ColumnElement[bool]:
        return or_(
            sessions.c.seen_at <= now - self.lifetime.idle,
            sessions.c.opened_at <= now - self.lifetime.absolute,
        )


def form_secret(token: str) -> str:
    """What a form of this session carries, to show that it is ours; it does not tell `token`."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
