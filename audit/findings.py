"""A finding: misuse worth a person's look, many events of one kind folded into one."""

import hashlib

from msgspec import Struct

from audit.events import ReceivedEvent
from audit.judgement import Reason

HOUR = 3_600_000_000  # microseconds


class Finding(Struct, frozen=True, gc=False):
    """One event's share in a finding.

    `finding_id` is derived from check, clause, actor and hour (UTC), so that the same misuse
    again within the hour raises the count of one finding, and a repeated record adds nothing.
    `window_start` is that hour, in microseconds since 1970.
    """

    finding_id: str
    reason: Reason
    window_start: int
    actor: str


def finding(received: ReceivedEvent, reason: Reason) -> Finding:
    """The finding to which this reason for calling this event misuse belongs."""
    hour = received.occurred_at // HOUR * HOUR
    actor = received.event.data.actor.id
    return Finding(identity(reason.check, reason.clause, str(hour), actor), reason, hour, actor)


def identity(*named: str) -> str:
    """The id of a finding: derived from what makes it this one, 32 hexadecimal digits."""
    return hashlib.sha256("\x1f".join(named).encode()).hexdigest()[:32]
