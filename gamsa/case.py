"""`gamsa case`: the console's cases on its server, and one of them taken away."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from audit.policy import Language
from gamsa import catalogue
from gamsa.accounts import now, opened
from gamsa.asking import NOT_THERE, grounds_options, inquiry, language_option, page_options
from gamsa.settings import from_environment
from investigate.cases import bundle as bundles
from investigate.cases import telling
from investigate.cases.case import State
from investigate.cases.errors import UnknownCaseError
from investigate.cases.lookup import Lookup, Wanted
from investigate.cursor import Paging
from investigate.export import whole
from investigate.inquiry import Asked
from investigate.masking import masked
from investigate.printing import document, shown

_LISTED = "number", "state", "overdue", "opened_by", "opened_at", "asked", "deadline", "title"
_STEPS = "step", "what", "at", "name", "role", "asked", "deadline", "text"
justification_option = click.option(
    "--justification", metavar="TEXT", help="Why, in your own words."
)


@click.group()
def case() -> None:
    """Show the console's cases, and take one away as evidence."""


@case.command("list")
@click.option("--state", type=click.Choice([str(state) for state in State]), help="In this state.")
@click.option("--overdue", is_flag=True, help="Whose explanation is overdue.")
@grounds_options
@page_options
def list_(  # noqa: PLR0913  each is an option
    *,
    state: str | None,
    overdue: bool,
    purpose: str,
    case: str | None,
    justification: str | None,
    as_json: bool,
    limit: int,
    cursor: str | None,
) -> None:
    """List the cases, the newest first."""
    wanted = Wanted(None if state is None else State(state), overdue)
    with _cases() as cases, inquiry(purpose, case, justification) as asking:
        page = asking.answer(
            Asked("cases", filters={"state": state, "overdue": overdue or None}),
            lambda: cases.listed(wanted, Paging(cursor, limit)),
            lambda found: len(found.rows),
        )
    rows = masked("", [telling.head(one, now()) for one in page.rows])
    if as_json:
        click.echo(document({"rows": rows, "next": page.following}))
        return
    _draw(_LISTED, rows)
    if page.following:
        click.echo(f"there is more: --cursor {page.following}", err=True)


@case.command()
@click.argument("number")
@justification_option
@click.option("--json", "as_json", is_flag=True, help="One line of JSON, for programs.")
def show(*, number: str, justification: str | None, as_json: bool) -> None:
    """Show the case NUMBER with its findings and steps, asked for the case's own purpose."""
    with _cases() as cases:
        known = cases.find(number)
        with inquiry(known.purpose, number, justification) as asking:
            asking.record(Asked("case", known.subject or None, "read"), len(known.findings))
    told = masked("", telling.whole(known, now()))
    if as_json:
        click.echo(document(told))
        return
    _draw(_LISTED, [told])
    _draw(("finding_id", "detector", "severity", "actor"), told["findings"])
    _draw(_STEPS, told["steps"])


@case.command()
@click.argument("number")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@justification_option
@language_option
def bundle(*, number: str, file: Path, justification: str | None, lang: Language) -> None:
    """Take the case NUMBER away as a ZIP: events, judgements, steps, policy, a report.

    It needs a --justification, and appears when it is whole. A FILE that is there already is left
    alone.
    """
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise click.UsageError(f"{file.parent} is no folder that can be written")
    if file.exists():
        raise click.UsageError(f"{file} is there already; name another")
    folder = from_environment().policy
    policy = catalogue.load(folder)
    institution = bundles.Institution(policy, catalogue.files(folder), policy.newest.zone)
    with _cases() as cases:
        known = cases.find(number)
        with inquiry(known.purpose, number, justification) as asking:
            taken = bundles.take(asking, known, institution, now(), lang)
    with whole(file) as sink:
        sink.write(taken)
    click.echo(f"case {number} is in {file}", err=True)


@contextmanager
def _cases() -> Iterator[Lookup]:
    """The cases of the console's database; says what goes wrong as a command does."""
    with opened(from_environment()) as database:
        try:
            yield Lookup(database, now)
        except UnknownCaseError as unknown:
            failure = click.ClickException(f"{unknown}; see `gamsa case list`")
            failure.exit_code = NOT_THERE
            raise failure from None


def _draw(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    drawn = Table(*(name.replace("_", " ") for name in names), box=None)
    for row in rows:
        drawn.add_row(*(Text("✓" if row[name] is True else _cell(row[name])) for name in names))
    Console().print(drawn)


def _cell(value: Any) -> str:
    return "" if value is False else shown(value)
