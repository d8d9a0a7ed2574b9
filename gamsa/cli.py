"""The `gamsa` command. Commands are imported when they are called, so that `--help` is quick."""

import errno
import logging
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

import crash
from gamsa.errors import Unavailable
from gamsa.settings import home_of_environment

WRONG_USE = 2
UNAVAILABLE = 3
CLIENTS = "clickhouse_connect", "kafka"
"""Libraries that log what they raise as well; we say it once."""

# Heading → command → (module, attribute, one line of help).
COMMANDS: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "Local stack": {
        "up": ("gamsa.commands", "up", "Start Kafka, ClickHouse and the worker on this machine."),
        "status": ("gamsa.commands", "status", "Say where everything is and how it is."),
        "down": ("gamsa.commands", "down", "Stop everything of this home."),
        "migrate": ("gamsa.commands", "migrate", "Make missing topics and tables in servers."),
    },
    "Trail": {
        "demo": ("gamsa.demo_command", "demo", "Live a simulated day and show what is found."),
        "watch": ("gamsa.watch", "watch", "Watch misuse and the watch itself in this terminal."),
        "ledger": ("gamsa.commands", "ledger", "Check the stored trail against Kafka's offsets."),
        "reconcile": ("gamsa.reconcile", "reconcile", "Hold producers' counts against the trail."),
        "simulate": ("gamsa.produce", "simulate", "Emit the simulated city's events."),
        "simulate-months": (
            *("gamsa.months", "simulate_months", "Write months of the city to files."),
        ),
        "replay-log": (
            "gamsa.replay",
            "replay_log",
            "Turn a web server's or sshd's log into events.",
        ),
    },
    "Investigation": {
        name: ("gamsa.investigation", name.replace("-", "_"), line)
        for name, line in {
            "who-saw": "Show who looked at a person's data, and whether it was allowed.",
            "life": "Show what happened to a person's data, in order.",
            "actor": "Show what a handler did, beside what is usual for the role.",
            "where": "Show where a cookie, IP or MAC address was seen, and with whom.",
            "session": "Show everything in one session or request.",
            "touched": "Show which accesses touched a file or an item.",
            "recipient": "Show what went to a recipient, and on which ground.",
            "count": "Count accesses in groups.",
            "findings": "Show which misuse is open.",
            "why": "Say why an event was judged as it was.",
            "export": "Take accesses away as NDJSON, CSV or Parquet.",
        }.items()
    },
    "Console": {
        "user": ("gamsa.user", "user", "Say who may sign in to the console, and as what."),
        "console": (
            "gamsa.console",
            "console",
            "Serve the console; move and back up its accounts.",
        ),
        "case": ("gamsa.case", "case", "Show the console's cases; take one away as evidence."),
    },
    "Policy": {
        "backtest": (
            "gamsa.backtest",
            "backtest",
            "Show what drafts would have found in history.",
        ),
        "policy": ("gamsa.policy", "policy", "Lint, show, explain and compare policies."),
    },
}


class Commands(click.Group):
    """The commands by heading, each imported only when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Name every command."""
        return [name for group in COMMANDS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command of this name."""
        for group in COMMANDS.values():
            if cmd_name in group:
                module, attribute, _ = group[cmd_name]
                command: click.Command = getattr(import_module(module), attribute)
                return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands under their headings, without importing them."""
        for heading, group in COMMANDS.items():
            with formatter.section(heading):
                formatter.write_dl([(name, line) for name, (_, _, line) in group.items()])


@click.command(
    cls=Commands, name="gamsa", context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="gamsa")
def gamsa() -> None:
    """Audit of access to personal data, judged against the published privacy policy.

    Exit status: 0 done, 1 the answer is bad, 2 wrong use, 3 a needed server is away.
    """


def main() -> Any:
    """Run the command; what is away is said in one sentence, with exit status 3."""
    crash.arm(os.environ.get(crash.CRASH))
    for client in CLIENTS:
        logging.getLogger(client).addHandler(logging.NullHandler())
    try:
        return gamsa()
    except Unavailable as away:
        click.echo(f"Error: {away}", err=True)
    except OSError as failure:
        home = home_of_environment()
        if failure.errno == errno.ENOSPC:
            where = failure.filename or home
            click.echo(f"Error: the disk is full at {where}; make room", err=True)
        elif _concerns(home, failure):
            wrong = f"GAMSA_HOME {home} cannot be used: {failure.strerror}; name another folder"
            click.echo(f"Error: {wrong}", err=True)
            sys.exit(WRONG_USE)
        else:
            raise
    sys.exit(UNAVAILABLE)


def _concerns(home: Path, failure: OSError) -> bool:
    """Whether it is the home, something in it or a folder above it that cannot be used."""
    if not isinstance(failure.filename, str | Path):
        return False
    where = Path(failure.filename)
    return where.is_relative_to(home) or home.is_relative_to(where)
