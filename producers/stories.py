"""What people do on a day in the city, as stories of accesses that follow one another."""

from msgspec import Struct

from producers import billing, login, reservation
from producers.steps import Fact, Step, Whose

SOCIAL = (login.SOCIAL, login.SOCIAL_LOOKUP), login.SOCIAL_LOGOUT
MOBILE = (login.MOBILE, login.MOBILE_LOOKUP), login.MOBILE_LOGOUT

REGISTER = (
    *(login.VISIT, login.COOKIES_ACCEPTED, login.VERIFY, reservation.REGISTER),
    *(reservation.JOINED, reservation.CONSENT_GIVEN),
)
LOOK = (reservation.LOOK_UP, reservation.LOOK_UP)
RESERVE = (*LOOK, reservation.RESERVE, reservation.MADE)
TOSS = (billing.PAY, billing.PAID, billing.TOSS_APPROVES, billing.RECEIPT)
INICIS = (billing.PAY, billing.PAID, billing.INICIS_APPROVES, billing.RECEIPT)
CANCEL = (reservation.CANCEL, reservation.CANCELLED, billing.REFUND_ACCOUNT, billing.REFUNDED)
DESK = (reservation.FIND, reservation.CONFIRM, reservation.GUIDE)
DISTRICT = (reservation.TRANSFER, reservation.HAND_OVER, reservation.DISTRICT_READS)
EARLIER = (reservation.MADE_EARLIER, reservation.TRANSFER_EARLIER)


class Story(Struct, frozen=True):
    """Steps that happen in this order to one member and one case.

    `weight` is how often it is told beside the others. `office` keeps it between 09:00 and 18:00.
    `whose` case it is: that of somebody who joins in it, or left long ago, is nobody else's.
    """

    name: str
    weight: int
    steps: tuple[Step | Fact, ...]
    office: bool = False
    whose: Whose = "member"

    @property
    def accesses(self) -> int:
        """How many of its steps are accesses."""
        return sum(isinstance(step, Step) for step in self.steps)

    @property
    def longest(self) -> int:
        """Seconds that it takes at most."""
        return sum(step.after[1] for step in self.steps)


def _stories() -> tuple[Story, ...]:
    told = []
    for how, (enter, leave) in (("social", SOCIAL), ("mobile", MOBILE)):
        told += [
            Story(f"look around, {how}", 12, (login.VISIT, *enter, *LOOK, leave)),
            Story(f"reserve, free of charge, {how}", 10, (*enter, *RESERVE, leave)),
            Story(f"reserve and pay, {how}", 9, (*enter, *RESERVE, *TOSS, leave)),
            Story(f"review, {how}", 6, (*enter, reservation.REVIEW, billing.RECEIPT, leave)),
            Story(
                f"join, {how}",
                4,
                (*REGISTER, *enter, *RESERVE, *INICIS, leave),
                whose="newcomer",
            ),
            Story(
                f"change, {how}",
                2,
                (*enter, *RESERVE, reservation.CHANGE, reservation.CHANGED, leave),
            ),
            Story(
                f"reserve, confirmed by the desk, {how}",
                8,
                (*enter, *RESERVE, *TOSS, leave, *DESK, billing.CHECK_PAYMENT),
                office=True,
            ),
            Story(
                f"reserve, handed to a district, {how}",
                5,
                (*enter, *RESERVE, leave, *DESK[:2], *DISTRICT),
                office=True,
            ),
            Story(
                f"reserve and cancel, {how}",
                4,
                (
                    *(*enter, *RESERVE, *INICIS, *CANCEL, leave),
                    *(reservation.GUIDE_CANCELLATION, billing.CHECK_REFUND),
                ),
                office=True,
            ),
            Story(
                f"cancel, {how}",
                3,
                (*enter, *RESERVE, *TOSS, *CANCEL, billing.TOSS_REFUNDS, leave),
            ),
        ]
    return (
        *told,
        Story("visit", 20, (login.VISIT,)),
        Story("desk works on an earlier case", 10, (reservation.MADE_EARLIER, *DESK), office=True),
        Story(
            "district works on an earlier case",
            4,
            (*EARLIER, reservation.DISTRICT_READS),
            office=True,
        ),
        Story(
            "maintenance",
            3,
            (reservation.TICKET_OPENED, reservation.MAINTAIN, reservation.TICKET_CLOSED),
            office=True,
        ),
        Story(
            "view one's own data",
            2,
            (reservation.ASK_TO_VIEW, reservation.VIEW_REQUESTED, reservation.ANSWER_VIEW),
            office=True,
        ),
        Story(
            "correct for a child",
            1,
            (reservation.CORRECTION_REQUESTED, reservation.CORRECT_FOR_CHILD),
            office=True,
        ),
        Story(
            "dispose after the period",
            1,
            (reservation.LEFT_LONG_AGO, reservation.DISPOSE, reservation.DISPOSED),
            office=True,
            whose="former",
        ),
        Story(
            "statistics",
            1,
            (login.ACCESS_STATISTICS, login.LOGIN_STATISTICS, reservation.SERVICE_STATISTICS),
            office=True,
        ),
        Story("satisfaction survey", 1, (reservation.SURVEY,), office=True),
        Story("inspection", 1, (login.INSPECTION,), office=True),
    )


STORIES = _stories()
SHORTEST = Story("visit", 0, (login.VISIT,))
