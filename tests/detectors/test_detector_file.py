"""An institution's own thresholds, and what is wrong in the file that sets them."""

from datetime import date, timedelta

import pytest

import policies
from audit.policy_file import PolicyError
from stream.detector_file import load
from stream.detectors import DETECTORS

POLICY = policies.load_policy()


def duty(tmp_path, text):
    (tmp_path / "detectors.yaml").write_text(text, encoding="utf-8")
    return load(tmp_path, POLICY)


def named(duty, name):
    (found,) = [one for one in duty.detectors if one.name == name]
    return found


def test_without_a_file_everything_is_as_it_comes(tmp_path):
    """All detectors are on, in the policy's time zone."""
    loaded = load(tmp_path, POLICY)
    assert tuple(loaded.detectors) == DETECTORS
    assert loaded.terms.zone.key == "Asia/Seoul"


def test_a_file_sets_what_it_names(tmp_path):
    """Thresholds, severity, shadow, off, lateness and holidays; all else stays."""
    loaded = duty(
        tmp_path,
        "lateness_minutes: 30\n"
        "holidays: [2026-06-15]\n"
        "detectors:\n"
        "  bulk_reading: {in_hour: 40, severity: critical, shadow: true}\n"
        "  outside_hours: {weekdays: [2, 3], roles_on_duty: [investigator]}\n"
        "  dormant_account: {off: true}\n",
    )
    bulk = named(loaded, "bulk_reading/hour")
    assert (bulk.settings["in_hour"], bulk.settings["in_day"]) == (40, 250)
    assert (bulk.severity, bulk.shadow) == ("critical", True)
    assert named(loaded, "bulk_reading/day").settings["in_hour"] == 40
    assert named(loaded, "outside_hours/day").settings["weekdays"] == [2, 3]
    assert "dormant_account" not in {one.id for one in loaded.detectors}
    assert loaded.terms.lateness == timedelta(minutes=30)
    assert loaded.terms.holidays == (date(2026, 6, 15),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "detectors:\n  bulk_reeding: {in_hour: 4}\n",
            ":2: detectors.bulk_reeding: .*bulk_reading",
        ),
        ("detectors:\n  bulk_reading:\n    in_hours: 4\n", ":3: .*did you mean `in_hour`"),
        ("detectors:\n  bulk_reading:\n    in_hour: many\n", ":3: .*must be a whole number"),
        ("detectors:\n  bulk_reading:\n    in_hour: -1\n", ":3: .*greater than or equal to 0"),
        ("detectors:\n  bulk_reading: {severity: hihg}\n", ":2: .*did you mean 'high'"),
        ("holidays: [today]\n", ":1: .*no date"),
        ("lateness_minutes: [\n", "not YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_mend(tmp_path, text, said):
    """File, line, field, and what to write instead."""
    with pytest.raises(PolicyError, match=f"detectors.yaml.*{said}"):
        duty(tmp_path, text)


def test_a_policys_folder_may_hold_the_file(tmp_path):
    """It is no version of the policy, and loading the policy leaves it alone."""
    for path in policies.SEOUL_RESERVATION.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "detectors.yaml").write_text("lateness_minutes: 5\n", encoding="utf-8")
    assert policies.load_policy(tmp_path).newest.revision == POLICY.newest.revision
