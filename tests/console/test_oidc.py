"""Signing in through a provider that is hostile, careless, away, or as it should be."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest
from joserfc.jwk import OctKey

from investigate.accounts.arrivals import PATIENCE
from investigate.accounts.users import Role
from investigate.oidc.errors import ProviderAwayError, WrongTokenError
from investigate.oidc.token import LEEWAY, Expected, verified
from investigate.web.site import Address
from tests.accounts.conftest import GOOD
from tests.console.conftest import URL, browser
from tests.console.stub_provider import (
    CLIENT_ID,
    ISSUER,
    KEY,
    OTHER_KEY,
    SECRET,
    Stub,
    provider_of,
)

NAME = "desk.audit-2"


@pytest.fixture(name="stub")
def _stub(clock):
    return Stub(clock)


@pytest.fixture(name="site")
def _with_provider(site, stub):
    """A console whose people come in through the stub as well."""
    return replace(site, provider=provider_of(stub))


@pytest.fixture(name="client")
def _client(site):
    return browser(site)


OURS = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a link on a page of ours."""
FOREIGN = {"Sec-Fetch-Site": "cross-site"}


def begin(client, stub, wanted="/findings", headers=OURS):
    answer = client.get("/sign-in/oidc", params={"next": wanted}, headers=headers)
    assert answer.status_code == 303
    assert stub.sent(answer) == f"{ISSUER}/auth"
    return answer


def come_back(client, stub, **more):
    given = {"state": stub.asked["state"], "code": "c-1", **more}
    return client.get("/sign-in/oidc/return", params=given, headers=FOREIGN)


def who(client):
    answer = client.get("/v1/session")
    return answer.json()["name"] if answer.status_code == 200 else None


def test_whom_the_provider_names_is_in(client, stub, site):
    """The provider is asked by code and PKCE; its word makes the account, its group the role."""
    cookie = begin(client, stub).headers["set-cookie"].lower()
    assert "samesite=lax" in cookie
    assert "httponly" in cookie
    assert "path=/sign-in/oidc" in cookie
    assert stub.asked["response_type"] == "code"
    assert stub.asked["scope"] == "openid profile groups"
    assert stub.asked["redirect_uri"] == f"{URL}/sign-in/oidc/return"
    answer = come_back(client, stub, iss=ISSUER)
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0; url=/findings">' in answer.text
    assert "code=" not in answer.text
    assert client.get("/v1/session").json()["role"] == Role.INVESTIGATOR
    assert who(client) == NAME
    (one,) = [user for user in site.users.all() if user.name == NAME]
    assert one.issuer == ISSUER
    request, posted = stub.posted[0]
    verifier = posted["code_verifier"][0]
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    assert digest.rstrip(b"=").decode() == stub.asked["code_challenge"]
    assert stub.asked["code_challenge_method"] == "S256"
    assert SECRET not in base64.b64decode(request.headers["authorization"].split()[1]).decode()
    assert "client_secret" not in posted


@pytest.mark.parametrize("place", ["cross-site", "same-site", "none"])
def test_no_other_site_begins_a_sign_in(client, place):
    """A link from elsewhere leads to the page to sign in: what it wants is asked by a click.

    Who is signed in at the provider would come back without one, and ask what the link says.
    """
    asked = {"params": {"next": "/cases/2026-1"}, "headers": {"Sec-Fetch-Site": place}}
    answer = client.get("/sign-in/oidc", **asked)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=%2Fcases%2F2026-1",
    )
    assert "set-cookie" not in answer.headers
    shown = client.get(answer.headers["location"]).text
    assert '<a href="/sign-in/oidc?next=%2Fcases%2F2026-1">' in shown


def test_a_browser_that_does_not_say_where_it_comes_from_goes_on_by_a_click(client, stub):
    """An old one may have been led by another site: what was wanted waits, the first page not."""
    for wanted, waits in (("/cases/2026-1", True), ("/", False)):
        begin(client, stub, wanted, headers={})
        given = {"state": stub.asked["state"], "code": "c-1"}
        shown = client.get("/sign-in/oidc/return", params=given).text
        assert f'<a href="{wanted}">' in shown
        assert ("http-equiv" not in shown) is waits


