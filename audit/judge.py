"""Judge one access against the policy in force when it happened.

Pure and total: whatever was decoded gets a judgement, and misuse is a value. A judgement keeps to
the broker's time of receipt, so the same record is judged the same at any later time.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from audit.calendar import expires_at
from audit.combination import combine, holds, judgement, look_up, shown
from audit.events import Access, AccessEvent, ReceivedEvent
from audit.judgement import Check, Judgement, Reason
from audit.policy import Combination, Key, Policy, Version
from audit.resident_number import holds_resident_number, text_holds_resident_number

REMEMBERED = 16_384  # combinations; a working city has a few hundred
LONGEST_REMEMBERED = 512  # characters and items, so that hostile names cannot fill the memory
LONGEST_ADDRESS = 64  # characters; 45 are the longest IPv6 address, and a zone may follow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def judge(received: ReceivedEvent, policy: Policy) -> Judgement:
    """Allowed, or misuse for every reason that applies, in the order of `Check`."""
    version = policy.in_force(received.occurred_at)
    if version is None:
        return _none_in_force(received, policy)
    event = received.event
    data = event.data
    actor = data.actor
    key = (
        actor.kind,
        actor.role,
        actor.organization,
        data.action,
        data.file,
        data.items,
        data.purpose,
        data.legal_basis,
        data.recipient,
        data.outcome,
    )
    combination = version.combinations.get(key)
    if combination is None:
        combination = _remember(key, version)
    if _unremarkable(received, event, combination, version):
        return combination.judgement
    case = Case(received, event, data, key, combination, version)
    reasons = [reason for check in _CHECKS for reason in check(case)]
    if not reasons:
        return combination.judgement
    return judgement([*combination.judgement.reasons, *reasons], version)


class Case(NamedTuple):
    """One event, and the version and combination by which it is judged."""

    received: ReceivedEvent
    event: AccessEvent
    data: Access
    key: Key
    combination: Combination
    version: Version


def _unremarkable(
    received: ReceivedEvent, event: AccessEvent, combination: Combination, version: Version
) -> bool:
    """Whether nothing in the event itself needs a look: true of nearly all, and quick to see."""
    data = event.data
    client = data.client
    occurred_at = received.occurred_at
    collected_at = received.collected_at
    return (
        not combination.closer
        and (_is_address(client.ip) if client.ip is not None else not combination.needs_ip)
        and (
            event.subject == data.actor.id
            if combination.own_data_only
            else bool(event.subject) or not combination.needs_subject
        )
        and occurred_at <= received.received_at + version.tolerance
        and (collected_at is None or 0 <= occurred_at - collected_at <= combination.surely_kept)
        and received.ended_at is None
        and data.request is None
        and not client.cookie_refused
        and not (version.watches_numbers and _holds_number(received))
    )


def _remember(key: Key, version: Version) -> Combination:
    combination = combine(key, version)
    length = len(key[5]) + sum(map(len, filter(None, key[:5] + key[6:]))) + sum(map(len, key[5]))
    if length <= LONGEST_REMEMBERED:
        if len(version.combinations) >= REMEMBERED:
            version.combinations.clear()
        version.combinations[key] = combination
    return combination


def _none_in_force(received: ReceivedEvent, policy: Policy) -> Judgement:
    first = policy.oldest
    day = (_EPOCH + timedelta(microseconds=received.occurred_at)).astimezone(first.zone).date()
    begins = first.document.effective_from
    detail = f"on {day} no version was in force; the first took effect on {begins}"
    return judgement([first.reason(Check.NO_POLICY_IN_FORCE, detail)], first)


def _is_address(text: str) -> bool:
    return len(text) <= LONGEST_ADDRESS and _is_short_address(text)


@lru_cache(maxsize=65_536)
def _is_short_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _holds_number(received: ReceivedEvent) -> bool:
    raw, at = received.raw, received.occurred_at
    if holds_resident_number(raw, at):
        return True
    if raw.startswith(b'{"specversion"') or b'"specversion"' in raw:
        return False
    event = received.event  # of a binary CloudEvent the attributes are not in the bytes
    attributes = (event.id, event.source, event.subject, event.producer, event.datacontenttype)
    return any(text_holds_resident_number(text, at) for text in attributes if text)


def _retention(case: Case) -> Iterator[Reason]:
    collected_at, rule = case.received.collected_at, case.combination.file
    if collected_at is None or rule is None or rule.months is None:
        return
    if case.combination.may_be_overdue:
        return
    if case.received.occurred_at >= expires_at(collected_at, rule.months, case.version.zone):
        detail = (
            f"{rule.id} may be used for {rule.months} months; collected {case.data.collected_at}"
        )
        yield case.version.reason(Check.RETENTION_EXPIRED, detail, rule.retention_clause)


def _resident_number(case: Case) -> Iterator[Reason]:
    if case.version.watches_numbers and _holds_number(case.received):
        detail = "a resident registration number stands in the event (not repeated here)"
        yield case.version.reason(Check.RESIDENT_REGISTRATION_NUMBER, detail)


def _rights_request(case: Case) -> Iterator[Reason]:
    version, request = case.version, case.data.request
    if request is None:
        if case.data.action == "request" or case.data.purpose == version.rights_purpose:
            detail = "no rights request is recorded, so nobody's identity was verified"
            yield version.reason(Check.IDENTITY_NOT_VERIFIED, detail)
        return
    if request.right not in version.requestable:
        detail = f"{shown(request.right)} is not a right of the policy"
        yield version.reason(Check.UNKNOWN_RIGHT, detail)
    if not request.identity_verified:
        detail = f"the identity behind a request to {shown(request.right)} was not verified"
        yield version.reason(Check.IDENTITY_NOT_VERIFIED, detail)
    if request.under_14 and not request.representative:
        detail = "the subject is under 14 and no legal representative is named"
        yield version.reason(Check.LEGAL_REPRESENTATIVE_MISSING, detail)
    if request.representative and not request.under_14 and not request.power_of_attorney:
        detail = "somebody acts for the subject without a power of attorney"
        yield version.reason(Check.POWER_OF_ATTORNEY_MISSING, detail)


def _disposal(case: Case) -> Iterator[Reason]:
    version, data, rule = case.version, case.data, case.combination.file
    if case.combination.disposes and not (data.approval or "").strip():
        yield version.reason(Check.DISPOSAL_WITHOUT_APPROVAL, "nobody in charge approved it")
    ended_at = case.received.ended_at
    if ended_at is None or rule is None or not rule.ended:
        return
    if case.combination.may_be_overdue:
        return
    if case.received.occurred_at > ended_at + version.grace:
        detail = f"{rule.id} was to be disposed of after {data.ended_at}"
        yield version.reason(Check.DISPOSAL_DUE, detail)


def _own_data(case: Case) -> Iterator[Reason]:
    subject, actor, request = case.event.subject, case.data.actor, case.data.request
    if not case.combination.own_data_only or not subject or subject == actor.id:
        return
    answering = case.data.purpose == case.version.rights_purpose
    if answering and request is not None and request.representative == actor.id:
        return
    detail = f"{shown(actor.id)} touched data of {shown(subject)}"
    yield case.version.reason(Check.NOT_OWN_DATA, detail)


def _cookie(case: Case) -> Iterator[Reason]:
    data, client = case.data, case.data.client
    if not client.cookie_refused:
        return
    # The browser that refused is the subject's own, or its cookie is being recorded; staff who
    # refuse cookies may still read those of others.
    concerned = data.actor.kind in {"member", "system"} or data.action in {"create", "update"}
    touched = concerned and not case.version.cookie_items.isdisjoint(data.items)
    if client.cookie or touched:
        yield case.version.reason(Check.COOKIE_REFUSED, "a cookie is recorded, though refused")


def _record_parts(case: Case) -> Iterator[Reason]:
    data, client = case.data, case.data.client
    if client.ip is not None and not _is_address(client.ip):
        detail = f"{shown(client.ip)} is not an IP address"
        yield case.version.reason(Check.ACCESS_RECORD_INCOMPLETE, detail)
    parts = {
        "ip": client.ip is not None,
        "subject": bool(case.event.subject),
        "items": bool(data.items),
        "cookie": bool(client.cookie),
        "session": bool(data.usage.session),
        "justification": bool((data.justification or "").strip()),
        "organization": bool(data.actor.organization),
    }
    named = look_up(case.key, case.version)
    missing = [
        required.part
        for required in case.version.required
        if not parts[required.part]
        and (not required.only or any(holds(one, named, data.records) for one in required.only))
        and not any(holds(one, named, data.records) for one in required.unless)
    ]
    if missing:
        detail = f"missing: {', '.join(missing)}"
        yield case.version.reason(Check.ACCESS_RECORD_INCOMPLETE, detail)


def _future(case: Case) -> Iterator[Reason]:
    latest = case.received.received_at + case.version.tolerance
    if case.received.occurred_at > latest:
        ahead = (case.received.occurred_at - case.received.received_at) // 1_000_000
        detail = f"happened {ahead} s after it was received"
        yield case.version.reason(Check.TIME_IN_FUTURE, detail)
    elif case.received.collected_at is not None and case.received.collected_at > latest:
        detail = f"collected at {case.data.collected_at}, after the event was received"
        yield case.version.reason(Check.TIME_IN_FUTURE, detail)


_CHECKS: tuple[Callable[[Case], Iterator[Reason]], ...] = (
    _retention,
    _resident_number,
    _rights_request,
    _disposal,
    _own_data,
    _cookie,
    _record_parts,
    _future,
)
