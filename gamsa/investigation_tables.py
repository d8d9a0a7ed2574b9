"""Answers as tables and pages of text; whatever stands in the trail is made harmless first."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import click
from rich.cells import cell_len
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from investigate.cursor import Page
from investigate.printing import shown
from investigate.questions.accesses import Access
from investigate.questions.counting import Count
from investigate.questions.explaining import Explanation
from investigate.questions.findings import Finding
from investigate.questions.handler import Handler
from investigate.questions.life import Step

_COLUMNS: Mapping[type, Sequence[str]] = {
    Access: (
        *("occurred_at", "actor", "role", "action", "subject", "file", "items", "purpose"),
        *("recipient", "legal_basis", "verdict", "clauses", "event_id"),
    ),
    Step: (
        *("occurred_at", "what", "file", "items", "actor", "role", "purpose", "recipient"),
        *("verdict", "clauses", "event_id"),
    ),
    Count: ("key", "accesses", "subjects", "records", "misuse", "first", "last"),
    Finding: (
        *("window_start", "severity", "detector", "clause", "actor", "count", "sentence"),
        *("runbook", "finding_id"),
    ),
}
_WEEKDAYS = "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
_SHADES = " ░▒▓█"
_WHOLE = len("00000000-0000-0000-0000-000000000000")
"""Columns of what is no longer than an id are not folded."""


def show_page(page: Page[Any], start: datetime | None = None) -> None:
    """Draw the rows, and say how to see what follows, with the start where one was reckoned."""
    if not page.rows:
        click.echo("nothing")
        return
    _print(page.rows)
    if page.following:
        since = f"--from {shown(start)} " if start else ""
        click.echo(f"there is more: {since}--cursor {page.following}", err=True)


def show_handler(handler: Handler) -> None:
    """Say what a handler did beside what is usual, with the hours of the week."""
    click.echo(
        f"{shown(handler.actor)} ({shown(handler.roles)}): {handler.accesses:,} accesses on "
        f"{handler.days:,} days, {handler.subjects:,} subjects, {handler.records:,} records, "
        f"{handler.exports:,} exports, {handler.misuse:,} misuse"
    )
    for role, usual in handler.usual.items():
        often = (
            f"a working day of {shown(role)} has {usual.accesses:,.0f} accesses to "
            f"{usual.subjects:,.0f} subjects, one in twenty more than {usual.accesses_often:,.0f} "
            f"to {usual.subjects_often:,.0f} (of {usual.days:,} days); here it has "
            f"{handler.accesses / handler.days:,.0f} accesses"
        )
        click.echo(often if usual.days else f"what is usual for {shown(role)} is not summed up")
    for name, counts in handler.by.items():
        told = ", ".join(f"{shown(value)} {number:,}" for value, number in counts.items())
        click.echo(f"by {name}: {told}")
    click.echo(_week(handler.hours))


def show_explanation(found: Explanation) -> None:
    """Say why, with the policy's words, and what happened around it."""
    event, version = found.event, found.in_force
    click.echo(f"{event.verdict}: {shown(event.event_id)}, {shown(event.occurred_at)}")
    click.echo(
        f"  {shown(event.actor)} ({shown(event.role)}) {shown(event.action)} "
        f"{shown(event.file)} [{shown(event.items)}] of {shown(event.subject) or 'nobody named'} "
        f"for {shown(event.purpose)}"
    )
    if version is None:
        click.echo(f"  by a version that is not at hand, revision {event.policy_revision[:12]}")
    else:
        click.echo(
            f"  by {version.policy}, in force from {version.effective_from}, "
            f"revision {version.revision[:12]}"
        )
    for ground in found.grounds:
        heading = f"{ground.title}  ({ground.severity})" if ground.title else ground.check
        click.echo(f"\n{shown(ground.clause)}  {heading}".rstrip())
        lines = (
            shown(ground.detail),
            f"“{ground.says}”" if ground.quoted else ground.says,
            f"what to do: {ground.runbook}" if ground.runbook else "",
        )
        click.echo("\n".join(f"  {line}" for line in lines if line))
    if found.times_stored > 1:
        click.echo(f"\nsent again: it stands in the trail {found.times_stored} times")
    for source in found.others:
        click.echo(f"\nanother event of this id: --source {shown(source)}")
    for title, rows in (
        ("around it, by the same actor", found.by_actor),
        ("around it, of the same subject", found.of_subject),
    ):
        if rows:
            click.echo(f"\n{title}:")
            _print(rows)


def _print(rows: Sequence[Any]) -> None:
    """Draw the columns of which any row has something.

    Where a table would break words, an id among them, each row is drawn as lines of its own.
    """
    names = [name for name in _COLUMNS[type(rows[0])] if any(getattr(row, name) for row in rows)]
    console, table = Console(), _table(names, rows)
    unbounded = console.options.update_width(sys.maxsize)
    if console.measure(table, options=unbounded).minimum <= console.width:
        console.print(table)
        return
    for number, row in enumerate(rows, 1):
        console.print(Rule(f"{number:,}", align="left"), _record(names, row))


def _table(names: Sequence[str], rows: Sequence[Any]) -> Table:
    drawn = Table()
    cells = [[_cell(getattr(row, name)) for row in rows] for name in names]
    for name, column in zip(names, cells, strict=True):
        numeric = isinstance(getattr(rows[0], name), int)
        justify: Literal["left", "right"] = "right" if numeric else "left"
        width = max(map(cell_len, column))
        is_whole = width <= _WHOLE
        drawn.add_column(
            _heading(name),
            justify=justify,
            overflow="fold",
            no_wrap=is_whole,
            min_width=width if is_whole else None,
        )
    for row in zip(*cells, strict=True):
        drawn.add_row(*map(Text, row))
    return drawn


def _record(names: Sequence[str], row: Any) -> Table:
    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(style="bold")
    drawn.add_column(overflow="fold")
    for name in names:
        drawn.add_row(_heading(name), Text(_cell(getattr(row, name))))
    return drawn


def _heading(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return f"{value:,}" if isinstance(value, int) else shown(value)


def _week(hours: Mapping[tuple[int, int], int]) -> str:
    """The hours of the week, each as dark as it is busy beside the busiest."""
    busiest = max(hours.values())
    lines = ["        " + "".join(f"{hour:<4}" for hour in range(0, 24, 2))]
    for number, day in enumerate(_WEEKDAYS, 1):
        shades = (-(-4 * hours.get((number, hour), 0) // busiest) for hour in range(24))
        lines.append(f"  {day}   " + "".join(_SHADES[shade] * 2 for shade in shades))
    return "\n".join(lines)
