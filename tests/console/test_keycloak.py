"""Signing in through a real Keycloak, with a real browser, to the console as a process."""

import secrets
import subprocess
import sys

import pytest

from gamsa.ports import free_port
from tests.accounts.conftest import GOOD
from tests.console.conftest import AWAY
from tests.console.keycloak import running
from tests.local_stack.conftest import gamsa_environment, run_gamsa
from tests.waiting import eventually, is_served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

REALM, CLIENT_ID = "office", "gamsa"
PEOPLE = {"desk.audit": ["auditors", "staff"], "desk.lunch": ["staff"], "Desk.Upper": ["auditors"]}
ROLES = "claim: groups\nroles: {auditors: auditor, inspectors: investigator}\n"


def realm(secret, console):
    """A realm of these people, in which the console is a client that must use PKCE."""
    mapper = {
        "name": "groups",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-group-membership-mapper",
        "config": {"claim.name": "groups", "full.path": "false", "id.token.claim": "true"},
    }
    client = {
        "clientId": CLIENT_ID,
        "secret": secret,
        "redirectUris": [f"{console}/sign-in/oidc/return"],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": f"{console}/sign-in",
        },
        "protocolMappers": [mapper],
    }
    users = [
        {
            "username": name,
            "enabled": True,
            "emailVerified": True,
            "email": f"{name}@office.example",
            "firstName": "A",
            "lastName": "Desk",
            "groups": groups,
            "credentials": [{"type": "password", "value": GOOD, "temporary": False}],
        }
        for name, groups in PEOPLE.items()
    ]
    groups = [{"name": name} for name in ("auditors", "staff")]
    return {"realm": REALM, "enabled": True, "clients": [client], "groups": groups, "users": users}


@pytest.fixture(name="keycloak", scope="module")
def _keycloak(tmp_path_factory):
    with running(tmp_path_factory.mktemp("keycloak") / "log") as keycloak:
        yield keycloak


@pytest.fixture(name="home", scope="module")
def _home(tmp_path_factory):
    return tmp_path_factory.mktemp("console") / "home"


@pytest.fixture(name="address", scope="module")
def _address(keycloak, home, tmp_path_factory):
    """A console without any local account, whose people come in through Keycloak alone."""
    folder, port, secret = tmp_path_factory.mktemp("told"), free_port(), secrets.token_urlsafe(24)
    address = f"http://127.0.0.1:{port}"
    keycloak.make("", realm(secret, address))
    keycloak.warm(REALM)
    (folder / "secret").write_text(secret, encoding="utf-8")
    (folder / "roles.yaml").write_text(ROLES, encoding="utf-8")
    told = {
        "GAMSA_OIDC_ISSUER": keycloak.issuer(REALM),
        "GAMSA_OIDC_CLIENT_ID": CLIENT_ID,
        "GAMSA_OIDC_CLIENT_SECRET_FILE": str(folder / "secret"),
        "GAMSA_OIDC_ROLES": str(folder / "roles.yaml"),
        "GAMSA_PASSWORDS": "off",
        "GAMSA_KAFKA": AWAY,
        "GAMSA_CLICKHOUSE": f"http://{AWAY}",
    }
    command = [sys.executable, "-m", "gamsa", "console", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=gamsa_environment(home, **told))
    try:
        eventually(lambda: is_served(address))
        yield address
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(name="page")
def _page(chromium):
    """A page of a real browser without scripts, or a skip."""
    context = chromium.new_context(java_script_enabled=False, locale="en")
    yield context.new_page()
    context.close()


def sign_in(page, address, name):
    """Go through the provider's own page, as a person does."""
    page.goto(f"{address}/sign-in")
    assert page.locator("input[type=password]").count() == 0
    page.click("a[href^='/sign-in/oidc']")
    page.fill("#username", name)
    page.fill("#password", GOOD)
    page.press("#password", "Enter")


def test_a_person_of_the_provider_is_in_and_leaves(page, address, home):
    """From the provider's page the browser lands on ours, signed in; signing out leads to both."""
    sign_in(page, address, "desk.audit")
    page.wait_for_url(f"{address}/")
    assert "desk.audit" in page.locator(".who").text_content()
    assert "auditor" in page.locator(".who").text_content()
    listed = run_gamsa(home, "user", "list", "--json").stdout
    assert '"name": "desk.audit", "role": "auditor"' in listed
    page.click(".who button")
    assert page.goto(f"{address}/").url.endswith("/sign-in")
    page.go_back()
    page.click("a[href='/sign-out/oidc']")
    assert f"/realms/{REALM}/" in page.url
    page.click("input[type=submit]")
    page.wait_for_url(f"{address}/sign-in")
    page.click("a[href^='/sign-in/oidc']")
    assert page.locator("#password").count() == 1


def test_a_link_of_another_site_is_followed_by_a_click_more(page, address):
    """The browser brings no cookie from there; from our own page it does, and goes on as asked."""
    sign_in(page, address, "desk.audit")
    page.wait_for_url(f"{address}/")
    page.goto(f"data:text/html,<a href='{address}/event?id=1'>event</a>")
    page.click("a")
    assert page.url == f"{address}/sign-in?next=%2Fevent%3Fid%3D1"
    assert page.locator(".who").count() == 0
    page.click("a[href='/event?id=1']")
    assert page.url == f"{address}/?grounds=missing&next=%2Fevent%3Fid%3D1"
    assert "desk.audit" in page.locator(".who").text_content()
    page.select_option("#purpose", "audit.inspection")
    page.press("#case", "Enter")
    assert page.url == f"{address}/event?id=1"


@pytest.mark.parametrize(("name", "why"), [("desk.lunch", "no role"), ("nobody", "Invalid")])
def test_others_are_not_let_in(page, address, name, why):
    """Who has no group with a role is told so by us, and who is nobody there by the provider."""
    sign_in(page, address, name)
    assert why in page.content()
    assert page.goto(f"{address}/").url.endswith("/sign-in")


def test_the_provider_may_change_its_keys(page, address, keycloak):
    """With a key that is made and used from now on, people come in as before."""
    provider = {"name": "fresh", "providerId": "rsa-generated", "config": {"priority": ["900"]}}
    provider["providerType"] = "org.keycloak.keys.KeyProvider"
    keycloak.make(f"/{REALM}/components", provider)
    sign_in(page, address, "desk.audit")
    page.wait_for_url(f"{address}/")
    assert "desk.audit" in page.locator(".who").text_content()
