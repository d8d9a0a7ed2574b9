"""What a worker has read in the institution's files, for whoever reads nothing but the trail."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from audit.policy import Policy
from storage.trail import Trail


def tell(trail: Trail, policy: Policy, zone: str, free_days: Sequence[date]) -> None:
    """Store what each version allows, and the calendar; what was told last holds.

    Raises `TrailUnavailableError`.
    """
    now = datetime.now(UTC)
    trail.insert(
        "policy_purposes",
        ("revision", "effective_from", "file", "purpose", "months", "told_at"),
        [
            (version.revision, version.effective_from, file.id, purpose, file.months or 0, now)
            for version in policy.versions
            for file in version.files.values()
            for purpose in sorted(file.purposes)
        ],
    )
    trail.insert("institution", ("zone", "free_days", "told_at"), [(zone, free_days, now)])
