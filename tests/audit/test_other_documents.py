"""Business events and roster entries are read, or it is said why not."""

import json
from pathlib import Path

import pytest

from audit import business, roster
from audit.codec import Rejected

CASES = Path(__file__).parents[1] / "cases"
DOCUMENTS = [
    pytest.param(contract, path.read_bytes(), id=f"{path.parts[-3]}-{path.stem}")
    for contract in (business, roster)
    for path in sorted(CASES.glob(f"{contract.__name__.split('.')[-1]}/v1/*.json"))
]


@pytest.mark.parametrize(("contract", "raw"), DOCUMENTS)
def test_a_document_of_version_1_is_read_for_ever(contract, raw):
    """What is written again is the same document."""
    document = contract.decode(raw)
    assert not isinstance(document, Rejected)
    again = json.loads(contract.encode(document))
    assert {**again["data"], **json.loads(raw)["data"]} == again["data"]
    assert {**again, **json.loads(raw), "data": again["data"]} == again


@pytest.mark.parametrize(("contract", "raw"), DOCUMENTS)
def test_anything_else_is_rejected_with_a_reason(contract, raw):
    """Total, like the events' decoder."""
    other = business if contract is roster else roster
    rejected = {
        "empty": (contract, None),
        "not_utf8": (contract, b"\xff"),
        "too_deep": (contract, b"[" * 100),
        "not_a_business_event": (business, raw.replace(b"2026-11-23T", b"2026-13-23T")),
        "not_a_roster_entry": (roster, raw.replace(b"2026-11-23T", b"2026-13-23T")),
    }
    for reason, (reads, document) in rejected.items():
        answer = reads.decode(document)
        assert isinstance(answer, Rejected)
        assert answer.reason == reason
    assert isinstance(other.decode(raw), Rejected)
