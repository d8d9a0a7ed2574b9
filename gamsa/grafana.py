"""How a Grafana of one's own is attached to the local stack: by its environment alone."""

from importlib.resources import files
from urllib.parse import urlsplit

from dashboards import provisioning
from gamsa.state import State

PROVISIONING = "GF_PATHS_PROVISIONING"


def environment(known: State) -> dict[str, str]:
    """Return the variables: the folder to provision, and where everything is.

    A password is left to whoever has one. What does not run is left out.
    """
    folder = files("dashboards") / "grafana"
    clickhouse = urlsplit(known.clickhouse)
    told = {
        PROVISIONING: str(folder / "provisioning"),
        provisioning.DASHBOARDS: str(folder / "dashboards"),
        provisioning.HOST: clickhouse.hostname or "",
        provisioning.PORT: str(clickhouse.port or 8123),
        provisioning.USER: clickhouse.username or "default",
    }
    places = {
        provisioning.PROMETHEUS_PLACE: known.monitoring.get("prometheus"),
        provisioning.ALERTMANAGER_PLACE: known.monitoring.get("alertmanager"),
    }
    return told | {name: urlsplit(url).netloc for name, url in places.items() if url}
