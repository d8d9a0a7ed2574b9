"""One address tries many accounts: passwords from elsewhere are tried out."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, example, login
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class Accounts(Thresholds):
    """So many accounts that one address fails to open within an hour."""

    accounts: int = 10


def _tries(accounts: int) -> list[Happening]:
    return [login(f"1 10:{n:02}", f"member:{n}", "failure") for n in range(accounts)]


CREDENTIAL_STUFFING = Detector(
    id="credential_stuffing",
    title=Words("One address tries many accounts", "한 주소의 다수 계정 로그인 시도"),
    sentence=Words(
        "{key} failed to log in to {accounts_tried} accounts within an hour.",
        "{key} 주소가 1시간 동안 {accounts_tried}개 계정의 로그인에 실패했습니다.",
    ),
    severity="high",
    clause="Art. 8(1)2",
    window=HOUR,
    opens=Opens.AT_ONCE,
    thresholds=Accounts(),
    events="""
        SELECT *, ip AS key, if(subject != '', subject, actor) AS account
        FROM accesses
        WHERE action = 'login' AND outcome IN ('failure', 'denied') AND ip != ''
    """,
    measures={"accounts_tried": "uniqExact(account)"},
    when="accounts_tried >= {accounts:UInt32}",
    examples=(
        example("ten accounts", _tries(10), finds="198.51.100.7"),
        example("nine accounts", _tries(9)),
        example("one account, many times", _tries(1) * 30),
        example("ten that succeed", [login(f"1 10:0{n}", f"member:{n}") for n in range(10)]),
    ),
)
