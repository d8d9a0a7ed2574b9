"""The panel that shows what each detector and check has found, and what is only tried out."""

from dashboards import console
from dashboards.columns import TEXT
from dashboards.grafana import Json, fields, override, panel, rows, thresholds


def detectors() -> Json:
    """Show findings by detector, those in shadow apart."""
    return (
        panel(
            "table",
            "Which detectors find something? · 탐지기별 탐지",
            "Checks of single accesses and detectors over time; *shadow* counts what a detector "
            "that is only tried out would have found. A detector that finds far more than it did: "
            "read some, then mend the cause or its thresholds (docs/detectors.md, `gamsa "
            "backtest`). A shadow that is right in most cases can be turned on. "
            "갑자기 늘면 내용을 읽고 원인이나 기준값을 고치세요.",
            (0, 43, 24, 10),
            "detectors",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            override("detector", displayName="detector · 탐지기", links=[console.DETECTOR]),
            override("severity", displayName="severity · 심각도"),
            override("findings", displayName="findings · 탐지"),
            override(
                "shadow",
                displayName="shadow · 시험",
                thresholds=thresholds("transparent", (1, "purple")),
                custom__cellOptions={"type": "color-background", "mode": "basic"},
            ),
            override("accesses", displayName="accesses · 건수"),
            override("last_found", displayName="last found · 마지막 탐지", unit="dateTimeAsIso"),
        )
    )
