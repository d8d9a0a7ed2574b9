"""Every metric of a worker, named here and nowhere else."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

EVENTS = Counter(
    "gamsa_events",
    "Access events judged and stored",
    ["service", "file", "purpose", "verdict"],
)
MISUSE = Counter("gamsa_misuse", "Reasons found for misuse", ["check", "clause"])
REJECTED = Counter("gamsa_rejected_events", "Records that are no access event", ["reason"])
LAG = Gauge("gamsa_lag_records", "Records of the log not stored yet", ["topic", "partition"])
CHUNK = Histogram(
    "gamsa_chunk_records", "Records in a chunk", buckets=(1, 10, 100, 1_000, 3_000, 10_000, 30_000)
)
STAGE = Histogram(
    "gamsa_stage_seconds", "Seconds a chunk takes in a stage", ["stage"], buckets=_SECONDS
)
RETRIES = Counter("gamsa_insert_retries", "Inserts that failed and were tried again")
MISSING = Gauge(
    "gamsa_ledger_missing_rows", "Offsets missing in the trail", ["topic_id", "partition"]
)
DUPLICATES = Gauge(
    "gamsa_ledger_duplicate_rows", "Offsets stored twice in the trail", ["topic_id", "partition"]
)
POLICY = Gauge("gamsa_policy_info", "The policy version in force", ["version", "revision"])
READY = Gauge("gamsa_worker_ready", "1 once the worker has its partitions")
