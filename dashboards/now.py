"""The dashboard *Now*: whether anything is misused, and whether the watch itself is alive."""

from dashboards import console
from dashboards.columns import EVENT
from dashboards.completeness import completeness
from dashboards.detectors import detectors
from dashboards.grafana import (
    Json,
    bars,
    dashboard,
    data_link,
    fields,
    lines,
    override,
    panel,
    rows,
    settings,
    stat,
    thresholds,
)
from dashboards.navigation import NOW, PEOPLE, PURPOSES, links

# What a severity looks like, wherever it is shown.
SEVERITIES = {
    "critical": ("dark-red", "심각"),
    "high": ("red", "높음"),
    "medium": ("orange", "보통"),
    "low": ("yellow", "낮음"),
}
ANY_IS_WRONG = thresholds("green", (1, "red"))


def now() -> Json:
    """Return the dashboard."""
    first = [ledger(), severities(), rejected(), over_time(), by_clause(), latest()]
    panels = [*first, freshness(), services(), completeness(), detectors()]
    return dashboard(
        NOW,
        "Is anything being misused, and is the watch itself alive? · 오남용 현황과 감시 상태",
        "The first row says whether the watch can be trusted; below it, what it has found. "
        "첫 줄은 감시 자체의 상태, 그 아래는 탐지된 오남용입니다.",
        panels,
    ) | settings(links(NOW), variables=[console.variable()], refresh="5s")


def ledger() -> Json:
    """Show whether every offset of the log is stored, and stored once."""
    return (
        panel(
            "stat",
            "Ledger: missing and twice · 원장 누락·중복",
            "Counted over the whole trail, whatever the time range. Anything above 0 is an "
            "incident: keep Kafka's log as it is, run `gamsa ledger` to see which partition, and "
            "do not rely on counts of that partition until it is explained. 0 of 0 stored means "
            "that nothing has arrived at all. "
            "누락이나 중복이 1건이라도 있으면 사고입니다. `gamsa ledger`로 파티션을 확인하세요.",
            (0, 0, 6, 5),
            "ledger",
        )
        | stat()
        | fields(
            "thresholds",
            {"unit": "locale", "thresholds": ANY_IS_WRONG},
            override("missing", displayName="missing · 누락"),
            override("duplicates", displayName="stored twice · 중복"),
            override(
                "stored",
                displayName="records stored · 저장",
                thresholds=thresholds("red", (1, "blue")),
            ),
        )
    )


def severities() -> Json:
    """Show how many findings there are, by severity."""
    colors = [
        override(
            severity,
            displayName=f"{severity} · {korean}",
            thresholds=thresholds("green", (1, color)),
        )
        for severity, (color, korean) in SEVERITIES.items()
    ]
    return (
        panel(
            "stat",
            "Findings by severity · 심각도별 탐지",
            "Findings by when they became known, so that an access with a wrong clock is among "
            "them. Take the critical and high ones first: find them in *Latest findings*, and "
            "follow the runbook named there. "
            "심각·높음부터 아래 목록에서 확인하고 대응 절차를 따르세요.",
            (6, 0, 10, 5),
            "severities",
        )
        | stat()
        | fields("thresholds", {"unit": "locale"}, *colors)
    )


def rejected() -> Json:
    """Show what could not be read as an access event, and why."""
    return (
        panel(
            "bargauge",
            "Rejected records by reason · 거부된 기록",
            "Records on the topic that are no access event. Their bytes are kept: read them in "
            "v_rejected_events, find the service by key and headers, and have it mended; until "
            "then its accesses are not judged. "
            "형식이 잘못되어 판정하지 못한 기록입니다. 보낸 서비스를 찾아 고치도록 하세요.",
            (16, 0, 8, 5),
            "rejected",
        )
        | bars()
        | fields(
            "thresholds",
            {"unit": "locale", "min": 0, "thresholds": thresholds("green", (1, "orange"))},
        )
    )


def over_time() -> Json:
    """Show how many accesses there were, and how many of them were misuse."""
    return (
        panel(
            "timeseries",
            "Accesses and misuse over time · 접근과 오남용 추이",
            "By the time that the access itself tells; misuse on the right-hand scale. A rise of "
            "misuse without a rise of accesses: look at who and which clause beside and below. A "
            "gap in an office hour: see *Services by last event* before calling it quiet. An "
            "access that claims a time outside the range is in the findings only. "
            "접근 수는 그대로인데 오남용만 늘면 조항과 취급자를 확인하세요.",
            (0, 5, 14, 12),
            "over_time",
        )
        | lines()
        | fields(
            "palette-classic",
            {
                "unit": "locale",
                "min": 0,
                "custom": {"drawStyle": "bars", "fillOpacity": 40, "lineWidth": 1},
            },
            override(
                "accesses",
                displayName="accesses · 접근",
                color={"mode": "fixed", "fixedColor": "blue"},
            ),
            override(
                "misuse",
                displayName="misuse · 오남용",
                color={"mode": "fixed", "fixedColor": "red"},
                custom__axisPlacement="right",
                custom__drawStyle="line",
                custom__showPoints="always",
            ),
        )
    )


