"""Every panel's query on the real engine, over a simulated day that went the whole way."""

from datetime import UTC, datetime, timedelta

import pytest
from clickhouse_connect.driver.client import Client
from kafka import KafkaProducer

import policies
from audit.completeness import Hole
from audit.topics import ACCESS_EVENTS
from dashboards import output
from dashboards.macros import Asked, expand
from gamsa.emission import yesterday
from gamsa.local_stack import local_stack
from producers import city, simulation
from storage import holes
from storage.trail import Trail, connect
from tests.waiting import eventually

pytestmark = pytest.mark.slow

EVENTS = 2_000
DASHBOARDS = [make() for make in output.DASHBOARDS]
PANELS = {
    panel["title"].partition(" · ")[0]: panel
    for made in DASHBOARDS
    for panel in made["panels"]
    if "rawSql" in panel["targets"][0]
}
VARIABLES = {
    one["name"]: one["query"]
    for made in DASHBOARDS
    for one in made["templating"]["list"]
    if one["type"] == "query"
}
NUMBERS = ("UInt", "Int", "Float")


@pytest.fixture(name="client", scope="module")
def _client(tmp_path_factory):
    """A client of a trail that holds a day of the city, and one record of rubbish."""
    with local_stack(tmp_path_factory.mktemp("stack") / "home") as stack:
        with simulation.open_logs(stack.kafka, stack.home) as logs:
            simulation.emit(city.day(seed=1, on=yesterday(), events=EVENTS), logs)
        with KafkaProducer(bootstrap_servers=stack.kafka) as producer:
            producer.send(ACCESS_EVENTS, b"rubbish").get(30)
        client = connect(stack.clickhouse)
        eventually(lambda: stored(client) == EVENTS + 1)
        yield client
        client.close()


@pytest.fixture(name="version", scope="module")
def _version():
    return policies.load_policy().newest


def stored(client: Client) -> int:
    return int(count(client, "SELECT sum(rows) FROM v_ledger")[0])


def count(client: Client, sql: str) -> tuple[int, ...]:
    """The one row of an answer."""
    (row,) = client.query(sql).result_rows
    return tuple(row)


@pytest.fixture(name="ask", scope="module")
def _ask(client):
    """Ask a panel by its English title, or a variable by its name, over two days.

    Where only sums by the hour are asked for, the engine must not need the rows for it.
    """

    def ask(title, end=None, interval=300, **chosen):
        # The plugin's macros cut the end to its second, and the last rows came within this one.
        end = end or datetime.now(UTC) + timedelta(seconds=1)
        asked = Asked(end - timedelta(hours=48), end, interval=interval, chosen=chosen)
        sql = PANELS[title]["targets"][0]["rawSql"] if title in PANELS else VARIABLES[title]
        if "v_access_hours" in sql and "v_access_events" not in sql:
            plan = client.query(f"SELECT explain FROM (EXPLAIN {expand(sql, asked)})").result_rows
            read = [step for (step,) in plan if "ReadFromMergeTree" in step]
            assert any("(by_hour)" in step for step in read)
            assert not any("access_events" in step for step in read)
        return client.query(expand(sql, asked))

    return ask


def types(answer):
    names = (kind.name for kind in answer.column_types)
    plain = (name.removeprefix("LowCardinality(").removeprefix("Nullable(") for name in names)
    return [name.rstrip(")") for name in plain]


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_gets_rows_of_the_shape_it_draws(ask, title):
    """Series begin with a rising time, bars have a name and a number, a stat has one row.

    Lines that have names have each of them once at a time.
    """
    answer, kinds = ask(title), types(ask(title))
    assert answer.result_rows
    match PANELS[title]["type"]:
        case "timeseries":
            times = [row[0] for row in answer.result_rows]
            names = [kind == "String" for kind in kinds[1:2]] == [True]
            assert answer.column_names[0] == "time"
            assert kinds[0].startswith("DateTime")
            assert times == sorted(times)
            assert len({row[: 1 + names] for row in answer.result_rows}) == len(times)
            assert all(kind.startswith(NUMBERS) for kind in kinds[1 + names :])
        case "stat":
            assert len(answer.result_rows) == 1
            assert all(kind.startswith(NUMBERS) for kind in kinds)
        case "bargauge":
            assert kinds[0].startswith("String")
            assert [kind for kind in kinds if kind.startswith(NUMBERS)] == kinds[1:]
            assert len(kinds) == 2
        case "table":
            assert len(answer.column_names) > 3


