"""`gamsa policy`: check, read, explain and compare policies."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import click

from audit.codec import Rejected, decode, microseconds
from audit.judge import judge
from audit.lint import Lint, lint
from audit.policy import Language, Policy, Version
from audit.policy_diff import Change, compare
from audit.policy_file import PolicyError
from audit.policy_schema import SCHEMAS
from gamsa.policy_table import table
from gamsa.settings import from_environment
from policies import load_policy, load_version

BAD, WRONG_USE = 1, 2

_FOLDER = click.option(
    "--policy",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: from_environment().policy,
    help="Folder of the institution's policy files (GAMSA_POLICY).",
)
_LANGUAGE = click.option("--lang", type=click.Choice(["en", "ko"]), default="en", help="Language.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


@click.group(name="policy")
def policy() -> None:
    """Lint, show, explain and compare an institution's policy versions."""


@policy.command(name="lint")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--without-text", is_flag=True, help="Do without a published text not at hand.")
@_JSON
def lint_command(folder: Path | None, *, without_text: bool, as_json: bool) -> None:
    """Check the policy files, run their examples, and hold them against the published text.

    Exit 1 when something is to be mended, or when the text that a version names is not there.
    """
    folder = folder or from_environment().policy
    try:
        loaded = load_policy(folder)
    except PolicyError as error:
        if as_json:
            _print_json({"good": False, "problems": [asdict(one) for one in error.problems]})
        else:
            click.echo(f"{error}\n{len(error.problems)} to mend")
        sys.exit(BAD)
    found = [(version, lint(version, without_text=without_text)) for version in loaded.versions]
    good = all(result.good for _, result in found)
    if as_json:
        versions = [_linted(version, result) for version, result in found]
        _print_json({"good": good, "versions": versions})
    else:
        for version, result in found:
            _print_lint(version, result)
        unread = any(version.document.text and not version.text for version, _ in found)
        sound = "the catalogue is sound" + (" as far as it was checked" if unread else "")
        click.echo(sound if good else "the catalogue is to be mended")
    sys.exit(0 if good else BAD)


@policy.command(name="show")
@_FOLDER
@_LANGUAGE
@click.option("--version", "day", help="Effective date of the version; the newest if not given.")
def show(folder: Path, lang: Language, day: str | None) -> None:
    """Print files, purposes, periods, recipients, consignees and roles as tables."""
    click.echo(table(_version(_load(folder), day), lang))


@policy.command(name="explain")
@click.argument("event", type=click.File("rb"))
@_FOLDER
@_LANGUAGE
@click.option("--received", help="When it was received (RFC 3339); now if not given.")
@_JSON
def explain(
    event: Any, folder: Path, lang: Language, received: str | None, *, as_json: bool
) -> None:
    """Judge one event (a JSON file, or - for standard input) and say why; exit 1 on misuse."""
    loaded = _load(folder)
    received_at = _received_at(received)
    answer = decode(event.read(), received_at)
    if isinstance(answer, Rejected):
        name = getattr(event, "name", "<stdin>")
        _wrong_use(f"{name} is not an access event ({answer.reason}): {answer.detail}")
    judgement = judge(answer, loaded)
    version = loaded.version(judgement.policy_revision) or loaded.newest
    reasons = [
        {
            "check": reason.check.value,
            "title": getattr(version.checks[reason.check].title, lang),
            "severity": version.checks[reason.check].severity,
            "clause": reason.clause,
            "detail": reason.detail,
            "says": version.say(reason, lang),
            "quoted": version.is_quoted(reason.clause),
            "runbook": version.checks[reason.check].runbook,
        }
        for reason in judgement.reasons
    ]
    told = {
        "verdict": judgement.verdict,
        "policy": version.document.id,
        "version": str(version.document.effective_from),
        "revision": version.revision,
        "reasons": reasons,
    }
    _print_json(told) if as_json else _print_explanation(told)
    sys.exit(BAD if reasons else 0)


@policy.command(name="diff")
@click.argument("old")
@click.argument("new")
@_FOLDER
@_JSON
def diff(old: str, new: str, folder: Path, *, as_json: bool) -> None:
    """Say what changed from OLD to NEW: each a policy file, or an effective date."""
    changes = compare(_either(old, folder), _either(new, folder))
    if as_json:
        _print_json([change._asdict() for change in changes])
    else:
        click.echo("\n".join(map(_sentence, changes)) or "nothing that is judged has changed")


@policy.command(name="schema")
@click.argument("name", type=click.Choice(sorted(SCHEMAS)), default="policy")
def schema(name: str) -> None:
    """Print the JSON Schema of a policy file or of access-rights.yaml."""
    click.echo(SCHEMAS[name](), nl=False)


def _load(folder: Path) -> Policy:
    try:
        return load_policy(folder)
    except PolicyError as error:
        _wrong_use(f"the policy in {folder} cannot be used:\n{error}")


def _version(loaded: Policy, day: str | None) -> Version:
    days = {str(version.document.effective_from): version for version in loaded.versions}
    if day is None:
        return loaded.newest
    if day not in days:
        _wrong_use(f"no version takes effect on {day}; there are: {', '.join(sorted(days))}")
    return days[day]


def _either(word: str, folder: Path) -> Version:
    """A version by its file, or by its effective date within the policy's folder."""
    if not Path(word).is_file():
        return _version(_load(folder), word)
    try:
        return load_version(word)
    except PolicyError as error:
        _wrong_use(f"{word} cannot be used:\n{error}")


def _received_at(text: str | None) -> int:
    if text is None:
        return (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    try:
        return microseconds(text)
    except ValueError as error:
        _wrong_use(f"--received: {error}")


def _wrong_use(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(WRONG_USE)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _linted(version: Version, result: Lint) -> dict[str, Any]:
    return {
        "version": str(version.document.effective_from),
        "revision": version.revision,
        "text": version.document.text,
        "text_read": version.text is not None,
        "checked": result.checked,
        "remarks": [remark._asdict() for remark in result.remarks],
    }


def _print_lint(version: Version, result: Lint) -> None:
    document = version.document
    click.echo(f"{document.title.en}, version of {document.effective_from}")
    click.echo(f"  revision {version.revision[:12]}, every example came out as it says")
    if result.checked:
        counts = ", ".join(f"{number} {what}" for what, number in result.checked.items())
        click.echo(f"  held against the published text: {counts}")
    for remark in result.remarks:
        where = f"{remark.clause}: " if remark.clause else ""
        click.echo(f"  {remark.level:8}{where}{remark.message}")


def _print_explanation(told: dict[str, Any]) -> None:
    click.echo(f"{told['verdict']}  by {told['policy']}, version of {told['version']}")
    click.echo(f"revision {told['revision'][:12]}")
    for reason in told["reasons"]:
        mark = ("“", "”") if reason["quoted"] else ("", "")
        click.echo(f"\n{reason['clause']}  {reason['title']}  ({reason['severity']})")
        click.echo(f"  {reason['detail']}")
        click.echo(f"  {mark[0]}{reason['says']}{mark[1]}")
        click.echo(f"  what to do: {reason['runbook']}")


def _sentence(change: Change) -> str:
    return f"{change.change:8} {change.what} {change.id} {change.detail}".rstrip()
