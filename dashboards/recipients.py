"""The dashboard *Recipients*: what third parties and consignees get, and on which ground."""

from dashboards.columns import TEXT, columns, series
from dashboards.grafana import (
    Json,
    bars,
    dashboard,
    fields,
    lines,
    override,
    panel,
    rows,
    settings,
    stat,
    thresholds,
)
from dashboards.navigation import RECIPIENTS, filters, links
from dashboards.purposes import STACKED


def recipients() -> Json:
    """Return the dashboard."""
    return dashboard(
        RECIPIENTS,
        "Who receives personal data, and on which ground? · 제3자 제공과 위탁",
        "Counted by whole hours, by the time that the access itself tells. "
        "접근 시각 기준, 한 시간 단위로 집계합니다.",
        [disclosed(), over_time(), outside(), given(), consignees(), third_parties()],
    ) | settings(links(RECIPIENTS), variables=filters(), refresh="30s")


def disclosed() -> Json:
    """Show how often something was given, to how many, and how often wrongly."""
    return (
        panel(
            "stat",
            "Was anything given that should not be? · 제공과 오남용",
            "Accesses that name a recipient. Any misuse: find the recipient below, stop the "
            "transfer, and ask that what was received be destroyed; tell the privacy officer the "
            "same day, for people may have to be notified. "
            "오남용이 있으면 제공을 멈추고 개인정보 보호담당자에게 그날 알리세요.",
            (0, 0, 8, 8),
            "disclosed",
        )
        | stat()
        | fields(
            "thresholds",
            {"unit": "locale", "thresholds": thresholds("blue")},
            override("disclosures", displayName="disclosures · 제공"),
            override("recipients", displayName="recipients · 제공받는 자"),
            override(
                "misuse",
                displayName="misuse · 오남용",
                thresholds=thresholds("green", (1, "red")),
            ),
        )
    )


def over_time() -> Json:
    """Show disclosures over time."""
    return (
        panel(
            "timeseries",
            "When was it given? · 제공 추이",
            "Accesses that name a recipient, hour by hour. A tall bar is a transfer in bulk: see "
            "below who received it and on which ground, and whether it was announced. At night "
            "or on a holiday it should be a planned job. "
            "갑자기 큰 막대는 대량 제공입니다. 근거와 계획을 확인하세요.",
            (8, 0, 16, 8),
            "disclosed_over_time",
        )
        | lines()
        | fields(
            "palette-classic",
            STACKED,
            *series(allowed=("blue", "allowed · 적정"), misuse=("red", "misuse · 오남용")),
        )
    )


def outside() -> Json:
    """Show who got something outside the policy's list."""
    return (
        panel(
            "bargauge",
            "Who is outside the list? · 목록 밖 제공·위탁",
            "Recipients that the policy does not list or that named none of its grounds, and "
            "consignees beyond their task or passing data on. Stop the transfer first; then see "
            "whether the policy lacks them or they should have nothing. "
            "방침에 없는 제공입니다. 먼저 멈추고 근거를 확인하세요.",
            (0, 8, 9, 12),
            "outside_the_list",
        )
        | bars()
        | fields("thresholds", {"unit": "locale", "min": 0, "thresholds": thresholds("red")})
    )


def given() -> Json:
    """Show what went to whom, on which ground."""
    return (
        panel(
            "table",
            "What went to whom, on which ground? · 제공 내역과 근거",
            "One row for each recipient, ground, file and purpose. To third parties one of the "
            "policy's lawful grounds must stand here; *consent* to collect is none. Compare the "
            "records with what the recipient asked for in writing. "
            "제공 근거가 없거나 수집 동의뿐이면 위법할 수 있으니 확인하세요.",
            (9, 8, 15, 12),
            "recipients",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            *columns(
                "recipient",
                "ground",
                "file",
                "purpose",
                "disclosures",
                "all_records",
                "misuse",
                "last_hour",
            ),
        )
    )


def consignees() -> Json:
    """Show what consignees handle."""
    return _handled(
        "What do consignees read? · 수탁자의 접근",
        "Each consignee has one task in the policy. Another file or purpose than its task's, or "
        "accesses that no ticket asked for: suspend the account, ask the consignee in writing, "
        "and follow docs/runbooks/consignee_outside_task.md. "
        "위탁 업무 밖의 접근이 있으면 계정을 멈추고 서면으로 확인하세요.",
        (0, 20, 12, 10),
        "consignee",
    )


def third_parties() -> Json:
    """Show what third parties look at themselves."""
    return _handled(
        "What do districts and other third parties look at? · 제3자의 열람",
        "Accounts of districts and funded institutions, which look for themselves. A district "
        "with far more than its neighbours, or with a purpose that is not its own: choose it "
        "above, see its accounts in *People and places*, and ask its privacy officer. "
        "다른 자치구보다 훨씬 많으면 위에서 골라 계정을 확인하세요.",
        (12, 20, 12, 10),
        "third_party",
    )


def _handled(
    title: str, description: str, grid: tuple[int, int, int, int], actor_kind: str
) -> Json:
    names = ("organization", "file", "purpose", "operators", "handled", "all_records", "misuse")
    return (
        panel("table", title, description, grid, "handled_by", actor_kind=actor_kind)
        | rows()
        | fields("thresholds", TEXT, *columns(*names))
    )
