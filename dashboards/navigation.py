"""The dashboards' names, the ways between them, and their variables."""

from dashboards import console
from dashboards.filters import FILTERS
from dashboards.grafana import Json, link, variable

NOW = "gamsa-now"
PURPOSES = "gamsa-purposes"
PEOPLE = "gamsa-people"
RECIPIENTS = "gamsa-recipients"
RETENTION = "gamsa-retention"
PIPELINE = "gamsa-pipeline"

_NAMES = {
    NOW: "Now · 현황",
    PURPOSES: "Purposes · 목적",
    PEOPLE: "People and places · 취급자와 접속지",
    RECIPIENTS: "Recipients · 제공받는 자",
    RETENTION: "Retention · 보유 기간",
    PIPELINE: "Pipeline · 처리 과정",
}

SUBJECT = (
    "Those whom findings of this range speak of. It narrows panels that show single accesses, "
    "addresses and cookies; sums by the hour do not know subjects. 탐지에 나온 정보주체입니다."
)


def links(here: str) -> list[Json]:
    """Return the links from a dashboard to all others."""
    return [link(uid, name) for uid, name in _NAMES.items() if uid != here]


def filters() -> list[Json]:
    """Return the variables that every dashboard of detail has, and where the console is."""
    chosen = [variable(name, label, description) for name, (label, description) in FILTERS.items()]
    return [*chosen, console.variable()]


def subject() -> Json:
    """Return the variable of the people whose data it is."""
    return variable("subject", "subject · 정보주체", SUBJECT)
