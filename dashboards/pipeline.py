"""The dashboard *Pipeline*: whether events come, are judged and are kept, and how quickly."""

from dashboards.alerts import JOB
from dashboards.columns import TEXT, columns, series
from dashboards.grafana import (
    Json,
    dashboard,
    fields,
    lines,
    measured,
    override,
    panel,
    rows,
    settings,
    thresholds,
)
from dashboards.navigation import PIPELINE, links

ANY_IS_WRONG = thresholds("transparent", (1, "red"))
COLORED = {"type": "color-background", "mode": "basic"}
TIME = {"unit": "dateTimeAsIso", "custom__width": 180}


def pipeline() -> Json:
    """Return the dashboard."""
    return dashboard(
        PIPELINE,
        "Do events come, are they judged, and are they kept? · 수집·판정·저장 상태",
        "The first two by Kafka's clock; what the workers say of themselves needs Prometheus. "
        "처음 두 개는 카프카 수신 시각 기준이고, 워커 지표는 프로메테우스가 있어야 보입니다.",
        [
            rate(),
            chunks(),
            lag(),
            stored(),
            stages(),
            memory(),
            rejected(),
            revisions(),
            partitions(),
            parts(),
        ],
    ) | settings(links(PIPELINE), refresh="10s")


def rate() -> Json:
    """Show events a second, service by service."""
    return (
        panel(
            "timeseries",
            "How many events a second does each service send? · 서비스별 초당 기록",
            "The last two days of the range, by when Kafka received them. One line that falls to "
            "nothing: the service is down, cut off, or spooling; see *Services by last event* in "
            "*Now*. All lines at once: see Kafka. A leap: a spool that is being sent, or a "
            "program that went wild. "
            "한 서비스만 끊기면 서비스를, 모두 끊기면 카프카를 확인하세요.",
            (0, 0, 12, 9),
            "event_rate",
        )
        | lines()
        | fields(
            "palette-classic",
            {
                "unit": "ops",
                "min": 0,
                "displayName": "${__field.labels.service}",
                "custom": {"drawStyle": "line", "fillOpacity": 10},
            },
        )
    )


def chunks() -> Json:
    """Show how many events are stored at a time."""
    return (
        panel(
            "timeseries",
            "How many events are stored at a time? · 한 번에 저장하는 건수",
            "Rows of one partition that were stored in the same moment, in the last two days of "
            "the range. At the limit of 20,000 for minutes: the workers are catching up; add one "
            "if the lag grows. Many small ones are right while little happens. "
            "2만 건이 계속되면 처리가 밀린 것입니다. 워커를 늘리세요.",
            (12, 0, 12, 9),
            "chunks",
        )
        | lines()
        | fields(
            "palette-classic",
            {
                "unit": "locale",
                "min": 0,
                "thresholds": thresholds("green", (20_000, "orange")),
                "custom": {"drawStyle": "line", "thresholdsStyle": {"mode": "line"}},
            },
            *series(usual=("blue", "half of them · 중앙값"), largest=("orange", "largest · 최대")),
        )
    )


def lag() -> Json:
    """Show how many records of the log wait to be stored, topic by topic."""
    return measured(
        "How far are the workers behind? · 처리 대기 기록",
        "Records of each topic that are in Kafka and not yet in the trail. Falling: they catch "
        "up. Rising for ten minutes: more comes than is stored; add a worker, or see below which "
        "stage has become slow. Level above 0: no worker has that partition. "
        "10분 넘게 늘면 워커를 늘리거나 아래에서 느려진 단계를 찾으세요.",
        (0, 9, 12, 8),
        "sum by (topic) (gamsa_lag_records)",
        "{{topic}}",
    ) | _lines({"unit": "locale", "min": 0})


def stored() -> Json:
    """Show how many events a second each worker stores."""
    return measured(
        "How many events a second does each worker store? · 워커별 초당 저장",
        "One worker at nothing while others work: see whether it has partitions, and its log. "
        "All of them level and the lag rising: this is all they can do; add one, up to one for "
        "each partition. "
        "한 워커만 0이면 그 워커의 로그를 확인하세요.",
        (12, 9, 12, 8),
        "sum by (instance) (rate(gamsa_events_total[$__rate_interval]))",
        "{{instance}}",
    ) | _lines({"unit": "ops", "min": 0})


def stages() -> Json:
    """Show what share of the time each stage of a chunk takes."""
    return measured(
        "Where does the time go? · 단계별 소요 시간",
        "Seconds a second, over all workers: above 1 several chunks are in the stage at once. "
        "`insert` alone has grown: ClickHouse is slow, see its merges below and its disk. "
        "`decode`, `judge` and `columns` together: more comes, or larger events. "
        "insert만 늘면 ClickHouse의 병합과 디스크를 확인하세요.",
        (0, 17, 12, 8),
        "sum by (stage) (rate(gamsa_stage_seconds_sum[$__rate_interval]))",
        "{{stage}}",
    ) | _lines({"unit": "s", "min": 0})


