"""Real servers under load, killed, paused, cut off and starved at once: the trail stays exact."""

import pytest

from tests.faults.torture import Run, torture

SECONDS = 180.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


def test_the_trail_is_exact_whatever_is_done_to_its_parts(tmp_path, request):
    """What was acknowledged is stored once, and judged as an undisturbed worker judges it."""
    said = []
    outcome = torture(tmp_path, Run(seed=1, seconds=SECONDS), said.append)
    for kind, why in outcome.suffered.without.items():
        request.config.get_terminal_writer().line(f"without {kind}: {why}")
    assert outcome.suffered.kills, said
    assert outcome.count.is_exact, (outcome, said)
    assert outcome.differences == [], said
