"""People who may sign in: added, listed, given a role, unlocked, removed; and let in."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from investigate.accounts import passwords
from investigate.accounts.errors import UnknownAccountError, WrongAccountError
from investigate.accounts.tables import sessions, users

Clock = Callable[[], int]
"""Tells whole seconds since 1970-01-01T00:00:00Z."""

FREE_TRIES = 5
"""Wrong passwords in a row after which each further one locks, twice as long as the one before."""
_FIRST_LOCK, _LONGEST_LOCK = 60, 24 * 3600  # seconds
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?")
_ACTOR = re.compile(r"[a-z_]{1,32}:\S{1,256}")


class Role(StrEnum):
    """What somebody is to the institution, by the ids of the access rights."""

    INVESTIGATOR = "investigator"
    SECURITY_STAFF = "security_staff"
    PRIVACY_OFFICER = "privacy_officer"
    AUDITOR = "auditor"
    HANDLER = "handler"
    """Sees nothing but what they themselves are asked to explain."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. Times are seconds since 1970; `locked_until` 0 is never.

    `actor` is who they are in the trail, where that was said.
    """

    name: str
    role: Role
    created_at: int
    failures: int
    locked_until: int
    issuer: str | None
    """The OpenID provider that says who they are; None where a password does."""
    actor: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Admitted(User):
    """Somebody whose password was right, and its hash: a session begins while it still is.

    The hash is empty of somebody whom an OpenID provider let in.
    """

    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Users:
    """The people of one database."""

    database: Engine
    clock: Clock

    def add(self, name: str, role: Role, password: str, actor: str | None = None) -> None:
        """Add somebody; raises WrongAccountError for a name that is or was another's.

        `actor` is who they are in the trail; a handler's must be said.
        """
        if not NAME.fullmatch(name):
            raise WrongAccountError(
                f"{name!r} is no user name: up to 64 of a-z, 0-9 and . _ - @, such as inspector"
            )
        row = {
            "name": name,
            "role": str(role),
            "actor": bound(role, actor),
            "password_hash": passwords.hashed(password, name),
            "created_at": self.clock(),
            "failures": 0,
            "locked_until": 0,
        }
        try:
            with self.database.begin() as connection:
                connection.execute(insert(users).values(row))
        except IntegrityError:
            raise WrongAccountError(
                f"{name} is, or was, somebody else's name; choose another"
            ) from None

    def all(self) -> Sequence[User]:
        """Everyone who may sign in, by name."""
        query = select(*_SHOWN).where(users.c.removed_at.is_(None)).order_by(users.c.name)
        with self.database.connect() as connection:
            return [_user(row) for row in connection.execute(query)]

    def change_role(self, name: str, role: Role, actor: str | None = None) -> None:
        """Give somebody another role, and sign them out; raises as `_change` and `add` do.

        Who they are in the trail stays unless it is said anew.
        """
        if actor is None:
            query = select(users.c.actor).where(users.c.name == name)
            with self.database.connect() as connection:
                actor = connection.execute(query).scalar()
        known = bound(role, actor)
        self._change(name, sign_out=True, local=True, role=str(role), actor=known)

    def change_password(self, name: str, password: str) -> None:
        """Give somebody another password, and sign them out.

        Raises WrongAccountError for a weak one, UnknownAccountError where nobody has the name, or
        an OpenID provider says who they are.
        """
        hashed = passwords.hashed(password, name)
        values = {"password_hash": hashed, "failures": 0, "locked_until": 0}
        self._change(name, sign_out=True, local=True, **values)

    def unlock(self, name: str) -> None:
        """Forget somebody's wrong passwords. Raises UnknownAccountError."""
        self._change(name, sign_out=False, failures=0, locked_until=0)

    def remove(self, name: str) -> None:
        """Sign somebody out for good; nobody gets the name again. Raises UnknownAccountError."""
        self._change(name, sign_out=True, removed_at=self.clock(), password_hash="")

    def admit(self, name: str, password: str) -> Admitted | None:
        """The user of this name and password; None where either is wrong, or it is locked.

        A try counts before its password is looked at, so that many at once are not more tries.
        Nobody is admitted whose password was changed, or who was removed, meanwhile.
        """
        now = self.clock()
        query = select(*_SHOWN, users.c.password_hash).where(
            users.c.name == name, users.c.removed_at.is_(None), users.c.locked_until <= now
        )
        with self.database.begin() as connection:
            known = connection.execute(query).first() if NAME.fullmatch(name) else None
            if known is not None:
                tried = known.failures + 1
                counted = connection.execute(
                    update(users)
                    .where(users.c.name == name, users.c.failures == known.failures)
                    .values(failures=tried, locked_until=_locked_until(now, tried))
                )
                if counted.rowcount != 1:  # another try came in between
                    known = None
        if not passwords.matches(password, None if known is None else known.password_hash):
            return None
        assert known is not None
        right = update(users).where(*still(name, known.password_hash))
        with self.database.begin() as connection:
            if connection.execute(right.values(failures=0, locked_until=0)).rowcount != 1:
                return None
        return Admitted(
            *(known.name, Role(known.role), *known[2:6], known.password_hash), actor=known.actor
        )

    def _change(self, name: str, *, sign_out: bool, local: bool = False, **values: Any) -> None:
        there = [users.c.name == name, users.c.removed_at.is_(None)]
        if local:
            there.append(users.c.issuer.is_(None))
        with self.database.begin() as connection:
            if connection.execute(update(users).where(*there).values(values)).rowcount != 1:
                also = ", and has a password here" if local else ""
                raise UnknownAccountError(f"nobody is called {name}{also}; see `gamsa user list`")
            if sign_out:
                connection.execute(delete(sessions).where(sessions.c.name == name))


def still(name: str, password_hash: str) -> Sequence[ColumnElement[bool]]:
    """Conditions: this user is there, and has the password of this hash."""
    return (
        users.c.name == name,
        users.c.removed_at.is_(None),
        users.c.password_hash == password_hash,
    )


_SHOWN = (
    users.c.name,
    users.c.role,
    users.c.created_at,
    users.c.failures,
    users.c.locked_until,
    users.c.issuer,
    users.c.actor,
)


def _user(row: Sequence[Any]) -> User:
    name, role, *rest, actor = row
    return User(name, Role(role), *rest, actor=actor)


def bound(role: Role, actor: str | None) -> str | None:
    """Who somebody of this role is in the trail; raises WrongAccountError for what is nobody."""
    if actor is not None and not _ACTOR.fullmatch(actor):
        raise WrongAccountError(f"{actor!r} is nobody in the trail: write it as in staff:0417")
    if actor is None and role is Role.HANDLER:
        raise WrongAccountError("say which handler it is: --actor, as in staff:0417")
    return actor


def _locked_until(now: int, failures: int) -> int:
    if failures < FREE_TRIES:
        return 0
    doubled: int = _FIRST_LOCK * 2 ** min(failures - FREE_TRIES, 20)
    return now + min(doubled, _LONGEST_LOCK)
