"""What stands before every request: hosts, origins, sizes, floods, headers."""

import pytest

from investigate.accounts.users import Role
from investigate.web.gate import HEADERS, MOST_BYTES
from tests.accounts.conftest import GOOD
from tests.console.conftest import URL, signed_in


@pytest.mark.parametrize(
    "path", ["/sign-in", "/", "/v1/session", "/nothing", "/static/console.css"]
)
def test_every_answer_has_the_headers(client, path):
    """Pages, refusals and problems alike forbid scripts, frames and guessing of types."""
    told = client.get(path).headers
    assert {name: told[name] for name in HEADERS if name != "Cache-Control"} == {
        name: value for name, value in HEADERS.items() if name != "Cache-Control"
    }
    assert "strict-transport-security" not in told
    assert "access-control-allow-origin" not in told


def test_a_failure_tells_nothing(client, site, monkeypatch):
    """An error that nobody foresaw is a problem 500 without its text, with the headers."""
    monkeypatch.delattr(type(site.users), "all")
    answer = client.get("/sign-in")
    assert answer.status_code == 500
    assert "attribute" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "host", ["audit.example", "127.0.0.1", "localhost:1", "", "127.0.0.1:8443@x"]
)
def test_another_host_is_refused(client, host):
    """A name that an attacker's DNS points at us gets no page."""
    assert client.get("/sign-in", headers={"Host": host}).status_code == 421


def test_both_names_of_loopback_are_ours(client):
    """A browser may write localhost."""
    assert client.get("/sign-in", headers={"Host": "localhost:8443"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{URL}.evil.example"},
        {"Referer": "https://evil.example/127.0.0.1:8443"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused(client, inspector, headers):
    """Nobody is signed in, even with the right password, by a page that is not ours."""
    given = {"name": inspector, "password": GOOD}
    assert client.post("/sign-in", data=given, headers=headers).status_code == 403
    assert client.post("/sign-in", data=given, headers={"Origin": URL}).status_code == 303


def test_no_other_site_may_read(client):
    """A preflight gets no leave."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    answer = client.options("/v1/session", headers=asked)
    assert answer.status_code in {403, 405}
    assert "access-control-allow-origin" not in answer.headers


def test_a_large_body_is_refused(client):
    """More than the limit is refused, whether its length is said or not."""
    too_much = b"x" * (MOST_BYTES + 1)
    assert client.post("/sign-in", content=too_much).status_code == 413
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    json = {"Content-Type": "application/json"}
    assert client.post("/sign-in", content=iter([too_much]), headers=form).status_code == 413
    assert client.post("/v1/session", content=iter([too_much]), headers=json).status_code == 413


def test_a_flood_waits(client, clock):
    """Three hundred requests a minute are answered; the next is told how long to wait."""
    codes = [client.get("/nothing").status_code for _ in range(301)]
    assert codes == [404] * 300 + [429]
    wait = int(client.get("/nothing").headers["retry-after"])
    clock.pass_(wait)
    assert client.get("/nothing").status_code == 404


def test_a_wrong_document_is_a_problem(client):
    """What is no JSON, lacks something or has too much is a problem 400 that names it."""
    for body in (b"{", b"[]", b'{"name": 1}', b'{"name":"a","password":"b","more":1}'):
        answer = client.post(
            "/v1/session", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400
        assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("subject=a&subjct=b", "there is no parameter 'subjct' here"),
        ("subject=a&subject=b", "subject stands 2 times; give it once"),
    ],
)
def test_a_parameter_is_one_that_is_described(site, query, said):
    """A mistyped or repeated filter is refused, as it would give another question's answer."""
    person = signed_in(site, Role.INVESTIGATOR)
    answer = person.client.get(f"/v1/who-saw?{query}&purpose=audit.inspection")
    assert (answer.status_code, answer.json()["detail"]) == (400, said)


def test_a_wrong_method_is_told_the_right_ones(client):
    """A path that is there says by which methods, of all its routes."""
    answer = client.put("/v1/session")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST", "DELETE"}
