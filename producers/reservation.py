"""The reservation service: registration, search, reservations, and the staff who work on them."""

from audit.events import RightsRequest
from producers.steps import CONTACT, REGISTRATION, Fact, Step

FILE = "user_personal_information"

JOINED = Fact("joined", None)
CONSENT_GIVEN = Fact("consent_given", "purpose:reservation.processing")
LEFT = Fact("left", None)
LEFT_LONG_AGO = Fact("left", None, days=(186, 190))
MADE = Fact("reservation_made")
MADE_EARLIER = Fact("reservation_made", days=(1, 9))
CHANGED = Fact("reservation_changed")
CANCELLED = Fact("reservation_cancelled")
ASKED = Fact("inquiry_made", "inquiry:{case}")
TRANSFER = Fact(
    "transfer_requested",
    after=(60, 900),
    file=FILE,
    items=CONTACT,
    records=1,
    party="district:{district}",
)
TRANSFER_EARLIER = Fact(
    *("transfer_requested", "reservation:{case}"),
    days=(0, 1),
    file=FILE,
    items=CONTACT,
    records=1,
    party="district:{district}",
)
TICKET_OPENED = Fact("ticket_opened", "ticket:{case}", party="ntsys", nobody=True)
TICKET_CLOSED = Fact(
    "ticket_closed", "ticket:{case}", after=(60, 1200), party="ntsys", nobody=True
)
VIEW_REQUESTED = Fact("rights_requested", "request:{case}", right="view")
CORRECTION_REQUESTED = Fact("rights_requested", "request:{case}", days=(1, 5), right="correct")
DISPOSED = Fact("disposed", "disposal-plan-{case}", file=FILE)

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
    "create",
    "automatic_collection",
    ("cookie", "service_use_history"),
    "service.customization",
    "GET",
    "/facilities/{facility}/slots",
)
CHANGE = Step(
    "reservation",
    "member",
    "update",
    FILE,
    CONTACT,
    "reservation.processing",
    "PUT",
    "/reservations/{case}",
    after=(30, 600),
)
LEAVE = Step(
    "reservation",
    "member",
    "delete",
    FILE,
    REGISTRATION,
    "member.registration",
    "DELETE",
    "/members",
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
    legal_basis="separate_consent",
    recipient="district:{district}",
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
    legal_basis="law",
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
    legal_basis="law",
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
    legal_basis="law",
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
    legal_basis="law",
    approval="disposal-plan-{case}",
    justification="membership ended; storage period over",
    ended_days=(186, 190),
)
