"""Who asks is on record: a question is an access, and is recorded before it is answered.

Its event goes the way of all events, through the producers' SDK, and the worker judges it by the
same policy. Recorded means that Kafka has acknowledged it, on all replicas that it waits for:
until then no row of an answer leaves this module. What is asked about is the trail, which the
policy knows as what was collected automatically.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote, urlencode

from investigate.errors import (
    NoGroundsError,
    NotRecordedError,
    NotThereError,
    WrongQuestionError,
)
from investigate.filters import AMONG_
from investigate.masking import masked
from investigate.reading import Reader
from producers.access_log import AccessLog
from producers.errors import AccessLogError, InvalidAccessError
from producers.wire import Actor, Client, Usage

SERVICE = "investigate"
FILE = "automatic_collection"
ITEMS = "ip_address", "cookie", "mac_address", "service_use_history", "visit_history"

LONGEST = 2_048
"""Characters of a path's query; a question with more is refused, for it would not all be told."""
_HASHED = frozenset({"mac"})

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why somebody asks: a purpose of the policy, the case, and a reason in the asker's words."""

    purpose: str
    case: str | None = None
    justification: str | None = None
    legal_basis: str = "law"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in which role, and from where."""

    actor: Actor
    client: Client


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: the question's name, the one person it is about, if any, and its filters.

    A `step` is no question but changes a case; its filters say how.
    """

    question: str
    subject: str | None = None
    action: str = "search"
    filters: Mapping[str, object] = field(default_factory=dict)
    step: bool = False

    @property
    def path(self) -> str:
        """The question with its filters as a path: `questions/where?ip=203.0.113.9`.

        The subject is left to the event. Of a MAC address and of what is masked, as cookies,
        sessions and names, twelve digits of their SHA-256 are told, after `~`: who knows the value
        can tell that it was this one, and nobody learns it here. Raises WrongQuestionError for
        more than a path holds, and UnicodeEncodeError for what is not UTF-8.
        """
        told = {
            name: _told(name.removeprefix(AMONG_), value)
            for name, value in self.filters.items()
            if value is not None and name != "subject"
        }
        query = urlencode(told, quote_via=quote, safe="")
        if len(query) > LONGEST:
            raise WrongQuestionError(
                f"the filters are too long to be recorded: {len(query):,} characters as a path "
                f"has them, of {LONGEST:,}"
            )
        kind = "steps" if self.step else "questions"
        return f"{kind}/{self.question}{'?' if query else ''}{query}"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One person's questions on one set of grounds.

    Raises `NoGroundsError` when it is made without a purpose.
    """

    reader: Reader
    log: AccessLog
    asker: Asker
    grounds: Grounds
    patience: float = 15.0
    """Seconds that Kafka may take to acknowledge."""

    def __post_init__(self) -> None:
        if not self.grounds.purpose.strip():
            raise NoGroundsError("say what it is for: --purpose, as in audit.inspection")

    def answer(
        self,
        asked: Asked,
        find: Callable[[], Answer],
        rows: Callable[[Answer], int],
        subject: Callable[[Answer], str | None] | None = None,
    ) -> Answer:
        """What `find` finds, once it is recorded that so many `rows` of it were asked for.

        `subject` tells whose data it is where only the answer says so. That nothing is there is
        an answer, too, of 0 rows. Raises `NotRecordedError`, and whatever `find` raises; what
        fails otherwise tells nothing, and is not recorded.
        """
        try:
            found = find()
        except NotThereError:
            self.record(asked, 0)
            raise
        if subject is not None:
            asked = replace(asked, subject=subject(found))
        self.record(asked, rows(found))
        return found

    def record(self, asked: Asked, rows: int) -> str:
        """Record that it is asked, and wait for Kafka; return the event's id.

        Raises `NoGroundsError` for an export without justification, `WrongQuestionError` for
        filters that are too long, and `NotRecordedError`.
        """
        grounds = self.grounds
        if asked.action == "export" and not (grounds.justification or "").strip():
            raise NoGroundsError("say why it is taken away: --justification")
        try:
            case = f"/cases/{quote(grounds.case, safe='')}" if grounds.case else ""
            method = "POST" if asked.step else "GET"
            event_id = self.log.record(
                actor=self.asker.actor,
                client=self.asker.client,
                usage=Usage(method=method, path=f"{case}/{asked.path}"),
                subject=asked.subject,
                action=asked.action,
                file=FILE,
                items=ITEMS,
                records=rows,
                purpose=grounds.purpose,
                legal_basis=grounds.legal_basis,
                justification=grounds.justification,
            )
            self.log.confirm(event_id, self.patience)
        except (InvalidAccessError, UnicodeEncodeError) as error:
            raise NoGroundsError(f"this cannot be recorded: {error}") from None
        except (AccessLogError, OSError) as error:
            raise NotRecordedError(
                f"no answer is given, for it is not recorded that it was asked: {error}"
            ) from error
        return event_id


def _told(name: str, value: object) -> str:
    if name in _HASHED or (isinstance(value, str) and masked(name, value) != value):
        return f"~{hashlib.sha256(str(value).encode()).hexdigest()[:12]}"
    if isinstance(value, list | tuple):
        return ",".join(_told(name, one) for one in value)
    return value.isoformat() if isinstance(value, datetime) else str(value)
