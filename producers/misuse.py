"""Planted misuse: every stateless check is violated, in several plausible ways.

A variant begins as an ordinary access of the city and is turned wrong in as few places as it
takes. Its `checks` are all those that must fail, and no other may.
"""

from collections.abc import Iterator

from msgspec import Struct

from audit.judgement import Check
from producers import billing, login, reservation
from producers.scene import Scene, happen
from producers.steps import Step
from producers.turns import (
    Turn,
    access,
    ahead,
    both,
    collected,
    ended,
    long_ago,
    nobody,
    part,
    someone_else,
    stranger,
    too_early,
    with_number,
)
from producers.wire import AccessEvent


class Variant(Struct, frozen=True):
    """One way of misuse: an ordinary step, what is turned wrong about it, and what must fail."""

    checks: tuple[Check, ...]
    note: str
    step: Step
    turn: Turn

    def happen(self, scene: Scene, at: int) -> AccessEvent:
        """The misuse happens in this scene, `at` microseconds after the day's midnight."""
        return self.turn(scene, happen(scene, self.step, at), at)


def _variants() -> Iterator[Variant]:
    for checks, kinds in _KINDS.items():
        for note, step, turn in kinds:
            yield Variant(checks if isinstance(checks, tuple) else (checks,), note, step, turn)


_READ, _CARD = reservation.CONFIRM, billing.CHECK_PAYMENT
_SEARCH, _OWN = reservation.FIND, reservation.REVIEW