def test_a_provider_that_wants_the_secret_in_the_form_gets_it(client, stub):
    """Where the provider knows no other way, the client's secret goes with the code."""
    stub.description = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    begin(client, stub)
    assert come_back(client, stub).status_code == 200
    request, posted = stub.posted[0]
    assert posted["client_secret"] == [SECRET]
    assert "authorization" not in request.headers


WRONG = {
    "of another sign-in": {"nonce": "0" * 64},
    "without nonce": {"nonce": None},
    "with many nonces": {"nonce": ["NONCE", "x"]},
    "for another client": {"aud": "another"},
    "for nobody": {"aud": None},
    "for several, and not said for whom": {"aud": [CLIENT_ID, "another"]},
    "for several, made for another": {"aud": [CLIENT_ID, "another"], "azp": "another"},
    "made for another": {"azp": "another"},
    "of another issuer": {"iss": "https://evil.example"},
    "of no issuer": {"iss": None},
    "expired": {"exp": "NOW-LEEWAY"},
    "without end": {"exp": None},
    "with an end that is no number": {"exp": "never"},
    "of the future": {"iat": "NOW+LEEWAY"},
    "about nobody": {"sub": ""},
    "about somebody with too long an id": {"sub": "s" * 256},
    "without a name": {"preferred_username": None},
    "with a name that is none": {"preferred_username": ["desk"]},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG.keys())
def test_a_token_that_is_not_for_this_sign_in_is_refused(client, stub, clock, claims):
    """Whatever the token lacks or says of others, nobody is let in, and no account is made."""
    begin(client, stub)
    places = {"NOW-LEEWAY": clock() - LEEWAY, "NOW+LEEWAY": clock() + LEEWAY + 1}
    places["NONCE"] = stub.asked["nonce"]
    stub.claims = {
        name: [places.get(one, one) for one in value]
        if isinstance(value, list)
        else places.get(value, value)
        for name, value in claims.items()
    }
    answer = come_back(client, stub)
    assert answer.status_code == 403
    assert "does not hold" in answer.text
    assert who(client) is None


PUBLIC = json.dumps(KEY.as_dict(private=False))
FORGED = {
    "unsigned": ("none", KEY),
    "by a shared secret": ("HS256", OctKey.import_key(PUBLIC)),
    "by another key": ("RS256", OTHER_KEY),
    "by another algorithm": ("RS512", KEY),
}


@pytest.mark.filterwarnings("ignore:::joserfc")
@pytest.mark.parametrize(("algorithm", "key"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused(client, stub, algorithm, key):
    """Without a signature by the provider's own key, of a kind that we allow, nobody is let in."""
    begin(client, stub)
    stub.token = stub.forged(algorithm, key)
    assert come_back(client, stub).status_code == 403
    assert who(client) is None


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "é", "{}" * 9000])
def test_what_is_no_token_is_refused(client, stub, token):
    """Anything else in its place is refused, never a failure of the console."""
    begin(client, stub)
    stub.token = token or "x"
    assert come_back(client, stub).status_code == 403


def test_a_key_may_change(client, stub):
    """A token by a key that the provider has only just begun to use is good."""
    begin(client, stub)
    assert come_back(client, stub).status_code == 200
    stub.key = type(KEY).generate_key(2048, {"use": "sig"}, auto_kid=True)
    begin(client, stub)
    assert come_back(client, stub).status_code == 200


UNREADABLE = {
    "of another curve": {"kty": "EC", "crv": "BP-256", "x": "AA", "y": "AA", "use": "sig"},
    "off its curve": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
    "without its number": {"kty": "RSA", "e": "AQAB"},
    "no base64": {"kty": "RSA", "n": "!", "e": "AQAB"},
}


