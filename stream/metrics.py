"""Every metric of a worker, named here and nowhere else."""

import time
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import pyarrow.compute as pc
from prometheus_client import Counter, Gauge, Histogram

from audit.codec import REASONS
from audit.completeness import Hole
from audit.policy import Policy
from storage.chunks import Chunk
from storage.detections import Detection
from storage.faults import Kind, Look
from storage.reconcile import Epoch, Points

_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_AGES = (0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 10_000.0)

EVENTS = Counter(
    "gamsa_events",
    "Access events judged and stored",
    ["service", "file", "purpose", "verdict"],
)
MISUSE = Counter("gamsa_misuse", "Reasons found for misuse", ["check", "clause"])
REJECTED = Counter("gamsa_rejected_events", "Records that are no access event", ["reason"])
LAST_FOUND = Gauge(
    "gamsa_last_found_seconds",
    "When a check or detector last found misuse, in seconds since 1970",
    ["detector", "severity"],
)
LAST_EVENT = Gauge(
    "gamsa_service_last_event_seconds",
    "When the broker received a service's last event that is stored, in seconds since 1970",
    ["service"],
)
FRESHNESS = Histogram(
    "gamsa_freshness_seconds",
    "Seconds from the broker's receipt of a chunk's first event until the chunk is stored",
    buckets=_AGES,
)
LAG = Gauge("gamsa_lag_records", "Records of the log not stored yet", ["topic", "partition"])
CHUNK = Histogram(
    "gamsa_chunk_records", "Records in a chunk", buckets=(1, 10, 100, 1_000, 3_000, 10_000, 30_000)
)
STAGE = Histogram(
    "gamsa_stage_seconds", "Seconds a chunk takes in a stage", ["stage"], buckets=_SECONDS
)
RETRIES = Counter(
    "gamsa_insert_retries", "Times that a chunk was not taken, by Kafka or ClickHouse, and waits"
)
MISSING = Gauge(
    "gamsa_ledger_missing_rows", "Offsets missing in the trail", ["topic_id", "partition"]
)
DUPLICATES = Gauge(
    "gamsa_ledger_duplicate_rows", "Offsets stored twice in the trail", ["topic_id", "partition"]
)
FAULTS = Gauge(
    "gamsa_ledger_fault_offsets",
    "Offsets named in a fault of the ledger, the first of each partition",
    ["topic_id", "partition", "fault"],
)
HOLES = Gauge("gamsa_producer_missing_events", "Numbered events that never arrived", ["producer"])
SILENT = Gauge(
    "gamsa_producer_silent_seconds",
    "Seconds since a producer fell silent without a word",
    ["producer"],
)
RECONCILED = Gauge(
    "gamsa_reconcile_events",
    "Events of the last hours at each point: emitted, in_kafka, judged",
    ["point"],
)
NOT_HEARTBEATS = Counter(
    "gamsa_rejected_heartbeats", "Records that are no producer's heartbeat", ["reason"]
)
UNREAD = Counter(
    "gamsa_rejected_documents", "Records that are no business event or no entry", ["log", "reason"]
)
DETECTED = Counter(
    "gamsa_detections",
    "Findings of detectors, each time one is new or grows",
    ["detector", "severity"],
)
CLOSED_TO = Gauge(
    "gamsa_detector_closed_to_seconds",
    "Up to when a detector's windows are closed, in seconds since 1970",
    ["detector"],
)
LATE = Gauge(
    "gamsa_detector_late_events",
    "Events that came too late for their hour, in those hours that this worker closed",
)
POLICY = Gauge(
    "gamsa_policy_info", "The policy versions that a worker judges by", ["version", "revision"]
)
PROBLEMS = Gauge(
    "gamsa_policy_problems",
    "Problems that keep the policy's files, as they lie there now, from being loaded",
)
SERVER = Gauge("gamsa_server_up", "1 while the worker reaches a server", ["server"])
READY = Gauge(
    "gamsa_worker_ready",
    "1 while the worker is in its group and the group is not sharing out partitions anew",
)

UNKNOWN = "unknown"
REFUSED_BY_STORE = "refused_by_store"
MOST_SERVICES = 100
MOST_PRODUCERS = 100


