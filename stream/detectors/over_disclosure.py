"""A recipient receives more than it asked for, or what it never asked for."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Fields, Happening, access, business, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Asked(Thresholds):
    """A request is answered within so many days, by these actions."""

    days: int = 30
    actions: tuple[str, ...] = ("disclose", "export")


def _given(**fields: object) -> Happening:
    given: Fields = {"action": "disclose", "recipient": "district:jongno", "records": 40}
    return access("1 10:00", **{**given, **fields})


def _request(at: str) -> Happening:
    return business(
        *(at, "", "transfer_requested"),
        party="district:jongno",
        file="user_personal_information",
        items=("name", "mobile"),
        records=40,
    )


_REQUEST = _request("0 10:00")

OVER_DISCLOSURE = Detector(
    id="over_disclosure",
    title=Words("More disclosed than asked", "요청 범위를 넘은 제공"),
    sentence=Words(
        "{recipient_named} received {given} records of {file_given}; {asked} were asked for"
        " in the last {days} days{beside}.",
        "{recipient_named}에 {file_given} {given}건이 제공되었으나 {days}일 안에 요청된 것은"
        " {asked}건입니다.",
    ),
    severity="high",
    clause="Art. 3(1)",
    window=DAY,
    opens=Opens.ONCE_CLOSED,
    thresholds=Asked(),
    events="""
        SELECT
            accesses.*, concat(accesses.recipient, ' ', accesses.file) AS key,
            requested.asked_records AS asked_records,
            arrayFilter(
                item -> NOT has(requested.asked_items, item), accesses.items) AS beside_items
        FROM accesses LEFT JOIN
        (
            SELECT
                toString(party) AS recipient, toString(file) AS file,
                sum(coalesce(records, 1)) AS asked_records,
                groupUniqArrayArray(items) AS asked_items
            FROM business
            WHERE kind = 'transfer_requested'
                AND occurred_at < {end:DateTime64(6, 'UTC')}
                AND occurred_at >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
            GROUP BY recipient, file
        ) AS requested
            ON requested.recipient = toString(accesses.recipient)
                AND requested.file = toString(accesses.file)
        WHERE accesses.recipient != '' AND has({actions:Array(String)}, accesses.action)
            AND accesses.actor_kind != 'member'
    """,
    measures={
        "recipient_named": "min(recipient)",
        "file_given": "min(file)",
        "given": "sum(records)",
        "asked": "max(asked_records)",
        "beside": "if(empty(groupUniqArrayArray(beside_items) AS others), '',"
        " concat('; nobody asked for ', arrayStringConcat(arraySort(others), ', ')))",
    },
    when="given > asked OR beside != ''",
    examples=(
        example(
            "41 records where 40 were asked for",
            _REQUEST,
            _given(records=41),
            finds="district:jongno user_personal_information",
        ),
        example(
            "an item that nobody asked for",
            _REQUEST,
            _given(items=("name", "email")),
            finds="district:jongno user_personal_information",
        ),
        example("never asked for", _given(), finds="district:jongno user_personal_information"),
        example(
            "what was asked for 31 days before",
            _request("-30 10:00"),
            _given(),
            finds="district:jongno user_personal_information",
        ),
        example("what was asked for", _REQUEST, _given()),
        example("read, not given", access("1 10:00", recipient="district:jongno")),
    ),
)
