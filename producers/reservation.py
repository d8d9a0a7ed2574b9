"""The reservation service: registration, search, reservations, and the staff who work on them."""

from audit.events import RightsRequest
from producers.steps import CONTACT, REGISTRATION, Step

FILE = "user_personal_information"

REGISTER = Step(
    "reservation",
    "member",
    "create",
    FILE,
    REGISTRATION,
    "member.registration",
    "POST",
    "/members",
    new=True,
)
RESERVE = Step(
    "reservation",
    "member",
    "create",
    FILE,
    CONTACT,
    "reservation.processing",
    "POST",
    "/reservations/{case}",
)
LOOK_UP = Step(
    "reservation",
    "member",
    "search",
    FILE,
    ("name",),
    "reservation.processing",
    "GET",
    "/facilities/{facility}/slots",
)
REVIEW = Step(
    "reservation",
    "member",
    "read",
    FILE,
    CONTACT,
    "reservation.guidance",
    "GET",
    "/reservations/{case}",
)
CANCEL = Step(
    "reservation",
    "member",
    "update",
    FILE,
    CONTACT,
    "reservation.cancellation_guidance",
    "DELETE",
    "/reservations/{case}",
    after=(300, 5400),
)
FIND = Step(
    "reservation",
    "reservation_officer",
    "search",
    FILE,
    ("name", "mobile"),
    "reservation.processing",
    "GET",
    "/desk/reservations?case={case}",
    after=(60, 3000),
)
CONFIRM = Step(
    "reservation",
    "reservation_officer",
    "read",
    FILE,
    CONTACT,
    "reservation.processing",
    "GET",
    "/desk/reservations/{case}",
    after=(5, 120),
)
GUIDE = Step(
    "reservation",
    "reservation_officer",
    "read",
    FILE,
    ("name", "mobile"),
    "reservation.guidance",
    "GET",
    "/desk/reservations/{case}/guidance",
    after=(20, 600),
)
GUIDE_CANCELLATION = Step(
    "reservation",
    "reservation_officer",
    "read",
    FILE,
    ("name", "mobile"),
    "reservation.cancellation_guidance",
    "GET",
    "/desk/reservations/{case}/cancellation",
    after=(60, 1800),
)
HAND_OVER = Step(
    "reservation",
    "reservation_officer",
    "disclose",
    FILE,
    CONTACT,
    "reservation.processing",
    "POST",
    "/districts/{district}/reservations/{case}",
    legal_basis="separate_consent",
    recipient="district:{district}",
    after=(30, 900),
)
DISTRICT_READS = Step(
    "reservation",
    "district_officer",
    "read",
    FILE,
    CONTACT,
    "reservation.processing",
    "GET",
    "/districts/{district}/reservations/{case}",
    after=(120, 2400),
)
MAINTAIN = Step(
    "reservation",
    "ntsys",
    "read",
    FILE,
    ("name", "email"),
    "operation.maintenance",
    "GET",
    "/admin/reservations/{case}",
    justification="ticket {case}: confirmation mail bounced",
    after=(600, 3600),
)
SERVICE_STATISTICS = Step(
    "reservation",
    "statistician",
    "read",
    FILE,
    ("address",),
    "statistics.service",
    "GET",
    "/statistics/reservations",
    records=(200, 5000),
    whole_file=True,
)
SURVEY = Step(
    "reservation",
    "statistician",
    "export",
    FILE,
    ("email",),
    "survey.satisfaction",
    "GET",
    "/surveys/{facility}/recipients.csv",
    records=(20, 400),
    whole_file=True,
    justification="quarterly satisfaction survey",
)
ASK_TO_VIEW = Step(
    "reservation",
    "member",
    "request",
    FILE,
    REGISTRATION,
    "rights.request",
    "POST",
    "/rights/{case}",
    request=RightsRequest("view", identity_verified=True),
)
ANSWER_VIEW = Step(
    "reservation",
    "privacy_officer",
    "read",
    FILE,
    REGISTRATION,
    "rights.request",
    "GET",
    "/privacy/rights/{case}",
    request=RightsRequest("view", identity_verified=True),
    justification="request {case}",
    after=(600, 3600),
)
CORRECT_FOR_CHILD = Step(
    "reservation",
    "privacy_officer",
    "update",
    FILE,
    ("name", "mobile"),
    "rights.request",
    "PUT",
    "/privacy/rights/{case}",
    request=RightsRequest(
        "correct",
        identity_verified=True,
        under_14=True,
        representative="representative:{case}",
        power_of_attorney=True,
    ),
    justification="request {case}",
    after=(600, 3600),
)
DISPOSE = Step(
    "reservation",
    "privacy_officer",
    "dispose",
    FILE,
    REGISTRATION,
    "disposal",
    "DELETE",
    "/privacy/disposals/{case}",
    approval="disposal-plan-{case}",
    justification="membership ended; storage period over",
    ended_days=(186, 190),
)
