"""The dashboard *Retention*: whether data is used after its time, and how near its time is."""

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
from dashboards.navigation import RETENTION, filters, links
from dashboards.purposes import STACKED


def retention() -> Json:
    """Return the dashboard."""
    return dashboard(
        RETENTION,
        "Is data used after its time is over? · 보유 기간이 지난 정보의 이용",
        "What was read, by its age; the trail does not know data that nobody reads. "
        "읽은 정보의 경과 기간입니다. 아무도 읽지 않는 정보는 나타나지 않습니다.",
        [over_time(), ages(), expired(), nearest()],
    ) | settings(links(RETENTION), variables=filters(), refresh="30s")


def over_time() -> Json:
    """Show accesses to what should be gone."""
    return (
        panel(
            "timeseries",
            "Is data read past its end? · 만료 후 접근 추이",
            "Accesses past retention, after disposal was due, and disposals that nobody approved. "
            "Any is a record that should not exist any more: find file and service below, have "
            "it disposed of, and see why the disposal job passed it over. "
            "파기되었어야 할 정보입니다. 파기 작업이 왜 빠뜨렸는지 확인하세요.",
            (0, 0, 14, 9),
            "expired_over_time",
        )
        | lines()
        | fields(
            "palette-classic",
            STACKED,
            *series(
                past_retention=("red", "past retention · 보유 기간 경과"),
                disposal_overdue=("orange", "disposal overdue · 파기 지연"),
                unapproved=("purple", "disposed without approval · 미승인 파기"),
            ),
        )
    )


def ages() -> Json:
    """Show how old the data is that is read."""
    return (
        panel(
            "bargauge",
            "How old is what is read? · 읽은 정보의 경과 기간",
            "Accesses of the last two days of the range, by the time from collection to access, "
            "where the service told it. A long bar above the period of the file chosen: such "
            "records were not disposed of. No bar at all: the service leaves out *collected_at*, "
            "and its retention cannot be watched. 수집 시각이 없으면 감시할 수 없습니다.",
            (14, 0, 10, 9),
            "ages",
        )
        | bars()
        | fields("thresholds", {"unit": "locale", "min": 0, "thresholds": thresholds("blue")})
    )


def expired() -> Json:
    """Show accesses past their time by file, article and service."""
    return (
        panel(
            "table",
            "Which files, articles and services? · 파일·조항·서비스별 만료 후 접근",
            "One row for each file, clause and service. `gamsa why EVENT` and the event's page in "
            "the console show the clause; ask the service's owner why the record was still "
            "there, and have it disposed of with approval. The runbooks are "
            "docs/runbooks/retention_expired.md and disposal_due.md. "
            "담당 서비스에 사유를 묻고 승인받아 파기하세요.",
            (0, 9, 24, 9),
            "expired",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            *columns("file", "clause", "broken", "service", "misuse", "last_hour"),
        )
    )


def nearest() -> Json:
    """Show how close to its end the data is that is read."""
    return (
        panel(
            "table",
            "How close to its end is the data being read? · 만료까지 남은 기간",
            "Accesses of the last two days of the range, by the periods of the policy in force; 0 "
            "where it lays none down for the file. Many within 30 days of the end: see that the "
            "next disposal is planned and approved. "
            "만료가 가까우면 파기 계획과 승인을 확인하세요.",
            (0, 18, 24, 10),
            "nearest_end",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            *columns(
                "file",
                "service",
                "months",
                "accesses",
                "usual_age",
                "oldest",
                "last_month",
                "over",
            ),
        )
    )
