"""`python -m tests.faults.power [--cycles N] [--seed N]`: acknowledged inserts, and power lost.

A round runs the endpoint under strace while several clients insert and parts are merged. Then the
power is lost at moments of that round: `tests.faults.durable` writes down what was synced by
then, the real engine opens it, and every insert that was answered by then must be there, whole.
The next round goes on with what the last loss left.

At a loss that takes what it must not, it stops and keeps its folder: the disk as it was `before`
the round, the `trace` of the round's calls, and what was there `after`.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from random import Random, randrange
from urllib.parse import urlencode, urlsplit

from rich.progress import track

from storage import migrate
from storage.rows import Place
from storage.trail import Trail, connect
from tests.faults import strace
from tests.faults.durable import Disk
from tests.faults.parts import ROOT

RESULTS = ROOT / "benchmarks" / "results" / "power-loss.md"
ROWS = 20  # in an insert
INSERTS = 45  # in a round
MERGE_EVERY = 9  # inserts
CLIENTS = 3
LOSSES = 10  # in a round
PLACE = Place("power", 0)
_INSERT = "INSERT INTO access_events (topic_id, partition, offset, received_at, writer) FORMAT TSV"
_FOUND = f"SELECT intDiv(offset, {ROWS}) AS insert, count() FROM access_events GROUP BY insert"
_ANSWER = re.compile(rb"HTTP/1\.1 200 OK\r\n.*X-ClickHouse-Query-Id: insert-(\d+)\r", re.DOTALL)


@dataclass(slots=True)
class Losses:
    """What became of inserts that were acknowledged by the moment of a loss, over all losses."""

    cycles: int = 0
    acknowledged: int = 0
    lost: list = field(default_factory=list)
    """(cycle, insert, rows found) of each that is not there whole."""
    torn: int = 0
    """Inserts not acknowledged of which only a part is there."""

    def __str__(self):
        looked = f"looked {self.acknowledged:,} times for an acknowledged insert"
        return f"{self.cycles} losses, {looked}, {len(self.lost):,} lost, {self.torn:,} torn"


def lose_power(folder, durability, seed):
    """Lose the power again and again; yields the Losses so far, after each."""
    random, losses = Random(seed), Losses()
    at, trace, numbers, safe = folder / "disk", folder / "trace", count(), set()
    while True:
        if at.exists():
            shutil.rmtree(folder / "before", ignore_errors=True)
            shutil.copytree(at, folder / "before", symlinks=True)
        disk = Disk(at)
        live(at, durability, trace, numbers)
        calls = list(strace.calls(trace))
        acknowledged = set(safe)
        after = folder / "after"
        for ids in follow(disk, calls, moments(random, calls)):
            acknowledged |= ids
            shutil.rmtree(after, ignore_errors=True)
            # Every other time all is lost that was not synced; then only some of it.
            disk.lose(after, None if losses.cycles % 2 == 0 else random)
            _note(losses, acknowledged, found(after, durability))
            yield losses
        disk.keep(folder / "kept")
        told, true = tree(folder / "kept"), tree(at)
        unlike = [name for name in {**told, **true} if told.get(name) != true.get(name)]
        assert not unlike, f"the trace does not tell what was done to {unlike}"
        for old in (at, folder / "kept"):
            shutil.rmtree(old)
        after.rename(at)
        safe = acknowledged


def _note(losses, acknowledged, there):
    losses.cycles += 1
    losses.acknowledged += len(acknowledged)
    losses.lost += [
        (losses.cycles, each, there.get(each, 0))
        for each in sorted(acknowledged)
        if there.get(each) != ROWS
    ]
    losses.torn += sum(rows != ROWS for each, rows in there.items() if each not in acknowledged)


def moments(random, calls):
    """When the power goes: half of the times just after an answer, else anywhere after one."""
    answers = [place for place, call in enumerate(calls) if _answered(call) is not None]
    just_after = random.choices(answers, k=LOSSES // 2)
    anywhere = random.choices(range(answers[0], len(calls)), k=LOSSES - len(just_after))
    return sorted({*just_after, *anywhere})


def follow(disk, calls, stops):
    """Follow the calls; yields at each stop, with the inserts answered since the one before."""
    acknowledged, stops = set(), iter(stops)
    stop = next(stops)
    for place, call in enumerate(calls):
        disk.follow(call)
        number = _answered(call)
        if number is not None:
            acknowledged.add(number)
        if place == stop:
            yield acknowledged
            acknowledged, stop = set(), next(stops, None)


def _answered(call):
    """The number of the insert that a call answers; the client may hear of it as it begins."""
    if call.name not in ("sendto", "write") or len(call.arguments) < 2:
        return None
    text = call.arguments[1]
    found = _ANSWER.match(text) if isinstance(text, bytes) else None
    return int(found[1]) if found else None


def live(at, durability, trace, numbers):
    """One round: tables where there are none, inserts and merges, and a clean end."""
    with endpoint(at, durability, trace) as url:
        client = connect(url)
        migrate.apply(client)
        writer = Trail(client).claim(PLACE)
        ours = iter([next(numbers) for _ in range(INSERTS)])
        lock = threading.Lock()

        def insert():
            http = HTTPConnection(urlsplit(url).netloc, timeout=60)
            while True:
                with lock:
                    number = next(ours, None)
                if number is None:
                    break
                _insert(http, number, writer)
                if number % MERGE_EVERY == 0:
                    _post(http, {"query": "OPTIMIZE TABLE access_events"}, b"")
            http.close()

        clients = [threading.Thread(target=insert) for _ in range(CLIENTS)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        client.close()


def _insert(http, number, writer):
    first = number * ROWS
    rows = "".join(
        f"power\t0\t{each}\t2026-11-23 02:00:00.000\t{writer}\n"
        for each in range(first, first + ROWS)
    )
    _post(http, {"query": _INSERT, "query_id": f"insert-{number}"}, rows.encode())


def _post(http, asked, body):
    http.request("POST", f"/?{urlencode(asked)}", body)
    answer = http.getresponse()
    said = answer.read()
    assert answer.status == 200, said


def found(at, durability):
    """Rows by insert, as the engine finds them when it opens this folder."""
    with endpoint(at, durability) as url:
        client = connect(url)
        try:
            return dict(client.query(_FOUND).result_rows)
        except Exception as error:
            if "UNKNOWN_TABLE" in str(error):
                return {}
            raise
        finally:
            client.close()


@contextmanager
def endpoint(at, durability, trace=None):
    """An endpoint over a folder, traced if a file is given; yields its URL, ends it cleanly."""
    words = [sys.executable, "-m", "storage.embedded", "--path", at, "--port", 0]
    words += ["--durability", durability]
    command = strace.command(trace, words) if trace else [str(word) for word in words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    try:
        assert url, f"no endpoint over {at}"
        yield url
    finally:
        ends = int(_children(process.pid)[0]) if trace else process.pid
        os.kill(ends, signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


def _children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def tree(folder):
    """Every file and link of a folder, with what is in it."""
    return {
        str(each.relative_to(folder)): str(each.readlink()) if each.is_symlink() else _data(each)
        for each in folder.rglob("*")
    }


def _data(path):
    return path.read_bytes() if path.is_file() else None


def main():
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="gamsa-power-"))
    print(f"seed {options.seed}, in {folder} until all is well")  # noqa: T201  its own voice
    going = lose_power(folder, options.durability, options.seed)
    for _ in track(range(options.cycles), description="power losses"):
        losses = next(going)
        if losses.lost or losses.torn:
            print("stopped:", *losses.lost[:10])  # noqa: T201
            break
    else:
        shutil.rmtree(folder)
    text = (
        f"{datetime.now(UTC):%Y-%m-%d}: class `{options.durability}`, seed {options.seed}: "
        f"{losses}. What is lost is everything that was not synced, every other time only some "
        "of it; the model is in `tests/faults/durable.py`.\n"
    )
    print(text)  # noqa: T201
    if options.write:
        RESULTS.write_text(text, encoding="utf-8")
    return int(bool(losses.lost or losses.torn))


def _options():
    parser = argparse.ArgumentParser(prog="python -m tests.faults.power", description=__doc__)
    parser.add_argument("--cycles", type=int, default=120)
    parser.add_argument("--seed", type=int, default=randrange(1_000_000))
    parser.add_argument("--durability", choices=("fsync", "page-cache"), default="fsync")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