def by_clause() -> Json:
    """Show which clauses were broken, and in which way."""
    return (
        panel(
            "bargauge",
            "Misuse by clause · 조항별 오남용",
            "Accesses by the clause they break and the check that failed; an access that breaks "
            "two counts under both. By when they were received, whatever time they claim. A long "
            "bar of one check is often one wrong program: see whether one service or role stands "
            "behind it. `gamsa why EVENT` and the event's page in the console show the clause. "
            "한 항목만 길면 잘못 만든 프로그램일 수 있으니 서비스와 역할을 확인하세요.",
            (14, 5, 10, 12),
            "by_clause",
        )
        | bars()
        | fields("thresholds", {"unit": "locale", "min": 0, "thresholds": thresholds("red")})
    )


STATUSES = {
    "new": {"text": "new · 신규"},
    "in_case": {"text": "in a case · 사건 진행 중"},
    "explained": {"text": "explained · 소명됨"},
    "misuse": {"text": "misuse · 오남용 확인"},
    "dismissed": {"text": "dismissed · 기각"},
}
"""What cases make of findings."""


def latest() -> Json:
    """Show what was found last, whose doing it is, and what is to be done."""
    mapping = {
        severity: {"color": color, "index": index, "text": f"{severity} · {korean}"}
        for index, (severity, (color, korean)) in enumerate(SEVERITIES.items())
    }
    return (
        panel(
            "table",
            "Latest findings · 최근 탐지",
            "The latest known first, one row for each actor, clause and hour; *accesses* counts "
            "what it rests on. Open "
            "the runbook named in the last column, ask the actor for the reason, and write down "
            "what was answered. "
            "행마다 취급자·조항·시간 단위로 묶인 탐지입니다. 마지막 열의 절차서를 따르세요.",
            (0, 17, 24, 10),
            "latest",
        )
        | rows()
        | fields(
            "thresholds",
            {"custom": {"align": "left", "filterable": True}},
            override("last access", displayName="last access · 마지막 접근", custom__width=180),
            override(
                "severity",
                displayName="severity · 심각도",
                mappings=[{"type": "value", "options": mapping}],
                custom__cellOptions={"type": "color-background", "mode": "basic"},
                custom__width=130,
                links=[console.SEVERITY],
            ),
            override(
                "status",
                displayName="status · 상태",
                mappings=[{"type": "value", "options": STATUSES}],
                custom__width=140,
            ),
            override("clause", displayName="clause · 조항", custom__width=110),
            override("title", displayName="finding"),
            override("title_ko", displayName="탐지 내용"),
            override(
                "actor",
                displayName="actor · 취급자",
                custom__width=150,
                links=[
                    data_link(PEOPLE, "what this account did · 이 계정의 접근", "actor"),
                    console.ACTOR,
                ],
            ),
            override("event", **EVENT),
            override("accesses", displayName="accesses · 건수", unit="locale", custom__width=120),
            override("runbook", displayName="runbook · 절차서"),
        )
    )


def freshness() -> Json:
    """Show how long after it was recorded an access can be seen."""
    return (
        panel(
            "timeseries",
            "Freshness: recorded to visible · 기록에서 조회까지",
            "Seconds from Kafka's clock, and from the access itself, to its row in the trail; by "
            "when Kafka received it, in the last two days of the range. From Kafka above 2 s: "
            "the worker is behind, see its lag and log; above 10 s for minutes: restart it, "
            "nothing is lost. From the access above, but not from Kafka: the service is "
            "spooling, its clock is wrong, or a past day is being replayed, as the demo does. "
            "Kafka 기준 10초를 넘으면 워커를, 접근 기준만 길면 서비스를 확인하세요.",
            (0, 27, 12, 8),
            "freshness",
        )
        | lines()
        | fields(
            "palette-classic",
            {
                "unit": "s",
                "thresholds": thresholds("green", (2, "orange"), (10, "red")),
                "custom": {
                    "drawStyle": "line",
                    "showPoints": "always",
                    "scaleDistribution": {"type": "log", "log": 10},
                    "thresholdsStyle": {"mode": "line"},
                },
            },
            override("p50", displayName="from Kafka, half · 중앙값"),
            override("p99", displayName="from Kafka, 99 % · 99%"),
            override("recorded", displayName="from the access, half · 접근 시각 기준"),
        )
    )


def services() -> Json:
    """Show which services have stopped telling."""
    return (
        panel(
            "table",
            "Services by last event · 서비스별 마지막 기록",
            "Every service of the last 30 days, the longest silent first, by Kafka's clock. A "
            "service that fell silent in its office hours is an alarm, not a quiet day: see "
            "whether it runs, whether it reaches Kafka, and what its spool holds. "
            "근무 시간에 기록이 끊긴 서비스는 장애로 보고 확인하세요.",
            (12, 27, 12, 8),
            "services",
        )
        | rows()
        | fields(
            "thresholds",
            {"unit": "locale", "custom": {"align": "left"}},
            override(
                "service",
                displayName="service · 서비스",
                links=[data_link(PURPOSES, "what for · 목적", "service")],
            ),
            override("last event", displayName="last event · 마지막 기록", custom__width=180),
            override(
                "silent",
                displayName="silent for · 경과",
                unit="s",
                thresholds=thresholds("green", (600, "orange"), (3600, "red")),
                custom__cellOptions={"type": "color-background", "mode": "basic"},
            ),
            override("accesses", displayName="accesses · 접근"),
            override("misuse", displayName="misuse · 오남용"),
        )
    )
