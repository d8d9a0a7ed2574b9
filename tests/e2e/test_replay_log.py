"""A real web server's log goes the same way as any event."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gamsa.local_stack import Stack
from storage import ledger
from stream import topics
from tests.waiting import eventually

pytestmark = pytest.mark.slow

SECONDS = 60.0
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


def test_brute_force_and_scanning_in_an_auth_log_are_found(stack: Stack, trail, tmp_path):
    """An OpenSSH log that is replayed while it is fresh leads to findings in the view."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    said = [
        *("Failed password for warden from 203.0.113.98 port 50022 ssh2" for _ in range(12)),
        *(f"Invalid user name{n} from 203.0.113.99 port 50022" for n in range(12)),
        "Accepted password for keeper from 203.0.113.97 port 50022 ssh2",
    ]
    log = tmp_path / "auth.log"
    log.write_text("".join(f"{now} gate sshd[4711]: {one}\n" for one in said), encoding="utf-8")
    subprocess.run(
        [
            *(sys.executable, "-m", "gamsa", "replay-log", str(log)),
            *("--format", "auth", "--service", "ssh", "--bootstrap", stack.kafka),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )

    def found():
        rows = trail.rows(
            "SELECT detector, sentence, count FROM v_findings"
            " WHERE has(sources, '/services/ssh') AND sentence_ko != sentence"
        )
        of = {detector: (sentence, count) for detector, sentence, count in rows}
        return of if {"brute_force", "credential_stuffing"} <= of.keys() else None

    told = eventually(found, within=SECONDS)
    assert "account:warden" in told["brute_force"][0]
    assert told["brute_force"][1] == 12
    assert "203.0.113.99" in told["credential_stuffing"][0]
    assert not any("keeper" in sentence for sentence, _ in told.values())


def as_written(line):
    """The line taken apart at its quotes and brackets, by nothing of ours."""
    before, request, _, referrer, _, agent = [*line.split('"'), "", ""][:6]
    at = datetime.strptime(before.split("[")[1].rstrip("] "), "%d/%b/%Y:%H:%M:%S %z")
    method, path, _ = request.split(" ")
    return before.split(" ")[0], method, path, referrer, agent, int(at.timestamp())
