"""Every kind of planted misuse, by the id of the detector that must find it, and when it begins.

What is said of a kind's ordinary look-alikes stands in its function's docstring.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Literal

from msgspec import Struct

from producers.plots import accounts, affairs, browsers, giving, logins, reading, services
from producers.plots.plot import Plot
from producers.plots.truth import Case
from producers.scene import DAY

Variant = Literal["easy", "hard", "adversarial"]
VARIANTS: tuple[Variant, ...] = ("easy", "hard", "adversarial")
SETTLED = 14  # days in which the city only shows what is usual
LONGEST = 9  # days that a plot may take, unless its kind says otherwise

Kind = Callable[[Plot], None]

KINDS: dict[str, Kind] = {
    kind.__name__: kind
    for kind in (
        *(reading.bulk_reading, reading.rate_above_usual, reading.read_without_use),
        *(reading.sequential_ids, reading.address_group, reading.many_handlers),
        *(giving.export_unjustified, giving.over_disclosure, giving.consignee_without_ticket),
        *(accounts.outside_hours, accounts.new_origin, accounts.dormant_account),
        *(accounts.left_or_on_leave, accounts.own_circle, accounts.role_change),
        *(affairs.no_business_event, affairs.unsupported_purpose),
        *(affairs.after_withdrawal, affairs.disposed_record),
        *(browsers.shared_cookie, browsers.split_cookie, browsers.session_after_logout),
        *(browsers.refused_cookie, browsers.network_change),
        *(logins.credential_stuffing, logins.brute_force, logins.password_spraying),
        *(services.volume_shift, services.service_silent),
    )
}
TAKES = {
    "dormant_account": 78,
    "left_or_on_leave": 16,
    "disposed_record": 26,
    "refused_cookie": 32,
}
"""Days from the beginning of a plot to its end, for those that take long."""

_NOTHING_BEHIND = ("no_business_event", "unsupported_purpose", "read_without_use")
RELATED: dict[str, tuple[str, ...]] = {
    "bulk_reading": (*_NOTHING_BEHIND, "rate_above_usual", "volume_shift"),
    "rate_above_usual": (
        *("bulk_reading", "read_without_use", "volume_shift"),
        "after_withdrawal",  # the customers are of the last days: one may have left since
    ),
    "read_without_use": (*_NOTHING_BEHIND, "rate_above_usual", "bulk_reading"),
    "sequential_ids": (*_NOTHING_BEHIND, "rate_above_usual", "bulk_reading"),
    "address_group": (*_NOTHING_BEHIND, "rate_above_usual"),
    "many_handlers": _NOTHING_BEHIND,
    "export_unjustified": (),
    "over_disclosure": (),
    "consignee_without_ticket": (*_NOTHING_BEHIND, "rate_above_usual"),
    "outside_hours": ("read_without_use", "rate_above_usual"),
    "new_origin": ("read_without_use", "network_change"),
    "dormant_account": (*_NOTHING_BEHIND, "rate_above_usual"),
    "left_or_on_leave": (
        *(*_NOTHING_BEHIND, "rate_above_usual"),
        *("outside_hours", "dormant_account"),
    ),
    "own_circle": (*_NOTHING_BEHIND, "many_handlers"),
    "role_change": (*_NOTHING_BEHIND, "new_origin", "rate_above_usual"),
    "no_business_event": ("unsupported_purpose", "read_without_use"),
    "unsupported_purpose": ("no_business_event", "read_without_use"),
    "after_withdrawal": _NOTHING_BEHIND,
    "disposed_record": (*_NOTHING_BEHIND, "after_withdrawal"),
    "shared_cookie": ("split_cookie", "network_change"),
    "split_cookie": ("network_change", "shared_cookie"),
    "session_after_logout": (),
    "refused_cookie": (),
    "network_change": ("split_cookie",),
    "credential_stuffing": ("password_spraying", "volume_shift", "brute_force"),
    "brute_force": ("credential_stuffing", "password_spraying", "volume_shift", "network_change"),
    "password_spraying": ("credential_stuffing", "volume_shift", "brute_force"),
    "volume_shift": (),
    "service_silent": ("volume_shift", "session_after_logout"),
}
"""What else may be found in a case of a kind without being wrong: both are true of it."""


class Plan(Struct, frozen=True):
    """A case that begins on some day."""

    kind: Kind
    case: Case


def plans(random: Random, days: int, worked: list[bool], each: int) -> Iterator[tuple[int, Plan]]:
    """Draw the midnights on which cases begin, so many of each kind and variant.

    A kind that takes longer than there are days is left out.
    """
    for name, kind in KINDS.items():
        free = [day for day in range(SETTLED, days - TAKES.get(name, LONGEST)) if worked[day]]
        if name == "dormant_account":  # it begins with the time in which nothing happens
            free = [day for day in range(2, days - TAKES[name]) if worked[day]]
        for variant in VARIANTS if free else ():
            for n in range(each):
                case = Case(f"{name}/{variant}/{n}", name, variant, {})
                yield random.choice(free) * DAY, Plan(kind, case)
