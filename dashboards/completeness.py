"""The panel that shows whether all is there that producers numbered."""

from dashboards.grafana import Json, fields, override, panel, rows, thresholds

ANY_IS_OPEN = thresholds("green", (1, "red"))


def completeness() -> Json:
    """Show each producer's hours at four points: emitted, in Kafka, judged, stored."""
    return (
        panel(
            "table",
            "Completeness by producer and hour · 생산자·시간별 완전성",
            "What each producer numbered in an hour of its own clock, and where it is; what is "
            "missing most first, of the last two days of the range. A few in the current hour "
            "are on their way. In Kafka below emitted: the producer still holds events, see "
            "whether it runs. Stored below judged: rows were removed, run `gamsa ledger`. "
            "Otherwise `gamsa reconcile` names the numbers, and the finding's runbook says what "
            "to do. 누락이 있으면 `gamsa reconcile`로 생산자와 번호를 확인하세요.",
            (0, 35, 24, 8),
            "completeness",
        )
        | rows()
        | fields(
            "thresholds",
            {"unit": "locale", "custom": {"align": "left", "filterable": True}},
            override("hour", displayName="hour · 시간", unit="dateTimeAsIso", custom__width=180),
            override("producer", displayName="producer · 생산자"),
            override("epoch", displayName="epoch · 기동 차수", custom__width=120),
            override("emitted", displayName="emitted · 발생"),
            override("in_kafka", displayName="in Kafka · 수신"),
            override("judged", displayName="judged · 판정"),
            override("stored", displayName="stored · 저장"),
            override(
                "missing",
                displayName="missing · 누락",
                thresholds=ANY_IS_OPEN,
                custom__cellOptions={"type": "color-background", "mode": "basic"},
            ),
        )
    )
