"""The time that a page is about, as links and forms say it."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from investigate.web.archive import Archive
from investigate.web.parameters import ThatTime, Times
from investigate.web.site import Address, Site
from policies import load_policy


@pytest.fixture(name="ask", scope="module")
def _ask():
    """Ask a page that only tells the time it was asked for."""
    app = FastAPI()
    archive = Archive("", None, load_policy())  # which is Seoul's; its trail is not asked
    app.state.site = Site(None, None, Address("http://127.0.0.1"), archive)

    @app.get("/")
    def tell(time: ThatTime):
        return [time.start, time.end]

    @app.get("/v1")
    def tell_programs(times: Times):
        return [times.start, times.end]

    client = TestClient(app)
    return lambda path="/", **given: client.get(path, params=given)


@pytest.mark.parametrize(
    ("start", "hour"),
    [
        ("2026-11-29T10:00", 1),
        ("2026-11-29T10:00:00", 1),
        ("2026-11-29T10:00:00.000Z", 10),
        ("2026-11-29T10:00:00+09:00", 1),
        ("1764410400000", 10),
    ],
)
def test_a_time_without_zone_is_the_institutions(ask, start, hour):
    """A form's field says no zone and means the policy's; a dashboard's link says UTC's."""
    (told, end) = ask(start=start, end="").json()
    moment = datetime.fromisoformat(told).astimezone(UTC)
    assert (moment.day, moment.hour) == (29, hour)
    assert end is None


@pytest.mark.parametrize(
    "wrong", ["yesterday", "0001-01-01T00:00:00Z", "9999-12-31", "1e99", "\x00", "2026-13-01"]
)
def test_what_is_no_time_is_refused(ask, wrong):
    """What cannot be reckoned with is said to be wrong, and never a failure."""
    assert ask(start=wrong).status_code == 422
    assert ask(end=wrong).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        *("5.19e-66", "1764410400000", "-1", "2026-11-29T10:00", "NaN"),
        *("0001-01-15T00:00:00Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_program_writes_a_time_with_its_zone(ask, wrong):
    """The API takes RFC 3339, as it is described: no number, no time of no zone or no century."""
    assert ask("/v1", start=wrong).status_code == 422
    assert ask("/v1", end=wrong).status_code == 422
    told = ask("/v1", start="2026-11-29T10:00:00+09:00")
    assert datetime.fromisoformat(told.json()[0]).astimezone(UTC).hour == 1
