"""The pydantic contract and the worker's decoder are one contract."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import contract
from audit.codec import decode
from audit.events import ReceivedEvent
from tests.audit.test_codec import EXAMPLES, READ, RUBBISH

SCHEMA = Path(contract.__file__).with_name("gamsa.access.v1.schema.json")

HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        [
            "",
            "1.0",
            "gamsa.access.v1",
            "2026-11-23T10:15:00Z",
            "2026-11-23",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-23:59",
            "2026-11-23T10:15:60Z",
            "2026-11-23t10:15:00z",
            "٢٠٢٦",
            "2026-11-23T10:15:00.1234567Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T10:15:00+24:00",
        ]
    ),
    st.lists(st.one_of(st.text(max_size=3), st.integers(), st.none()), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
DOCUMENTS = [json.loads(example.read_bytes()) for example in EXAMPLES]


def _places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _places(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _places(part, (*path, index))


def _put(document, path, value):
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = _put(document[path[0]], path[1:], value)
    return copy


def _drop(document, path):
    copy = dict(document) if isinstance(document, dict) else list(document)
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = _drop(document[path[0]], path[1:])
    return copy


@st.composite
def damaged_documents(draw):
    """A valid document with up to three places dropped, replaced or added."""
    document = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(list(_places(document))))
        how = draw(st.sampled_from(["drop", "put", "add"]))
        if how == "drop" and path:
            document = _drop(document, path)
        elif how == "add" and isinstance(document, dict):
            document = {**document, draw(st.text(max_size=4)): draw(HOSTILE)}
        else:
            document = _put(document, path, draw(HOSTILE))
    return document


@st.composite
def damaged_bytes(draw):
    """The bytes of a document, cut, doubled or overwritten anywhere."""
    raw = bytearray(
        json.dumps(draw(damaged_documents()), ensure_ascii=draw(st.booleans())).encode()
    )
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, max(0, len(raw) - 1)))
        end = draw(st.integers(start, min(len(raw), start + 12)))
        new = draw(st.one_of(st.binary(max_size=4), st.sampled_from(TOKENS)))
        raw[start:end] = new
    return bytes(raw)


TOKENS = [
    b"NaN",
    b"Infinity",
    b"-0",
    b"01",
    b"1e999",
    b"-1.5e+1600",
    b"9" * 5000,
    b"1E5",
    b"\\ud800",
    b"\\udc00\\ud800",
    b"\\u0000",
]
TOKENS += [
    b"\xff",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xef\xbb\xbf",
    b"\x00",
    b"/**/",
    b"'",
    b",",
    b"{}",
]
TOKENS += [
    b"true",
    b"\\/",
    b"\\x",
    b"\xf4\x90\x80\x80",
    b"1.0",
    b"-",
    b"+1",
    b".5",
    b"5.",
    b"\x0b",
]


def _accepted_by_contract(raw):
    try:
        return contract.validate(raw)
    except ValueError:
        return None


def _agree(raw):
    fast, slow = decode(raw, 0), _accepted_by_contract(raw)
    assert isinstance(fast, ReceivedEvent) == (slow is not None), (raw, fast)
    if slow is not None:
        assert _known(slow.model_dump()) == fast.event


def _known(value):
    """Leave out the extra attributes, which the decoder skips (the exact bytes keep them)."""
    readable = json.loads(json.dumps(value), parse_constant=lambda _: None)  # infinite ones
    return decode(json.dumps(readable).encode(), 0).event


@settings(max_examples=600)
@given(damaged_documents())
def test_both_agree_on_damaged_documents(document):
    """Whatever is dropped, replaced or added, both accept or both refuse, with equal values."""
    _agree(json.dumps(document).encode())


@settings(max_examples=1200)
@given(damaged_bytes())
def test_both_agree_on_damaged_bytes(raw):
    """The same for bytes that are no longer JSON, or no longer text."""
    _agree(raw)


def test_both_refuse_the_same_rubbish():
    """The named kinds of rubbish are refused by both."""
    for raw in (raw for raw, _ in RUBBISH.values() if raw is not None):
        assert _accepted_by_contract(raw) is None


def test_the_published_schema_is_the_contract(update_golden):
    """The JSON Schema beside the code is what the models say."""
    text = json.dumps(contract.json_schema(), indent=1, ensure_ascii=False) + "\n"
    update_golden(SCHEMA, text)
    assert SCHEMA.read_text() == text


def test_the_contract_names_the_field_that_is_wrong():
    """The error says where."""
    raw = READ.read_bytes().replace(b'"records": 1', b'"records": "one"')
    with pytest.raises(ValueError, match=r"data\.records"):
        contract.validate(raw)
