"""The ways from what a panel shows to the page of the console that asks about it.

The console's address is a variable of each dashboard, hidden: `placed` puts another in.
"""

from copy import deepcopy

from dashboards.filters import FILTERS
from dashboards.grafana import Json, along

NAME = "console"
ADDRESS = "https://localhost:8443"
"""Where docker-compose.yml has the console."""

_TIME = "start=${__from}&end=${__to}"
_VALUE = "${__value.raw:percentencode}"


def variable(address: str = ADDRESS) -> Json:
    """Return the variable of the console's address, which nobody chooses."""
    only = {"selected": True, "text": address, "value": address}
    return {
        "type": "constant",
        "name": NAME,
        "label": "console · 콘솔",
        "description": "Where the console is. 콘솔 주소입니다.",
        "query": address,
        "current": only,
        "options": [only],
        "hide": 2,
        "skipUrlSync": True,
    }


def placed(dashboard: Json, address: str) -> Json:
    """Return the dashboard with the console at another address."""
    model = deepcopy(dashboard)
    chosen = model["templating"]["list"]
    chosen[:] = [variable(address) if one["name"] == NAME else one for one in chosen]
    return model


def page(path: str, name: str, title: str, *, timed: bool = True) -> Json:
    """Return a value's link to a page of the console, which is asked with the value as `name`.

    The range of time goes with it where the page takes one.
    """
    time = f"&{_TIME}" if timed else ""
    url = f"${{{NAME}:raw}}{path}?{name}={_VALUE}{time}"
    return {"title": title, "url": url, "targetBlank": True}


def narrowed(link: Json, but: str = "") -> Json:
    """Return the link with the filters of dashboards of detail, `but` what it is asked with."""
    return link | {"url": f"{link['url']}{along(FILTERS, but)}"}


EVENT = page("/event", "id", "why it was judged so, in the console · 콘솔: 판정 근거", timed=False)
ACTOR = page("/handler", "id", "what it did, in the console · 콘솔: 취급 내역")
SUBJECT = page("/subject", "id", "who looked, in the console · 콘솔: 열람한 사람")
IP = page("/where", "ip", "with whom, in the console · 콘솔: 사용된 곳")
COOKIE = page("/where", "cookie", "with whom, in the console · 콘솔: 사용된 곳")
FILE = page("/touched", "file", "each access, in the console · 콘솔: 접근 내역")
RECIPIENT = page("/recipient", "id", "what went there, in the console · 콘솔: 제공 내역")
SEVERITY = page("/findings", "severity", "open findings, in the console · 콘솔: 미결 탐지")
DETECTOR = page("/findings", "detector", "open findings, in the console · 콘솔: 미결 탐지")
