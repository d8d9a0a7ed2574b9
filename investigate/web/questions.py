"""The questions over HTTP, by the names of the `gamsa` commands."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from msgspec import structs

from audit.policy import Language
from investigate.cursor import Page
from investigate.filters import Filters
from investigate.inquiry import SERVICE, Asked
from investigate.masking import masked
from investigate.printing import plain
from investigate.questions import accesses, counting, explaining, findings, handler, life
from investigate.reading import Reader
from investigate.web.answers import Access, Explanation, Finding, Group, Rows, Step, Work
from investigate.web.asking import Ask
from investigate.web.parameters import Chosen, ChosenFindings, Maybe, Times, Value
from investigate.web.problems import ProblemError

router = APIRouter(prefix="/v1", tags=["questions"])

Told = dict[str, Any]
"""An answer as JSON has it; `answers` says of what form."""


@router.get("/who-saw", response_model=Rows[Access])
def who_saw(ask: Ask, subject: Value, times: Times) -> Told:
    """Who looked at this person's data, when, for what, and was it allowed?"""
    filters = times.filters()

    def find(reader: Reader) -> Page[Any]:
        return accesses.to_subject(reader, subject, filters, times.paging)

    return ask.page(Asked("who-saw", subject, "read", filters.given), find, [subject])


@router.get("/life", response_model=Rows[Step])
def lived(ask: Ask, subject: Value, times: Times) -> Told:
    """What happened to one person's data over its life, in order?"""
    filters = Filters(subject=subject, start=times.start, end=times.end)

    def find(reader: Reader) -> Page[Any]:
        return life.life(reader, filters, times.paging)

    return ask.page(Asked("life", subject, "read", filters.given), find, [subject])


@router.get("/actor", response_model=Work)
def actor(ask: Ask, actor: Value, times: Times) -> Told:
    """What did this handler do in a time, beside what is usual for the role?

    Without `start` it is thirty days up to `end`, or up to today. A `cursor` goes with the `start`
    that the answer tells: tomorrow another month would be meant.
    """
    month = handler.month_of(actor, times.start, times.end, ask.zone)
    filters = structs.replace(month, among=times.among)
    profile, page = ask.answer(
        Asked("actor", actor, "read", filters.given),
        lambda reader: (
            handler.profile(reader, filters),
            accesses.by_actor(reader, actor, filters, times.paging),
        ),
        lambda found: len(found[1].rows),
    )
    hours = [
        {"weekday": day, "hour": hour, "accesses": number}
        for (day, hour), number in sorted(profile.hours.items())
    ]
    rows = masked("", plain(list(page.rows)), frozenset([actor]))
    return {
        "start": filters.start,
        "profile": plain(profile) | {"hours": hours},
        "rows": rows,
        "next": page.following,
    }


@router.get("/where", response_model=Rows[Group])
def where(
    ask: Ask, times: Times, cookie: Maybe = None, ip: Maybe = None, mac: Maybe = None
) -> Told:
    """Where else was this cookie, IP or MAC address seen, and with whom?"""
    filters = times.filters(cookie=cookie, ip=ip, mac=mac)
    if not (cookie or ip or mac):
        raise ProblemError(400, "name a cookie, an ip or a mac")

    def find(reader: Reader) -> Page[counting.Count]:
        return counting.sightings(reader, filters, times.paging)

    found = ask.answer(Asked("where", filters=filters.given), find, lambda page: len(page.rows))
    return _groups(counting.SIGHTED, found, [cookie, ip, mac])


@router.get("/session-of", response_model=Rows[Access])
def in_session(ask: Ask, session: Value, times: Times) -> Told:
    """What happened in one session, in order?"""
    filters = times.filters(session=session)

    def find(reader: Reader) -> Page[Any]:
        return accesses.in_session(reader, session, filters, times.paging)

    return ask.page(Asked("session", filters=filters.given), find, [session])


@router.get("/request-of", response_model=Rows[Access])
def in_request(ask: Ask, request_id: Value, times: Times) -> Told:
    """What happened in one request, in order? Give a time: requests have no index."""
    filters = times.filters(request_id=request_id)

    def find(reader: Reader) -> Page[Any]:
        return accesses.in_request(reader, request_id, filters, times.paging)

    return ask.page(Asked("session", filters=filters.given), find)


