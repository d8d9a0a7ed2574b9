"""What Grafana reads at its start: its data sources, and where the dashboards are.

Nothing about a place stands here: Grafana puts in its own environment's variables. They begin
with `GF_` because Grafana's image fills such a variable from a file named by `<variable>__FILE`.
"""

from typing import Any

from dashboards.prometheus import SCRAPE

PLUGIN = "grafana-clickhouse-datasource"
CLICKHOUSE = "gamsa-clickhouse"
PROMETHEUS = "gamsa-prometheus"
ALERTMANAGER = "gamsa-alertmanager"
"""The data sources' uids, by which panels and alerts name them."""

HOST = "GF_GAMSA_CLICKHOUSE_HOST"
PORT = "GF_GAMSA_CLICKHOUSE_PORT"
USER = "GF_GAMSA_CLICKHOUSE_USER"
PASSWORD = "GF_GAMSA_CLICKHOUSE_PASSWORD"  # noqa: S105  a variable's name
PROMETHEUS_PLACE = "GF_GAMSA_PROMETHEUS"
ALERTMANAGER_PLACE = "GF_GAMSA_ALERTMANAGER"
"""As `host:port`: where it is not set, what is left is still a URL, and Grafana still starts."""
CONSOLE = "GF_GAMSA_CONSOLE"
"""The console's URL, as browsers know it; where it is not set, links are paths of the console."""
DASHBOARDS = "GF_GAMSA_DASHBOARDS"
"""The folder of the dashboards, as Grafana sees it."""


def datasources() -> dict[str, Any]:
    """Return ClickHouse, over HTTP, and Prometheus and Alertmanager with their alerts."""
    clickhouse = {
        "name": "Gamsa ClickHouse",
        "uid": CLICKHOUSE,
        "type": PLUGIN,
        "access": "proxy",
        "editable": False,
        "jsonData": {
            "host": f"${HOST}",
            "port": f"${PORT}",
            "protocol": "http",
            "secure": False,
            "username": f"${USER}",
            "defaultDatabase": "default",
        },
        "secureJsonData": {"password": f"${PASSWORD}"},
    }
    prometheus = {
        "name": "Gamsa Prometheus",
        "uid": PROMETHEUS,
        "type": "prometheus",
        "access": "proxy",
        "editable": False,
        "url": f"http://${PROMETHEUS_PLACE}",
        "jsonData": {"httpMethod": "POST", "manageAlerts": True, "timeInterval": SCRAPE},
    }
    alertmanager = {
        "name": "Gamsa Alertmanager",
        "uid": ALERTMANAGER,
        "type": "alertmanager",
        "access": "proxy",
        "editable": False,
        "url": f"http://${ALERTMANAGER_PLACE}",
        "jsonData": {"implementation": "prometheus"},
    }
    return {"apiVersion": 1, "datasources": [clickhouse, prometheus, alertmanager]}


def dashboards() -> dict[str, Any]:
    """Return the provider of the folder that holds the dashboards."""
    folder = {
        "name": "gamsa",
        "folder": "Gamsa · 감사",
        "folderUid": "gamsa",
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": f"${DASHBOARDS}"},
    }
    return {"apiVersion": 1, "providers": [folder]}
