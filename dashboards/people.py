"""The dashboard *People and places*: who handles how much, when, and from where."""

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
    thresholds,
)
from dashboards.navigation import PEOPLE, filters, links, subject


def people() -> Json:
    """Return the dashboard."""
    return dashboard(
        PEOPLE,
        "Who handles personal data, when and from where? · 취급자, 시간, 접속지",
        "Click an account to see it alone. 계정을 누르면 그 계정만 봅니다.",
        [handlers(), weekdays(), office(), logins(), networks(), cookies(), accesses()],
    ) | settings(links(PEOPLE), variables=[*filters(), subject()], refresh="30s")


def handlers() -> Json:
    """Show accounts by volume, against the median of their role."""
    return (
        panel(
            "table",
            "Who handles more than is usual for the role? · 역할 평소보다 많은 취급자",
            "Staff, consignees and third parties; the usual is the median of the accounts of the "
            "same role in this range. Ten times the usual: click the account, read what it did, "
            "and ask for the reason. A role of one account is its own usual. "
            "평소의 10배가 넘으면 계정을 눌러 내용을 보고 사유를 물으세요.",
            (0, 0, 24, 10),
            "handlers",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            *columns(
                "actor",
                "role",
                "organization",
                "handled",
                "misuse",
                "usual",
                "times_usual",
            ),
        )
    )


def weekdays() -> Json:
    """Show how many accesses fall into each hour of each weekday, as a map of heat."""
    cells = [
        override(
            f"{hour:02}",
            color={"mode": "continuous-YlRd"},
            custom__cellOptions={"type": "color-background", "mode": "basic"},
            custom__width=48,
        )
        for hour in range(24)
    ]
    return (
        panel(
            "table",
            "At which hour of which weekday? · 요일·시간별 접근",
            "Accesses by handlers, by the institution's own clock, all weeks of the range "
            "together. Colour at night or on Saturday and Sunday where there was none: choose the "
            "role above, find the account in the table, and see whether it was on duty. "
            "야간이나 주말에 색이 짙으면 역할을 좁혀 근무 여부를 확인하세요.",
            (0, 10, 17, 9),
            "by_weekday",
        )
        | rows()
        | fields(
            "thresholds",
            {"unit": "locale", "custom": {"align": "center"}, "thresholds": thresholds("blue")},
            override("weekday", displayName="weekday · 요일", custom__width=110),
            *cells,
        )
    )


def office() -> Json:
    """Show how much is handled outside office hours, public holidays apart."""
    return (
        panel(
            "bargauge",
            "Within office hours? · 근무시간 내외",
            "Accesses by handlers, by the institution's own clock; its own free days count as "
            "holidays, too. Night or holiday above a few: the detector "
            "`outside_hours` names the accounts in *Now*; ask them for the order they acted on. "
            "야간·휴일 접근이 많으면 탐지 목록의 계정에 사유를 확인하세요.",
            (17, 10, 7, 9),
            "office_hours",
        )
        | bars()
        | fields("thresholds", {"unit": "locale", "min": 0, "thresholds": thresholds("blue")})
    )


def logins() -> Json:
    """Show logins that succeeded and that failed."""
    return (
        panel(
            "timeseries",
            "Do logins fail? · 로그인 성공과 실패",
            "Failures on the right-hand scale. A rise: see the networks below for where they "
            "come from, and the findings of `credential_stuffing`, `brute_force` and "
            "`password_spraying` in *Now*; block the network, and warn those who were hit. "
            "실패가 늘면 아래 접속망을 확인해 차단하고 당사자에게 알리세요.",
            (0, 19, 24, 8),
            "logins",
        )
        | lines()
        | fields(
            "palette-classic",
            {"unit": "locale", "min": 0, "custom": {"drawStyle": "line", "fillOpacity": 10}},
            *series(succeeded=("blue", "succeeded · 성공")),
            override(
                "failed",
                displayName="failed · 실패",
                color={"mode": "fixed", "fixedColor": "red"},
                custom__axisPlacement="right",
            ),
        )
    )


def networks() -> Json:
    """Show networks by failed logins, misuse and accounts."""
    return (
        panel(
            "table",
            "From which networks? · 접속망",
            "The last two days of the range, addresses joined to networks of 256 (IPv6: /48). "
            "Failed logins from one network: block it. Many accounts behind one that is no "
            "office's: see whether it is a proxy, and who they are. "
            "실패가 많거나 계정이 많은 외부 접속망을 확인하세요.",
            (0, 27, 12, 10),
            "networks",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            *columns("network", "accesses", "misuse", "accounts", "failed_logins", "kinds"),
        )
    )


def cookies() -> Json:
    """Show the cookies of most owners."""
    return (
        panel(
            "table",
            "Does one cookie have several owners? · 여러 회원의 같은 쿠키",
            "The last two days of the range, members only, most owners first. Two from one "
            "address may be a family at one computer; two from several addresses may be a stolen "
            "cookie: end its sessions and follow docs/runbooks/shared_cookie.md. "
            "주소가 여럿이면 도용일 수 있으니 세션을 끊고 절차서를 따르세요.",
            (12, 27, 12, 10),
            "cookies",
        )
        | rows()
        | fields("thresholds", TEXT, *columns("cookie", "owners", "addresses", "accesses", "who"))
    )


def accesses() -> Json:
    """Show the accesses themselves."""
    return (
        panel(
            "table",
            "What exactly was done? · 접근 내역",
            "The latest hundred of the range that the filters let through, misuse in red. Choose "
            "an actor or a subject above to follow one. To take them away as evidence, ask "
            "v_access_events: it holds the exact bytes. Looking here is an access, too. "
            "위에서 취급자나 정보주체를 고르면 그 접근만 봅니다.",
            (0, 37, 24, 12),
            "accesses",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            *columns(
                "occurred_at",
                "actor",
                "role",
                "subject",
                "action",
                "file",
                "items_read",
                "purpose",
                "recipient",
                "ip",
                "verdict",
                "broken",
                "event",
            ),
        )
    )
