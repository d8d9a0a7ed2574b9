"""Which alerts there are: what each says, when it fires, and what is its mere consequence.

Severities are those of findings. Every expression sums or takes the highest over the workers,
since each of them counts what it stored itself, and all of them watch the whole ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass

JOB = "gamsa-worker"
"""The workers' job in Prometheus."""
CONSOLE_JOB = "gamsa-console"
"""The consoles' job."""


@dataclass(frozen=True, slots=True)
class Alert:
    """When `expr` gives a series for as long as `wait`, somebody is told, with a page to follow.

    Texts are templates of Prometheus. `severity` is critical, high, medium or low; empty where the
    series has its own.
    """

    name: str
    expr: str
    wait: str
    severity: str
    summary: str
    summary_ko: str
    description: str
    description_ko: str
    runbook: str


RECORDS: Mapping[str, str] = {
    "topic:gamsa_lag_records:sum": "sum by (topic) (gamsa_lag_records)",
    "service:gamsa_events:increase30m": "sum by (service) (increase(gamsa_events_total[30m]))",
    "service:gamsa_misuse:increase30m": (
        'sum by (service) (increase(gamsa_events_total{verdict="misuse"}[30m]))'
        " or 0 * service:gamsa_events:increase30m"
    ),
    "service:gamsa_misuse:share30m": (
        "service:gamsa_misuse:increase30m / (service:gamsa_events:increase30m > 0)"
    ),
}
"""What is asked again and again, or looked back at, by the name under which it is kept."""

MISUSE = (
    Alert(
        "MisuseOfHighSeverity",
        "max by (detector, severity) "
        '(max_over_time(gamsa_last_found_seconds{severity=~"critical|high"}[10m]))'
        " > time() - 600",
        "0s",
        "",
        "Misuse of {{ $labels.severity }} severity: {{ $labels.detector }}",
        "심각도 {{ $labels.severity }} 오남용 탐지: {{ $labels.detector }}",
        "Found within the last ten minutes. See Latest findings on the dashboard Now, and follow "
        "docs/runbooks/{{ $labels.detector }}.md.",
        "최근 10분 안에 탐지되었습니다. 대시보드의 최근 탐지를 보고 "
        "docs/runbooks/{{ $labels.detector }}.md 절차를 따르세요.",
        "misuse_of_high_severity",
    ),
    Alert(
        "MisuseRising",
        "service:gamsa_misuse:share30m"
        " > 3 * avg_over_time(service:gamsa_misuse:share30m[7d] offset 1h)"
        " and service:gamsa_misuse:increase30m > 10"
        " and count_over_time(service:gamsa_misuse:share30m[7d] offset 1h) > 240",
        "5m",
        "high",
        "Misuse in {{ $labels.service }} is above three times its usual",
        "{{ $labels.service }} 오남용 비율이 평소의 세 배를 넘음",
        "{{ $value | humanizePercentage }} of its accesses in half an hour are misuse. Look which "
        "clause and which actor it is: often one new program, sometimes one person.",
        "최근 30분 접근의 {{ $value | humanizePercentage }}가 오남용입니다. "
        "어느 조항과 어느 취급자인지 확인하세요.",
        "misuse_rising",
    ),
)

