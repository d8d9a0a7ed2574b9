"""A real web server's log goes the same way as any event."""

import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from gamsa.local_stack import Stack
from storage import ledger
from stream import topics
from tests.waiting import eventually

pytestmark = pytest.mark.slow

REAL = Path(__file__).parents[3] / "shared" / "data" / "apache_access.log"
ROWS = """
SELECT ip, method, path, referrer, user_agent, toUnixTimestamp(occurred_at), reasons
FROM v_access_events WHERE source = '/services/web'
"""


@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL.name} is not beside this checkout")
def test_ten_thousand_real_requests_are_stored_as_the_server_wrote_them(stack: Stack, trail):
    """Each line is a row with its address, path, referrer, user agent and time."""
    subprocess.run(
        [sys.executable, "-m", "gamsa", "replay-log", str(REAL), "--bootstrap", stack.kafka],
        check=True,
        capture_output=True,
        timeout=120,
    )
    count = "SELECT count() FROM v_access_events WHERE source = '/services/web'"
    eventually(lambda: trail.rows(count)[0][0] >= 10_000)
    stored = [tuple(row) for row in trail.rows(ROWS)]
    assert {tuple(reasons) for *_, reasons in stored} == {("no_policy_in_force",)}
    lines = REAL.read_text(encoding="utf-8").splitlines()
    assert Counter(row[:6] for row in stored) == Counter(map(as_written, lines))
    accounts = ledger.account(trail, topics.log_ranges(stack.kafka))
    assert {(one.missing, one.duplicates) for one in accounts} == {(0, 0)}


def as_written(line):
    """The line taken apart at its quotes and brackets, by nothing of ours."""
    before, request, _, referrer, _, agent = [*line.split('"'), "", ""][:6]
    at = datetime.strptime(before.split("[")[1].rstrip("] "), "%d/%b/%Y:%H:%M:%S %z")
    method, path, _ = request.split(" ")
    return before.split(" ")[0], method, path, referrer, agent, int(at.timestamp())
