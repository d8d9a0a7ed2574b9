"""The business event, contract v1: what happened to somebody's affairs, which accesses refer to.

A reservation made, a fee paid, a consent withdrawn: the same services that record accesses say so
on a topic of its own. An access says why somebody looked; a business event says whether there was
anything to look at. A CloudEvents 1.0 document in structured JSON, keyed by its subject.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from audit.codec import Rejected, read
from audit.events import Count, Name

BUSINESS_TYPE: Literal["gamsa.business.v1"] = "gamsa.business.v1"

KINDS = (
    # what accesses refer to
    *("reservation_made", "reservation_changed", "reservation_cancelled", "paid", "refunded"),
    *("inquiry_made", "programme_opened"),
    # what a subject decided
    *("joined", "left", "consent_given", "consent_withdrawn", "cookies_refused"),
    *("cookies_accepted", "rights_requested", "processing_stopped", "processing_resumed"),
    # what became of the data
    *("separated", "disposed"),
    # what others were asked to do, or asked for: `party` is who
    *("ticket_opened", "ticket_closed", "transfer_requested"),
)
"""The kinds that Gamsa knows. Another is kept, and no rule rests on it."""


class Business(Struct, frozen=True, gc=False):
    """What happened. `reference` names the case, as `reservation:812` or `ticket:77`.

    `file`, `items` and `records`: what it is about, where that matters. `party`: the consignee of
    a ticket, the recipient of a transfer. `right`: of a request, as `audit.events.RightsRequest`.
    """

    kind: Name
    reference: str | None = None
    file: str | None = None
    items: tuple[str, ...] = ()
    records: Count | None = None
    party: str | None = None
    right: str | None = None


class BusinessEvent(Struct, frozen=True, gc=False):
    """One business event; without a subject it concerns no single person (a ticket)."""

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Literal["gamsa.business.v1"]
    time: Name
    data: Business
    subject: str | None = None
    datacontenttype: str | None = None


_decoder = msgspec.json.Decoder(BusinessEvent)
encode = msgspec.json.Encoder().encode


def decode(raw: bytes | None) -> BusinessEvent | Rejected:
    """Read a record of the topic; total, like `audit.codec.decode`."""
    return read(raw, _decoder, lambda event: (event.time,), "not_a_business_event")
