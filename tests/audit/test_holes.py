"""Holes in a producer's numbers, as findings."""

from audit.completeness import Hole


def test_a_hole_is_the_same_finding_for_ever():
    """What the trail holds of it is found again, whoever tells of it and however far it goes."""
    hole = Hole("/services/reservation", "p-1", 7, 3, 5)
    longer = Hole("/services/reservation", "p-1", 7, 3, 9, others=2)
    assert hole.finding_id == longer.finding_id == "48c3d6b28fe768ddd0624388489d5d2d"
