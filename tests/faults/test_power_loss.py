"""Acknowledged inserts, and the loss of everything that was not synced."""

from itertools import islice

import pytest

from tests.faults import strace
from tests.faults.power import lose_power

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(strace.missing() is not None, reason=str(strace.missing())),
]


def test_in_class_fsync_acknowledged_inserts_survive_the_loss_of_power(tmp_path):
    """Every row of every answered insert is there, whatever of the rest is lost."""
    *_, losses = islice(lose_power(tmp_path, "fsync", seed=1), 11)
    assert losses.acknowledged > 0
    assert (losses.lost, losses.torn) == ([], 0)


def test_in_class_page_cache_they_do_not(tmp_path):
    """The same losses take acknowledged rows where nothing is synced: the test can fail."""
    *_, losses = islice(lose_power(tmp_path, "page-cache", seed=1), 2)
    assert losses.lost
