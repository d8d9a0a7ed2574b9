"""The commands that ask the trail; each is recorded as an access before it answers."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from msgspec import structs

from audit.policy import Language
from gamsa import catalogue, investigation_tables
from gamsa.asking import (
    filter_options,
    grounds_options,
    inquiry,
    language_option,
    page_options,
    time_options,
    unmask_option,
)
from gamsa.masked import Shown
from gamsa.produce import bar_of, progress_bar
from gamsa.settings import from_environment
from investigate import export as taking
from investigate.cursor import Page, Paging
from investigate.filters import Filters
from investigate.formats import FORMATS
from investigate.inquiry import Asked
from investigate.printing import document, plain
from investigate.questions import accesses, counting, explaining, handler
from investigate.questions import findings as found_misuse
from investigate.questions import life as lives
from investigate.reading import Reader


@click.command("who-saw")
@click.argument("subject")
@grounds_options
@unmask_option
@page_options
@time_options
def who_saw(*, subject: str, times: Filters, **given: Any) -> None:
    """Show who looked at the data of SUBJECT, when, for what, and whether it was allowed."""
    asked = Asked("who-saw", subject, "read", times.given)
    _page(asked, lambda reader, page: accesses.to_subject(reader, subject, times, page), **given)


@click.command("life")
@click.argument("subject")
@grounds_options
@unmask_option
@page_options
@time_options
def life(*, subject: str, times: Filters, **given: Any) -> None:
    """Show what happened to the data of SUBJECT over its life, in order."""
    filters = structs.replace(times, subject=subject)
    asked = Asked("life", subject, "read", times.given)
    _page(asked, lambda reader, page: lives.life(reader, filters, page), **given)


@click.command("actor")
@click.argument("actor_id", metavar="ID")
@grounds_options
@unmask_option
@page_options
@time_options
def actor(  # noqa: PLR0913  each is an option
    *,
    actor_id: str,
    purpose: str,
    case: str | None,
    justification: str | None,
    as_json: bool,
    unmask: bool,
    limit: int,
    cursor: str | None,
    times: Filters,
) -> None:
    """Show what the handler ID did in a time, beside what is usual for the role.

    Without --from it is thirty days up to --to, or up to today. A --cursor goes with the --from
    that is told with it.
    """

    def find(reader: Reader) -> tuple[handler.Handler, Page[accesses.Access]]:
        profile = handler.profile(reader, filters)
        return profile, accesses.by_actor(reader, actor_id, filters, Paging(cursor, limit))

    with inquiry(purpose, case, justification) as asking:
        filters = handler.month_of(actor_id, times.start, times.end)
        shown = Shown(Asked("actor", actor_id, "read", filters.given), unmask, justification)
        profile, page = asking.answer(
            shown.recorded,
            lambda: find(asking.reader),
            lambda found: len(found[1].rows),
        )
    page = shown.page(page)
    if as_json:
        told = plain(profile)
        click.echo(document({"start": filters.start, "profile": told, **plain(page)}))
    else:
        investigation_tables.show_handler(profile)
        investigation_tables.show_page(page, filters.start)


@click.command("where")
@click.option("--cookie", help="The cookie.")
@click.option("--ip", help="The IP address.")
@click.option("--mac", help="The MAC address.")
@grounds_options
@unmask_option
@page_options
@time_options
def where(
    *,
    cookie: str | None,
    ip: str | None,
    mac: str | None,
    times: Filters,
    **given: Any,
) -> None:
    """Show where a cookie, an IP or a MAC address was seen, and with whom."""
    if not (cookie or ip or mac):
        raise click.UsageError("name one of --cookie, --ip and --mac")
    filters = structs.replace(times, cookie=cookie, ip=ip, mac=mac)
    asked = Asked("where", filters=filters.given)
    _page(
        asked,
        lambda reader, page: counting.sightings(reader, filters, page),
        by=counting.SIGHTED,
        **given,
    )


@click.command("session")
@click.argument("session_id", metavar="ID")
@click.option("--request", is_flag=True, help="ID is a request's, not a session's.")
@grounds_options
@unmask_option
@page_options
@time_options
def session(*, session_id: str, request: bool, times: Filters, **given: Any) -> None:
    """Show everything in one session, or in one request, in order.

    Requests have no index: give --from and --to as well, or all is read.
    """
    ask = accesses.in_request if request else accesses.in_session
    one = {"request_id" if request else "session": session_id}
    asked = Asked("session", filters=one | dict(times.given))
    _page(asked, lambda reader, page: ask(reader, session_id, times, page), **given)


@click.command("touched")
@click.argument("file")
@click.option("--item", help="Only accesses to this item of the file.")
@click.option("--accessed-for", help="Only accesses for this purpose.")
@grounds_options
@unmask_option
@page_options
@time_options
def touched(
    *,
    file: str,
    item: str | None,
    accessed_for: str | None,
    times: Filters,
    **given: Any,
) -> None:
    """Show which accesses touched FILE, or an item of it, for a purpose."""
    filters = structs.replace(times, purpose=accessed_for)
    _page(
        Asked("touched", filters={"file": file, "item": item, **filters.given}),
        lambda reader, page: accesses.of_file(reader, file, item, filters, page),
        **given,
    )


@click.command("recipient")
@click.argument("name")
@grounds_options
@unmask_option
@page_options
@time_options
def recipient(*, name: str, times: Filters, **given: Any) -> None:
    """Show what went to the recipient NAME, and on which ground."""
    _page(
        Asked("recipient", filters={"recipient": name, **times.given}),
        lambda reader, page: accesses.to_recipient(reader, name, times, page),
        **given,
    )


@click.command("count")
@click.option(
    "--by",
    multiple=True,
    required=True,
    type=click.Choice(sorted(counting.GROUPS)),
    help="By what; repeatable.",
)
@grounds_options
@unmask_option
@page_options
@filter_options
def count(*, by: tuple[str, ...], filters: Filters, **given: Any) -> None:
    """Count the accesses for which all the given filters hold, in groups, the largest first."""
    asked = Asked("count", filters.subject, filters={"by": by, **filters.given})
    _page(asked, lambda reader, page: counting.counted(reader, filters, by, page), by=by, **given)


@click.command("findings")
@click.option(
    "--status", default="open", show_default=True, help="`all` for every one; `new`, `in_case` …"
)
@click.option("--severity", type=click.Choice(found_misuse.SEVERITIES), help="Only these.")
@click.option("--detector", help="Only of this check or detector.")
@click.option("--actor", help="Only of this handler.")
@language_option
@grounds_options
@unmask_option
@page_options
@time_options
def findings(*, status: str, times: Filters, lang: Language, purpose: str, **given: Any) -> None:
    """Show which misuse is open, and what is known about it, the newest first."""
    of = {name: given.pop(name) for name in ("severity", "detector", "actor")}
    wanted = found_misuse.Wanted(
        status=None if status == "all" else status, start=times.start, end=times.end, **of
    )
    _page(
        Asked("findings", filters=structs.asdict(wanted)),
        lambda reader, page: found_misuse.open_findings(reader, wanted, page, korean=lang == "ko"),
        purpose=purpose,
        **given,
    )


@click.command("why")
@click.argument("event")
@click.option("--source", help="Of several services that use the id, this one's event.")
@language_option
@grounds_options
@unmask_option
def why(  # noqa: PLR0913  each is an option
    *,
    event: str,
    source: str | None,
    lang: Language,
    purpose: str,
    case: str | None,
    justification: str | None,
    as_json: bool,
    unmask: bool,
) -> None:
    """Say why EVENT was judged as it was: clause, sentence, version, and what happened around."""
    policy = catalogue.load(from_environment().policy)
    asked = Asked("why", action="read", filters={"event_id": event, "source": source})
    shown = Shown(asked, unmask, justification)
    with inquiry(purpose, case, justification) as asking:
        found = asking.answer(
            shown.recorded,
            lambda: explaining.why(asking.reader, policy, event, lang, source),
            lambda found: 1 + len(found.by_actor) + len(found.of_subject),
            lambda found: found.event.subject or None,
        )
    found = shown.explanation(found)
    if as_json:
        click.echo(document(plain(found)))
    else:
        investigation_tables.show_explanation(found)


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@grounds_options
@filter_options
def export(  # noqa: PLR0913  each is an option
    *,
    file: Path,
    filters: Filters,
    purpose: str,
    case: str | None,
    justification: str | None,
    as_json: bool,
) -> None:
    """Take away the accesses for which all the given filters hold, with their exact bytes.

    FILE ends in .ndjson, .csv or .parquet. It needs a --justification, and appears when it is
    whole. One that is there already is left alone.
    """
    if file.suffix not in FORMATS:
        raise click.UsageError(f"{file} must end in {', '.join(FORMATS)}")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise click.UsageError(f"{file.parent} is no folder that can be written")
    if file.exists():
        raise click.UsageError(f"{file} is there already; name another")
    with inquiry(purpose, case, justification) as asking, progress_bar() as progress:
        prepared = taking.prepare(asking.reader, filters)
        bar = bar_of(progress, file, prepared.rows)
        rows = taking.take(
            asking, prepared, file, lambda written: progress.update(bar, completed=written)
        )
    told = {"file": str(file), "rows": rows}
    click.echo(document(told) if as_json else f"exported {rows:,} accesses to {file}")


def _page(  # noqa: PLR0913  each is an option
    asked: Asked,
    find: Callable[[Reader, Paging], Page[Any]],
    *,
    purpose: str,
    case: str | None,
    justification: str | None,
    as_json: bool,
    unmask: bool,
    limit: int,
    cursor: str | None,
    by: Sequence[str] = (),
) -> None:
    """Ask for a page, record that it was asked, and only then show it."""
    shown = Shown(asked, unmask, justification)
    with inquiry(purpose, case, justification) as asking:
        paging = Paging(cursor, limit)
        page = asking.answer(
            shown.recorded, lambda: find(asking.reader, paging), lambda found: len(found.rows)
        )
    page = shown.page(page, by)
    if as_json:
        click.echo(document(plain(page)))
    else:
        investigation_tables.show_page(page)
