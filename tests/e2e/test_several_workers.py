"""Workers come and go while events flow; each partition has one writer, and all is stored once."""

import math
from collections import Counter

import pytest
from kafka import KafkaAdminClient

from audit.topics import ACCESS_EVENTS
from gamsa.programs import is_working
from storage import ledger
from storage.trail import Trail
from stream.settings import GROUP
from stream.topics import PARTITIONS
from tests.faults import exactness
from tests.faults.site import running_site
from tests.waiting import eventually

pytestmark = pytest.mark.slow

RATE = 400.0  # events a second


@pytest.fixture(name="site")
def _site(tmp_path):
    with running_site(tmp_path) as site:
        site.producer(1, RATE).start()
        yield site


def partitions_by_member(site):
    """Which partitions of the topic each member of the workers' group has."""
    admin = KafkaAdminClient(bootstrap_servers=site.kafka)
    try:
        group = admin.describe_groups([GROUP])[GROUP]
    finally:
        admin.close()
    return {
        member["member_id"]: [
            number
            for topic in (member["member_assignment"] or {}).get("assigned_partitions", ())
            if topic["topic"] == ACCESS_EVENTS
            for number in topic["partitions"]
        ]
        for member in group["members"]
    }


def shared_by(site, workers):
    """Whether so many workers have all partitions, none of them twice or more than its share.

    Faust gives each worker its share, rounded up, and takes from none that has no more: of four
    partitions two workers keep two each, and a third that comes after them stays in reserve.
    """
    running = [part for part in site.workers.values() if part.is_running]
    if not all(is_working(part.metrics) for part in running):
        return False
    shares = partitions_by_member(site).values()
    owned = Counter(number for share in shares for number in share)
    most = max(map(len, shares), default=0)
    evenly = len(shares) == workers and most <= math.ceil(PARTITIONS / workers)
    return evenly and owned == Counter(range(PARTITIONS))


def goes_on(site):
    """Wait until every partition has got more rows than it has now."""
    with site.client() as client:
        trail = Trail(client)
        before = {entry.partition: entry.rows for entry in ledger.read(trail)}
        eventually(
            lambda: (
                all(entry.rows > before.get(entry.partition, 0) for entry in ledger.read(trail))
                and len(ledger.read(trail)) == PARTITIONS
            )
        )


def test_one_worker_becomes_three_and_then_two(site):
    """None of them dies of it, and what was acknowledged is stored at its offset, once."""
    workers = [site.worker(number) for number in (1, 2, 3)]
    workers[0].start()
    eventually(lambda: shared_by(site, 1))
    goes_on(site)
    for worker in workers[1:]:
        worker.start()
    eventually(lambda: shared_by(site, 3))
    goes_on(site)
    assert workers[1].stop() == 0
    eventually(lambda: shared_by(site, 2))
    goes_on(site)
    site.end_producers()
    eventually(lambda: exactness.caught_up(site), within=120)
    assert [worker.is_running for worker in workers] == [True, False, True]
    with site.client() as client:
        assert exactness.count(site, client).is_exact
