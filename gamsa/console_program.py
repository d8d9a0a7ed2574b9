"""The console as a program of the local stack: there as soon as anybody may sign in to it."""

import sys
from collections.abc import Mapping

from gamsa import ports, programs
from gamsa.child import Program
from gamsa.settings import Settings

NAME = "console"
_METRICS = "console-metrics"


def wanted(settings: Settings, environment: Mapping[str, str]) -> Program | None:
    """The console, whose `environment` tells where Kafka and ClickHouse are.

    None where nobody may sign in: without users, and without a provider that says who they are.

    Raises Unavailable when the accounts cannot be read.
    """
    from gamsa import accounts  # noqa: PLC0415  slow to import

    if settings.oidc_issuer is None and not accounts.has_users(settings):
        return None
    port = ports.remembered(settings.home / "ports.json", (NAME,))[NAME]
    command = [sys.executable, "-m", "gamsa", "console", "serve", "--port", str(port)]
    command += ["--metrics-port", str(metrics_port(settings))]
    return Program(NAME, tuple(command), environment, port, lambda: answers(address(port)))


def metrics_port(settings: Settings) -> int:
    """Where the local stack's console shows its metrics."""
    return ports.remembered(settings.home / "ports.json", (_METRICS,))[_METRICS]


def address(port: int) -> str:
    """Where the console of the local stack is."""
    return f"http://{ports.LOOPBACK}:{port}"


def answers(url: str) -> bool:
    """Whether a console answers at this URL, and reaches its accounts."""
    return b'"ready"' in programs.fetch(f"{url}/health")
