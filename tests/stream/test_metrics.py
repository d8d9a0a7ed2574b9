"""What the alerts rest on: metrics that a worker sets when something happens, and when not."""

import json
import shutil
import socket
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from prometheus_client import REGISTRY

import policies
from audit.codec import REASONS
from storage.detections import Detection
from storage.trail import TrailUnavailableError
from stream import metrics
from stream.auditing import audit
from stream.exposition import expose
from stream.policy_check import problems, sight
from tests.audit.test_codec import RUBBISH, an_event
from tests.stream.test_auditing import PLACE

POLICY = policies.load_policy()
NOON = datetime(2026, 11, 24, 3, tzinfo=UTC)


def value(name, **labels):
    return REGISTRY.get_sample_value(name, labels)


def counted(*documents, received_at):
    """Count a chunk of these documents, received at this time in seconds since 1970."""
    records = [
        SimpleNamespace(
            offset=n,
            timestamp=int(received_at * 1000),
            key=b"k",
            value=json.dumps(one).encode(),
            headers=(),
        )
        for n, one in enumerate(documents)
    ]
    metrics.count(audit(PLACE, records, POLICY), POLICY)


def test_misuse_is_told_by_when_it_was_found():
    """The time is the worker's, with check and severity; a chunk of allowed accesses sets none."""
    labels = {"detector": "unknown_purpose", "severity": "high"}
    counted(an_event(), received_at=time.time())
    before = value("gamsa_last_found_seconds", **labels) or 0.0
    now = time.time()
    assert before < now
    counted(an_event(data_purpose="marketing"), received_at=NOON.timestamp())
    assert now <= value("gamsa_last_found_seconds", **labels) <= time.time()


def test_what_is_found_in_shadow_alarms_nobody():
    """It is counted, and that is all."""
    found = dict.fromkeys(Detection.__slots__, "") | {"detector": "a-shadow", "severity": "high"}
    labels = {"detector": "a-shadow", "severity": "high"}
    metrics.count_detection(Detection(**found | {"shadow": True}))
    assert value("gamsa_detections_total", **labels) == 1
    assert value("gamsa_last_found_seconds", **labels) is None
    metrics.count_detection(Detection(**found | {"shadow": False}))
    assert value("gamsa_last_found_seconds", **labels) > 0


def test_a_service_was_last_heard_when_its_latest_event_was_received():
    """An older chunk that is stored later does not set it back."""
    service = "/services/heard"
    for received_at in (NOON.timestamp(), NOON.timestamp() - 60):
        counted(an_event(source=service), received_at=received_at)
        heard = value("gamsa_service_last_event_seconds", service=service)
        assert heard == NOON.timestamp()


def test_freshness_is_that_of_a_chunks_first_event():
    """A chunk received a minute ago counts beyond half a minute."""
    name = "gamsa_freshness_seconds_bucket"
    late, all_of_them = value(name, le="30.0"), value(name, le="100.0")
    counted(an_event(), received_at=time.time() - 60)
    assert value(name, le="30.0") == late
    assert value(name, le="100.0") == all_of_them + 1


def test_reasons_to_reject_begin_at_zero():
    """Prometheus sees the very first record rejected, since the reason was there before."""
    metrics.show(POLICY)
    for reason in (*REASONS, metrics.REFUSED_BY_STORE):
        assert value("gamsa_rejected_events_total", reason=reason) is not None
    assert {reason for _, reason in RUBBISH.values()} <= set(REASONS)


def test_a_server_is_up_while_it_answers():
    """What does not answer is away, and the error goes on; an answer makes it up again."""
    with pytest.raises(TrailUnavailableError), metrics.asking("a-server", TrailUnavailableError):
        raise TrailUnavailableError
    assert value("gamsa_server_up", server="a-server") == 0
    with metrics.asking("a-server", TrailUnavailableError):
        pass
    assert value("gamsa_server_up", server="a-server") == 1


@pytest.fixture(name="folder")
def _folder(tmp_path):
    """A copy of the policy that ships."""
    return shutil.copytree(policies.SEOUL_RESERVATION, tmp_path / "policy")


def test_files_that_would_be_loaded_have_no_problem(folder):
    """The policy that ships could be loaded again."""
    assert problems(folder) == 0


@pytest.mark.parametrize("name", ["2021-01-01.yaml", "access-rights.yaml", "detectors.yaml"])
def test_a_spoilt_file_is_a_problem_and_is_noticed(folder, name):
    """Policy, rights or detectors: the look of the folder differs, and it cannot be loaded."""
    before = sight(folder)
    (folder / name).write_text("nothing: [of the kind\n", encoding="utf-8")
    assert sight(folder) != before
    assert problems(folder) > 0


def test_a_folder_that_is_gone_is_a_problem(tmp_path):
    """It is not an error of the worker."""
    assert sight(tmp_path / "nothing") == frozenset()
    assert problems(tmp_path / "nothing") > 0


@pytest.mark.parametrize("port", [None, 70_000])
def test_a_port_that_cannot_be_listened_on_is_named(port):
    """Taken, or no port at all: the option is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = port or taken.getsockname()[1]
        with pytest.raises(OSError, match=f"--metrics-port {wanted} at 127.0.0.1 .*name another"):
            expose(wanted, "127.0.0.1")
