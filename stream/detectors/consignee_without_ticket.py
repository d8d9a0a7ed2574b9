"""A consignee reads people's data although nobody has asked it to do anything."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import access, business, example
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class Tickets(Thresholds):
    """Work for these purposes wants a ticket, which may be closed so many minutes before."""

    minutes: int = 30
    purposes: tuple[str, ...] = ("operation.maintenance",)


_MAINTAINS = access(
    "1 10:00",
    actor="consignee:ntsys-1",
    kind="consignee",
    role="consignee_operator",
    organization="ntsys",
    purpose="operation.maintenance",
)

CONSIGNEE_WITHOUT_TICKET = Detector(
    id="consignee_without_ticket",
    title=Words("Consignee without a ticket", "요청 없는 수탁자 열람"),
    sentence=Words(
        "{actor} of {party} opened {events} records although no ticket was open.",
        "{party} 소속 {actor} 계정이 열린 작업 요청 없이 기록을 {events}건 열람했습니다.",
    ),
    severity="high",
    clause="Art. 4(2)",
    window=HOUR,
    opens=Opens.ONCE_CLOSED,
    thresholds=Tickets(),
    events="""
        SELECT handled.*, handled.actor AS key
        FROM handled LEFT JOIN
        (
            SELECT party, groupArray((file, opened, closed)) AS tickets
            FROM
            (
                SELECT
                    toString(party) AS party, reference,
                    argMinIf(toString(file), occurred_at, kind = 'ticket_opened') AS file,
                    minIf(occurred_at, kind = 'ticket_opened') AS opened,
                    if(countIf(kind = 'ticket_closed') > 0,
                        minIf(occurred_at, kind = 'ticket_closed'),
                        toDateTime64('2299-01-01', 6, 'UTC')) AS closed
                FROM business
                WHERE kind IN ('ticket_opened', 'ticket_closed')
                GROUP BY party, reference HAVING countIf(kind = 'ticket_opened') > 0
            )
            GROUP BY party
        ) AS asked ON asked.party = toString(handled.organization)
        WHERE handled.actor_kind = 'consignee'
            AND has({purposes:Array(String)}, handled.purpose)
            AND NOT arrayExists(
                ticket -> (ticket.1 = '' OR ticket.1 = handled.file)
                    AND ticket.2 <= handled.occurred_at
                    AND handled.occurred_at < ticket.3 + toIntervalMinute({minutes:UInt16}),
                asked.tickets)
    """,
    measures={"party": "min(organization)"},
    actor="min(actor)",
    examples=(
        example("no ticket", _MAINTAINS, finds="consignee:ntsys-1"),
        example(
            "a ticket that was closed half an hour before",
            business("0 10:00", "", "ticket_opened", reference="ticket:1", party="ntsys"),
            business("1 09:30", "", "ticket_closed", reference="ticket:1", party="ntsys"),
            _MAINTAINS,
            finds="consignee:ntsys-1",
        ),
        example(
            "a ticket that was closed 29 minutes before",
            business("0 10:00", "", "ticket_opened", reference="ticket:1", party="ntsys"),
            business("1 09:31", "", "ticket_closed", reference="ticket:1", party="ntsys"),
            _MAINTAINS,
        ),
        example(
            "an open ticket",
            business("1 09:00", "", "ticket_opened", reference="ticket:1", party="ntsys"),
            _MAINTAINS,
        ),
        example(
            "a ticket for another file",
            business(
                *("1 09:00", "", "ticket_opened"),
                reference="ticket:1",
                party="ntsys",
                file="user_billing_information",
            ),
            _MAINTAINS,
            finds="consignee:ntsys-1",
        ),
    ),
)