@pytest.mark.parametrize("key", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_key_that_cannot_be_read_is_left_out(client, stub, key):
    """A good token by another key of the provider's lets in; alone, it lets nobody in."""
    stub.beside = [key]
    begin(client, stub)
    assert come_back(client, stub).status_code == 200
    expected = Expected(ISSUER, CLIENT_ID, stub.asked["nonce"], stub.clock())
    for header in ({}, {"kid": None}):
        stub.header = header
        with pytest.raises(WrongTokenError):
            verified(stub.signed(), {"keys": [key]}, expected)


def test_a_sign_in_ends_once(client, stub):
    """The same answer of the provider a second time lets nobody in."""
    begin(client, stub)
    brought = client.cookies.get("gamsa-sign-in")
    assert come_back(client, stub).status_code == 200
    client.cookies.clear()
    client.cookies.set("gamsa-sign-in", brought)
    again = come_back(client, stub)
    assert again.status_code == 403
    assert "used already" in again.text
    assert who(client) is None


def test_a_sign_in_of_another_browser_is_refused(client, site, stub):
    """A link that somebody else's sign-in ends with does not sign in whoever follows it."""
    begin(client, stub)
    other = browser(site)
    assert come_back(other, stub).status_code == 403
    begun = dict(stub.asked)
    begin(other, stub)
    stub.asked = begun
    assert come_back(other, stub).status_code == 403
    assert who(other) is None


def test_a_sign_in_that_took_too_long_is_refused(client, stub, clock):
    """After ten minutes at the provider it is begun anew."""
    begin(client, stub)
    clock.pass_(PATIENCE)
    assert come_back(client, stub).status_code == 403


def test_what_the_provider_says_is_told_as_text(client, stub):
    """Its refusal is shown in its words, which never become part of the page."""
    begin(client, stub)
    told = {"error": "access_denied", "error_description": "<script>alert(1)</script>\x00" * 40}
    answer = come_back(client, stub, **told)
    assert answer.status_code == 403
    assert "&lt;script&gt;" in answer.text
    assert "<script" not in answer.text
    assert not stub.posted
    unasked = client.get("/sign-in/oidc/return", params={**told, "state": "x"})
    assert "script" not in unasked.text


def test_an_answer_of_another_issuer_is_refused(client, stub):
    """Who answers for another issuer gets no code of ours."""
    begin(client, stub)
    assert come_back(client, stub, iss="https://evil.example").status_code == 403
    assert not stub.posted


def test_a_code_that_the_provider_does_not_know_lets_nobody_in(client, stub):
    """Its refusal of the code is one of the person."""
    stub.refuses = "invalid_grant"
    begin(client, stub)
    assert come_back(client, stub).status_code == 403


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://login.example/realm/token"},
        {"jwks_uri": "ftp://login.example/realm/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"end_session_endpoint": "http://login.example/out"},
        {"token_endpoint": None},
    ],
)
def test_a_description_that_is_not_right_is_not_used(client, stub, description):
    """Another issuer's description, and addresses without TLS, lead nobody anywhere."""
    stub.description = description
    answer = client.get("/sign-in/oidc")
    assert answer.status_code == 503
    assert not stub.posted


def test_while_the_provider_is_away_a_password_lets_in(client, stub, inspector):
    """What is away is said on a page, and names nothing behind us; passwords go on."""
    stub.away = True
    answer = client.get("/sign-in/oidc")
    assert answer.status_code == 503
    assert "login.example" not in answer.text
    assert client.get("/sign-out/oidc").status_code == 503
    client.post("/sign-in", data={"name": inspector, "password": GOOD})
    assert who(client) == inspector


def test_a_provider_that_is_away_is_not_waited_for_by_everybody(stub, clock):
    """Who comes within ten seconds after somebody waited in vain is told so at once."""
    provider = replace(provider_of(stub), clock=clock)
    stub.away = True
    with pytest.raises(ProviderAwayError) as first:
        provider.description()
    stub.away = False
    clock.pass_(10)
    with pytest.raises(ProviderAwayError, match=re.escape(str(first.value))):
        provider.description()
    clock.pass_(1)
    assert provider.description().issuer == ISSUER
    stub.away = True
    assert provider.description().issuer == ISSUER


@pytest.mark.parametrize("groups", [None, [], ["other"], "other", {"audit": 1}, 7, [["audit"]]])
def test_who_has_no_role_is_refused(client, stub, groups):
    """Nothing is guessed for somebody whose groups the file does not name."""
    begin(client, stub)
    stub.claims = {"groups": groups}
    answer = come_back(client, stub)
    assert answer.status_code == 403
    assert who(client) is None


def test_a_handler_comes_in_as_who_they_are_in_the_trail(client, stub):
    """The provider says whom the trail means; of a handler it must, and not just anything."""
    for nobody in (None, ["staff:0417"], "somebody"):
        begin(client, stub)
        stub.claims = {"groups": ["staff"], "trail_id": nobody}
        assert come_back(client, stub).status_code == 403
    begin(client, stub)
    stub.claims = {"groups": ["staff"], "trail_id": "staff:0417"}
    assert come_back(client, stub).status_code == 200
    assert client.get("/v1/session").json()["role"] == Role.HANDLER


