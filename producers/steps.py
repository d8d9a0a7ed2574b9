"""What a story of the simulated city is made of, before it happens to somebody."""

from typing import Literal

from msgspec import Struct

from audit.events import RightsRequest

Service = Literal["reservation", "billing", "login"]

Who = Literal[
    "member",
    "reservation_officer",
    "billing_officer",
    "district_officer",
    "statistician",
    "privacy_officer",
    "investigator",
    "login_service",
    "ntsys",
    "toss-payments",
    "kg-inicis",
    "nice",
]

Whose = Literal["member", "newcomer", "former"]

# A person's name is never in an event; `name` is the item that was touched.
CONTACT = ("name", "mobile", "email")
REGISTRATION = (*CONTACT, "address")
QUICK_LOGIN = ("name", "mobile")
PAYMENT = ("name", "email", "card_number")
REFUND = (*PAYMENT, "refund_account")


class Step(Struct, frozen=True):
    """One access in a story: who does what to which file, how long after the step before.

    `path` may hold `{case}`, `{member}` and `{facility}`. `after` is a range in seconds. An access
    to many people's records (`whole_file`) names the file as its subject, not a person.
    """

    service: Service
    who: Who
    action: str
    file: str
    items: tuple[str, ...]
    purpose: str
    method: str
    path: str
    legal_basis: str | None = "consent"
    after: tuple[int, int] = (2, 90)
    records: tuple[int, int] = (1, 1)
    whole_file: bool = False
    recipient: str | None = None
    justification: str | None = None
    approval: str | None = None
    request: RightsRequest | None = None
    outcome: str = "success"
    new: bool = False  # collected at this very moment
    ended_days: tuple[int, int] | None = None  # membership ended so many days ago


class Fact(Struct, frozen=True):
    """What happened to the case between two accesses: it becomes a business event.

    `days` says how long ago, for what is older than the story. `reference` and `party` may hold
    what a step's `path` may.
    """

    kind: str
    reference: str | None = "reservation:{case}"
    service: Service = "reservation"
    after: tuple[int, int] = (0, 1)
    days: tuple[int, int] | None = None
    file: str | None = None
    items: tuple[str, ...] = ()
    records: int | None = None
    party: str | None = None
    right: str | None = None
    nobody: bool = False  # it concerns no single person
