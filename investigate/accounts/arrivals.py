"""Sign-ins at an OpenID provider: begun in one browser, ended there once, and who arrives."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from investigate.accounts.errors import WrongAccountError
from investigate.accounts.tables import sessions, sign_ins, users
from investigate.accounts.users import NAME, Admitted, Clock, Role, bound

PATIENCE = 600
"""Seconds that somebody may take at the provider."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as a provider says, and what its groups make of them here.

    `actor` is who they are in the trail, where it says that as well; a handler's it must.
    """

    issuer: str
    subject: str
    name: str
    role: Role
    actor: str | None = None
    """Who they are in the trail, where the provider tells that."""


def derived(secret: str, what: str) -> str:
    """What goes to the provider of a sign-in with this secret: it does not tell the secret."""
    return hmac.new(secret.encode(), what.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The sign-ins under way of one database, and the people who arrive by them."""

    database: Engine
    clock: Clock

    def begin(self, wanted: str) -> str:
        """Begin a sign-in of somebody who wants this page; return its secret."""
        secret, now = secrets.token_urlsafe(32), self.clock()
        row = {"secret_hash": _hash(secret), "begun_at": now, "wanted": wanted}
        with self.database.begin() as connection:
            connection.execute(delete(sign_ins).where(sign_ins.c.begun_at <= now - PATIENCE))
            connection.execute(insert(sign_ins).values(row))
        return secret

    def end(self, secret: str) -> str | None:
        """End a sign-in and return what was wanted; None where it is not under way."""
        mine = sign_ins.c.secret_hash == _hash(secret)
        ended = delete(sign_ins).where(mine).returning(sign_ins.c.begun_at, sign_ins.c.wanted)
        with self.database.begin() as connection:
            row = connection.execute(ended).first()
        if row is None or row.begun_at <= self.clock() - PATIENCE:
            return None
        wanted: str = row.wanted
        return wanted

    def admit(self, known: Identity) -> Admitted:
        """The user of this identity, made at the first time, in the role that it has today.

        Raises WrongAccountError for a name that no user may have or that is another's, for a
        handler who is nobody in the trail, and for somebody who was removed.
        """
        if known.role is Role.HANDLER and known.actor is None:
            raise WrongAccountError(
                f"nothing says which handler {known.name} is in the trail: "
                "name a claim that does as `actor` in the file of roles"
            )
        today = {"role": str(known.role), "actor": bound(known.role, known.actor)}
        with self.database.begin() as connection:
            row = self._find(connection, known)
            if row is None:
                row = self._make(connection, known, today)
            elif today != {"role": row.role, "actor": row.actor}:
                mine = users.c.name == row.name
                connection.execute(update(users).where(mine).values(today))
                connection.execute(delete(sessions).where(sessions.c.name == row.name))
        if row.removed_at is not None:
            raise WrongAccountError(f"{row.name} was removed here")
        return Admitted(
            *(row.name, known.role, row.created_at, 0, 0, known.issuer, ""), actor=known.actor
        )

    def _make(
        self, connection: Connection, known: Identity, today: Mapping[str, str | None]
    ) -> Row[tuple[object, ...]]:
        if not NAME.fullmatch(known.name):
            raise WrongAccountError(
                f"{known.name!r} is no user name: up to 64 of a-z, 0-9, . _ - @"
            )
        row = {"name": known.name, "issuer": known.issuer, "subject": known.subject, **today}
        row |= {"password_hash": ""}
        counts = {"created_at": self.clock(), "failures": 0, "locked_until": 0}
        try:
            connection.execute(insert(users).values({**row, **counts}))
        except IntegrityError:
            raise WrongAccountError(
                f"{known.name} is, or was, somebody else's name here"
            ) from None
        made = self._find(connection, known)
        assert made is not None
        return made

    @staticmethod
    def _find(connection: Connection, known: Identity) -> Row[tuple[object, ...]] | None:
        mine = users.c.issuer == known.issuer, users.c.subject == known.subject
        return connection.execute(select(users).where(*mine)).first()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
