"""Which findings a case gets, and who they are about, where the trail has lost some."""

from types import SimpleNamespace

import pytest

from investigate.errors import NotThereError
from investigate.questions import findings
from investigate.web.casework import found
from tests.casework.conftest import FINDING

TRAIL = {"f-2": ["member:1"], "f-3": ["member:2"], "f-4": []}


@pytest.fixture(autouse=True)
def _trail(monkeypatch):
    """A trail that has these findings, and not `f-1`."""

    def named(_reader, ids):
        return [
            SimpleNamespace(
                finding_id=one, detector="bulk", severity="low", actor="", subjects=TRAIL[one]
            )
            for one in ids
            if one in TRAIL
        ]

    monkeypatch.setattr(findings, "named", named)


def a_case(subject):
    return SimpleNamespace(findings=[FINDING], subject=subject)


@pytest.mark.parametrize(
    ("ids", "of_case", "subject"),
    [
        (["f-2"], "member:1", "member:1"),
        (["f-4"], "member:1", "member:1"),
        (["f-3"], "member:1", ""),
        (["f-2"], "", ""),
    ],
)
def test_findings_are_added_although_an_old_one_is_gone(ids, of_case, subject):
    """Who a lost finding was about the case knows."""
    more = found(None, ids, a_case(of_case))
    assert [one.finding_id for one in more.findings] == ids
    assert more.subject == subject


def test_what_the_trail_lacks_is_not_added():
    """A new finding must be there."""
    with pytest.raises(NotThereError, match="f-9"):
        found(None, ["f-2", "f-9"], a_case(""))
