"""How a Grafana of one's own is attached to the local stack: by its environment alone."""

from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from dashboards import output, provisioning
from gamsa.home import private_folder
from gamsa.state import State

PROVISIONING = "GF_PATHS_PROVISIONING"


def write_dashboards(home: Path, console: str) -> None:
    """Write the dashboards into the home, with links to the console at this address.

    Raises OSError where they cannot be written.
    """
    output.write_placed(private_folder(home / "grafana") / "dashboards", console)


def environment(known: State, home: Path) -> dict[str, str]:
    """Return the variables: the folder to provision, and where everything is.

    A password is left to whoever has one. What does not run is left out.
    """
    folder = files("dashboards") / "grafana"
    ours = home / "grafana" / "dashboards"
    clickhouse = urlsplit(known.clickhouse)
    told = {
        PROVISIONING: str(folder / "provisioning"),
        provisioning.DASHBOARDS: str(ours if ours.is_dir() else folder / "dashboards"),
        provisioning.HOST: clickhouse.hostname or "",
        provisioning.PORT: str(clickhouse.port or 8123),
        provisioning.USER: clickhouse.username or "default",
    }
    places = {
        provisioning.PROMETHEUS_PLACE: known.monitoring.get("prometheus"),
        provisioning.ALERTMANAGER_PLACE: known.monitoring.get("alertmanager"),
    }
    if known.console:
        told[provisioning.CONSOLE] = known.console
    return told | {name: urlsplit(url).netloc for name, url in places.items() if url}
