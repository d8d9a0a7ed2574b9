"""Reading the bytes of a record: accepted as an event, or refused with a reason."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audit.codec import MAX_BYTES, InvalidTimeError, Rejected, decode, microseconds
from audit.events import ReceivedEvent

EXAMPLES = sorted(Path(__file__).parents[1].joinpath("cases/events").rglob("*.json"))
READ = Path(__file__).parents[1] / "cases/events/v1/read.json"


def an_event(**changes):
    """A decodable document; `changes` replace attributes, those of `data` as `data_<name>`."""
    document = json.loads(READ.read_bytes())
    for name, value in changes.items():
        if name.startswith("data_"):
            document["data"][name.removeprefix("data_")] = value
        else:
            document[name] = value
    return document


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_published_example_decodes_for_ever(path):
    """What was once a valid event stays one."""
    received = decode(path.read_bytes(), 7)
    assert isinstance(received, ReceivedEvent)
    assert received.raw == path.read_bytes()
    assert received.received_at == 7


def test_times_are_microseconds_since_1970():
    """The same instant in two offsets is the same number."""
    assert microseconds("1970-01-01T00:00:01.000002Z") == 1_000_002
    assert microseconds("2026-11-23T10:15:00+09:00") == microseconds("2026-11-23T01:15:00Z")
    assert microseconds("1969-12-31T23:59:59.999999Z") == -1


SLIP = st.tuples(st.integers(0, 31), st.sampled_from("0123456789-+:.,TZtWz \u0663\udcff"))


@given(st.lists(SLIP, max_size=4))
def test_a_time_of_the_usual_length_is_read_only_if_it_is_rfc3339(slips):
    """What the quick look lets through, the whole pattern lets through as well."""
    text = list("2026-11-20T00:03:39.816220+09:00")
    for place, character in slips:
        text[place] = character
    try:
        microseconds("".join(text))
    except InvalidTimeError:
        return
    assert re.fullmatch(
        r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{1,6}(Z|[+-][0-9]{2}:[0-9]{2})",
        "".join(text),
    )


RUBBISH = {
    "no value": (None, "empty"),
    "nothing": (b"", "not_json"),
    "not json": (b"hello", "not_json"),
    "a list": (b"[]", "not_an_access_event"),
    "byte order mark": (b"\xef\xbb\xbf{}", "not_json"),
    "not utf-8 in a known field": (
        READ.read_bytes().replace(b"member:48213", b"\xff"),
        "not_utf8",
    ),
    "not utf-8 in an extra field": (b'{"x":"\xc3\x28"}', "not_utf8"),
    "nan": (b'{"x":NaN}', "not_json"),
    "nested": (b"[" * 100_000, "too_deep"),
    "nested objects": (b'{"a":' * 100_000, "too_deep"),
    "large": (b" " * (10 << 20), "too_large"),
    "one byte too large": (b" " * (MAX_BYTES + 1), "too_large"),
    "beyond 2^63": (json.dumps(an_event(sequence=2**63)).encode(), "not_an_access_event"),
    "a float for an integer": (json.dumps(an_event(epoch=1.0)).encode(), "not_an_access_event"),
    "lone surrogate": (json.dumps(an_event(subject="\ud800")).encode(), "not_json"),
    "year 0": (json.dumps(an_event(time="0000-01-01T00:00:00Z")).encode(), "invalid_time"),
    "year 9999": (json.dumps(an_event(time="9999-12-31T23:59:59Z")).encode(), "invalid_time"),
    "no offset": (json.dumps(an_event(time="2026-11-23T10:15:00")).encode(), "invalid_time"),
    "a time that is none": (json.dumps(an_event(time="yesterday")).encode(), "invalid_time"),
    "30 February": (json.dumps(an_event(time="2026-02-30T10:15:00Z")).encode(), "invalid_time"),
    "collected in no time": (json.dumps(an_event(data_collected_at="")).encode(), "invalid_time"),
    "another type": (json.dumps(an_event(type="gamsa.access.v2")).encode(), "not_an_access_event"),
    "no actor id": (
        json.dumps(an_event(data_actor={"kind": "staff", "role": "r"})).encode(),
        "not_an_access_event",
    ),
}


@pytest.mark.parametrize(("raw", "reason"), RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_is_refused_with_its_reason(raw, reason):
    """Whatever the bytes, the answer is a value."""
    answer = decode(raw, 0)
    assert isinstance(answer, Rejected)
    assert answer.reason == reason


def test_brackets_within_text_are_not_depth():
    """A user agent full of brackets is as deep as any other."""
    raw = json.dumps(an_event(subject='[{"' * 60 + "\\")).encode()
    assert isinstance(decode(raw, 0), ReceivedEvent)


@pytest.mark.parametrize("depth", [32, 33])
def test_the_depth_limit_is_exact(depth):
    """32 levels are read, 33 are not."""
    raw = json.dumps(an_event(x=json.loads("[" * (depth - 1) + "]" * (depth - 1)))).encode()
    assert isinstance(decode(raw, 0), ReceivedEvent) == (depth == 32)


def test_nul_and_other_control_characters_in_ids_are_kept():
    """An odd id is a fact to be judged, not a reason to lose the event."""
    received = decode(json.dumps(an_event(subject="member:\x00\x1b[31m")).encode(), 0)
    assert isinstance(received, ReceivedEvent)
    assert received.event.subject == "member:\x00\x1b[31m"


def test_of_duplicate_keys_the_last_one_counts():
    """All decoders of the project agree on what a repeated key means."""
    raw = READ.read_bytes().replace(b'"subject"', b'"subject": "member:1", "subject"', 1)
    received = decode(raw, 0)
    assert isinstance(received, ReceivedEvent)
    assert received.event.subject == "member:48213"


def _binary(document):
    data = document.pop("data")
    headers = [(f"ce_{name}", str(value).encode()) for name, value in document.items()]
    return json.dumps(data).encode(), headers


def test_a_binary_cloudevent_is_the_same_event_as_the_structured_one():
    """Attributes may travel as headers; integers then are text."""
    structured = decode(json.dumps(an_event()).encode(), 0)
    value, headers = _binary(an_event())
    binary = decode(value, 0, headers)
    assert isinstance(structured, ReceivedEvent)
    assert isinstance(binary, ReceivedEvent)
    assert binary.event == structured.event
    assert binary.raw == value


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce_time", b"now"),
        ("ce_sequence", b"-1"),
        ("ce_sequence", b"9223372036854775808"),
        ("ce_source", b"\xff"),
        ("ce_type", b"other"),
    ],
)
def test_a_binary_cloudevent_with_a_bad_attribute_is_refused(header, value):
    """Headers are held to the same contract."""
    raw, headers = _binary(an_event())
    headers = [(name, value if name == header else old) for name, old in headers]
    assert isinstance(decode(raw, 0, headers), Rejected)


@given(name=st.binary(max_size=8), value=st.binary(max_size=8))
@example(name=b"\xff", value=b"")
@example(name=b"id\xff", value=b"1")
def test_any_header_at_all_is_read_or_refused(name, value):
    """Kafka wants no UTF-8 of a header's name: other bytes come as lone surrogates (PEP 383)."""
    raw, headers = _binary(an_event())
    headers.append((f"ce_{name.decode('utf-8', 'surrogateescape')}", value))
    assert isinstance(decode(raw, 0, headers), ReceivedEvent | Rejected)


def test_the_data_of_a_binary_cloudevent_cannot_smuggle_attributes():
    """The value is one JSON document, not a piece of one."""
    raw, headers = _binary(an_event())
    assert isinstance(decode(raw + b', "id": "other"', 0, headers), Rejected)
