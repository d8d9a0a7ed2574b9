"""The view has the exact bytes of every event, kept or written again from the columns."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policies
from audit import codec
from audit.events import Access, AccessEvent, Actor, Client, RightsRequest, Usage
from policies import SEOUL_RESERVATION
from producers.city import day
from storage import migrate
from storage.rows import Place
from storage.trail import Trail, connect
from stream.auditing import audit
from tests.audit.test_codec import EXAMPLES, an_event
from tests.stream.test_auditing import a_record

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, tzinfo=UTC)

ODD = [*'"\\/\x00\x1f\x7f\n\u2028\ufffdé\U0001f600,', "", "null", "success", "{}", "[]", '","']
ODD += ["\\u0041", "\\ud800", "%s", "감사", "a" * 300]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(ODD)
NOT_ESCAPED = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\{')
PLAIN = st.text(NOT_ESCAPED, min_size=1, max_size=12)
UUIDS = st.uuids(allow_nil=True).map(str)
COUNTS = st.sampled_from([0, 1, 2, 2**31, 2**32, 2**53 + 1, 2**63 - 1])
ZONES = st.sampled_from([0, 540, -210, 345, 1439, -1439, -1]).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
INSTANTS = st.builds(
    datetime.replace,
    st.datetimes(datetime(1901, 1, 3), datetime(2298, 12, 29)),  # noqa: DTZ001 (zones follow)
    microsecond=st.sampled_from([0, 1, 120_000, 999_999]),
    tzinfo=ZONES,
)
USUAL = INSTANTS.map(datetime.isoformat)
TIMES = (
    USUAL
    | INSTANTS.map(lambda at: at.isoformat(timespec="milliseconds"))
    | INSTANTS.map(lambda at: at.isoformat(timespec="microseconds"))
    | INSTANTS.map(lambda at: at.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    | INSTANTS.map(lambda at: at.astimezone(UTC).isoformat().replace("+00:00", "-00:00"))
)


def events(texts, times, refused):
    """Events of these texts and times, with and without what may be left out."""
    maybe, names = st.none() | texts, texts.filter(len)
    request = st.builds(RightsRequest, names, st.booleans(), st.booleans(), maybe, st.booleans())
    access = st.builds(
        Access,
        st.builds(Actor, names, names, names, maybe),
        *(names, names, st.lists(texts, max_size=3).map(tuple), names),
        st.just(Access.__struct_defaults__[0])
        | st.builds(Client, texts, maybe, maybe, maybe, refused),
        st.just(Access.__struct_defaults__[1])
        | st.builds(Usage, maybe, maybe, texts, maybe, maybe),
        *(COUNTS, maybe, maybe, names | st.just("success"), maybe),
        *(st.none() | times, st.none() | times, maybe, st.none() | request),
    )
    counts = st.none() | COUNTS
    kind = st.just("gamsa.access.v1")
    attributes = (maybe, maybe | st.just("application/json"), maybe, counts, counts)
    ids = names | UUIDS | UUIDS.map(str.upper)
    return st.builds(AccessEvent, st.just("1.0"), ids, names, kind, times, access, *attributes)


def _spellings(value):
    """An event as we write it, and the same event as others might."""
    document = json.loads(value)
    return [
        value,
        value.replace(b"/", b"\\/"),
        value.replace(b"e", b"\\u0065"),
        value.replace(b'"data":{', b'"data":{"records":1,', 1),
        value.replace(b',"purpose"', b',"outcome":"success","purpose"', 1),
        value.replace(b',"purpose"', b',"recipient":null,"purpose"', 1),
        value.replace(b',"purpose"', b',"client":{},"usage":{},"purpose"', 1),
        value[:-1] + b',"extra":1}',
        value + b"\n",
        json.dumps(document).encode(),
        json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(),
    ]


_STORED = "FROM v_access_events WHERE topic_id = {topic_id:String} ORDER BY offset"
_KEPT = "SELECT countIf(raw != '') FROM access_events WHERE topic_id = {topic_id:String}"


@pytest.fixture(name="policy", scope="module")
def _policy():
    return policies.load_policy(SEOUL_RESERVATION)


def stored(trail, values, policy):
    """What the view says the bytes of these values are, those that are events, in their order."""
    place = Place(str(uuid4()), 0)
    made = audit(place, [a_record(n, value) for n, value in enumerate(values)], policy)
    trail.append(made)
    where = {"topic_id": place.topic_id}
    told = trail.rows(f"SELECT hex(raw) {_STORED}", where)
    ((kept,),) = trail.rows(_KEPT, where)
    refused = {row.offset for row in made.refused}
    wanted = [value for n, value in enumerate(values) if n not in refused]
    return [bytes.fromhex(raw) for (raw,) in told], wanted, kept


hostile = settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@hostile
@given(st.lists(events(TEXTS, TIMES, st.booleans()), min_size=5, max_size=40))
def test_whatever_an_event_holds_its_bytes_are_read_as_they_came(trail, policy, given_events):
    """However it is spelled, and whether its bytes are kept or written again."""
    values = [spelled for event in given_events for spelled in _spellings(codec.encode(event))]
    told, wanted, _ = stored(trail, values, policy)
    assert told == wanted


@hostile
@given(st.lists(events(PLAIN, USUAL, st.just(value=False)), min_size=5, max_size=40))
def test_where_nothing_is_escaped_no_bytes_are_kept(trail, policy, given_events):
    """In any language, with any of what may be left out; and they are read as they came."""
    values = [codec.encode(event) for event in given_events]
    told, wanted, kept = stored(trail, values, policy)
    assert told == wanted == values
    assert kept == 0


def test_every_published_example_is_read_as_it_came(trail, policy):
    """Golden events, as they are written and as our encoder writes them."""
    values = [path.read_bytes() for path in EXAMPLES]
    values += [codec.encode(codec.decode(value, 0).event) for value in values]
    told, wanted, _ = stored(trail, values, policy)
    assert told == wanted == values


def test_what_our_sdk_sends_is_kept_in_columns_alone(trail, policy):
    """Of a simulated day next to nothing is stored twice, and all of it is read as it came."""
    values = [codec.encode(one.event) for one in day(seed=1, on=date(2026, 11, 20), events=5_000)]
    told, wanted, kept = stored(trail, values, policy)
    assert told == wanted == values
    assert kept < len(values) / 200


def test_bytes_that_were_kept_before_the_migration_are_read_as_they_came(database):
    """A trail of an earlier version goes on as it is; its columns are not asked."""
    client = connect(database)
    migrate.apply(client, [one for one in migrate.migrations() if one.version < 7])
    raw = json.dumps(an_event()).encode()
    columns = {"topic_id": "t", "offset": 1, "received_at": NOW, "raw": raw}
    columns |= {"event_id": "e-1", "subject": "member:1"}
    trail = Trail(client)
    columns["writer"] = trail.claim(Place("t", 0))
    client.insert("access_events", [[*columns.values()]], [*columns])
    migrate.apply(client)
    query = "SELECT hex(raw), event_id FROM v_access_events WHERE subject = 'member:1'"
    assert list(trail.rows(query)) == [(raw.hex().upper(), "e-1")]
