"""How the demo looks: the figures of a run, its misuse by article, and where to look further."""

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import shorten

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gamsa.local_stack import Stack
from gamsa.run import Held
from storage.address import page

QUOTED = 160
"""Characters of a sentence that are shown, so that all articles fit on a screen."""

Quote = Callable[[str], str]
"""What the policy says at a clause: the published sentence, or the catalogue's summary."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A run as far as it has come; seconds since its first event."""

    emitted: int
    held: Held
    missing: int
    duplicates: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Events stored for each second of the run."""
        return self.held.stored / self.seconds if self.seconds else 0.0


def view(figures: Figures, quote: Quote, stack: Stack | None) -> RenderableType:
    """Draw everything that is known of the run, and where the stack is if it stays."""
    drawn: list[RenderableType] = [_counts(figures), Text(), _articles(figures.held, quote)]
    return Group(*drawn) if stack is None else Group(*drawn, Text(), _places(stack))


def _counts(figures: Figures) -> Table:
    held = figures.held
    shown = {
        "emitted": f"{figures.emitted:,}",
        "stored": f"{held.stored:,}",
        "rejected": f"{held.rejected:,}",
        "misuse": f"{held.misuse:,}",
        "ledger missing": f"{figures.missing:,}",
        "ledger duplicates": f"{figures.duplicates:,}",
        "events/s": f"{figures.per_second:,.0f}",
    }
    drawn = Table(title="The run", title_justify="left")
    for heading in shown:
        drawn.add_column(heading, justify="right")
    drawn.add_row(*shown.values())
    return drawn


def _articles(held: Held, quote: Quote) -> Table:
    drawn = Table(title="Misuse by article of the policy", title_justify="left")
    drawn.add_column("article", no_wrap=True)
    drawn.add_column("accesses", justify="right")
    drawn.add_column("most cited", no_wrap=True)
    drawn.add_column("what it says", ratio=1)
    for one in held.articles:
        said = shorten(quote(one.clause), QUOTED, placeholder=" …")
        drawn.add_row(one.name, f"{one.accesses:,}", one.clause, Text(said))
    return drawn


def _places(stack: Stack) -> Table:
    drawn = Table.grid(padding=(0, 2))
    drawn.add_row("Kafka", stack.kafka)
    drawn.add_row("ClickHouse", page(stack.clickhouse, "/?query=SELECT+*+FROM+v_ledger"))
    drawn.add_row("metrics", stack.metrics)
    drawn.add_row("logs", Text(str(stack.home / "logs")))
    return drawn
