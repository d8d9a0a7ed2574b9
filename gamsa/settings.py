"""The environment, read once at the entry and passed down; the stack reads it nowhere else."""

import os
from dataclasses import dataclass
from pathlib import Path

import click

from gamsa.home import default_home
from storage import address

SEOUL = Path("policies", "seoul-reservation")
ON, OFF = "on", "off"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process was told by its environment."""

    home: Path
    """Where the stack keeps everything (GAMSA_HOME)."""
    cache: Path
    """Where Kafka's jars are kept (GAMSA_CACHE); the home when unset."""
    policy: Path
    """Folder of the policy catalogue (GAMSA_POLICY); the Seoul one that ships when unset."""
    kafka: str | None = None
    """Bootstrap servers of a running Kafka to use instead of our own broker (GAMSA_KAFKA)."""
    clickhouse: str | None = None
    """URL of a running ClickHouse to use instead of our own endpoint (GAMSA_CLICKHOUSE), with the
    password of the file that GAMSA_CLICKHOUSE_PASSWORD_FILE names, if one is named."""
    java_home: str | None = None
    monitored: bool = True
    """Whether Prometheus and Alertmanager run as well, where installed (GAMSA_MONITORING=off)."""
    receivers: Path | None = None
    """Alertmanager's receivers, with the addresses of an operator (GAMSA_ALERT_RECEIVERS)."""
    investigator: str | None = None
    """Who asks the trail on the command line (GAMSA_INVESTIGATOR); the login when unset."""
    investigator_role: str = "investigator"
    """Their role in the access rights (GAMSA_INVESTIGATOR_ROLE)."""
    remote: str | None = None
    """From which address they are logged in, if from another machine (SSH_CONNECTION)."""
    accounts: str | None = None
    """URL of the database of the console's accounts (GAMSA_ACCOUNTS); SQLite when unset."""
    oidc_issuer: str | None = None
    """The OpenID provider through which people come into the console (GAMSA_OIDC_ISSUER)."""
    oidc_client_id: str | None = None
    """As which client it knows the console (GAMSA_OIDC_CLIENT_ID)."""
    oidc_client_secret_file: Path | None = None
    """The file of that client's secret (GAMSA_OIDC_CLIENT_SECRET_FILE)."""
    oidc_roles: Path | None = None
    """The file of what its groups are here (GAMSA_OIDC_ROLES)."""
    passwords: bool = True
    """Whether a password lets into the console (GAMSA_PASSWORDS=off)."""


def from_environment() -> Settings:
    """Read GAMSA_*, JAVA_HOME and SSH_CONNECTION.

    Raises UsageError for a wrong switch, or a password's file that cannot be used.
    """
    home = home_of_environment()
    return Settings(
        home=home,
        cache=_path("GAMSA_CACHE") or home,
        policy=_path("GAMSA_POLICY") or Path(__file__).resolve().parent.parent / SEOUL,
        kafka=os.environ.get("GAMSA_KAFKA") or None,
        clickhouse=_clickhouse(),
        java_home=os.environ.get("JAVA_HOME") or None,
        monitored=_switch("GAMSA_MONITORING"),
        receivers=_path("GAMSA_ALERT_RECEIVERS"),
        investigator=os.environ.get("GAMSA_INVESTIGATOR") or None,
        investigator_role=os.environ.get("GAMSA_INVESTIGATOR_ROLE") or "investigator",
        remote=os.environ.get("SSH_CONNECTION", "").partition(" ")[0] or None,
        accounts=os.environ.get("GAMSA_ACCOUNTS") or None,
        oidc_issuer=os.environ.get("GAMSA_OIDC_ISSUER") or None,
        oidc_client_id=os.environ.get("GAMSA_OIDC_CLIENT_ID") or None,
        oidc_client_secret_file=_path("GAMSA_OIDC_CLIENT_SECRET_FILE"),
        oidc_roles=_path("GAMSA_OIDC_ROLES"),
        passwords=_switch("GAMSA_PASSWORDS"),
    )


def home_of_environment() -> Path:
    """The home alone, whatever else is wrong in the environment."""
    return _path("GAMSA_HOME") or default_home()


def _path(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value).expanduser().absolute() if value else None


def _clickhouse() -> str | None:
    try:
        return address.clickhouse(os.environ)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _switch(name: str) -> bool:
    """Whether it is on, as it is when unset: a word that is guessed at may leave a door open."""
    value = os.environ.get(name) or ON
    if value not in (ON, OFF):
        raise click.UsageError(f"{name} is {value!r}; write {ON} or {OFF}, or leave it out")
    return value == ON


def as_environment(settings: Settings) -> dict[str, str]:
    """Return this process's environment, changed so that a child reads these settings in it."""
    told = {
        "GAMSA_HOME": str(settings.home),
        "GAMSA_CACHE": str(settings.cache),
        "GAMSA_POLICY": str(settings.policy),
        "GAMSA_KAFKA": settings.kafka or "",
        address.URL: settings.clickhouse or "",
        address.PASSWORD_FILE: "",  # it stands in the URL by now
        "GAMSA_MONITORING": "" if settings.monitored else OFF,
        "GAMSA_ALERT_RECEIVERS": str(settings.receivers or ""),
        "GAMSA_ACCOUNTS": settings.accounts or "",
        "GAMSA_OIDC_ISSUER": settings.oidc_issuer or "",
        "GAMSA_OIDC_CLIENT_ID": settings.oidc_client_id or "",
        "GAMSA_OIDC_CLIENT_SECRET_FILE": str(settings.oidc_client_secret_file or ""),
        "GAMSA_OIDC_ROLES": str(settings.oidc_roles or ""),
        "GAMSA_PASSWORDS": "" if settings.passwords else OFF,
    }
    return {**os.environ, **told, "PYTHONUNBUFFERED": "1"}
