"""How `gamsa watch` looks: each answer as something that a terminal can draw."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from gamsa.status import lasted
from gamsa.watch_questions import Rows
from investigate.printing import shown as harmless

LONGEST = 300
"""Characters of a value that are drawn at most."""
SEVERITIES: Mapping[str, tuple[str, str]] = {
    "critical": ("심각", "bold white on red"),
    "high": ("높음", "bold red"),
    "medium": ("보통", "dark_orange"),
    "low": ("낮음", "yellow"),
}
RISES = "▁▂▃▄▅▆▇█"
QUIET, LONG_QUIET = 600, 3_600  # seconds after which a service is orange, and red
SLOW, TOO_SLOW = 2.0, 10.0  # seconds of freshness, likewise


def plain(value: object, style: str = "") -> Text:
    """Draw a value as text alone: what a terminal might take for a command is spelled out.

    Ids and browsers' names come from outside, and may hold escape sequences.
    """
    said = str(value)
    cut = said[:LONGEST] + "…" if len(said) > LONGEST else said
    return Text(harmless(cut), style)


def ledger(rows: Rows) -> RenderableType:
    """Whether every offset is stored, and once."""
    (row,) = rows
    wrong = "bold white on red"
    shown = {
        "missing · 누락": (row["missing"], wrong if row["missing"] else "green"),
        "stored twice · 중복": (row["duplicates"], wrong if row["duplicates"] else "green"),
        "records stored · 저장": (row["stored"], "bold" if row["stored"] else wrong),
    }
    return _figures(shown)


def severities(rows: Rows) -> RenderableType:
    """How many findings there are of each severity."""
    (row,) = rows
    return _figures(
        {
            f"{severity} · {korean}": (row[severity], style if row[severity] else "green")
            for severity, (korean, style) in SEVERITIES.items()
        }
    )


def _figures(shown: Mapping[str, tuple[int, str]]) -> Table:
    drawn = Table.grid(padding=(0, 2))
    for name, (number, style) in shown.items():
        drawn.add_row(Text(name), Text(f"{number:,}", style, justify="right"))
    return drawn


def rejected(rows: Rows) -> RenderableType:
    """What could not be read, by reason."""
    drawn = Table.grid(padding=(0, 2))
    for row in rows:
        style = "dark_orange" if row["records"] else "green"
        drawn.add_row(plain(row["reason"]), Text(f"{row['records']:,}", style, justify="right"))
    return drawn


def latest(rows: Rows) -> RenderableType:
    """The findings that were known last, whose doing they are, and the page to follow."""
    drawn = _table("last · 마지막", "severity · 심각도")
    drawn.add_column("finding · 탐지 내용", ratio=4, no_wrap=True)
    drawn.add_column("actor · 취급자", ratio=2, no_wrap=True)
    drawn.add_column("clause · 조항", no_wrap=True)
    drawn.add_column("count · 건수", justify="right", no_wrap=True)
    drawn.add_column("runbook · 절차서", ratio=2, no_wrap=True)
    for row in rows:
        korean, style = SEVERITIES.get(row["severity"], ("", ""))
        drawn.add_row(
            _moment(row["last access"]),
            plain(f"{row['severity']} · {korean}", style),
            plain(f"{row['title']} · {row['title_ko']}"),
            plain(row["actor"]),
            plain(row["clause"]),
            Text(f"{row['accesses']:,}"),
            plain(str(row["runbook"]).removeprefix("docs/runbooks/").removesuffix(".md")),
        )
    return drawn if rows else Text("none in this time · 이 기간에는 없음", "green")


def freshness(rows: Rows) -> RenderableType:
    """How long after it was recorded an access can be seen: a line for each measure."""
    if not rows:
        return Text("nothing received in this time · 이 기간에 수신 없음", "dark_orange")
    drawn = Table.grid(padding=(0, 2))
    for name, column in {
        "from Kafka, half · 중앙값": "p50",
        "from Kafka, 99 % · 99%": "p99",
        "from the access · 접근 기준": "recorded",
    }.items():
        values = [float(row[column]) for row in rows]
        style = "" if column == "recorded" else _speed(values[-1])
        drawn.add_row(Text(name), Text(_seconds(values[-1]), style), Text(sparkline(values)))
    return drawn


def sparkline(values: list[float]) -> str:
    """Draw a line of blocks, the highest value as the highest block."""
    highest = max(*values, 0.0, 0.001)
    return "".join(RISES[min(7, int(8 * max(0.0, value) / highest))] for value in values[-40:])


def _speed(seconds: float) -> str:
    return "bold red" if seconds > TOO_SLOW else "dark_orange" if seconds > SLOW else "green"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if abs(seconds) < 60 else lasted(abs(seconds))


def services(rows: Rows) -> RenderableType:
    """Which services there are, the longest silent first."""
    drawn = _table("service · 서비스", "silent · 경과")
    drawn.add_column("accesses · 접근", justify="right", no_wrap=True)
    drawn.add_column("misuse · 오남용", justify="right", no_wrap=True)
    for row in rows:
        silent = max(0, row["silent"])
        style = "bold red" if silent >= LONG_QUIET else "dark_orange" if silent >= QUIET else ""
        drawn.add_row(
            plain(row["service"]),
            Text(lasted(silent), style or "green"),
            Text(f"{row['accesses']:,}"),
            Text(f"{row['misuse']:,}"),
        )
    return drawn if rows else Text("none has ever recorded · 기록한 서비스 없음", "bold red")


def _table(*headings: str) -> Table:
    drawn = Table(box=None, expand=True, pad_edge=False)
    for heading in headings:
        drawn.add_column(heading, no_wrap=True)
    return drawn


def _moment(at: Any) -> Text:
    if not isinstance(at, datetime):
        return plain(at)
    known = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Text(f"{known.astimezone():%m-%d %H:%M:%S}")


PANELS: Mapping[str, tuple[str, Callable[[Rows], RenderableType]]] = {
    "ledger": ("Ledger · 원장", ledger),
    "severities": ("Findings by severity · 심각도별 탐지", severities),
    "rejected": ("Rejected records · 거부된 기록", rejected),
    "latest": ("Latest findings · 최근 탐지", latest),
    "freshness": ("Freshness: recorded to visible · 기록에서 조회까지", freshness),
    "services": ("Services by last event · 서비스별 마지막 기록", services),
}
"""What is shown, by the question it answers, with its heading, in the order of the screen."""
