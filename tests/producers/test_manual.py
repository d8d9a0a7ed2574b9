"""Every snippet of docs/producers.md does what the page says of it."""

import contextlib
import json
import re
import subprocess
from itertools import islice
from pathlib import Path

import pytest
from kafka import KafkaConsumer

from audit.codec import decode, microseconds
from audit.events import ReceivedEvent
from audit.judge import judge
from audit.topics import ACCESS_EVENTS
from gamsa.broker import running_broker
from gamsa.home import default_home
from gamsa.kafka_jars import jars
from policies import load_policy
from stream import topics
from tests.local_stack.conftest import GAMSA, gamsa_environment

PAGE = Path(__file__).parents[2] / "docs" / "producers.md"
SNIPPETS = re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"))
NEXT_DAY = microseconds("2026-11-24T00:00:00+09:00")
LINE = '203.0.113.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 17 "-" "x"\n'
LOGIN = "Nov 24 10:15:00 gate sshd[7]: Failed password for root from 203.0.113.9 port 1 ssh2\n"

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


def snippet(language, within):
    """The only snippet in this language that holds these words."""
    (found,) = [text for kind, text in SNIPPETS if kind == language and within in text]
    return found


@pytest.fixture(name="kafka", scope="module")
def _kafka(tmp_path_factory):
    """A broker with our topics."""
    with running_broker(tmp_path_factory.mktemp("kafka")) as bootstrap:
        topics.ensure(bootstrap)
        yield bootstrap


def values(bootstrap, wanted):
    """The first `wanted` records of the topic, as key and value."""
    with contextlib.closing(
        KafkaConsumer(
            ACCESS_EVENTS,
            bootstrap_servers=bootstrap,
            auto_offset_reset="earliest",
            consumer_timeout_ms=20_000,
        )
    ) as consumer:
        return [(one.key, one.value) for one in islice(consumer, wanted)]


def test_every_snippet_of_the_page_is_tried_here():
    """One that is added to the page is added here too."""
    assert [kind for kind, _ in SNIPPETS] == [
        "python",
        *("python", "json", "sh", "json", "sh", "sh", "sh", "sh"),
    ]


def test_the_event_of_the_page_is_read_and_allowed():
    """The JSON is a whole event, without `producer`, that the policy allows."""
    read = decode(snippet("json", "gamsa.access.v1").encode(), NEXT_DAY)
    assert isinstance(read, ReceivedEvent)
    assert not judge(read, load_policy()).reasons


@pytest.mark.slow
def test_the_line_of_python_records_an_event_that_is_allowed(kafka, tmp_path):
    """As printed, but for the address and the folder."""
    text = snippet("python", " AccessLog(").replace("127.0.0.1:9092", kafka)
    names = {}
    exec(text.replace("/var/lib/gamsa", str(tmp_path)), names)
    names["log"].close()
    assert names["log"].counts == (1, 1, 0, 0)
    documents = [value for key, value in values(kafka, 1) if key == b"staff:0417"]
    read = decode(documents[0], NEXT_DAY)
    assert isinstance(read, ReceivedEvent)
    assert read.event.producer == names["log"].producer


@pytest.mark.slow
def test_the_line_of_python_records_a_business_event(kafka, tmp_path):
    """As printed, but for the address and the folder."""
    text = snippet("python", " BusinessLog(").replace("127.0.0.1:9092", kafka)
    names = {}
    exec(text.replace("/var/lib/gamsa", str(tmp_path)), names)
    names["log"].close()
    assert names["log"].counts == (1, 1, 0, 0)


@pytest.mark.slow
def test_the_console_producer_sends_the_event_of_the_page(tmp_path, monkeypatch):
    """As printed, but for the address: the key and the event arrive, and nothing is said."""
    libs = jars(default_home())
    text = snippet("sh", "ConsoleProducer")
    assert f"'.gamsa/kafka/{libs.parent.name}/libs/*'" in text
    (tmp_path / ".gamsa" / "kafka").mkdir(parents=True)
    (tmp_path / ".gamsa" / "kafka" / libs.parent.name).symlink_to(libs.parent.resolve())
    (tmp_path / "event.json").write_text(snippet("json", "gamsa.access.v1"))
    with running_broker(tmp_path / "kafka") as bootstrap:
        topics.ensure(bootstrap)
        command = text.replace("127.0.0.1:9092", bootstrap)
        # Java tells on stderr of options that it finds here; a user's shell has none.
        for name in ("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"):
            monkeypatch.delenv(name, raising=False)
        said = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        assert not said.stderr
        ((key, value),) = values(bootstrap, 1)
    assert key == b"staff:0417"
    assert json.loads(value) == json.loads(snippet("json", "gamsa.access.v1"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("within", "summary"),
    [
        ("replay-log access", "replayed 1, acknowledged 1"),
        ("replay-log auth", "replayed 1, acknowledged 1, passed over 0"),
        ("simulate --", "emitted 300, acknowledged 300, failed 0"),
        ("simulate-months", "truth.jsonl: 87"),
    ],
)
def test_the_commands_of_the_page_run(kafka, tmp_path, within, summary):
    """As printed, but for the number of events."""
    (tmp_path / "access.log").write_text(LINE)
    (tmp_path / "auth.log").write_text(LOGIN)
    program = subprocess.list2cmdline(GAMSA)
    command = snippet("sh", within).replace("gamsa ", f"{program} ", 1).replace("100000", "300")
    said = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=tmp_path,
        env=gamsa_environment(tmp_path / "home", GAMSA_KAFKA=kafka),
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert summary in said.stdout
    assert within != "simulate --" or (tmp_path / "truth.jsonl").stat().st_size
