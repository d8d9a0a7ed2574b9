"""Run one worker: `python -m stream --name worker-1 --metrics-port 9300`."""

import argparse
import gc
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import faust
import pyarrow as pa

import crash
import policies
from audit.policy import Policy
from audit.topics import ACCESS_EVENTS, BUSINESS_EVENTS, PRODUCER_HEARTBEATS, ROSTER
from policies import PolicyError
from storage import address, institution, migrate
from storage.trail import Trail, TrailUnavailableError, connect
from stream import detector_file, topics
from stream.app import make_worker
from stream.exposition import expose
from stream.questions import Terms
from stream.settings import GROUP, Settings
from stream.topics import KafkaUnavailableError

# Seconds from the word to stop: longer than a chunk in work is waited for, and shorter than the
# local stack and Compose wait before they kill.
LONGEST_STOP = 17.0
# Years whose public holidays those who read the trail are told of, before and after this one.
YEARS_BACK, YEARS_AHEAD = 10, 2
READ = (ACCESS_EVENTS, PRODUCER_HEARTBEATS, BUSINESS_EVENTS, ROSTER)


def main() -> int:
    """Run until told to stop; 2 wrong use or a broken policy, 3 a server away."""
    settings = _settings()
    crash.arm(os.environ.get(crash.CRASH))
    # Whoever asks for the log's offsets opens a connection, of which it would tell every step.
    logging.getLogger("kafka").setLevel(logging.ERROR)
    try:
        policy = policies.load_policy(settings.policy)
        duty = detector_file.load(settings.policy, policy)
        topic_ids = topics.ids(settings.kafka, READ)
        client = connect(settings.clickhouse)
        migrate.require_current(client)
        _tell(Trail(client), policy, duty.terms)
        expose(settings.metrics_port, settings.metrics_host)
    except (PolicyError, migrate.MigrationError) as error:
        return _fail(2, error)
    except (KafkaUnavailableError, TrailUnavailableError, OSError) as error:
        return _fail(3, error)
    app = make_worker(settings, policy, duty, Trail(client), topic_ids)
    _settle_memory()
    worker = Worker(app, loglevel="INFO", quiet=False, loop=None, blocking_timeout=None)
    return int(worker.execute_from_commandline() or 0)


def _tell(trail: Trail, policy: Policy, terms: Terms) -> None:
    year = datetime.now(UTC).year
    days = terms.free_days_of(range(year - YEARS_BACK, year + YEARS_AHEAD + 1))
    institution.tell(trail, policy, terms.zone.key, days)


class Worker(faust.Worker):
    """Faust's, which without a broker would try to commit, and so to stop, for ever."""

    async def stop(self) -> None:
        """Stop, or end the process: what was not committed is skipped by who reads it next."""
        end = threading.Timer(LONGEST_STOP, _end)
        end.daemon = True
        end.start()
        await super().stop()
        end.cancel()


def _end() -> None:
    _fail(3, TimeoutError(f"not stopped in {LONGEST_STOP:.0f} s: is Kafka away? Nothing is lost"))
    os._exit(3)


def _settle_memory() -> None:
    """Spend no time on memory: chunks come and go by the hundred megabytes.

    Records in work are tens of thousands of objects without a cycle among them; by default every
    700 new ones start a search for one, a tenth of a worker's time. Arrow's own allocator gives
    pages back to the system between two chunks, and gets them anew, zeroed, for the next.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    pa.set_memory_pool(pa.system_memory_pool())


def _settings() -> Settings:
    parser = argparse.ArgumentParser(prog="python -m stream", description=__doc__)
    parser.add_argument("--name", default="worker-1", help="unique among the workers")
    parser.add_argument("--metrics-port", type=int, default=9300)
    parser.add_argument("--metrics-host", default="127.0.0.1", help="loopback, unless told")
    parser.add_argument("--group", default=GROUP, help="the consumer group")
    arguments = parser.parse_args()
    missing = [name for name in _ENVIRONMENT if not os.environ.get(name)]
    if missing:
        parser.error(f"set {', '.join(missing)} in the environment")
    kafka, policy, home = (os.environ[name] for name in _ENVIRONMENT if name != address.URL)
    try:
        clickhouse = address.clickhouse(os.environ)
    except ValueError as error:
        parser.error(str(error))
    return Settings(
        arguments.name,
        kafka,
        clickhouse or "",
        Path(policy),
        Path(home),
        arguments.metrics_port,
        arguments.group,
        arguments.metrics_host,
    )


_ENVIRONMENT = ("GAMSA_KAFKA", address.URL, "GAMSA_POLICY", "GAMSA_HOME")


def _fail(status: int, error: Exception) -> int:
    print(f"worker: {error}", file=sys.stderr)  # noqa: T201 (the process's own voice)
    return status


if __name__ == "__main__":
    sys.exit(main())
