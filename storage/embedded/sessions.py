"""Sessions: a connection that several requests share, one at a time, until it is left idle."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from storage.embedded.engine import Connection
from storage.embedded.errors import error

LONGEST = 3600.0  # seconds


@dataclass(slots=True, eq=False)
class Session:
    """One user's session."""

    key: tuple[str, str]
    connection: Connection
    busy: bool = True
    expiry: asyncio.TimerHandle | None = field(default=None)


class Sessions:
    """The open sessions of all users."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Session] = {}

    def enter(
        self, key: tuple[str, str], connect: Callable[[], Connection], *, check: bool
    ) -> Session:
        """Take a session, new if need be; 372 if it must exist, 373 while another has it."""
        session = self._open.get(key)
        if session is None:
            if check:
                raise error(372, "SESSION_NOT_FOUND", f"Session {key[1]} not found")
            session = self._open[key] = Session(key, connect())
            return session
        if session.busy:
            raise error(
                373, "SESSION_IS_LOCKED", f"Session {key[1]} is locked by a concurrent client"
            )
        session.busy = True
        if session.expiry is not None:
            session.expiry.cancel()
        return session

    def leave(self, session: Session, timeout: float) -> None:
        """Give a session back; it is closed after `timeout` idle seconds."""
        session.busy = False
        loop = asyncio.get_running_loop()
        session.expiry = loop.call_later(timeout, self.drop, session)

    def drop(self, session: Session) -> None:
        """Close a session now."""
        if self._open.get(session.key) is session:
            del self._open[session.key]
        if session.expiry is not None:
            session.expiry.cancel()
        session.connection.close()

    def close(self) -> None:
        """Close all."""
        for session in list(self._open.values()):
            self.drop(session)