def count(chunk: Chunk, policy: Policy) -> None:
    """Count what was made of a chunk that is stored now."""
    CHUNK.observe(chunk.judged.num_rows + len(chunk.refused))
    for source, file, purpose, verdict, events, last in _tally(chunk):
        labels = _known(source, file, purpose, policy)
        EVENTS.labels(*labels, verdict).inc(events)
        service = labels[0]
        _heard[service] = max(last.timestamp(), _heard.get(service, 0.0))
        LAST_EVENT.labels(service).set(_heard[service])
    if chunk.judged.num_rows:
        first = pc.min(chunk.judged["received_at"]).as_py()
        FRESHNESS.observe(max(0.0, time.time() - first.timestamp()))
    for reason, records in Tally(row.rejected.reason for row in chunk.refused).items():
        REJECTED.labels(reason).inc(records)
    reasons = Tally((one.finding.reason.check, one.finding.reason.clause) for one in chunk.found)
    for (check, clause), found in reasons.items():
        MISUSE.labels(check, clause).inc(found)
    for found_by in {(one.finding.reason.check, one.severity) for one in chunk.found}:
        LAST_FOUND.labels(*found_by).set_to_current_time()


def count_detection(found: Detection) -> None:
    """Count what a detector has found newly or more of; what it finds in shadow alarms nobody."""
    labels = found.detector, found.severity
    DETECTED.labels(*labels).inc()
    if not found.shadow:
        LAST_FOUND.labels(*labels).set_to_current_time()


def show(policy: Policy) -> None:
    """Say which policy versions this worker judges by, and begin at 0 what may never come.

    Prometheus sees no rise in a counter that begins with its first event.
    """
    for version in policy.versions:
        POLICY.labels(str(version.document.effective_from), version.revision).set(1)
    for reason in (*REASONS, REFUSED_BY_STORE):
        REJECTED.labels(reason)


@contextmanager
def asking(server: str, unavailable: type[Exception]) -> Iterator[None]:
    """Say whether a server answers what is asked meanwhile: `unavailable` says no."""
    try:
        yield
    except unavailable:
        SERVER.labels(server).set(0)
        raise
    SERVER.labels(server).set(1)


def show_ledger(look: Look) -> None:
    """Set the ledger's gauges; every kind of fault is shown, 0 where there is none."""
    for account in look.accounts:
        labels = account.topic_id, str(account.partition)
        MISSING.labels(*labels).set(account.missing)
        DUPLICATES.labels(*labels).set(account.duplicates)
        for kind in Kind:
            FAULTS.labels(*labels, kind).set(0)
    for fault in look.faults:
        FAULTS.labels(fault.topic_id, str(fault.partition), fault.kind).inc(fault.offsets)


def show_producers(epochs: Iterable[Epoch], holes: Iterable[Hole]) -> None:
    """Set what is missing of a producer and how long one is silent; forget those that are well."""
    missing = Tally[str]()
    for hole in {(hole.producer, hole.epoch): hole for hole in holes}.values():
        missing[hole.producer] += hole.last - hole.first + 1 + hole.others
    silent = {epoch.producer: epoch.heard or 0 for epoch in epochs if epoch.is_silent}
    for gauge, values in ((HOLES, missing), (SILENT, silent)):
        gauge.clear()
        for producer in sorted(values)[:MOST_PRODUCERS]:
            gauge.labels(producer).set(values[producer])


def show_points(points: Points) -> None:
    """Set how many events there are at each point."""
    for point, events in points._asdict().items():
        RECONCILED.labels(point).set(events)


def show_lag(behind: Mapping[tuple[str, int], int]) -> None:
    """Set the lag of the partitions that this worker has, and forget those it has no more."""
    for labels in _shown_lags - behind.keys():
        LAG.remove(*map(str, labels))
    _shown_lags.intersection_update(behind)
    for labels, records in behind.items():
        _shown_lags.add(labels)
        LAG.labels(*map(str, labels)).set(records)


def _tally(chunk: Chunk) -> Iterable[tuple[str, str, str, str, int, datetime]]:
    by = ["source", "file", "purpose", "verdict"]
    tally = chunk.judged.group_by(by).aggregate([([], "count_all"), ("received_at", "max")])
    names = [*by, "count_all", "received_at_max"]
    return zip(*(tally[name].to_pylist() for name in names), strict=True)


def _known(source: str, file: str, purpose: str, policy: Policy) -> tuple[str, str, str]:
    # A label's values must not grow with what anybody may send.
    if source not in _services:
        if len(_services) < MOST_SERVICES:
            _services.add(source)
        else:
            source = UNKNOWN
    files, purposes = policy.newest.files, policy.newest.purposes
    return source, file if file in files else UNKNOWN, purpose if purpose in purposes else UNKNOWN


_services: set[str] = set()
_heard: dict[str, float] = {}
_shown_lags: set[tuple[str, int]] = set()
