"""What a column of a table looks like, wherever it is shown: words, unit, colours, links."""

from collections.abc import Mapping

from dashboards import console
from dashboards.console import narrowed
from dashboards.filters import FILTERS
from dashboards.grafana import Json, data_link, override, thresholds
from dashboards.navigation import PEOPLE, PURPOSES

TEXT: Json = {"unit": "locale", "custom": {"align": "left", "filterable": True}}
"""The defaults of a table whose columns are named here."""

_COLORED = {"type": "color-background", "mode": "basic"}
_ANY_IS_RED = {
    "thresholds": thresholds("transparent", (1, "red")),
    "custom__cellOptions": _COLORED,
}
_TIME = {"unit": "dateTimeAsIso", "custom__width": 180}


def _to(uid: str, name: str, title: str) -> list[Json]:
    return [data_link(uid, title, name, tuple(FILTERS))]


EVENT: Json = {"displayName": "event · 이벤트", "custom__width": 110, "links": [console.EVENT]}
"""The id of an access, whose page in the console says why it was judged so."""

_COLUMNS: Mapping[str, Json] = {
    "event": EVENT,
    # what
    "file": {
        "displayName": "file · 파일",
        "links": [*_to(PURPOSES, "file", "what for · 목적"), narrowed(console.FILE, "file")],
    },
    "purpose": {
        "displayName": "purpose · 목적",
        "links": _to(PEOPLE, "purpose", "by whom · 취급자"),
    },
    "items_read": {"displayName": "items · 항목"},
    "clause": {"displayName": "clause · 조항"},
    "broken": {"displayName": "broken · 위반"},
    "example": {"displayName": "example · 예"},
    "ground": {"displayName": "ground · 제공 근거"},
    "service": {
        "displayName": "service · 서비스",
        "links": _to(PURPOSES, "service", "what for · 목적"),
    },
    "action": {"displayName": "action · 행위"},
    "verdict": {
        "displayName": "verdict · 판정",
        "custom__cellOptions": _COLORED,
        "thresholds": thresholds("transparent"),
        "mappings": [
            {
                "type": "value",
                "options": {
                    "allowed": {"index": 0, "color": "transparent", "text": "allowed · 적정"},
                    "misuse": {"index": 1, "color": "red", "text": "misuse · 오남용"},
                },
            }
        ],
    },
    # who and where
    "actor": {
        "displayName": "actor · 취급자",
        "links": [
            *_to(PEOPLE, "actor", "what this account did · 이 계정의 접근"),
            narrowed(console.ACTOR, "actor"),
        ],
    },
    "who": {"displayName": "who · 회원"},
    "role": {"displayName": "role · 역할"},
    "roles": {"displayName": "roles · 역할"},
    "kinds": {"displayName": "kinds · 구분"},
    "organization": {"displayName": "organization · 기관"},
    "recipient": {
        "displayName": "recipient · 제공받는 자",
        "links": [narrowed(console.RECIPIENT)],
    },
    "subject": {
        "displayName": "subject · 정보주체",
        "links": [
            *_to(PEOPLE, "subject", "who looked · 열람한 사람"),
            narrowed(console.SUBJECT),
        ],
    },
    "ip": {"displayName": "IP address · IP 주소", "links": [narrowed(console.IP)]},
    "network": {"displayName": "network · 접속망", "links": [narrowed(console.IP)]},
    "cookie": {"displayName": "cookie · 쿠키", "links": [narrowed(console.COOKIE)]},
    # how many
    "accesses": {"displayName": "accesses · 접근"},
    "all_accesses": {"displayName": "accesses · 접근"},
    "handled": {"displayName": "accesses · 접근"},
    "judged": {"displayName": "accesses · 판정"},
    "disclosures": {"displayName": "disclosures · 제공"},
    "all_records": {"displayName": "records · 정보 건수"},
    "misuse": {"displayName": "misuse · 오남용", **_ANY_IS_RED},
    "handlers": {"displayName": "handlers · 취급자 수"},
    "operators": {"displayName": "accounts · 계정 수"},
    "accounts": {
        "displayName": "accounts · 계정 수",
        "thresholds": thresholds("transparent", (10, "orange"), (50, "red")),
        "custom__cellOptions": _COLORED,
    },
    "failed_logins": {
        "displayName": "failed logins · 로그인 실패",
        "thresholds": thresholds("transparent", (5, "orange"), (20, "red")),
        "custom__cellOptions": _COLORED,
    },
    "owners": {
        "displayName": "owners · 사용 회원",
        "thresholds": thresholds("transparent", (2, "red")),
        "custom__cellOptions": _COLORED,
    },
    "addresses": {"displayName": "addresses · IP 수"},
    "usual": {"displayName": "usual of the role · 역할 평소", "decimals": 0},
    "times_usual": {
        "displayName": "times the usual · 평소의 배",
        "decimals": 1,
        "thresholds": thresholds("transparent", (3, "orange"), (10, "red")),
        "custom__cellOptions": _COLORED,
    },
    "in_policy": {"displayName": "in the policy · 방침에 있음"},
    "in_range": {
        "displayName": "in this range · 기간 내",
        "thresholds": thresholds("orange", (1, "transparent")),
        "custom__cellOptions": _COLORED,
    },
    "ever": {"displayName": "ever · 전체"},
    # when
    "occurred_at": {"displayName": "time · 시각", **_TIME},
    "first_hour": {"displayName": "first hour · 처음", **_TIME},
    "last_hour": {"displayName": "last hour · 마지막", **_TIME},
    "months": {"displayName": "kept for · 보유 기간", "unit": "suffix: months · 개월"},
    "usual_age": {"displayName": "usual age · 보통 경과", "unit": "d", "decimals": 0},
    "oldest": {"displayName": "oldest · 최장 경과", "unit": "d"},
    "last_month": {
        "displayName": "within 30 days of the end · 만료 30일 전",
        "thresholds": thresholds("transparent", (1, "orange")),
        "custom__cellOptions": _COLORED,
    },
    "over": {"displayName": "past the end · 만료 후", **_ANY_IS_RED},
}


def columns(*names: str) -> list[Json]:
    """Return the settings of these columns. Raises KeyError for one that is unknown."""
    return [override(name, **_COLUMNS[name]) for name in names]


def series(**colors: tuple[str, str]) -> list[Json]:
    """Return names and colours of the lines of a time series: `misuse=("red", "misuse · …")`."""
    return [
        override(name, displayName=words, color={"mode": "fixed", "fixedColor": color})
        for name, (color, words) in colors.items()
    ]
