"""What people do in the city over months: stories whose parts may be days apart."""

from msgspec.structs import replace

from producers import billing, login, reservation
from producers.steps import Fact
from producers.stories import (
    CANCEL,
    DESK,
    DISTRICT,
    INICIS,
    LOOK,
    MOBILE,
    REGISTER,
    RESERVE,
    SOCIAL,
    TOSS,
    Story,
)

DAYS = 86_400
SOCIAL_FAILS = replace(login.SOCIAL, outcome="failure", whole_file=True, after=(5, 40))
MOBILE_FAILS = replace(login.MOBILE, outcome="failure", whole_file=True, after=(5, 40))
FAILS = {login.SOCIAL: SOCIAL_FAILS, login.MOBILE: MOBILE_FAILS}

OPENED = Fact("programme_opened", "programme:{facility}", nobody=True)
STOPPED = Fact("processing_stopped", "request:{case}", after=(600, 7200))
RESUMED = Fact("processing_resumed", "request:{case}", after=(3 * DAYS, 10 * DAYS))
WITHDRAWN = Fact("consent_withdrawn", "purpose:reservation.processing", after=(20, 300))
GIVEN_AGAIN = Fact("consent_given", "purpose:reservation.processing", after=(2 * DAYS, 20 * DAYS))
SUSPENSION = Fact("rights_requested", "request:{case}", right="suspend")
CORRECTION = Fact("rights_requested", "request:{case}", right="correct")
COOKIES_REFUSED = Fact("cookies_refused", None, "login", after=(5, 60))
COOKIES_ACCEPTED = Fact("cookies_accepted", None, "login", after=(10 * DAYS, 60 * DAYS))
DISPOSE = replace(reservation.DISPOSE, after=(187 * DAYS, 190 * DAYS))
TALK = replace(reservation.GUIDE, after=(600, 4 * 3600))
INSPECT = replace(login.INSPECTION, whole_file=True, records=(20, 300))
SURVEY = replace(
    reservation.SURVEY,
    justification="satisfaction survey no. {case}, users of facility {facility}",
)
ROUND = (reservation.TICKET_OPENED, reservation.MAINTAIN, reservation.TICKET_CLOSED)
GATHER = (login.ACCESS_STATISTICS, login.LOGIN_STATISTICS, reservation.SERVICE_STATISTICS)


def _habits() -> tuple[Story, ...]:
    told = []
    for how, (enter, leave) in (("social", SOCIAL), ("mobile", MOBILE)):
        told += [
            Story(f"look around, {how}", 14, (login.VISIT, *enter, *LOOK, leave)),
            Story(f"reserve, free of charge, {how}", 8, (*enter, *RESERVE, leave)),
            Story(f"reserve and pay, {how}", 8, (*enter, *RESERVE, *TOSS, leave)),
            Story(f"review, {how}", 8, (*enter, reservation.REVIEW, leave)),
            Story(f"cancel, {how}", 3, (*enter, *RESERVE, *TOSS, *CANCEL, leave)),
            Story(
                f"change, {how}",
                2,
                (*enter, *RESERVE, reservation.CHANGE, reservation.CHANGED, leave),
            ),
            Story(
                f"confirmed by the desk, {how}",
                9,
                (*enter, *RESERVE, *TOSS, leave, *DESK, billing.CHECK_PAYMENT),
                office=True,
            ),
            Story(
                f"asked by telephone, and hung up, {how}",
                1,
                (*enter, *RESERVE, leave, reservation.FIND),
                office=True,
            ),
            Story(
                f"handed to a district, {how}",
                4,
                (*enter, *RESERVE, leave, *DESK[:2], *DISTRICT),
                office=True,
            ),
            Story(
                f"cancelled, and called about it, {how}",
                4,
                (
                    *(*enter, *RESERVE, *INICIS, *CANCEL, leave),
                    *(reservation.GUIDE_CANCELLATION, billing.CHECK_REFUND),
                ),
                office=True,
            ),
            Story(
                f"asked, {how}",
                3,
                (*enter, *RESERVE, reservation.ASKED, leave, *DESK[:1], TALK),
                office=True,
            ),
            Story(
                f"join, {how}", 1, (*REGISTER, *enter, *RESERVE, *TOSS, leave), whose="newcomer"
            ),
        ]
    return tuple(told) + RARE


RARE = (
    Story("maintenance", 1, ROUND, office=True),
    Story(
        "view one's own data",
        1,
        (reservation.ASK_TO_VIEW, reservation.VIEW_REQUESTED, reservation.ANSWER_VIEW),
        office=True,
    ),
    Story("correct for a child", 1, (CORRECTION, reservation.CORRECT_FOR_CHILD), office=True),
    Story("survey", 1, (SURVEY,), office=True),
    Story("statistics", 1, GATHER, office=True),
    Story("inspection", 1, (INSPECT,), office=True),
    Story(
        "leave",
        1,
        (
            *SOCIAL[0],
            reservation.LEAVE,
            SOCIAL[1],
            reservation.LEFT,
            DISPOSE,
            reservation.DISPOSED,
        ),
    ),
    Story(
        "stop for a while",
        1,
        (reservation.ASK_TO_VIEW, SUSPENSION, reservation.ANSWER_VIEW, STOPPED, RESUMED),
        office=True,
    ),
    Story("think again", 1, (*SOCIAL[0], SOCIAL[1], WITHDRAWN, GIVEN_AGAIN)),
)
HABITS = _habits()
RUSH = tuple(story for story in HABITS if story.name.startswith(("reserve", "confirmed", "look")))
