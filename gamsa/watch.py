"""`gamsa watch`: the dashboard *Now* in a terminal, for where no Grafana is at hand."""

import asyncio
import contextlib
import sys
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import click
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, ScrollableContainer
from textual.widgets import Footer, Static

from gamsa.commands import live
from gamsa.settings import from_environment
from gamsa.watch_questions import Rows, Span, ask
from gamsa.watch_view import PANELS, plain
from storage.address import shown
from storage.trail import Trail, TrailUnavailableError, connect

EVERY = 2.0
"""Seconds between two looks."""
SPANS = {
    "15 min · 15분": timedelta(minutes=15),
    "1 h · 1시간": timedelta(hours=1),
    "6 h · 6시간": timedelta(hours=6),
    "48 h · 48시간": timedelta(hours=48),
    "30 d · 30일": timedelta(days=30),
}
FIRST = "48 h · 48시간"


@click.command()
def watch() -> None:
    """Watch misuse, and whether the watch itself is alive, in this terminal.

    Shows what the dashboard Now shows, by the same queries, every two seconds: ledger, findings,
    rejected records, freshness and services. GAMSA_CLICKHOUSE names a ClickHouse other than that
    of the local stack. Where it is away, it is waited for.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("it draws on a terminal, and this is none; ask `gamsa status`")
    settings = from_environment()
    Watch(settings.clickhouse or live(settings.home).clickhouse).run()


class Watch(App[None]):
    """The live view of one ClickHouse."""

    TITLE = "Gamsa · 감사"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit · 종료"),
        Binding("t", "turn(1)", "longer · 기간 늘리기"),
        Binding("T", "turn(-1)", "shorter · 기간 줄이기"),
    ]
    CSS = """
    Screen { layout: vertical; }
    #said { height: 1; padding: 0 1; background: $primary; color: $text; }
    #said.away { background: $error; text-style: bold; }
    #above { height: 7; }
    #below { height: 8; }
    #latest { height: 1fr; min-height: 6; }
    .panel { border: round $primary; padding: 0 1; width: 1fr; border-title-color: $text; }
    #services { width: 6fr; }
    #freshness { width: 5fr; }
    #latest Static { min-width: 130; }
    #services Static { min-width: 64; }
    #freshness Static { min-width: 50; }
    """

    def __init__(self, clickhouse: str) -> None:
        super().__init__()
        self.clickhouse = clickhouse
        self.span = FIRST
        self.turned = asyncio.Event()
        self.trail: Trail | None = None

    def compose(self) -> ComposeResult:
        """Lay out the panels: the watch's own state above, findings, and below who is silent."""
        yield Static("…", id="said", markup=False)
        with Horizontal(id="above"):
            yield from map(_panel, ("ledger", "severities", "rejected"))
        yield _panel("latest")
        with Horizontal(id="below"):
            yield from map(_panel, ("freshness", "services"))
        yield Footer()

    def on_mount(self) -> None:
        """Begin to look."""
        self.run_worker(self._look())

    def action_turn(self, by: int) -> None:
        """Look at a longer or a shorter time, at once."""
        names = list(SPANS)
        self.span = names[(names.index(self.span) + by) % len(names)]
        self.turned.set()

    async def _look(self) -> None:
        while True:
            self.turned.clear()
            try:
                answers = await asyncio.to_thread(self._ask)
            except TrailUnavailableError as error:
                self._say_away(error)
            else:
                self._show(answers)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.turned.wait(), EVERY)

    def _ask(self) -> dict[str, Rows]:
        if self.trail is None:
            self.trail = Trail(connect(self.clickhouse))
        # The queries' ranges end with a whole second; what came within this one is shown, too.
        end = datetime.now(UTC) + timedelta(seconds=1)
        return ask(self.trail, Span(end, SPANS[self.span]))

    def _show(self, answers: dict[str, Rows]) -> None:
        for name, (_, draw) in PANELS.items():
            self.query_one(f"#{name} Static", Static).update(draw(answers[name]))
        now = f"{datetime.now().astimezone():%H:%M:%S}"
        self._say(f"Gamsa · 감사   {self.span}   {shown(self.clickhouse)}   {now}", away=False)

    def _say_away(self, error: TrailUnavailableError) -> None:
        why = str(error).partition("\n")[0]
        self._say(
            "ClickHouse is away, waiting for it; what is below is old · "
            f"ClickHouse 연결 끊김, 기다리는 중 · {why}",
            away=True,
        )

    def _say(self, text: str, *, away: bool) -> None:
        said = self.query_one("#said", Static)
        said.update(plain(text))
        said.set_class(away, "away")


def _panel(name: str) -> ScrollableContainer:
    panel = ScrollableContainer(Static("…"), id=name, classes="panel")
    panel.border_title = PANELS[name][0]
    return panel