@router.get("/touched", response_model=Rows[Access])
def touched(
    ask: Ask, file: Value, times: Times, item: Maybe = None, accessed_for: Maybe = None
) -> Told:
    """Which accesses touched this file, or an item of it, for this purpose?"""
    filters = times.filters(file=file, item=item, purpose=accessed_for)

    def find(reader: Reader) -> Page[Any]:
        return accesses.of_file(reader, file, item, filters, times.paging)

    return ask.page(Asked("touched", filters=filters.given), find)


@router.get("/recipient", response_model=Rows[Access])
def recipient(ask: Ask, recipient: Value, times: Times) -> Told:
    """What went to this recipient, and on which ground?"""
    filters = times.filters(recipient=recipient)

    def find(reader: Reader) -> Page[Any]:
        return accesses.to_recipient(reader, recipient, filters, times.paging)

    return ask.page(Asked("recipient", filters=filters.given), find, [recipient])


@router.get("/findings", response_model=Rows[Finding])
def found_misuse(
    ask: Ask, times: Times, chosen: Annotated[ChosenFindings, Depends()], lang: Language = "en"
) -> Told:
    """Which misuse is open, and what is known about it? `status` may be `all`."""
    wanted = chosen.within(times.start, times.end)

    def find(reader: Reader) -> Page[Any]:
        return findings.open_findings(reader, wanted, times.paging, korean=lang == "ko")

    return ask.page(Asked("findings", filters=structs.asdict(wanted)), find, [chosen.actor])


@router.get("/why", response_model=Explanation)
def why(ask: Ask, event: Value, source: Maybe = None, lang: Language = "en") -> Told:
    """Why was this event judged so, and what happened around it?

    Of several services that use its id the oldest event is meant, unless `source` names one.
    """
    found = ask.answer(
        Asked("why", action="read", filters={"event_id": event, "source": source}),
        lambda reader: explaining.why(reader, ask.policy, event, lang, source),
        lambda found: 1 + len(found.by_actor) + len(found.of_subject),
        lambda found: found.event.subject or None,
    )
    told: Told = masked("", plain(found))
    return told


By = Literal[
    "actor",
    "actor_kind",
    "role",
    "organization",
    "source",
    "action",
    "file",
    "purpose",
    "legal_basis",
    "recipient",
    "outcome",
    "verdict",
    "item",
    "reason",
    "clause",
    "day",
    "hour",
    "weekday",
    "month",
]
"""By what may be counted here; what would be masked is not."""


@router.get("/count", response_model=Rows[Group])
def count(
    ask: Ask, chosen: Chosen, times: Times, by: Annotated[list[By], Query(min_length=1)]
) -> Told:
    """How many accesses are all this, in groups, the largest first?"""
    filters = times.filters(**chosen.filters)
    found = ask.answer(
        Asked("count", filters.subject, filters={"by": by, **filters.given}),
        lambda reader: counting.counted(reader, filters, by, times.paging),
        lambda page: len(page.rows),
    )
    return _groups(by, found, [filters.actor, filters.recipient])


@router.get("/inquiries", response_model=Rows[Access])
def inquiries(ask: Ask, times: Times, actor: Maybe = None) -> Told:
    """Who asked what, on which grounds, and was it allowed?"""
    filters = times.filters(source=f"/services/{SERVICE}", actor=actor)

    def find(reader: Reader) -> Page[Any]:
        return accesses.listed(reader, filters, times.paging)

    return ask.page(Asked("inquiries", filters=filters.given), find, [actor])


def _groups(names: Any, found: Page[counting.Count], known: list[str | None]) -> Told:
    """Groups with their keys by name, masked but for the values that the asker named."""
    kept = frozenset(one for one in known if one)
    rows = [
        {**plain(row), "key": masked("", dict(zip(names, row.key, strict=True)), kept)}
        for row in found.rows
    ]
    return {"rows": rows, "next": found.following}