@pytest.mark.parametrize("claim", ["preferred_username", "upn"])
def test_a_name_may_be_a_user_principal_name(client, stub, site, claim):
    """Entra ID and ADFS name people as `name@domain`, some in capitals, each by its claim."""
    roles = site.provider.client.roles.model_copy(update={"name": f"{{{claim}}}"})
    site.provider.client = replace(site.provider.client, roles=roles)
    stub.claims = {"preferred_username": None, claim: "Desk.Audit@office.example"}
    begin(client, stub)
    assert come_back(client, stub).status_code == 200
    assert who(client) == "desk.audit@office.example"


@pytest.mark.parametrize(("group", "status"), [("audit", 403), ("staff", 403), ("board", 200)])
def test_who_takes_steps_in_cases_is_somebody_in_the_trail(client, stub, group, status):
    """Else nothing would keep them from a case about themselves; who only reads needs no claim."""
    begin(client, stub)
    stub.claims = {"groups": [group], "trail_id": None}
    assert come_back(client, stub).status_code == status
    assert (who(client) is None) is (status == 403)


def test_a_local_name_is_not_taken_over(client, stub, inspector):
    """Whoever has a local user's name at the provider is not that user here."""
    begin(client, stub)
    stub.claims = {"preferred_username": inspector}
    assert come_back(client, stub).status_code == 403
    assert who(client) is None


def test_passwords_may_be_switched_off(site, stub, inspector):
    """Then the page has no form, and the right password is refused, by program as well."""
    client = browser(replace(site, passwords=False))
    assert 'type="password"' not in client.get("/sign-in").text
    given = {"name": inspector, "password": GOOD}
    assert client.post("/sign-in", data=given).status_code == 403
    assert client.post("/v1/session", json=given).status_code == 403
    begin(client, stub)
    assert come_back(client, stub).status_code == 200


def test_no_password_lets_in_whom_the_provider_knows(client, stub):
    """An account of the provider's has no password, not even the one that stands for none."""
    begin(client, stub)
    come_back(client, stub)
    client.cookies.clear()
    for password in ("", GOOD, "the password of nobody, for names that nobody has"):
        given = {"name": NAME, "password": password}
        assert client.post("/v1/session", json=given).status_code == 401


def test_signing_out_offers_to_leave_the_provider(client, stub, inspector):
    """Our session ends; the page leads on to the provider's own end, for who came from there."""
    begin(client, stub)
    come_back(client, stub)
    secret = client.get("/v1/session").json()["form_secret"]
    left = client.post("/sign-out", data={"csrf": secret}).headers["location"]
    assert who(client) is None
    assert '<a href="/sign-out/oidc">' in client.get(left).text
    assert stub.sent(client.get("/sign-out/oidc")) == f"{ISSUER}/logout"
    assert stub.asked == {
        "client_id": CLIENT_ID,
        "post_logout_redirect_uri": f"{URL}/sign-in",
    }
    client.post("/sign-in", data={"name": inspector, "password": GOOD})
    secret = client.get("/v1/session").json()["form_secret"]
    assert client.post("/sign-out", data={"csrf": secret}).headers["location"] == "/sign-in"


def test_by_tls_the_cookie_is_secure(site, stub):
    """By TLS the cookie of a sign-in under way goes by TLS alone."""
    secure = browser(replace(site, address=Address("https://audit.example")))
    cookie = begin(secure, stub).headers["set-cookie"]
    assert cookie.startswith("__Secure-gamsa-sign-in=")
    assert "; Secure" in cookie


def test_beginning_is_slowed(client):
    """An address begins ten sign-ins a minute."""
    codes = [client.get("/sign-in/oidc").status_code for _ in range(11)]
    assert codes == [303] * 10 + [429]


@pytest.mark.parametrize("path", ["/sign-in/oidc", "/sign-in/oidc/return", "/sign-out/oidc"])
def test_without_a_provider_there_is_no_such_page(site, path):
    """A console that no provider was named to offers none."""
    alone = browser(replace(site, provider=None))
    assert alone.get(path).status_code == 404
    assert "oidc" not in alone.get("/sign-in").text
