"""What the watch asks, in which order, and what it does where nobody answers."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from aiokafka.errors import KafkaTimeoutError
from faust.exceptions import ProducerSendError

from audit.completeness import Hole
from storage.detections import Detection
from storage.trail import TrailUnavailableError
from stream import publishing, watching
from stream.topics import KafkaUnavailableError

NOW = {"access-events": "a", "roster": "b"}
HOLE = Hole("/s", "p", 3, 5, 5)


@pytest.fixture(name="asked")
def _asked(monkeypatch):
    """Who was asked, in order."""
    asked = []

    async def ledger(*_):
        asked.append("ledger")

    async def holes(_, epochs, log):
        asked.append(("holes", epochs, log))

    monkeypatch.setattr(watching, "INTERVAL", 0.0)
    monkeypatch.setattr(watching.LedgerWatch, "look", ledger)
    monkeypatch.setattr(watching.Holes, "look", holes)
    monkeypatch.setattr(watching.topics, "log_ranges", lambda *_: asked.append("log") or {})
    monkeypatch.setattr(watching.topics, "ids", lambda *_: NOW)
    monkeypatch.setattr(watching, "numbered", lambda _: asked.append("epochs") or [])
    return asked


def watch_once():
    """Look once, as a worker does."""
    stops = iter([False, True])
    app = type("App", (), {"should_stop": property(lambda _: next(stops)), "producer": None})()
    settings = SimpleNamespace(kafka="", group="")
    asyncio.run(watching.watch(app, settings, None, NOW))


def test_the_log_is_asked_after_what_is_due_of_it(asked):
    """Asked before, it would lack what became due since, which then would count as missing."""
    watch_once()
    assert asked == ["epochs", "log", "ledger", ("holes", [], {})]


def test_the_log_is_asked_even_while_the_trail_is_away(asked, monkeypatch):
    """The metrics say of both whether they answer."""

    def away(_):
        raise TrailUnavailableError("away")

    monkeypatch.setattr(watching, "numbered", away)
    watch_once()
    assert asked == ["log"]


def test_any_topic_that_was_made_anew_ends_the_worker(asked, monkeypatch):
    """Its offsets begin anew: stored under the old id they would replace what is there."""

    def end(error):
        raise error

    monkeypatch.setattr(watching, "end_the_process", end)
    monkeypatch.setattr(watching.topics, "ids", lambda *_: {**NOW, "roster": "c"})
    with pytest.raises(watching.TopicMadeAnewError, match="topic roster had the id b and is c"):
        watch_once()
    assert asked == ["epochs", "log"]


async def late():
    """Kafka does not take what the producer has taken."""
    raise KafkaTimeoutError


class Producer:
    """Faust's producer, while Kafka is away."""

    def __init__(self, *, takes):
        self.takes = takes

    async def send(self, *_):
        if not self.takes:
            raise ProducerSendError("away")
        return late()


def a_detection():
    names = Detection.__dataclass_fields__
    return Detection(**{**dict.fromkeys(names, ""), "events": (), "shadow": False})


@pytest.mark.parametrize("takes", [True, False])
@pytest.mark.parametrize(
    "publish",
    [
        lambda producer: publishing.publish_holes(producer, [HOLE], datetime.now(UTC)),
        lambda producer: publishing.publish_detections(producer, [a_detection()]),
    ],
)
def test_what_cannot_be_published_is_said_to_be_so(publish, takes):
    """Who watches then goes on, and publishes it at a later look."""
    with pytest.raises(KafkaUnavailableError):
        asyncio.run(publish(Producer(takes=takes)))
