"""Events made by the official CloudEvents SDK are read like ours, in both content modes."""

import json
from datetime import datetime

import pytest
from cloudevents.core.bindings import kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from audit.codec import decode
from audit.events import ReceivedEvent
from tests.audit.test_codec import READ


def _cloudevent():
    attributes = json.loads(READ.read_bytes())
    data, at = attributes.pop("data"), datetime.fromisoformat(attributes.pop("time"))
    return CloudEvent(attributes={**attributes, "time": at}, data=data)


@pytest.mark.parametrize("to_message", [kafka.to_structured, kafka.to_binary])
def test_an_event_of_the_sdk_is_read(to_message):
    """Structured and binary mode give the event that was meant."""
    message = to_message(_cloudevent(), JSONFormat())
    received = decode(message.value, 0, list(message.headers.items()))
    assert isinstance(received, ReceivedEvent), received
    ours = decode(READ.read_bytes(), 0)
    assert isinstance(ours, ReceivedEvent)
    assert received.event == ours.event
