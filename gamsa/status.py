"""How the stack of a home is: for people as a table, for programs as JSON."""

import time
from pathlib import Path
from typing import Any

import psutil
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gamsa import broker, console_program, programs, state
from gamsa.grafana import environment
from gamsa.monitoring import answers
from storage.address import shown

COLOURS = {
    "ready": "[green]{}[/]",
    "joining": "[yellow]{}[/]",
    "away": "[red]{}[/]",
}


def as_json(known: state.State) -> dict[str, Any]:
    """Every address and pid; addresses that this stack does not have are None."""
    return {
        "kafka": known.kafka,
        "clickhouse": shown(known.clickhouse),
        "metrics": next(iter(known.metrics.values()), None),
        "console": known.console or None,
        "prometheus": known.monitoring.get("prometheus"),
        "processes": {name: process.pid for name, process in known.processes.items()},
    }


def table(known: state.State, home: Path) -> Table:
    """Each part of the stack with its address, its health and its process."""
    drawn = Table(
        title=Text(f"Gamsa in {home}", "table.title"),
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=0,
    )
    drawn.show_edge = False  # all of it fits in 80 columns
    drawn.add_column("part", no_wrap=True)
    drawn.add_column("address", overflow="fold")  # it is there to be copied, so never cut
    drawn.add_column("health", no_wrap=True)
    for heading in ("pid", "up", "MB", "restarts"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for name, address, health in _health(known):
        drawn.add_row(name, address, COLOURS[health].format(health), *_process(known, name))
    return drawn


def _health(known: state.State) -> list[tuple[str, str, str]]:
    pages = known.metrics.items()
    return [
        ("broker", known.kafka, _server(answers=broker.answers(known.kafka))),
        ("clickhouse", shown(known.clickhouse), _server(answers=programs.pings(known.clickhouse))),
        *((name, page, programs.worker_health(programs.fetch(page))) for name, page in pages),
        *((name, url, _server(answers=answers(url))) for name, url in known.monitoring.items()),
        *(
            ("console", url, _server(answers=console_program.answers(url)))
            for url in [known.console]
            if url
        ),
    ]


def _server(*, answers: bool) -> str:
    return "ready" if answers else "away"


def _process(known: state.State, name: str) -> tuple[str, str, str, str]:
    """Pid, time up, memory and restarts of a program; a server that is not ours has none."""
    identity = known.processes.get(name)
    if identity is None:
        return "not ours", "", "", ""
    restarts = str(known.restarts.get(name, 0))
    if not state.is_alive(identity):
        return "dead", "", "", restarts
    memory = psutil.Process(identity.pid).memory_info().rss
    up = lasted(time.time() - identity.created)
    return str(identity.pid), up, f"{memory / 1e6:,.0f}", restarts


def lasted(seconds: float) -> str:
    """Tell a time in its largest unit, in at most five characters: `59 s`, `59 m`, `47 h`."""
    for unit, length, upto in (("s", 1, 60), ("m", 60, 60), ("h", 3600, 48)):
        if seconds < length * upto:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds // 86_400:.0f} d"


def show(known: state.State, home: Path, console: Console) -> None:
    """Print the table and what to do next."""
    console.print(table(known, home))
    console.print(f"logs in {home / 'logs'}; stop with `gamsa down`", soft_wrap=True, markup=False)
    console.print("a Grafana of your own shows it with these in its environment:")
    for name, value in environment(known, home).items():
        console.print(f"  {name}={value}", soft_wrap=True, highlight=False, markup=False)
