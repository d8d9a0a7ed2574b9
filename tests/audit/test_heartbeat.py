"""A heartbeat is read, or it is said why not."""

import json
import re
from pathlib import Path

import pytest

from audit.codec import Rejected
from audit.heartbeat import Heartbeat, decode, encode

ROOT = Path(__file__).parents[2]
CASES = sorted((ROOT / "tests" / "cases" / "heartbeats" / "v1").glob("*.json"))
MANUAL = (ROOT / "docs" / "producers.md").read_text(encoding="utf-8")


def of_the_hour(hour):
    """A heartbeat that counts the events of this hour."""
    document = json.loads(CASES[0].read_bytes())
    document["data"]["hours"][-1]["hour"] = hour
    return json.dumps(document).encode()


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_a_document_of_version_1_is_read_for_ever(path):
    """What is written again is the same document."""
    heartbeat = decode(path.read_bytes())
    assert isinstance(heartbeat, Heartbeat)
    again = json.loads(encode(heartbeat))
    assert {**again, **json.loads(path.read_bytes())} == again


def test_the_manuals_heartbeat_is_read():
    """The example that other producers copy is a heartbeat."""
    (example,) = re.findall(r'```json\n(\{[^`]*"gamsa\.heartbeat\.v1"[^`]*)```', MANUAL)
    assert isinstance(decode(example.encode()), Heartbeat)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, "empty"),
        (b"\xff", "not_utf8"),
        (b"[" * 100, "too_deep"),
        (b"{}", "not_a_heartbeat"),
        (CASES[0].read_bytes().replace(b"01:00:00Z", b"01:00:00"), "not_a_heartbeat"),
        (of_the_hour("1969-12-31T23:00:00Z"), "not_a_heartbeat"),
        (of_the_hour("2106-01-01T00:00:00Z"), "not_a_heartbeat"),
        (CASES[0].read_bytes().replace(b"931", b"-1"), "not_a_heartbeat"),
        (CASES[0].read_bytes().replace(b"heartbeat.v1", b"heartbeat.v2"), "not_a_heartbeat"),
    ],
)
def test_anything_else_is_rejected_with_a_reason(raw, reason):
    """Total, like the events' decoder."""
    answer = decode(raw)
    assert isinstance(answer, Rejected)
    assert answer.reason == reason
