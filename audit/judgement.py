"""What judging an access says: allowed, or misuse for one or more reasons."""

from enum import StrEnum
from typing import Literal

from msgspec import Struct


class Check(StrEnum):
    """Every stateless check; each institution's catalogue cites its own clause for each."""

    NO_POLICY_IN_FORCE = "no_policy_in_force"
    UNKNOWN_FILE = "unknown_file"
    UNKNOWN_PURPOSE = "unknown_purpose"
    UNKNOWN_ITEM = "unknown_item"
    UNKNOWN_ROLE = "unknown_role"
    UNKNOWN_ACTION = "unknown_action"
    UNKNOWN_ACTOR_KIND = "unknown_actor_kind"
    UNKNOWN_LEGAL_BASIS = "unknown_legal_basis"
    UNKNOWN_OUTCOME = "unknown_outcome"
    UNKNOWN_RIGHT = "unknown_right"
    PURPOSE_NOT_ALLOWED = "purpose_not_allowed"
    ITEM_OUTSIDE_FILE = "item_outside_file"
    LEGAL_BASIS_MISMATCH = "legal_basis_mismatch"
    RETENTION_EXPIRED = "retention_expired"
    RECIPIENT_NOT_LISTED = "recipient_not_listed"
    RECIPIENT_WITHOUT_GROUND = "recipient_without_ground"
    CONSIGNEE_OUTSIDE_TASK = "consignee_outside_task"
    RE_CONSIGNMENT = "re_consignment"
    RESIDENT_REGISTRATION_NUMBER = "resident_registration_number"
    IDENTITY_NOT_VERIFIED = "identity_not_verified"
    LEGAL_REPRESENTATIVE_MISSING = "legal_representative_missing"
    POWER_OF_ATTORNEY_MISSING = "power_of_attorney_missing"
    DISPOSAL_DUE = "disposal_due"
    DISPOSAL_WITHOUT_APPROVAL = "disposal_without_approval"
    ROLE_WITHOUT_RIGHT = "role_without_right"
    NOT_OWN_DATA = "not_own_data"
    COOKIE_REFUSED = "cookie_refused"
    ACCESS_RECORD_INCOMPLETE = "access_record_incomplete"
    TIME_IN_FUTURE = "time_in_future"


class Reason(Struct, frozen=True, gc=False):
    """One check that failed, the clause it rests on, and what exactly was wrong."""

    check: Check
    clause: str
    detail: str


class Judgement(Struct, frozen=True, gc=False):
    """The outcome for one event, with the content hash of the policy version that decided it."""

    verdict: Literal["allowed", "misuse"]
    reasons: tuple[Reason, ...]
    policy_revision: str