def memory() -> Json:
    """Show how much memory each worker takes."""
    return measured(
        "How much memory does each worker take? · 워커별 메모리",
        "Resident bytes; some 500 MB under load are usual. A line that rises for hours and never "
        "levels off is a fault: restart the worker, nothing is lost, and report it. A line that "
        "begins anew: the worker has been restarted, its log says why. "
        "계속 오르기만 하면 워커를 다시 시작하고 알려 주세요. 기록은 잃지 않습니다.",
        (12, 17, 12, 8),
        f'process_resident_memory_bytes{{job="{JOB}"}}',
        "{{instance}}",
    ) | _lines(
        {"unit": "bytes", "min": 0, "thresholds": thresholds("green", (1_000_000_000, "red"))}
    )


def _lines(defaults: Json) -> Json:
    return fields(
        "palette-classic", {**defaults, "custom": {"drawStyle": "line", "fillOpacity": 10}}
    )


def rejected() -> Json:
    """Show what could not be read, with a sample."""
    return (
        panel(
            "table",
            "What is rejected, and what does it look like? · 거부된 기록과 예",
            "The last record of each reason, its first 200 bytes. Show the sample to the owner of "
            "the service that sent it; key and headers in v_rejected_events tell which. Above 1 % "
            "of all records, stop the service's release: its accesses are not judged. "
            "보낸 서비스에 예를 보여 고치도록 하세요.",
            (0, 25, 24, 8),
            "rejected_samples",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            override("reason", displayName="reason · 사유", custom__width=220),
            override(
                "records",
                displayName="records · 건수",
                thresholds=thresholds("transparent", (1, "orange")),
                custom__cellOptions=COLORED,
                custom__width=120,
            ),
            override("last_received", displayName="last received · 마지막 수신", **TIME),
            override("detail", displayName="detail · 상세"),
            override("sample", displayName="sample · 예"),
        )
    )


def revisions() -> Json:
    """Show which revisions of the policy have judged."""
    return (
        panel(
            "table",
            "Which revision of the policy is in force? · 적용 중인 방침 버전",
            "The content's hash by which accesses were judged, the latest first. Two at the same "
            "hour: a worker was not restarted after the change; restart it. One that you do not "
            "know: compare with `gamsa policy show`, and ask who changed the file. "
            "같은 시간에 둘이면 재시작하지 않은 워커가 있습니다.",
            (0, 33, 12, 7),
            "revisions",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            override("revision", displayName="revision · 방침 버전"),
            *columns("first_hour", "last_hour", "judged", "misuse"),
        )
    )


def partitions() -> Json:
    """Show how far each partition of the log is stored, and what is missing of it."""
    return (
        panel(
            "table",
            "Is every partition stored to its end? · 파티션별 저장 상태",
            "First and last offset in the trail, over all time. Missing or stored twice above 0: "
            "an incident, run `gamsa ledger`. A last offset that stands still while the others "
            "move: its worker is stuck, see its log. Two topic ids: the topic was made anew. "
            "한 파티션만 멈추면 맡은 워커의 로그를 확인하세요.",
            (12, 33, 12, 7),
            "partitions",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            override("topic_id", displayName="topic id · 토픽"),
            override("partition", displayName="partition · 파티션"),
            override("first_offset", displayName="first · 처음"),
            override("last_offset", displayName="last · 마지막"),
            override("rows", displayName="rows · 저장"),
            override(
                "missing",
                displayName="missing · 누락",
                thresholds=ANY_IS_WRONG,
                custom__cellOptions=COLORED,
            ),
            override(
                "duplicates",
                displayName="stored twice · 중복",
                thresholds=ANY_IS_WRONG,
                custom__cellOptions=COLORED,
            ),
        )
    )


def parts() -> Json:
    """Show what each table takes up, and in how many parts it lies."""
    return (
        panel(
            "table",
            "Do ClickHouse's merges keep up? · 테이블별 파트",
            "Parts are merged in the background. Above 300 in one table merges do not keep up: "
            "see whether the disk is slow or full. Above 3,000 inserts are refused; events then "
            "wait in Kafka, nothing is lost. A merge that runs for an hour holds parts back: see "
            "the disk first. Bytes say when the disk will be full. "
            "파트가 계속 늘면 디스크 속도와 여유 공간을 확인하세요.",
            (0, 40, 24, 9),
            "parts",
        )
        | rows()
        | fields(
            "thresholds",
            TEXT,
            override("table", displayName="table · 테이블"),
            override(
                "parts",
                displayName="parts · 파트",
                thresholds=thresholds("transparent", (300, "orange"), (1_000, "red")),
                custom__cellOptions=COLORED,
            ),
            override("rows", displayName="rows · 행"),
            override("bytes", displayName="on disk · 크기", unit="bytes"),
            override("merges", displayName="merging now · 병합 중"),
            override("merging_seconds", displayName="for · 경과", unit="s"),
            override("last_written", displayName="last written · 마지막 기록", **TIME),
        )
    )
