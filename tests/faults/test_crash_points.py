"""A process dies at each of the named points in turn; afterwards the trail is exact."""

import os
import subprocess
import sys

import pytest

import crash
from gamsa import programs
from storage import migrate
from tests.faults import exactness
from tests.faults.parts import until
from tests.faults.site import running_site

pytestmark = pytest.mark.slow

RATE = 200  # events a second
# The first visit is not always the one that tells most; the others die at their second.
FIRST = {"epoch", "segment", "directory", "ledger", "partitions", "held", "unrecorded"}


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory):
    with running_site(tmp_path_factory.mktemp("site")) as site:
        site.worker(1).start()
        site.producer(1, RATE).start()
        yield site


def of(*prefixes):
    return [point for point in crash.POINTS if point.partition(" ")[0] in prefixes]


def armed(point):
    """The environment in which a process dies at this point."""
    return {crash.CRASH: f"{point}:{1 if FIRST & set(point.split()) else 2}"}


def dies(part, point):
    """Start the part armed; it must die of that and of nothing else."""
    part.kill()
    part.start(**armed(point))
    assert part.wait(200.0) == crash.STATUS, part.said()


def test_there_are_points_in_every_process():
    """Each point has the name of the process that visits it."""
    assert set(crash.POINTS) == set(of("producer", "worker", "migration", "endpoint"))


@pytest.mark.parametrize("point", of("worker", "endpoint"))
def test_a_server_that_died_there_loses_and_doubles_nothing(site, point):
    """Worker and endpoint are started again, and all that was acknowledged is stored once."""
    victim = site.endpoint if point in of("endpoint") else site.workers["worker-1"]
    producer = site.producers["producer-1"]
    producer.tend()
    dies(victim, point)
    victim.start()
    producer.pause()
    until(lambda: stored(site), f"the rows after {point}", tend=site.workers.values())
    producer.resume()


@pytest.mark.parametrize("point", of("producer"))
def test_a_producer_that_died_there_loses_nothing(site, point):
    """Its next life sends what is left; no number that it gave is missing in the trail."""
    producer = site.producers["producer-1"]
    if point == "producer spool taken over":
        leave_some(site, producer)
    dies(producer, point)
    site.end_producers()
    found = until(lambda: stored(site, "is_exact"), f"the rows after {point}")
    assert found.acknowledged + found.unheard == found.stored


def leave_some(site, producer):
    """Kill the producer while the broker is away and its spool has events."""
    producer.start()
    until(lambda: list(site.receipts.iterdir()), "a receipt")
    site.ways["kafka producers"].become("cut")
    until(lambda: spooled(site) > 100, "events in the spool")
    producer.kill()
    site.ways["kafka producers"].become("open")


def spooled(site):
    """Roughly how many kilobytes of events wait in the spool."""
    segments = (site.folder / "producer-1").rglob("*.log")
    return sum(len(one.read_bytes().rstrip(b"\0")) for one in segments) >> 10


def stored(site, how="all_stored"):
    """The count, once the worker has told Kafka of everything and it is as it should be."""
    if not programs.pings(site.clickhouse) or not exactness.caught_up(site):
        return None
    client = site.client()
    try:
        found = exactness.count(site, client)
    finally:
        client.close()
    return found if found.acknowledged and getattr(found, how) else None


@pytest.mark.parametrize("point", of("migration"))
def test_a_migration_that_died_there_is_finished_by_the_next(site, point):
    """The tables are in the end those of a database that was migrated at once."""
    name = point.replace(" ", "_")
    server = site.client("default")
    server.command(f"CREATE DATABASE {name}")
    environment = {
        "GAMSA_HOME": str(site.folder / name),
        "GAMSA_KAFKA": site.kafka,
        "GAMSA_CLICKHOUSE": f"{site.clickhouse}/{name}",
    }
    for wanted, armed_for in ((crash.STATUS, armed(point)), (0, {})):
        done = subprocess.run(
            [sys.executable, "-m", "gamsa", "migrate"],
            env={**os.environ, **environment, **armed_for},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == wanted, done.stderr
    client = site.client(name)
    assert migrate.pending(client) == []
    # Not that of the site: its name is a word of the tables, too.
    site.make_database("migrated_at_once").close()
    assert tables(server, name) == tables(server, "migrated_at_once")
    client.close()
    server.close()


def tables(client, database):
    """What was created in a database, less what the tests made."""
    query = (
        "SELECT name, replaceAll(create_table_query, {database:String}, '') FROM system.tables "
        "WHERE database = {database:String} AND name NOT IN ('receipts', 'numbered') ORDER BY name"
    )
    return client.query(query, parameters={"database": database}).result_rows
