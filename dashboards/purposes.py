"""The dashboard *Purposes*: what each file is used for, and by whom."""

from dashboards.columns import TEXT, columns, series
from dashboards.grafana import (
    Json,
    bars,
    dashboard,
    fields,
    lines,
    panel,
    rows,
    settings,
    thresholds,
)
from dashboards.navigation import PURPOSES, filters, links

STACKED: Json = {
    "unit": "locale",
    "min": 0,
    "custom": {"drawStyle": "bars", "fillOpacity": 60, "stacking": {"mode": "normal"}},
}


def purposes() -> Json:
    """Return the dashboard."""
    return dashboard(
        PURPOSES,
        "What is each file used for, and by whom? · 파일별 이용 목적",
        "Counted by whole hours, by the time that the access itself tells. "
        "접근 시각 기준, 한 시간 단위로 집계합니다.",
        [over_time(), misused(), used(), unused(), beyond_need()],
    ) | settings(links(PURPOSES), variables=filters(), refresh="30s")


def over_time() -> Json:
    """Show allowed accesses and misuse, hour by hour."""
    return (
        panel(
            "timeseries",
            "Allowed or misused, over time? · 적정·오남용 추이",
            "Red that grows while blue does not: choose file and purpose above until one role or "
            "service is left, and follow the actor in *People and places*. Blue that is gone in "
            "an office hour: see *Now* whether the service is silent. "
            "오남용만 늘면 위에서 파일과 목적을 좁혀 취급자를 찾으세요.",
            (0, 0, 15, 9),
            "purposes_over_time",
        )
        | lines()
        | fields(
            "palette-classic",
            STACKED,
            *series(allowed=("blue", "allowed · 적정"), misuse=("red", "misuse · 오남용")),
        )
    )


def misused() -> Json:
    """Show the purposes under which most misuse happens."""
    return (
        panel(
            "bargauge",
            "Which purposes are misused? · 목적별 오남용",
            "Accesses that broke the policy, by the purpose they named. A name that the policy "
            "does not know is misuse in itself: find the program that sends it. One long bar of "
            "a known purpose: look at its roles in the table below. "
            "방침에 없는 목적은 보낸 프로그램을 찾아 고치도록 하세요.",
            (15, 0, 9, 9),
            "purposes_misused",
        )
        | bars()
        | fields("thresholds", {"unit": "locale", "min": 0, "thresholds": thresholds("red")})
    )


def used() -> Json:
    """Show each file's purposes, with who has them."""
    return (
        panel(
            "table",
            "What is each file used for, and by which roles? · 파일별 목적과 역할",
            "Each pair of file and purpose that occurred; *handlers* counts accounts that are no "
            "members'. A red cell: click the purpose to see who. A role that you did not expect: "
            "see `gamsa policy show` for who has the right, and ask its office. "
            "예상하지 못한 역할이 있으면 `gamsa policy show`로 권한을 확인하세요.",
            (0, 9, 24, 11),
            "purposes_of_files",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            *columns("file", "purpose", "all_accesses", "misuse", "handlers", "roles"),
        )
    )


def unused() -> Json:
    """Show the purposes by how little they are used in the range."""
    return (
        panel(
            "table",
            "Which purposes does nobody use? · 이용되지 않는 목적",
            "Every purpose of the policy in force, and whatever else the trail has seen, the "
            "least used in this range first; 0 means nobody. A right that is not used should be "
            "taken away: propose it to the privacy officer. "
            "0건인 목적의 권한은 회수를 검토하세요.",
            (0, 20, 10, 10),
            "purposes_unused",
        )
        | rows()
        | fields(
            "thresholds", TEXT, *columns("purpose", "in_policy", "in_range", "ever", "last_hour")
        )
    )


def beyond_need() -> Json:
    """Show items that were read although the file does not hold them."""
    return (
        panel(
            "table",
            "Which items are read beyond need? · 목적을 넘어 읽은 항목",
            "In the last two days of the range: items that the policy does not list for the "
            "file. Often one form or query asks for more than it should: let the service leave "
            "the item out. If one account stands behind it, ask for the reason and write down "
            "the answer. 파일에 없는 항목을 읽은 접근입니다. 화면이나 조회문을 고치도록 하세요.",
            (10, 20, 14, 10),
            "items_beyond_need",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            *columns("file", "purpose", "role", "items_read", "misuse", "example"),
        )
    )
