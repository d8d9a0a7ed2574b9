"""How long each question takes over a trail of some size, cold and warm, and what it reads.

`python -m benchmarks.questions [--rows N] [--folder FOLDER]`: rows come straight from the engine,
spread over a year, with two million subjects, 5,000 handlers and ten million cookies. Each
question is asked for several subjects, handlers and so on: the first time of each is cold for it
(the endpoint has just started), the others are warm. Writes `benchmarks/results/questions.md`.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import policies
from benchmarks.servers import RESULTS, cpu, endpoint, say
from investigate.cursor import Paging
from investigate.filters import Filters
from investigate.questions import accesses, counting, explaining, handler, life
from investigate.reading import Reader
from storage import ledger, migrate
from storage.rows import Place
from storage.trail import Trail, connect

PARTITIONS = 4
STEP = 1_000_000  # rows of one statement
_SHOWN = 0.005  # bytes of a row
ASKED = 12
"""Of how many subjects, handlers and so on a question is asked."""
EACH = 3
"""How often of each, warm."""
TOPIC = "3e9778f9-b749-4f52-b7ae-2ce4f5456f55"
_FILL = (Path(__file__).parent / "fill_questions.sql").read_text(encoding="utf-8")

Ask = Callable[[Reader, Mapping[str, Any]], Any]
EVER, PAGE = Filters(), Paging()
HALF = timedelta(days=15)  # of a month
MONTH = Filters(start=datetime.now(UTC) - 2 * HALF)
POLICY = policies.load_policy()
QUESTIONS: Mapping[str, Ask] = {
    "who saw a subject": lambda r, of: accesses.to_subject(r, of["subject"], EVER, PAGE),
    "the life of a subject": lambda r, of: life.life(r, Filters(subject=of["subject"]), PAGE),
    "the latest of a handler": lambda r, of: accesses.by_actor(r, of["actor"], EVER, PAGE),
    "a handler's month": lambda r, of: handler.profile(
        r, Filters(actor=of["actor"], start=of["at"] - HALF, end=of["at"] + HALF)
    ),
    "where a cookie was": lambda r, of: counting.sightings(r, Filters(cookie=of["cookie"]), PAGE),
    "where an IP was": lambda r, of: counting.sightings(r, Filters(ip=of["ip"]), PAGE),
    "a session": lambda r, of: accesses.in_session(r, of["session"], EVER, PAGE),
    "one event": lambda r, of: accesses.listed(r, Filters(event_id=of["event_id"]), PAGE),
    "why": lambda r, of: explaining.why(r, POLICY, of["event_id"]),
    "a month by purpose and day": lambda r, _: counting.counted(
        r, MONTH, ("purpose", "day"), PAGE
    ),
}


class Timed(NamedTuple):
    """Seconds, cold and warm, and CPU seconds of the engine for each warm answer."""

    cold: Sequence[float]
    warm: Sequence[float]
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--folder", type=Path, help="keep the rows there, for the next time")
    options = parser.parse_args()
    rows = options.rows
    with contextlib.ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="gamsa-questions-")
        folder = options.folder or Path(stack.enter_context(temporary))
        folder.mkdir(parents=True, exist_ok=True)
        with endpoint(folder) as (url, _):
            trail = Trail(connect(url))
            migrate.apply(trail.client)
            held = sum(entry.rows for entry in ledger.read(trail))
            if held not in {0, rows}:
                sys.exit(f"{folder} holds {held:,} rows; name another folder, or --rows {held}")
            if not held:
                fill(trail, rows)
        with endpoint(folder) as (url, process):
            reader = Reader(connect(url))
            drawn = draw(reader)
            timed = {}
            for what, ask in QUESTIONS.items():
                timed[what] = measured(reader, ask, drawn, lambda: cpu(process))
                say(f"{what}: {milliseconds(timed[what].warm)} ms")
            sizes = [(str(of), int(size)) for of, size in reader.rows(_SIZES, {"least": 0})]
    text = report(rows, timed, sizes)
    print(text)
    (RESULTS / "questions.md").write_text(text, encoding="utf-8")


def fill(trail: Trail, rows: int) -> None:
    """As many rows, in partitions, each as long as the others."""
    each = rows // PARTITIONS
    for partition in range(PARTITIONS):
        writer = trail.claim(Place(TOPIC, partition))
        for first in range(0, each, STEP):
            said = {"topic_id": TOPIC, "partition": partition, "writer": writer}
            some = {"first": first, "rows": min(STEP, each - first), "all": each}
            trail.client.command(_FILL, parameters={**said, **some})
            say(f"partition {partition}: {first + some['rows']:,} of {each:,} rows")
    trail.client.command("OPTIMIZE TABLE access_events")


def draw(reader: Reader) -> list[dict[str, Any]]:
    """Accesses of handlers from over the year, whose subjects and traces are asked about."""
    names = ("subject", "actor", "cookie", "ip", "session", "event_id", "at")
    found = reader.rows(_DRAWN, {"asked": ASKED})
    return [dict(zip(names, row, strict=True)) for row in found]


def measured(
    reader: Reader, ask: Ask, drawn: Sequence[Mapping[str, Any]], used: Callable[[], float]
) -> Timed:
    """Ask for each, once cold and then warm."""
    cold = [_seconds(reader, ask, of) for of in drawn]
    before = used()
    warm = [_seconds(reader, ask, of) for of in drawn for _ in range(EACH)]
    return Timed(cold, warm, (used() - before) / len(warm))


def _seconds(reader: Reader, ask: Ask, of: Mapping[str, Any]) -> float:
    began = time.perf_counter()
    ask(reader, of)
    return time.perf_counter() - began


def milliseconds(seconds: Sequence[float], share: int = 95) -> str:
    """The percentile, in milliseconds."""
    return f"{statistics.quantiles(seconds, n=100, method='inclusive')[share - 1] * 1e3:,.0f}"


def report(rows: int, timed: Mapping[str, Timed], sizes: Sequence[tuple[str, int]]) -> str:
    """The figures as Markdown."""
    total = sum(size for _, size in sizes)
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}: {rows:,} rows over a year, two million subjects, 5,000",
        f"handlers, ten million cookies; {ASKED} of each asked, in one endpoint just started, on",
        "two hyperthreads that others use, too. Milliseconds, but for the last column: CPU",
        "milliseconds of the engine for one warm answer.",
        "",
        "| question | cold p50 | cold p95 | warm p50 | warm p95 | CPU |",
        "|---|---|---|---|---|---|",
    ]
    for what, one in timed.items():
        times = (milliseconds(part, share) for part in (one.cold, one.warm) for share in (50, 95))
        lines.append(f"| {what} | {' | '.join(times)} | {one.cpu * 1e3:,.0f} |")
    lines += ["", f"The rows take {total / rows:.1f} bytes each:", ""]
    lines += [f"- {of}: {size / rows:.2f}" for of, size in sizes if size / rows >= _SHOWN]
    return "\n".join(lines) + "\n"


_DRAWN = """
SELECT subject, actor, cookie, ip, session, event_id, occurred_at FROM v_access_events
WHERE actor_kind = 'staff' AND occurred_at >= now() - toIntervalDay(330)
ORDER BY sipHash64(offset, partition) LIMIT {asked:UInt32}
"""

_SIZES = """
SELECT what, sum(bytes) AS size FROM
(
    SELECT 'column ' || name AS what, data_compressed_bytes + marks_bytes AS bytes
    FROM system.columns WHERE database = currentDatabase() AND table = 'access_events'
    UNION ALL
    SELECT 'index ' || name, data_compressed_bytes + marks_bytes
    FROM system.data_skipping_indices
    WHERE database = currentDatabase() AND table = 'access_events'
    UNION ALL
    SELECT 'projection ' || name, bytes_on_disk FROM system.projection_parts
    WHERE active AND database = currentDatabase() AND table = 'access_events'
)
GROUP BY what HAVING size > {least:UInt64} ORDER BY size DESC
"""

if __name__ == "__main__":
    main()