TRAIL = (
    Alert(
        "LedgerMissingRows",
        "max by (topic_id, partition) (gamsa_ledger_missing_rows) > 0",
        "30s",
        "critical",
        "{{ $value }} records are missing in the trail, partition {{ $labels.partition }}",
        "파티션 {{ $labels.partition }}에서 기록 {{ $value }}건 누락",
        "What was stored is gone. Change nothing in Kafka or ClickHouse; run `gamsa ledger`.",
        "저장된 기록이 사라졌습니다. Kafka와 ClickHouse를 그대로 두고 `gamsa ledger`를 "
        "실행하세요.",
        "ledger_missing_rows",
    ),
    Alert(
        "LedgerDuplicateRows",
        "max by (topic_id, partition) (gamsa_ledger_duplicate_rows) > 0",
        "30s",
        "critical",
        "{{ $value }} records stand twice in the trail, partition {{ $labels.partition }}",
        "파티션 {{ $labels.partition }}에서 기록 {{ $value }}건 중복",
        "Counts of this partition are wrong. Remove neither row; run `gamsa ledger`.",
        "이 파티션의 집계를 믿을 수 없습니다. 행을 지우지 말고 `gamsa ledger`를 실행하세요.",
        "ledger_duplicate_rows",
    ),
    Alert(
        "ProducerNumbersMissing",
        "max by (producer) (gamsa_producer_missing_events) > 0",
        "30s",
        "high",
        "{{ $value }} events that {{ $labels.producer }} numbered never arrived",
        "{{ $labels.producer }}가 번호를 매긴 기록 {{ $value }}건이 도착하지 않음",
        "Accesses to personal data are unaccounted for. Run `gamsa reconcile`.",
        "개인정보 접근 기록이 빠져 있습니다. `gamsa reconcile`을 실행하세요.",
        "sequence_hole",
    ),
    Alert(
        "ProducerSilent",
        "max by (producer) (gamsa_producer_silent_seconds) > 0",
        "1m",
        "high",
        "{{ $labels.producer }} fell silent {{ $value | humanizeDuration }} ago without a word",
        "{{ $labels.producer }}가 {{ $value | humanizeDuration }}째 응답 없음",
        "Its process died or cannot reach Kafka. What it had recorded lies in its spool.",
        "프로세스가 죽었거나 Kafka에 연결하지 못합니다. 보내지 못한 기록은 스풀에 있습니다.",
        "producer_silent",
    ),
    Alert(
        "ServiceSilent",
        "time() - max by (service) (max_over_time(gamsa_service_last_event_seconds[2d])) > 1800"
        " and on (service)"
        " sum by (service) (increase(gamsa_events_total[30m] offset 1w)) >= 5",
        "1m",
        "high",
        "{{ $labels.service }} has recorded nothing for {{ $value | humanizeDuration }}",
        "{{ $labels.service }}가 {{ $value | humanizeDuration }} 동안 기록 없음",
        "A week ago it recorded in this half hour. Is it down, or only its access log?",
        "지난주 같은 시간에는 기록이 있었습니다. 서비스나 접속기록이 멈췄는지 확인하세요.",
        "service_silent",
    ),
)

WATCH = (
    Alert(
        "KafkaAway",
        'min by (server) (gamsa_server_up{server="kafka"}) == 0',
        "30s",
        "critical",
        "A worker cannot reach Kafka",
        "워커가 Kafka에 연결하지 못함",
        "Nothing new is judged. Services spool to disk, and nothing is lost until it is full.",
        "새 기록을 판정하지 못합니다. 서비스는 디스크에 모아 두므로 아직 유실은 없습니다.",
        "kafka_away",
    ),
    Alert(
        "ClickHouseAway",
        'min by (server) (gamsa_server_up{server="clickhouse"}) == 0',
        "30s",
        "critical",
        "A worker cannot reach ClickHouse",
        "워커가 ClickHouse에 연결하지 못함",
        "Nothing is stored and nobody can look. Kafka keeps what comes; the workers wait.",
        "저장과 조회가 모두 멈췄습니다. 기록은 Kafka에 쌓이고 워커는 기다립니다.",
        "clickhouse_away",
    ),
    Alert(
        "WorkerGone",
        f'up{{job="{JOB}"}} == 0 or absent(up{{job="{JOB}"}})',
        "30s",
        "critical",
        "Worker {{ $labels.instance }} does not answer",
        "워커 {{ $labels.instance }} 응답 없음",
        "It has ended, or cannot start: a broken policy, or a server away. The others take over "
        "its partitions, if there are others.",
        "워커가 종료되었거나 시작하지 못합니다. 정책 파일과 서버 상태를 확인하세요.",
        "worker_gone",
    ),
    Alert(
        "WorkerNotReady",
        "gamsa_worker_ready == 0",
        "1m",
        "high",
        "Worker {{ $labels.instance }} is not ready",
        "워커 {{ $labels.instance }} 준비 안 됨",
        "It runs and is not in its group, or the group does not come to rest: it judges nothing.",
        "실행 중이지만 소비자 그룹에 없거나 그룹이 안정되지 않아 판정하지 않습니다.",
        "worker_gone",
    ),
    Alert(
        "LagGrowing",
        "topic:gamsa_lag_records:sum > 1000 and deriv(topic:gamsa_lag_records:sum[10m]) > 0",
        "5m",
        "high",
        "{{ $value | humanize }} records of {{ $labels.topic }} wait, and it gets more",
        "{{ $labels.topic }} 대기 기록 {{ $value | humanize }}건, 계속 증가",
        "More comes than is stored. Add a worker, or see why storing is slow.",
        "들어오는 속도가 저장 속도보다 빠릅니다. 워커를 늘리거나 저장 지연을 확인하세요.",
        "lag_growing",
    ),
    Alert(
        "FreshnessAbove10Seconds",
        "histogram_quantile(0.99, sum by (le) (rate(gamsa_freshness_seconds_bucket[5m]))) > 10",
        "2m",
        "medium",
        "Accesses can be seen only after {{ $value | humanizeDuration }}",
        "접근 기록이 {{ $value | humanizeDuration }} 뒤에야 보임",
        "The watch lags behind what happens. After an outage it catches up by itself.",
        "감시가 늦어지고 있습니다. 장애 뒤라면 저절로 따라잡습니다.",
        "freshness_above_10_seconds",
    ),
    Alert(
        "RejectsAbove1Percent",
        "sum(increase(gamsa_rejected_events_total[15m]))"
        " / (sum(increase(gamsa_chunk_records_sum[15m])) > 0) > 0.01",
        "1m",
        "high",
        "{{ $value | humanizePercentage }} of the records are no access event",
        "기록의 {{ $value | humanizePercentage }}가 형식 오류로 거부됨",
        "Their accesses are not judged. Find the service by v_rejected_events and have it mended.",
        "이 접근들은 판정되지 않습니다. v_rejected_events에서 보낸 서비스를 찾으세요.",
        "rejects_above_1_percent",
    ),
    Alert(
        "PolicyNotLoading",
        "max(gamsa_policy_problems) > 0",
        "0s",
        "high",
        "The policy's files cannot be loaded; problems: {{ $value }}",
        "정책 파일을 읽을 수 없음, 문제 {{ $value }}건",
        "Workers still judge by what they read before; none could start anew. Run "
        "`gamsa policy lint`.",
        "워커는 이전 정책으로 판정하지만 다시 시작하지 못합니다. `gamsa policy lint`를 "
        "실행하세요.",
        "policy_not_loading",
    ),
)

