"""A real Kafka broker on loopback: KRaft mode, one node, its data and settings in one folder."""

import base64
import contextlib
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from gamsa import child, launch, ports, settings
from gamsa.errors import Unavailable
from gamsa.home import default_home, private_folder
from gamsa.kafka_jars import jars, java

START_SECONDS = 90.0
STOP_SECONDS = 20.0

# A record of 10 MiB must reach the worker, which refuses it with a reason and keeps its bytes.
LARGEST_MESSAGE = 16 * 1024 * 1024

SERVER_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={data}

auto.create.topics.enable=false
log.message.timestamp.type=LogAppendTime
message.max.bytes={largest}
replica.fetch.max.bytes={largest}

# One node holds the only copy of everything.
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# A broker that was killed is let in again as soon as its old session has run out.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000

# A worker that joins, or is killed, gets its partitions within seconds.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""

LOG4J_PROPERTIES = """\
status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{yyyy-MM-dd HH:mm:ss,SSS} %p %m (%c)%n
rootLogger.level=info
rootLogger.appenderRef.console.ref=console
"""


def prepare(
    folder: Path, *, cache: Path, ports_file: Path | None = None, java_home: str | None = None
) -> tuple[str, list[str]]:
    """Make `folder` ready for a broker; return its bootstrap address and its command line.

    The first time this fetches the jars, chooses the ports and formats the storage.
    Raises Unavailable when Java or Maven cannot be had.
    """
    runtime = java(java_home)
    libs = jars(cache)
    private_folder(folder)
    chosen = ports.remembered(ports_file or folder / "ports.json", ("broker", "controller"))
    data = folder / "data"
    properties = folder / "server.properties"
    properties.write_text(
        SERVER_PROPERTIES.format(data=data, largest=LARGEST_MESSAGE, **chosen), encoding="utf-8"
    )
    (folder / "log4j2.properties").write_text(LOG4J_PROPERTIES, encoding="utf-8")
    command = [
        *(runtime, "-Xms256m", "-Xmx512m", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError"),
        f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
        *("-cp", f"{libs}/*"),
    ]
    if not (data / "meta.properties").is_file():
        _format(command, properties)
    return f"{ports.LOOPBACK}:{chosen['broker']}", [*command, "kafka.Kafka", str(properties)]


def _format(command: list[str], properties: Path) -> None:
    """Give the empty storage its cluster id."""
    # A program of seconds never earns back what the optimising compiler costs.
    runtime, *arguments = command
    cluster = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode()[:22]
    tool = [runtime, "-XX:TieredStopAtLevel=1", *arguments]
    tool += ["kafka.tools.StorageTool", "format", "--ignore-formatted"]
    said = subprocess.run(
        [*tool, "-t", cluster, "-c", str(properties)], capture_output=True, text=True, check=False
    )
    if said.returncode:
        tail = (said.stdout + said.stderr).strip()[-800:]
        raise Unavailable(f"Kafka could not format its storage beside {properties}: {tail}")


def answers(bootstrap: str, *, within_ms: int = 2_000) -> bool:
    """Whether the brokers answer a metadata request with at least one of them in service."""
    if not any(ports.accepts(address) for address in bootstrap.split(",")):
        return False  # kafka-python would try on, and leave a socket open for each attempt
    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=within_ms)
        try:
            return bool(admin.describe_cluster()["brokers"])
        finally:
            admin.close()
    except (KafkaError, OSError):
        return False


def await_ready(bootstrap: str, alive: Callable[[], bool], log: Path) -> None:
    """Wait until the broker answers; Unavailable, with the end of its log, when it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and alive():
        if answers(bootstrap):
            return
        time.sleep(0.1)
    state = f"did not answer in {START_SECONDS:.0f} s" if alive() else "ended while starting"
    raise Unavailable(f"the broker at {bootstrap} {state}; the end of {log}:\n{tail(log)}")


def tail(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log file, none when there is no file."""
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])


@contextlib.contextmanager
def running_broker(folder: Path, *, cache: Path | None = None) -> Iterator[str]:
    """Run a broker with its data in `folder` and yield its bootstrap address.

    Jars come from `cache`, by default the default GAMSA_HOME, so that they are fetched once.
    The same folder gives the same address and the same data again.
    """
    bootstrap, command = prepare(
        folder, cache=cache or default_home(), java_home=settings.from_environment().java_home
    )
    log = folder / "broker.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            launch.command_line(command, os.getpid()),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
    try:
        await_ready(bootstrap, lambda: process.poll() is None, log)
        yield bootstrap
    finally:
        child.stop(process, within=STOP_SECONDS)
