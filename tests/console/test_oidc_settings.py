"""What `gamsa console serve` is told of an OpenID provider."""

import pytest
from click import UsageError

from gamsa import oidc
from gamsa.settings import from_environment
from investigate.accounts.users import Role
from investigate.oidc.roles import Roles

RIGHT = "claim: groups\nroles:\n  audit: investigator\n  privacy: privacy_officer\n"


@pytest.fixture(name="told")
def _told(tmp_path, monkeypatch):
    """Put what is told into the environment, and read it; `roles` is that file's text."""

    def told(roles=RIGHT, **changes):
        (tmp_path / "roles.yaml").write_text(roles, encoding="utf-8")
        (tmp_path / "secret.txt").write_text("a secret\n", encoding="utf-8")
        given = {
            "GAMSA_OIDC_ISSUER": "https://login.example/realm",
            "GAMSA_OIDC_CLIENT_ID": "gamsa",
            "GAMSA_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret.txt"),
            "GAMSA_OIDC_ROLES": str(tmp_path / "roles.yaml"),
            **changes,
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        return oidc.provider(from_environment())

    return told


def test_a_provider_is_what_four_variables_say(told):
    """Issuer, client, secret and roles; the secret is in no printed form."""
    client = told().client
    assert (client.issuer, client.client_id) == ("https://login.example/realm", "gamsa")
    assert client.secret == "a secret"
    assert "a secret" not in repr(client)
    assert client.roles.of({"groups": ["privacy", "audit", "x"]}) is Role.INVESTIGATOR


def test_without_them_there_is_none(told):
    """No provider is no error, while passwords let in."""
    nothing = dict.fromkeys(("ISSUER", "CLIENT_ID", "CLIENT_SECRET_FILE", "ROLES"), "")
    empty = {f"GAMSA_OIDC_{name}": value for name, value in nothing.items()}
    assert told(**empty) is None
    with pytest.raises(UsageError, match="lets nobody in"):
        told(**empty, GAMSA_PASSWORDS="off")


@pytest.mark.parametrize("name", ["GAMSA_PASSWORDS", "GAMSA_MONITORING"])
@pytest.mark.parametrize("value", ["Off", "OFF", "false", "0", "no", " off", "true"])
def test_a_switch_that_is_neither_on_nor_off_is_refused(monkeypatch, name, value):
    """Else whoever writes it another way believes that no password lets in."""
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=f"{name} is {value!r}; write on or off"):
        from_environment()


@pytest.mark.parametrize(("value", "on"), [("", True), ("on", True), ("off", False)])
def test_a_switch_is_on_unless_it_is_off(monkeypatch, value, on):
    """Empty is as unset."""
    monkeypatch.setenv("GAMSA_PASSWORDS", value)
    monkeypatch.setenv("GAMSA_MONITORING", value)
    told = from_environment()
    assert (told.passwords, told.monitored) == (on, on)


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8080/realms/x", "http://localhost:1"])
def test_on_this_machine_the_issuer_may_be_without_tls(told, issuer):
    """A provider on loopback needs no certificate."""
    assert told(GAMSA_OIDC_ISSUER=issuer).client.issuer == issuer


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"GAMSA_OIDC_CLIENT_ID": ""}, "set GAMSA_OIDC_CLIENT_ID as well"),
        ({"GAMSA_OIDC_ROLES": ""}, "set GAMSA_OIDC_ROLES as well"),
        ({"GAMSA_OIDC_ISSUER": "http://login.example"}, "https://"),
        ({"GAMSA_OIDC_ISSUER": "https://user@login.example"}, "https://"),
        ({"GAMSA_OIDC_ISSUER": "http://127.0.0.1.evil.example"}, "https://"),
        ({"GAMSA_OIDC_CLIENT_SECRET_FILE": "/none"}, "/none"),
        ({"GAMSA_OIDC_ROLES": "/none"}, "/none"),
        ({"roles": "claim: groups\nroles: {audit: king}\n"}, "roles.audit"),
        ({"roles": "claim: groups\nroles: {}\n"}, "roles"),
        ({"roles": "roles: {audit: auditor}\n"}, "claim"),
        ({"roles": RIGHT + "more: 1\n"}, "more"),
        ({"roles": RIGHT + "actor: employee\n"}, "actor"),
        ({"roles": RIGHT + "name: {upn}\n"}, "name"),
        ({"roles": "{"}, "no YAML"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_served(told, changes, why):
    """Something missing, an issuer without TLS and a wrong file stop the start."""
    with pytest.raises(UsageError, match=why):
        told(**changes)


@pytest.mark.parametrize(
    ("claims", "actor"),
    [
        ({"employee": "0417"}, "staff:0417"),
        ({"employee": 417}, "staff:417"),
        ({"employee": ""}, None),
        ({"employee": ["0417"]}, None),
        ({"employee": True}, None),
        ({}, None),
    ],
)
def test_who_somebody_is_in_the_trail_is_told_by_a_claim(claims, actor):
    """By the file's words about it; a claim that is missing or no text names nobody."""
    roles = Roles(claim="groups", roles={"desk": "handler"}, actor="staff:{employee}")
    assert roles.actor_of(claims) == actor
    assert roles.model_copy(update={"actor": None}).actor_of(claims) is None