@pytest.mark.parametrize("title", PANELS)
def test_settings_of_a_column_name_a_column_that_is_there(ask, title):
    """An override of a column that the query does not return would be lost without a word."""
    overrides = PANELS[title]["fieldConfig"]["overrides"]
    named = {override["matcher"]["options"] for override in overrides}
    assert named <= set(ask(title).column_names)


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_offers_each_choice_once(ask, name):
    """One column of texts, none of them empty: what to choose from on the demo's day."""
    answer = ask(name)
    (choices,) = zip(*answer.result_rows, strict=True)
    assert types(answer) == ["String"]
    assert all(choices)
    assert len(set(choices)) == len(choices)


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_can_be_asked_for_any_choice(ask, title):
    """Two values of every variable at once, one of them with a quote in it, are understood."""
    chosen = {name: [ask(name).result_rows[0][0], "o'ne"] for name in VARIABLES}
    assert set(ask(title, **chosen).column_names) <= set(ask(title).column_names)


@pytest.mark.parametrize("name", ["file", "purpose"])
def test_a_choice_narrows_what_is_shown(ask, name):
    """Only what was chosen is left, and all of it."""
    title = "What is each file used for, and by which roles?"
    at = ask(title).column_names.index(name)
    value = ask(name).result_rows[0][0]
    everything = ask(title).result_rows
    assert ask(title, **{name: [value]}).result_rows == [
        row for row in everything if row[at] == value
    ]


def test_a_subject_s_accesses_can_be_followed(ask, client):
    """Who looked at this person's data? Each access to it is in the list."""
    subject = ask("subject").result_rows[0][0]
    found = count(client, f"SELECT count() FROM v_access_events WHERE subject = '{subject}'")
    rows = ask("What exactly was done?", subject=[subject]).result_rows
    assert {row[3] for row in rows} == {subject}
    assert 0 < len(rows) <= found[0]


def test_planted_misuse_is_on_the_dashboard_that_asks_for_it(ask):
    """Past retention, outside the list, beyond need: each is there on the demo's day."""
    expired = ask("Which files, articles and services?").result_rows
    assert {"retention expired", "disposal due", "disposal without approval"} == {
        row[2] for row in expired
    }
    outside = " ".join(row[0] for row in ask("Who is outside the list?").result_rows)
    for broken in ("recipient not listed", "recipient without ground", "re consignment"):
        assert broken in outside
    assert ask("Which items are read beyond need?").result_rows
    assert ask("Was anything given that should not be?").result_rows[0][2] > 0
    ends = ask("How close to its end is the data being read?").result_rows
    assert {(row[0], row[2]) for row in ends} >= {
        ("user_personal_information", 6),
        ("user_billing_information", 60),
    }
    assert any(row[7] for row in ends)


def test_purposes_of_the_policy_that_nobody_ever_used_are_listed(ask, client, version):
    """With a 0, by file; what the trail has seen and the policy does not know is told apart."""
    title = "Which purposes does nobody use?"
    seen = client.query("SELECT DISTINCT file, purpose FROM v_access_events").result_rows
    unused = {
        file.id: file.purposes - {purpose for name, purpose in seen if name == file.id}
        for file in version.files.values()
    }
    assert any(unused.values())
    for name, purposes in unused.items():
        rows = ask(title, file=[name]).result_rows
        assert {row[0] for row in rows if row[3] == 0} == purposes
    in_policy = {row[0] for row in ask(title).result_rows if row[1].startswith("yes")}
    assert in_policy == set().union(*(file.purposes for file in version.files.values()))


