"""Every detector, one file each."""

from stream.detectors import brute_force, bulk_reading, export_unjustified
from stream.detectors.address_group import ADDRESS_GROUP
from stream.detectors.after_withdrawal import AFTER_WITHDRAWAL
from stream.detectors.consignee_without_ticket import CONSIGNEE_WITHOUT_TICKET
from stream.detectors.credential_stuffing import CREDENTIAL_STUFFING
from stream.detectors.detector import Detector
from stream.detectors.disposed_record import DISPOSED_RECORD
from stream.detectors.dormant_account import DORMANT_ACCOUNT
from stream.detectors.left_or_on_leave import LEFT_OR_ON_LEAVE
from stream.detectors.many_handlers import MANY_HANDLERS
from stream.detectors.network_change import NETWORK_CHANGE
from stream.detectors.new_origin import NEW_ORIGIN
from stream.detectors.no_business_event import NO_BUSINESS_EVENT
from stream.detectors.outside_hours import OUTSIDE_HOURS
from stream.detectors.over_disclosure import OVER_DISCLOSURE
from stream.detectors.own_circle import OWN_CIRCLE
from stream.detectors.password_spraying import PASSWORD_SPRAYING
from stream.detectors.rate_above_usual import RATE_ABOVE_USUAL
from stream.detectors.read_without_use import READ_WITHOUT_USE
from stream.detectors.refused_cookie import REFUSED_COOKIE
from stream.detectors.role_change import ROLE_CHANGE
from stream.detectors.sequential_ids import SEQUENTIAL_IDS
from stream.detectors.service_silent import SERVICE_SILENT
from stream.detectors.session_after_logout import SESSION_AFTER_LOGOUT
from stream.detectors.shared_cookie import SHARED_COOKIE
from stream.detectors.split_cookie import SPLIT_COOKIE
from stream.detectors.unsupported_purpose import UNSUPPORTED_PURPOSE
from stream.detectors.volume_shift import VOLUME_SHIFT

DETECTORS: tuple[Detector, ...] = (
    # one handler
    bulk_reading.IN_HOUR,
    bulk_reading.IN_DAY,
    bulk_reading.IN_30_DAYS,
    RATE_ABOVE_USUAL,
    READ_WITHOUT_USE,
    SEQUENTIAL_IDS,
    export_unjustified.WITHOUT_REASON,
    export_unjustified.COPIED_REASON,
    OUTSIDE_HOURS,
    NEW_ORIGIN,
    DORMANT_ACCOUNT,
    LEFT_OR_ON_LEAVE,
    OWN_CIRCLE,
    ADDRESS_GROUP,
    ROLE_CHANGE,
    # one subject
    MANY_HANDLERS,
    NO_BUSINESS_EVENT,
    AFTER_WITHDRAWAL,
    DISPOSED_RECORD,
    UNSUPPORTED_PURPOSE,
    # one cookie, session or address
    SHARED_COOKIE,
    SPLIT_COOKIE,
    SESSION_AFTER_LOGOUT,
    CREDENTIAL_STUFFING,
    brute_force.IN_HOUR,
    brute_force.IN_DAY,
    PASSWORD_SPRAYING,
    REFUSED_COOKIE,
    NETWORK_CHANGE,
    # one service or recipient
    VOLUME_SHIFT,
    CONSIGNEE_WITHOUT_TICKET,
    OVER_DISCLOSURE,
    SERVICE_SILENT,
)
