"""Whoever reads nothing but the trail learns what the policy allows, and whose days count."""

from dataclasses import replace
from datetime import date

import pytest

import policies
from audit.policy import Policy
from storage import institution

pytestmark = pytest.mark.slow

SAID = "SELECT file, purpose, months FROM v_policy_purposes WHERE in_force ORDER BY file, purpose"
CALENDAR = "SELECT zone, free_days FROM v_institution"


@pytest.fixture(name="version", scope="module")
def _version():
    return policies.load_policy().newest


def allowed(version):
    """Every purpose of every file, with the file's period in months."""
    return sorted(
        (file.id, purpose, file.months or 0)
        for file in version.files.values()
        for purpose in file.purposes
    )


def told(trail):
    return [tuple(row) for row in trail.rows(SAID)]


def test_what_the_policy_allows_is_told_once_however_often_a_worker_starts(trail, version):
    """Purposes that touch every file are among each file's, and each pair is one row."""
    for _ in range(2):
        institution.tell(trail, Policy((version,)), "Asia/Seoul", [])
    assert told(trail) == allowed(version)


def test_the_version_in_force_is_the_last_that_has_begun(trail, version):
    """Neither an older one nor one that is still to come."""
    fewer = {name: version.files[name] for name in list(version.files)[:1]}
    older = replace(version, revision="older", effective_from=0, files=fewer)
    coming = replace(version, revision="coming", effective_from=1 << 61, files=fewer)
    institution.tell(trail, Policy((coming, version, older)), "Asia/Seoul", [])
    assert told(trail) == allowed(version)


def test_of_two_texts_of_one_version_the_one_read_last_holds(trail, version):
    """A mended file takes the place of what it said before."""
    fewer = {name: version.files[name] for name in list(version.files)[:1]}
    mended = replace(version, revision="mended", files=fewer)
    for one in (version, mended):
        institution.tell(trail, Policy((one,)), "Asia/Seoul", [])
    assert told(trail) == allowed(mended)


def test_the_calendar_is_what_was_told_last(trail, version):
    """Before a worker has told any it is UTC without a free day."""
    assert trail.rows(CALENDAR) == [("UTC", [])]
    for zone, days in (("Asia/Seoul", [date(2026, 1, 1)]), ("Asia/Tokyo", [date(2026, 11, 3)])):
        institution.tell(trail, Policy((version,)), zone, days)
    assert trail.rows(CALENDAR) == [("Asia/Tokyo", [date(2026, 11, 3)])]
