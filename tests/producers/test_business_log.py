"""Business events and the roster on their way to Kafka."""

import contextlib
import gc

import pytest

from audit import business, roster
from audit.topics import BUSINESS_EVENTS, ROSTER
from gamsa.broker import running_broker
from producers import city
from producers.business_log import BusinessLog, RosterLog
from producers.errors import InvalidAccessError, UndeliveredError
from stream import topics
from tests.producers.conftest import AWAY, ON, all_of


@contextlib.contextmanager
def away(home):
    log = BusinessLog("reservation", bootstrap=AWAY, home=home, bootstrap_timeout_ms=50)
    try:
        yield log
    finally:
        with contextlib.suppress(UndeliveredError):
            log.close(timeout=0)


def records(bootstrap, topic):
    """Every record of a topic as (key, value)."""
    return [(record.key.decode(), record.value) for record in all_of(topic, bootstrap)]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"kind": ""}, "kind"), ({"records": -1}, "records"), ({"items": "name"}, "items")],
)
def test_what_the_worker_would_refuse_is_not_recorded(tmp_path, wrong, named):
    """A wrong argument raises at once, and names the field."""
    with away(tmp_path) as log, pytest.raises(InvalidAccessError, match=named):
        log.record(**{"kind": "paid", **wrong})
    assert log.counts.recorded == 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_what_was_recorded_without_a_broker_arrives_at_the_next_start(tmp_path):
    """Business events keep their order, keyed by their subject; the roster likewise."""
    with away(tmp_path) as log:
        ids = [log.record("paid", subject="member:1", reference=f"reservation:{n}") for n in "ab"]
        ids.append(log.record("ticket_opened", party="ntsys"))
    entries = list(city.roster(seed=1, on=ON, events=100))
    with running_broker(tmp_path / "kafka") as bootstrap:
        topics.ensure(bootstrap)
        with BusinessLog("reservation", bootstrap=bootstrap, home=tmp_path) as log:
            ids.append(log.record("refunded", subject="member:1", reference="reservation:b"))
        with RosterLog("personnel", bootstrap=bootstrap, home=tmp_path) as people:
            for entry in entries:
                people.emit(entry)
        sent = [
            (key, business.decode(value)) for key, value in records(bootstrap, BUSINESS_EVENTS)
        ]
        known = [(key, roster.decode(value)) for key, value in records(bootstrap, ROSTER)]
    gc.collect()  # what kafka-python forgot
    assert sorted(event.id for _, event in sent) == sorted(ids)
    of_one = [event.data.kind for key, event in sent if key == "member:1"]
    assert of_one == ["paid", "paid", "refunded"]
    assert [key for key, event in sent if event.subject is None] == ["/services/reservation"]
    assert {key for key, _ in known} == {entry.subject for entry in entries}
    assert not list((tmp_path / "producers").rglob("*.log"))
