"""A service that records accesses until it is told to stop, and notes what was acknowledged.

`python -m tests.faults.producer --bootstrap B --home H --receipts FILE --rate R --seed S`. Each
acknowledgement is one line of FILE before anything else is done with it, so that it outlives us.
"""

import argparse
import os
import signal
import sys
import threading
import time
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import msgspec

import crash
from producers import city
from producers.access_log import AccessLog
from producers.errors import SpoolFullError, UndeliveredError

REJECTED_EVERY = 251  # one event of so many has a time that is none
EVENTS_A_DAY = 20_000
FLUSH_SECONDS = 60.0
FIRST_DAY = date(2026, 1, 5)


def main():
    options = _options()
    crash.arm(os.environ.get(crash.CRASH))
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    receipts = os.open(options.receipts, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(receipt):
        _, *number = receipt
        os.write(receipts, ("\t".join(map(str, number)) + "\n").encode())

    log = AccessLog("torture", bootstrap=options.bootstrap, home=options.home, acknowledged=note)
    began = time.monotonic()
    events = () if options.last else _events(options.seed * 100_000 + log._epoch)
    for number, event in enumerate(events):
        if stopping.wait(max(0.0, began + number / options.rate - time.monotonic())):
            break
        while not stopping.is_set():
            try:
                log.emit(event)
            except (SpoolFullError, OSError) as error:
                print(error, file=sys.stderr, flush=True)  # noqa: T201  its own voice
            else:
                break
    try:
        log.close(FLUSH_SECONDS)
    except UndeliveredError as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201  its own voice
        return 1
    return 0


def _events(seed):
    """Days of the city one after the other, with an event now and then that is none."""
    for turn in count():
        on = FIRST_DAY + timedelta(days=(seed + turn) % 300)
        for number, each in enumerate(city.day(seed=seed + turn, on=on, events=EVENTS_A_DAY), 1):
            if number % REJECTED_EVERY:
                yield each.event
            else:
                yield msgspec.structs.replace(each.event, time="yesterday")


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--receipts", type=Path, required=True)
    parser.add_argument("--rate", type=float, default=300.0, help="events a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--last", action="store_true", help="only send what earlier lives left")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
