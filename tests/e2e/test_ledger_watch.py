"""What happens to trail, topic or broker is found by the running worker and said plainly."""

import json
import os
import signal
import time
import urllib.request
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, UnknownTopicOrPartitionError
from kafka.structs import OffsetAndMetadata, TopicPartition

from audit.topics import ACCESS_EVENTS, BUSINESS_EVENTS
from gamsa.ledger import look, sentences, summary
from gamsa.local_stack import local_stack
from storage.trail import Trail, connect
from stream import topics
from stream.settings import GROUP
from stream.transport import FETCH_MAX_WAIT_MS
from tests.audit.test_codec import an_event
from tests.tampering import remove
from tests.waiting import eventually

pytestmark = pytest.mark.slow

A_MINUTE = 60.0
PARTITION = 1


@pytest.fixture(name="own")
def _own(tmp_path):
    """A stack of its own, whose trail holds a hundred events of one partition."""
    with local_stack(tmp_path / "home") as stack:
        send(stack, 100)
        trail = Trail(connect(stack.clickhouse))
        eventually(lambda: look(stack.kafka, stack.clickhouse).accounts[PARTITION].rows == 100)
        eventually(lambda: measured(stack, "gamsa_ledger_missing_rows") == {0.0})
        yield stack, trail
        trail.client.close()


def send(stack, events, partition=PARTITION):
    with KafkaProducer(bootstrap_servers=stack.kafka) as producer:
        for _ in range(events):
            value = json.dumps(an_event(id=str(uuid4()))).encode()
            producer.send(ACCESS_EVENTS, value, partition=partition)


def measured(stack, name, **labels):
    """The values of a metric that have these labels."""
    with urllib.request.urlopen(stack.metrics, timeout=10) as page:
        lines = page.read().decode().splitlines()
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    told = [line for line in lines if line.startswith(name) and all(one in line for one in wanted)]
    return {float(line.rpartition(" ")[2]) for line in told}


def faults(stack):
    """What `gamsa ledger --json` names, as (fault, topic, partition, first, last offset)."""
    names = ("kind", "topic", "partition", "first_offset", "last_offset")
    told = summary(look(stack.kafka, stack.clickhouse))["faults"]
    return [tuple(one[name] for name in names) for one in told]


def found(stack, kind, offsets, *named):
    """Wait for the worker to measure and log it; the command must name the same."""
    fault = {"fault": kind, "partition": str(PARTITION)}
    eventually(
        lambda: measured(stack, "gamsa_ledger_fault_offsets", **fault) == {offsets},
        within=A_MINUTE,
    )
    assert faults(stack) == [(kind, ACCESS_EVENTS, PARTITION, *named)]
    log = (stack.home / "logs" / "worker-1.log").read_text()
    assert f"ledger {kind}: topic {ACCESS_EVENTS}" in log
    assert f"partition {PARTITION}, offset" in log


def test_a_row_removed_and_one_doubled_are_found_within_a_minute(own):
    """Named by topic, partition and offset in metric, log and command; then mended."""
    stack, trail = own
    copy = "INSERT INTO access_events SELECT * FROM access_events WHERE offset = 7 LIMIT 1"
    trail.client.command(copy)
    found(stack, "rows_doubled", 1.0, 7, 7)
    remove(trail, "offset = 7")
    found(stack, "rows_missing", 1.0, 7, 7)


def test_a_trail_that_is_older_than_what_was_stored_is_told(own):
    """As after an old backup was restored: the rows at the end are gone."""
    stack, trail = own
    remove(trail, "offset >= 60")
    found(stack, "trail_behind", 40.0, 60, 99)


def test_a_topic_that_was_truncated_before_it_was_stored_is_told(own):
    """The worker stands still while records come and are deleted."""
    stack, _ = own
    pid = stack.pids["worker-1"]
    os.kill(pid, signal.SIGSTOP)
    time.sleep(4 * FETCH_MAX_WAIT_MS / 1_000)  # or the fetch under way would still get them
    send(stack, 50)
    admin = KafkaAdminClient(bootstrap_servers=stack.kafka)
    admin.delete_records({TopicPartition(ACCESS_EVENTS, PARTITION): 130})
    admin.close()
    assert faults(stack) == [("records_deleted", ACCESS_EVENTS, PARTITION, 100, 129)]
    os.kill(pid, signal.SIGCONT)
    eventually(lambda: look(stack.kafka, stack.clickhouse).accounts[PARTITION].rows == 120)
    found(stack, "records_deleted", 30.0, 100, 129)


def test_a_topic_made_anew_is_told(own):
    """Its id is another: the earlier one's rows are listed apart, and nothing is missing."""
    stack, _ = own
    before = look(stack.kafka, stack.clickhouse).accounts[0].topic_id
    make_anew(stack, ACCESS_EVENTS)
    send(stack, 10)
    eventually(lambda: look(stack.kafka, stack.clickhouse).accounts[PARTITION].rows == 10)
    said = eventually(lambda: exact(stack))  # once the new offsets are committed
    assert [(one.topic_id, one.rows) for one in said.earlier] == [(before, 100)]
    assert sentences(said)[0].startswith("topic_made_anew: the trail also holds 100 rows")
    make_anew(stack, BUSINESS_EVENTS)


def test_what_lies_below_a_committed_offset_that_the_log_never_had_is_stored(own):
    """As when the offset of a topic that is gone is committed once more, to the one made anew."""
    stack, trail = own
    pid, elsewhere = stack.pids["worker-1"], TopicPartition(ACCESS_EVENTS, PARTITION + 1)
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: commits(stack, elsewhere, 50))
    os.kill(pid, signal.SIGCONT)
    send(stack, 10, elsewhere.partition)
    query = "SELECT count(), max(offset) FROM v_access_events WHERE partition = {n:UInt32}"
    eventually(lambda: trail.rows(query, {"n": elsewhere.partition}) == [(10, 9)])
    eventually(lambda: exact(stack))


def commits(stack, tp, offset):
    """Whether Kafka takes an offset for the workers' group: only while nobody is in it."""
    with KafkaConsumer(
        bootstrap_servers=stack.kafka, group_id=GROUP, enable_auto_commit=False
    ) as consumer:
        consumer.assign([tp])
        try:
            consumer.commit({tp: OffsetAndMetadata(offset, "", -1)})
        except KafkaError:
            return False
        return True


def exact(stack):
    said = look(stack.kafka, stack.clickhouse)
    return said if said.is_exact else None


def make_anew(stack, topic):
    """Delete a topic and make it again; the worker notices."""
    admin = KafkaAdminClient(bootstrap_servers=stack.kafka)
    admin.delete_topics([topic])
    admin.close()
    eventually(lambda: is_made(stack, topic))
    said = f"topic_made_anew: topic {topic} had"
    eventually(lambda: said in (stack.home / "logs" / "worker-1.log").read_text())


def is_made(stack, topic):
    try:
        return topic in topics.ensure(stack.kafka)
    except (topics.KafkaUnavailableError, UnknownTopicOrPartitionError):
        return False