_KINDS: dict[Check | tuple[Check, ...], tuple[tuple[str, Step, Turn], ...]] = {
    Check.NO_POLICY_IN_FORCE: (
        ("the second before the policy took effect", _READ, too_early),
        ("a server clock that began again at 1970", login.VISIT, long_ago),
    ),
    Check.UNKNOWN_FILE: (
        ("a copy that is no registered file", _READ, access(file="reservation_backup_2019")),
        ("a mailing list kept on the side", _SEARCH, access(file="newsletter_recipients")),
    ),
    Check.UNKNOWN_PURPOSE: (
        ("only to know", _READ, access(purpose="curiosity")),
        ("an advertising mail", reservation.SURVEY, access(purpose="marketing.email")),
        ("an empty form field sent as a dash", _CARD, access(purpose="-")),
    ),
    Check.UNKNOWN_ITEM: (
        ("health data", _READ, access(items=("name", "disability_grade"))),
        ("photographs", _SEARCH, access(items=("name", "photograph"))),
    ),
    Check.UNKNOWN_ROLE: (
        ("a role nobody defined", _READ, part("actor", role="intern")),
        ("a vendor's default account", _CARD, part("actor", role="admin")),
    ),
    Check.UNKNOWN_ACTION: (
        ("a copy to a medium", _READ, access(action="copy_to_usb")),
        ("a print-out", _CARD, access(action="print")),
    ),
    Check.UNKNOWN_ACTOR_KIND: (("a robot at the desk", _READ, stranger),),
    Check.UNKNOWN_LEGAL_BASIS: (
        ("the basis of another country's law", _READ, access(legal_basis="gdpr_6_1_f")),
        ("an oral agreement", _CARD, access(legal_basis="oral_agreement")),
    ),
    Check.UNKNOWN_OUTCOME: (("neither done nor refused", _READ, access(outcome="maybe")),),
    Check.PURPOSE_NOT_ALLOWED: (
        ("contact data used for billing", _READ, access(purpose="billing.payment_record")),
        ("card data used for guidance", _CARD, access(purpose="reservation.guidance")),
    ),
    Check.ITEM_OUTSIDE_FILE: (
        ("card number read from contact data", _READ, access(items=("name", "card_number"))),
        ("mobile read from billing data", _CARD, access(items=("name", "mobile"))),
    ),
    Check.LEGAL_BASIS_MISMATCH: (
        ("contact data touched by force of law", _READ, access(legal_basis="law")),
        ("billing data touched by consent", _CARD, access(legal_basis="consent")),
        ("no basis at all", _SEARCH, access(legal_basis=None)),
    ),
    Check.RETENTION_EXPIRED: (
        ("contact data of a year ago", _READ, collected(400)),
        ("a quick login of seven months ago", login.SOCIAL_LOOKUP, collected(215)),
        ("a payment of six years ago", _CARD, collected(6 * 366)),
    ),
    Check.RECIPIENT_NOT_LISTED: (
        ("disclosed to an insurer", reservation.HAND_OVER, access(recipient="private:insurance")),
        (
            "disclosed to another city's district",
            reservation.HAND_OVER,
            access(recipient="district:haeundae"),
        ),
    ),
    Check.RECIPIENT_WITHOUT_GROUND: (
        ("handed over without any ground", reservation.HAND_OVER, access(legal_basis=None)),
        (
            "handed over on the consent to collect",
            reservation.HAND_OVER,
            access(legal_basis="consent"),
        ),
    ),
    Check.CONSIGNEE_OUTSIDE_TASK: (
        (
            "a payment gateway maintains the website",
            reservation.MAINTAIN,
            part("actor", organization="toss-payments"),
        ),
        (
            "the verification service looks at payments",
            billing.TOSS_APPROVES,
            part("actor", organization="nice"),
        ),
        (
            "a contractor that is no consignee",
            reservation.MAINTAIN,
            part("actor", organization="cheap-hosting"),
        ),
    ),
    Check.RE_CONSIGNMENT: (
        (
            "maintenance passes data to another consignee",
            reservation.MAINTAIN,
            access(recipient="nice"),
        ),
    ),
    (Check.RECIPIENT_NOT_LISTED, Check.RE_CONSIGNMENT): (
        (
            "a subcontractor, with the subject's consent",
            reservation.MAINTAIN,
            access(recipient="ntsys-subcontractor", legal_basis="separate_consent"),
        ),
    ),
    (Check.RECIPIENT_NOT_LISTED, Check.RECIPIENT_WITHOUT_GROUND, Check.RE_CONSIGNMENT): (
        (
            "a subcontractor, and nobody was asked",
            billing.TOSS_APPROVES,
            access(recipient="card-analytics", legal_basis="consent"),
        ),
    ),
    (Check.RECIPIENT_NOT_LISTED, Check.RECIPIENT_WITHOUT_GROUND): (
        (
            "disclosed to an insurer without ground",
            reservation.HAND_OVER,
            access(recipient="private:insurance", legal_basis=None),
        ),
    ),
    Check.RESIDENT_REGISTRATION_NUMBER: (
        ("in the path", _SEARCH, with_number("path")),
        ("in the referrer", login.VERIFY, with_number("referrer")),
        ("in the justification", reservation.GUIDE, with_number("justification")),
        ("as the subject's id", _READ, with_number("subject")),
    ),
    Check.IDENTITY_NOT_VERIFIED: (
        (
            "a viewing request answered unverified",
            reservation.ANSWER_VIEW,
            part("request", identity_verified=False),
        ),
        ("an answer without any request", reservation.ANSWER_VIEW, access(request=None)),
    ),
    Check.LEGAL_REPRESENTATIVE_MISSING: (
        (
            "a child's data corrected without a parent",
            reservation.CORRECT_FOR_CHILD,
            part("request", representative=None),
        ),
    ),
    Check.POWER_OF_ATTORNEY_MISSING: (
        (
            "a neighbour asks on the subject's behalf",
            reservation.ANSWER_VIEW,
            part("request", representative="representative:neighbour"),
        ),
    ),
    Check.UNKNOWN_RIGHT: (
        ("a right that nobody has", reservation.ANSWER_VIEW, part("request", right="sell")),
    ),
    Check.DISPOSAL_DUE: (
        ("read after the membership ended", _READ, ended(100)),
        ("searched a month after the membership ended", _SEARCH, ended(30)),
    ),
    Check.DISPOSAL_WITHOUT_APPROVAL: (
        ("disposed of without approval", reservation.DISPOSE, access(approval=None)),
        ("approved by a blank", reservation.DISPOSE, access(approval=" ")),
    ),
    Check.ROLE_WITHOUT_RIGHT: (
        ("a billing officer removes a payment", _CARD, access(action="delete")),
        (
            "a district asks for statistics",
            reservation.DISTRICT_READS,
            access(purpose="statistics.service"),
        ),
        ("a statistician works on a case", _READ, part("actor", role="statistician")),
        ("a billing officer at the desk", _SEARCH, part("actor", role="billing_officer")),
        ("the desk looks at payments", _CARD, part("actor", role="reservation_officer")),
        ("a member at the desk", _READ, part("actor", kind="member")),
    ),
    Check.NOT_OWN_DATA: (
        ("a member reads another's reservation", _OWN, someone_else),
        ("a member logs in as another", login.SOCIAL, someone_else),
        ("a member sees another's receipt", billing.RECEIPT, someone_else),
    ),
    Check.COOKIE_REFUSED: (
        ("a cookie set all the same", login.VISIT, part("client", cookie_refused=True)),
        ("a cookie kept at the search", reservation.LOOK_UP, part("client", cookie_refused=True)),
    ),
    Check.ACCESS_RECORD_INCOMPLETE: (
        ("no address", _READ, part("client", ip=None)),
        ("an address that is none", _CARD, part("client", ip="unknown")),
        ("nobody's data", _READ, nobody),
        ("a download without a reason", reservation.SURVEY, access(justification=None)),
        ("nothing said of what was read", _CARD, access(items=())),
    ),
    (Check.UNKNOWN_ITEM, Check.RESIDENT_REGISTRATION_NUMBER): (
        (
            "the number collected as an item",
            login.VERIFY,
            both(
                access(items=("verification_result", "resident_registration_number")),
                with_number("path"),
            ),
        ),
    ),
    (Check.RETENTION_EXPIRED, Check.DISPOSAL_DUE): (
        ("kept a year after the membership ended", _READ, ended(380)),
    ),
    (Check.IDENTITY_NOT_VERIFIED, Check.LEGAL_REPRESENTATIVE_MISSING): (
        (
            "a child's data corrected on a telephone call",
            reservation.CORRECT_FOR_CHILD,
            part("request", representative=None, identity_verified=False),
        ),
    ),
    (Check.UNKNOWN_ROLE, Check.ACCESS_RECORD_INCOMPLETE): (
        (
            "a script that says nothing about itself",
            _CARD,
            both(part("actor", role="script"), part("client", ip=None)),
        ),
    ),
    (Check.UNKNOWN_PURPOSE, Check.LEGAL_BASIS_MISMATCH): (
        (
            "marketing without a basis",
            _READ,
            access(purpose="marketing.sms", legal_basis=None),
        ),
    ),
    Check.TIME_IN_FUTURE: (("a clock decades ahead", _READ, ahead),),
}

VARIANTS = tuple(_variants())