CASES = (
    Alert(
        "ExplanationOverdue",
        "max(gamsa_explanations_overdue) > 0",
        "1m",
        "medium",
        "{{ $value }} explanations are overdue",
        "기한이 지난 소명 {{ $value }}건",
        "A handler who was asked to explain has not answered in time. See them in the console "
        "under Cases, overdue.",
        "소명 요청을 받은 취급자가 기한 안에 답하지 않았습니다. 콘솔의 사건에서 기한 초과를 "
        "확인하세요.",
        "explanation_overdue",
    ),
    Alert(
        "ConsoleGone",
        f'up{{job="{CONSOLE_JOB}"}} == 0',
        "1m",
        "medium",
        "Console {{ $labels.instance }} does not answer",
        "콘솔 {{ $labels.instance }} 응답 없음",
        "Nobody can ask or answer there, and overdue explanations are not counted: it has ended, "
        "or its database is away.",
        "조회와 소명을 할 수 없고 기한이 지난 소명도 집계되지 않습니다. 콘솔과 데이터베이스를 "
        "확인하세요.",
        "console_gone",
    ),
)

GROUPS: Mapping[str, tuple[Alert, ...]] = {
    "misuse": MISUSE,
    "trail": TRAIL,
    "watch": WATCH,
    "cases": CASES,
}

CONSEQUENCES: Mapping[str, tuple[str, ...]] = {
    "ClickHouseAway": (
        *("LagGrowing", "FreshnessAbove10Seconds", "ServiceSilent", "ProducerSilent"),
        *("ProducerNumbersMissing", "DatasourceError"),
    ),
    "KafkaAway": (
        *("WorkerNotReady", "LagGrowing", "FreshnessAbove10Seconds", "ServiceSilent"),
        "ProducerSilent",
    ),
    "WorkerGone": ("LagGrowing", "FreshnessAbove10Seconds"),
}
"""What is not told while the alert that explains it fires; DatasourceError is Grafana's own."""

FINDING = "FindingOfHighSeverity"
"""Grafana's alert: who did what, which only ClickHouse knows."""
TOLD_BETTER = {FINDING: "MisuseOfHighSeverity"}
"""What is not told of a detector of which the other tells more."""
