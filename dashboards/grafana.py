"""Grafana's dashboard model as plain dicts: a dashboard, its panels, their fields.

Kept to schema version 38, which Grafana 10.0 wrote and every later one reads.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from dashboards.provisioning import CLICKHOUSE, PLUGIN, PROMETHEUS

Json = dict[str, Any]
Grid = tuple[int, int, int, int]
"""Left, top, width, height; a row is 24 wide."""

SCHEMA_VERSION = 38
_FORMATS: Mapping[str, int] = {"timeseries": 0, "table": 1}
_QUERIES = files("dashboards") / "queries"


def dashboard(uid: str, title: str, description: str, panels: Sequence[Json]) -> Json:
    """Return a dashboard of these panels, numbered in their order; settings are added on."""
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["gamsa"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "time": {"from": "now-48h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "panels": [{"id": number, **panel} for number, panel in enumerate(panels, 1)],
    }


def settings(links: Sequence[Json], *, variables: Sequence[Json] = (), refresh: str) -> Json:
    """Return what stands above a dashboard's panels, and how often they ask anew (`30s`)."""
    return {"links": list(links), "templating": {"list": list(variables)}, "refresh": refresh}


def panel(kind: str, title: str, description: str, grid: Grid, query: str, **filled: str) -> Json:
    """Return a panel of Grafana's `kind`; its options and fields are added on.

    `query` names a file in `queries/`, in which `sql` fills in what is `filled`. Only a panel of
    lines over time wants them as series.
    """
    shape = "timeseries" if kind == "timeseries" else "table"
    target = {
        "datasource": {"type": PLUGIN, "uid": CLICKHOUSE},
        "pluginVersion": "4.0.0",
        "editorType": "sql",
        "queryType": shape,
        "format": _FORMATS[shape],
        "rawSql": sql(query, **filled),
    }
    return _panel(kind, title, description, grid, target)


def measured(title: str, description: str, grid: Grid, expr: str, legend: str) -> Json:
    """Return a panel of lines over time of what Prometheus keeps.

    `expr` is PromQL; `legend` names a line, its labels in double braces.
    """
    target = {
        "datasource": {"type": "prometheus", "uid": PROMETHEUS},
        "editorMode": "code",
        "expr": expr,
        "legendFormat": legend,
        "range": True,
    }
    return _panel("timeseries", title, description, grid, target) | lines()


def _panel(kind: str, title: str, description: str, grid: Grid, target: Json) -> Json:
    left, top, width, height = grid
    return {
        "type": kind,
        "title": title,
        "description": description,
        "gridPos": {"x": left, "y": top, "w": width, "h": height},
        "datasource": target["datasource"],
        "targets": [{"refId": "A", **target}],
    }


def sql(query: str, **filled: str) -> str:
    """Return the text of a file in `queries/`, its `{names}` filled in."""
    text = (_QUERIES / f"{query}.sql").read_text(encoding="utf-8").strip()
    for name, value in filled.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def variable(name: str, label: str, description: str) -> Json:
    """Return a choice of several values or all; `queries/variables/` asks for those there are.

    They are asked for anew when the range of time changes.
    """
    query = sql(f"variables/{name}")
    return {
        "type": "query",
        "name": name,
        "label": label,
        "description": description,
        "datasource": {"type": PLUGIN, "uid": CLICKHOUSE},
        "definition": query,
        "query": query,
        "refresh": 2,
        "sort": 0,
        "multi": True,
        "includeAll": True,
        "hide": 0,
        "regex": "",
        "options": [],
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }


def link(uid: str, title: str) -> Json:
    """Return a dashboard's link to another, which keeps the range of time and the filters."""
    return {
        "type": "link",
        "title": title,
        "url": f"/d/{uid}",
        "icon": "dashboard",
        "tooltip": "",
        "tags": [],
        "asDropdown": False,
        "targetBlank": False,
        "keepTime": True,
        "includeVars": True,
    }


def along(variables: Iterable[str], but: str) -> str:
    """Return what a link's query ends with so that what is chosen of variables goes along."""
    return "".join(f"&${{{name}:queryparam}}" for name in variables if name != but)


def data_link(uid: str, title: str, name: str, carried: Sequence[str] = ()) -> Json:
    """Return a value's link to a dashboard that then shows this value of the variable `name`.

    The range of time goes with it, and the filters that are `carried`.
    """
    others = along(carried, but=name)
    url = f"/d/{uid}?${{__url_time_range}}{others}&var-{name}=${{__value.raw:percentencode}}"
    return {"title": title, "url": url, "targetBlank": False}


def fields(color: str, defaults: Json, *overrides: Json) -> Json:
    """Return a panel's field settings; `color` is a mode of Grafana's, such as `thresholds`."""
    colored = {"color": {"mode": color}, **defaults}
    return {"fieldConfig": {"defaults": colored, "overrides": list(overrides)}}


def override(field: str, **properties: Any) -> Json:
    """Return settings for the field of this name; `custom__width` says `custom.width`."""
    return {
        "matcher": {"id": "byName", "options": field},
        "properties": [
            {"id": name.replace("__", "."), "value": value} for name, value in properties.items()
        ],
    }


def thresholds(base: str, *steps: tuple[float, str]) -> Json:
    """Return colours: `base`, and from each value upwards another."""
    first: list[Json] = [{"color": base, "value": None}]
    rest = [{"color": color, "value": value} for value, color in steps]
    return {"mode": "absolute", "steps": first + rest}


def stat() -> Json:
    """Return the options of a stat panel: each column of the one row, on its own background."""
    return {
        "options": {
            "colorMode": "background",
            "graphMode": "none",
            "justifyMode": "center",
            "orientation": "auto",
            "textMode": "value_and_name",
            "reduceOptions": {"values": False, "calcs": ["lastNotNull"], "fields": ""},
        }
    }


def bars() -> Json:
    """Return the options of a bar gauge: one bar for each row, named by its text column."""
    return {
        "options": {
            "displayMode": "basic",
            "orientation": "horizontal",
            "showUnfilled": True,
            "valueMode": "color",
            "reduceOptions": {"values": True, "calcs": [], "fields": ""},
        }
    }


def lines() -> Json:
    """Return the options of a time series: a legend below, every series in the tooltip."""
    return {
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    }


def rows() -> Json:
    """Return the options of a table."""
    return {"options": {"showHeader": True, "cellHeight": "sm", "footer": {"show": False}}}