def test_how_long_a_file_is_kept_is_what_the_policy_says(ask, version):
    """In months, for each file that was read; a file that it does not know has none."""
    rows = ask("How close to its end is the data being read?").result_rows
    said = {file.id: file.months or 0 for file in version.files.values()}
    assert {(row[0], row[2]) for row in rows} == {(row[0], said.get(row[0], 0)) for row in rows}
    assert {row[2] for row in rows} > {0}


def test_hours_by_the_weekday_add_up_to_what_was_handled(ask):
    """The map of heat, office hours and the list of accounts count the same accesses."""
    weekdays = ask("At which hour of which weekday?").result_rows
    office = ask("Within office hours?").result_rows
    accounts = ask("Who handles more than is usual for the role?").result_rows
    assert (
        sum(sum(row[1:]) for row in weekdays)
        == sum(row[1] for row in office)
        == sum(row[3] for row in accounts)
        > 0
    )


def test_the_ledger_is_exact_and_holds_the_day(ask):
    """All that was sent is stored once."""
    assert ask("Ledger: missing and twice").result_rows == [(0, 0, EVENTS + 1)]


def test_every_access_of_the_day_is_in_the_series(ask, client):
    """The points add up to all accesses but the few that claim another year."""
    rows = ask("Accesses and misuse over time").result_rows
    sums = sum(row[1] for row in rows), sum(row[2] for row in rows)
    told = "SELECT count(), countIf(verdict = 'misuse') FROM v_access_events WHERE "
    assert sums == count(client, told + "occurred_at BETWEEN now() - INTERVAL 2 DAY AND now()")
    assert sums[0] > 0.99 * EVENTS
    assert sums[1] > 0


def test_wide_points_add_up_to_what_narrow_ones_do(ask):
    """By the hour and wider, the sums of the hours say the same as the rows."""
    narrow, wide = (
        ask("Accesses and misuse over time", interval=width).result_rows for width in (300, 7200)
    )
    assert len(wide) < len(narrow)
    assert [sum(column) for column in list(zip(*narrow, strict=True))[1:]] == [
        sum(column) for column in list(zip(*wide, strict=True))[1:]
    ]


def test_every_finding_is_shown_whatever_time_its_access_claims(ask, client):
    """The severities together count every finding, and the day's clauses every misuse."""
    (findings,) = count(client, "SELECT count() FROM v_findings")
    assert sum(ask("Findings by severity").result_rows[0]) == findings
    assert len(ask("Latest findings").result_rows) == min(findings, 100)
    (reasons,) = count(client, "SELECT sum(length(reasons)) FROM v_access_events")
    assert sum(row[1] for row in ask("Misuse by clause").result_rows) == reasons > 0


def test_rubbish_is_shown_by_its_reason(ask):
    """One rejected record is one under all reasons, and one under its own."""
    rows = ask("Rejected records by reason").result_rows
    assert [records for _, records in rows] == [1, 1]


def test_the_three_services_are_listed(ask):
    """Each service of the city is there, and was heard of a moment ago."""
    rows = ask("Services by last event").result_rows
    assert len(rows) == 3
    assert all(0 <= silent < 300 for _, _, silent, _, _ in rows)


@pytest.mark.parametrize(
    "title", ["Ledger: missing and twice", "Findings by severity", "Rejected records by reason"]
)
def test_where_nothing_happened_a_zero_is_shown(ask, title):
    """A quiet time is a row of zeros, not a panel without data."""
    assert len(ask(title, end=datetime(2020, 1, 3, tzinfo=UTC)).result_rows) == 1


def test_a_hole_leads_to_no_event(ask, client):
    """What is missing is no event that the console could explain; of other findings one is."""
    hole = Hole("/services/reservation", "p-1", 7, 3, 5)
    holes.store(Trail(client), [hole], datetime.now(UTC))
    latest = ask("Latest findings")
    actor, event = (latest.column_names.index(name) for name in ("actor", "event"))
    events = {row[actor]: row[event] for row in latest.result_rows}
    assert not events.pop(hole.producer)
    assert all(events.values())
