"""A few common passwords are tried on many accounts, from one network, slowly."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, example, login
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Spray(Thresholds):
    """So many accounts fail in a day from one network, with few tries each.

    `share`: of all accounts that try from there, so many fail and never come in.
    """

    accounts: int = 15
    tries: float = 3.0
    share: float = 0.6


def _tries(accounts: int, times: int = 1) -> list[Happening]:
    return [
        login(
            f"1 {9 + n % 12:02}:{10 * again:02}:{n:02}",
            f"member:{n}",
            "failure",
            ip=f"203.0.113.{n % 5}",
        )
        for n in range(accounts)
        for again in range(times)
    ]


PASSWORD_SPRAYING = Detector(
    id="password_spraying",
    title=Words("Few passwords on many accounts", "다수 계정에 대한 소수 비밀번호 시도"),
    sentence=Words(
        "From network {key}, logins to {accounts_failed} accounts failed, {tries_each} each.",
        "{key} 망에서 {accounts_failed}개 계정의 로그인이 계정당 {tries_each}번씩 실패했습니다.",
    ),
    severity="high",
    clause="Art. 8(1)2",
    window=DAY,
    opens=Opens.ONCE_CLOSED,
    thresholds=Spray(),
    events="""
        SELECT failed.*, of_network.accounts_in AS accounts_in
        FROM
        (
            SELECT *, network AS key, if(subject != '', subject, actor) AS account
            FROM accesses WHERE action = 'login' AND outcome IN ('failure', 'denied') AND ip != ''
        ) AS failed
        LEFT JOIN
        (
            SELECT network, uniqExact(if(subject != '', subject, actor)) AS accounts_in
            FROM accesses WHERE action = 'login' AND outcome = 'success'
            GROUP BY network
        ) AS of_network ON of_network.network = failed.network
    """,
    measures={
        "accounts_failed": "uniqExact(account)",
        "tries_each": "count() / accounts_failed",
        "came_in": "max(accounts_in)",
    },
    when="accounts_failed >= {accounts:UInt32} AND tries_each <= {tries:Float64}"
    " AND accounts_failed >= {share:Float64} * (accounts_failed + came_in)",
    examples=(
        example("fifteen accounts", _tries(15), finds="203.0.113"),
        example("fourteen accounts", _tries(14)),
        example("many tries each", _tries(15, 4)),
        example(
            "a large network in which some mistype",
            _tries(15),
            [login(f"1 12:00:{n:02}", f"member:{100 + n}", ip="203.0.113.9") for n in range(11)],
        ),
    ),
)
