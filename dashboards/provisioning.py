"""What Grafana reads at its start: the ClickHouse data source, and where the dashboards are.

Nothing about a place stands here: Grafana puts in its own environment's variables. They begin
with `GF_` because Grafana's image fills such a variable from a file named by `<variable>__FILE`.
"""

from typing import Any

PLUGIN = "grafana-clickhouse-datasource"
CLICKHOUSE = "gamsa-clickhouse"
"""The data source's uid, by which panels name it."""

HOST = "GF_GAMSA_CLICKHOUSE_HOST"
PORT = "GF_GAMSA_CLICKHOUSE_PORT"
USER = "GF_GAMSA_CLICKHOUSE_USER"
PASSWORD = "GF_GAMSA_CLICKHOUSE_PASSWORD"  # noqa: S105  a variable's name
DASHBOARDS = "GF_GAMSA_DASHBOARDS"
"""The folder of the dashboards, as Grafana sees it."""


def datasources() -> dict[str, Any]:
    """Return the ClickHouse data source, over HTTP."""
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
    return {"apiVersion": 1, "datasources": [clickhouse]}


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
