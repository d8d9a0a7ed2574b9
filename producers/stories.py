"""What people do on a day in the city, as stories of accesses that follow one another."""

from msgspec import Struct

from producers import billing, login, reservation
from producers.steps import Step

SOCIAL = (login.SOCIAL, login.SOCIAL_LOOKUP), login.SOCIAL_LOGOUT
MOBILE = (login.MOBILE, login.MOBILE_LOOKUP), login.MOBILE_LOGOUT

REGISTER = (login.VISIT, login.VERIFY, reservation.REGISTER)
RESERVE = (reservation.LOOK_UP, reservation.LOOK_UP, reservation.RESERVE)
TOSS = (billing.PAY, billing.TOSS_APPROVES, billing.RECEIPT)
INICIS = (billing.PAY, billing.INICIS_APPROVES, billing.RECEIPT)
CANCEL = (reservation.CANCEL, billing.REFUND_ACCOUNT, billing.TOSS_REFUNDS)
DESK = (reservation.FIND, reservation.CONFIRM, reservation.GUIDE)
DISTRICT = (reservation.HAND_OVER, reservation.DISTRICT_READS)


class Story(Struct, frozen=True):
    """Steps that happen in this order to one member and one case.

    `weight` is how often it is told beside the others. `office` keeps it between 09:00 and 18:00.
    """

    name: str
    weight: int
    steps: tuple[Step, ...]
    office: bool = False

    @property
    def longest(self) -> int:
        """Seconds that it takes at most."""
        return sum(step.after[1] for step in self.steps)


def _stories() -> tuple[Story, ...]:
    told = []
    for how, (enter, leave) in (("social", SOCIAL), ("mobile", MOBILE)):
        told += [
            Story(f"look around, {how}", 12, (login.VISIT, *enter, *RESERVE[:2], leave)),
            Story(f"reserve, free of charge, {how}", 10, (*enter, *RESERVE, leave)),
            Story(f"reserve and pay, {how}", 9, (*enter, *RESERVE, *TOSS, leave)),
            Story(f"review, {how}", 6, (*enter, reservation.REVIEW, billing.RECEIPT, leave)),
            Story(f"join, {how}", 4, (*REGISTER, *enter, *RESERVE, *INICIS, leave)),
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
                    *(*enter, *RESERVE, *INICIS, reservation.CANCEL),
                    *(billing.REFUND_ACCOUNT, leave),
                    *(reservation.GUIDE_CANCELLATION, billing.CHECK_REFUND),
                ),
                office=True,
            ),
            Story(f"cancel, {how}", 3, (*enter, *RESERVE, *TOSS, *CANCEL, leave)),
        ]
    return (
        *told,
        Story("visit", 20, (login.VISIT,)),
        Story("desk works on an earlier case", 10, DESK, office=True),
        Story("district works on an earlier case", 4, (reservation.DISTRICT_READS,), office=True),
        Story("maintenance", 3, (reservation.MAINTAIN,), office=True),
        Story(
            "view one's own data",
            2,
            (reservation.ASK_TO_VIEW, reservation.ANSWER_VIEW),
            office=True,
        ),
        Story("correct for a child", 1, (reservation.CORRECT_FOR_CHILD,), office=True),
        Story("dispose after the period", 1, (reservation.DISPOSE,), office=True),
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
