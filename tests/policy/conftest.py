"""The Seoul catalogue, a small library's, and events made for them."""

import json
from pathlib import Path

import pytest

from audit.codec import decode, microseconds
from audit.events import ReceivedEvent
from audit.judge import judge
from audit.policy_examples import example_document
from policies import SEOUL_RESERVATION, load_policy

LIBRARY = Path(__file__).parent / "library"
TEXT = (SEOUL_RESERVATION / "../../../shared/policy/privacy-policy-2021-01-01.txt").resolve()

needs_text = pytest.mark.skipif(
    not TEXT.is_file(), reason="the institution's published text is not beside this checkout"
)


def an_access(policy, event=None, received_at=None, **changes):
    """A received event: the policy's default with changes over it."""
    document = example_document(policy.newest, event or {}, changes)
    at = microseconds(received_at or document["time"])
    received = decode(json.dumps(document, ensure_ascii=False).encode(), at)
    assert isinstance(received, ReceivedEvent), received
    return received


def checks_of(received, policy):
    """The checks that fail, by name, in the order of the judgement."""
    return [reason.check.value for reason in judge(received, policy).reasons]


@pytest.fixture(name="seoul", scope="session")
def _seoul():
    return load_policy(SEOUL_RESERVATION)


@pytest.fixture(name="library", scope="session")
def _library():
    return load_policy(LIBRARY)


@pytest.fixture(name="folder")
def _folder(tmp_path):
    """A copy of the library's folder, to be broken."""
    for path in LIBRARY.iterdir():
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path
