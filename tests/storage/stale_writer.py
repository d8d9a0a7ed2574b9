"""A writer that never asks whether a partition is still its own: only ClickHouse can stop it.

Run: `python -m tests.storage.stale_writer URL CHUNKS`. Says each chunk it has stored, or why not.
"""

import json
import sys

import policies
from storage.rows import Place
from storage.trail import Trail, TrailUnavailableError, connect
from stream.auditing import audit
from tests.audit.test_codec import an_event
from tests.stream.test_auditing import a_record

PLACE = Place("3e9778f9-b749-4f52-b7ae-2ce4f5456f55", 0)
ROWS = 50


def main(url: str, chunks: int) -> int:
    trail, policy = Trail(connect(url)), policies.load_policy()
    writer = trail.claim(PLACE)
    held = trail.held(PLACE, 0)
    value = json.dumps(an_event()).encode()
    for start in range(0, chunks * ROWS, ROWS):
        records = [a_record(offset, value) for offset in range(start, start + ROWS)]
        try:
            trail.append(audit(PLACE, records, policy).without(held), writer=writer)
        except TrailUnavailableError as error:
            print(f"refused {error}", flush=True)  # noqa: T201 (read by the test)
            return 1
        print(f"stored {start}", flush=True)  # noqa: T201 (read by the test)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
