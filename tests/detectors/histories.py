"""Histories as records of the logs, stored by the worker's own code."""

from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

import policies
from audit import business, roster
from audit.business import Business, BusinessEvent
from audit.codec import encode
from audit.events import Access, AccessEvent, Actor, Client, Usage
from audit.roster import Entry, RosterEntry
from storage import logs
from storage.rows import Place
from stream.auditing import audit

ZONE = ZoneInfo("Asia/Seoul")
MONDAY = datetime(2026, 1, 12, tzinfo=ZONE)
TABLES = (
    *("access_events", "findings", "business_events", "roster", "account_days", "service_hours"),
    *("detections", "detection_events", "detector_cursors", "judged_numbers"),
)
POLICY = policies.load_policy()
ACCESSES, BUSINESS, ROSTER = (
    Place(f"{name}-topic", 0) for name in ("access", "business", "staff")
)
DELAY = timedelta(seconds=1)


def moment(at, first_day=MONDAY):
    """`DAY HH:MM[:SS]` in local time, counted from day 1."""
    day, _, clock = at.partition(" ")
    hour, minute, second = [*map(int, clock.split(":")), 0][:3]
    local = first_day + timedelta(days=int(day) - 1)
    return local.replace(hour=hour, minute=minute, second=second)


class Teller:
    """Stores histories, each record at the next offset of its log."""

    def __init__(self, trail):
        self.trail = trail
        self.offsets = {place: count() for place in (ACCESSES, BUSINESS, ROSTER)}
        self.writer = trail.claim(ACCESSES)

    def forget(self):
        """Begin anew with empty tables."""
        for table in TABLES:
            self.trail.client.command(f"TRUNCATE TABLE {table}")

    def tell(self, history, first_day=MONDAY):
        """Store what happens, in the order of its times."""
        told = sorted(history, key=lambda one: moment(one.at, first_day))
        for place, topic, document in (
            (ACCESSES, "access", access_document),
            (BUSINESS, "business", business_document),
            (ROSTER, "roster", roster_document),
        ):
            records = [
                self._record(place, document(one, first_day), one, first_day)
                for one in told
                if one.topic == topic
            ]
            if records:
                self._store(place, records)

    def _record(self, place, raw, one, first_day):
        late = timedelta(minutes=one.fields.get("late", 0))
        received = moment(one.at, first_day) + DELAY + late
        return record(next(self.offsets[place]), int(received.timestamp() * 1000), raw)

    def _store(self, place, records):
        if place == ACCESSES:
            for each in _by_month(records):
                self.trail.append(audit(place, each, POLICY), writer=self.writer)
            return
        log = logs.BUSINESS if place == BUSINESS else logs.ROSTER_ENTRIES
        unread = logs.store(
            self.trail, log, place, [(one.offset, one.timestamp, one.value) for one in records]
        )
        assert not unread


def record(offset, milliseconds, raw):
    """A Kafka record as the worker gets it."""
    return SimpleNamespace(offset=offset, timestamp=milliseconds, key=b"", value=raw, headers=())


_ids = count(1)


def an_id():
    return str(UUID(int=next(_ids)))


def access_document(one, first_day):
    said = one.fields
    event = AccessEvent(
        specversion="1.0",
        id=an_id(),
        source=said["source"],
        type="gamsa.access.v1",
        time=moment(one.at, first_day).isoformat(),
        subject=said["subject"] or None,
        data=Access(
            actor=Actor(said["actor"], said["kind"], said["role"], said["organization"]),
            client=part(Client, said),
            usage=part(Usage, said),
            **{name: said[name] for name in _ACCESS if name in said},
        ),
    )
    return encode(event)


def business_document(one, first_day):
    return business.encode(
        BusinessEvent(
            specversion="1.0",
            id=an_id(),
            source="/services/reservation",
            type="gamsa.business.v1",
            time=moment(one.at, first_day).isoformat(),
            subject=one.fields["subject"] or None,
            data=part(Business, one.fields),
        )
    )


def roster_document(one, first_day):
    def at(text):
        return moment(text, first_day).isoformat()

    said = dict(one.fields)
    said |= {name: at(said[name]) for name in ("since", "until") if name in said}
    said["leave"] = [
        {"first": at(first), "until": at(until)} for first, until in said.get("leave", ())
    ]
    return roster.encode(
        RosterEntry(
            specversion="1.0",
            id=an_id(),
            source="/services/roster",
            type="gamsa.roster.v1",
            time=at(one.at),
            subject=said["subject"],
            data=part(Entry, said),
        )
    )


def part(struct, said):
    """The part of a document that has these fields."""
    known = {name: said[name] for name in struct.__struct_fields__ if name in said}
    return msgspec.convert(known, struct)


def _by_month(records):
    months = {}
    for record in records:
        received = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        months.setdefault((received.year, received.month), []).append(record)
    return months.values()


_ACCESS = (
    *("action", "file", "items", "purpose", "records", "legal_basis", "recipient", "outcome"),
    "justification",
)
