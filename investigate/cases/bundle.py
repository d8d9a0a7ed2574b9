"""A case as one file to take away: what was found, what happened, what was said, by which policy.

It is a ZIP whose manifest names the SHA-256 of everything in it. Of the same case and the same
trail, exported at the same time, it has the same bytes.
"""

import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from audit.policy import Language, Policy
from investigate.cases import telling
from investigate.cases.case import Case
from investigate.cases.report import report
from investigate.errors import NoGroundsError, WrongQuestionError
from investigate.export import of_findings
from investigate.inquiry import Asked, Inquiry
from investigate.printing import document, plain
from investigate.questions import findings
from investigate.reading import Reader

MOST_EVENTS = 10_000
"""More than these are no bundle but an export."""
_JUDGEMENT = (
    *("event_id", "topic_id", "partition", "offset", "verdict", "reasons", "clauses", "details"),
    "policy_revision",
)
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the ZIP: a bundle's own time is in its manifest."""
_READABLE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Institution:
    """Whose policy judged: its versions, its catalogue's files by name, and its clock."""

    policy: Policy
    catalogue: Mapping[str, bytes]
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the trail holds of a case; rows of events are as exports have them."""

    findings: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Export:
    """When it is taken away, by whom, why, and the event that says so."""

    at: int
    by: str
    role: str
    justification: str
    event_id: str


def take(
    inquiry: Inquiry, case: Case, institution: Institution, now: int, lang: Language = "en"
) -> bytes:
    """The bundle, once its export is recorded with the number of its events.

    Raises NoGroundsError without a justification, WrongQuestionError where it would be too large,
    NotRecordedError, and as every question does.
    """
    if not (inquiry.grounds.justification or "").strip():
        raise NoGroundsError("say why it is taken away: a justification")
    evidence = collect(inquiry.reader, case)
    asked = Asked("bundle", case.subject or None, "export", {"lang": lang})
    event_id = inquiry.record(asked, len(evidence.events))
    who, why = inquiry.asker.actor, inquiry.grounds.justification or ""
    export = Export(now, who.id, who.role or "", why, event_id)
    return packed(case, evidence, institution, export, lang)


def collect(reader: Reader, case: Case) -> Evidence:
    """What the trail holds of the case's findings; raises as `take` does."""
    ids = [one.finding_id for one in case.findings]
    english = findings.named(reader, ids, events=MOST_EVENTS)
    korean = {one.finding_id: one for one in findings.named(reader, ids, korean=True)}
    told = [
        plain(one)
        | {
            "title_ko": korean[one.finding_id].title,
            "sentence_ko": korean[one.finding_id].sentence,
        }
        for one in english
    ]
    events = of_findings(reader, ids, MOST_EVENTS + 1)
    if len(events) > MOST_EVENTS:
        raise WrongQuestionError(
            f"the case has more than {MOST_EVENTS:,} events; export them, by actor and time"
        )
    return Evidence(told, events)


def packed(
    case: Case, evidence: Evidence, institution: Institution, export: Export, lang: Language
) -> bytes:
    """The ZIP: the manifest first, then the other files by name."""
    files = _files(case, evidence, institution)
    told = _told(case, export, lang) | {"complete": _complete(case, evidence)}
    rows = evidence.findings, evidence.events
    page = report(case, *rows, told, export.at, _digests(files), institution.zone, lang)
    files["report.html"] = page.encode()
    counts = {"findings": len(evidence.findings), "events": len(evidence.events)}
    manifest = told | counts | {"files": _digests(files)}
    return _zipped({"manifest.json": _json(manifest), **dict(sorted(files.items()))})


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """The files in this order, each with the same time and rights."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as whole:
        for name, body in files.items():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _READABLE
            whole.writestr(entry, body)
    return held.getvalue()


def _complete(case: Case, evidence: Evidence) -> bool:
    """Whether every finding is here, with every access that it counts."""
    copies = Counter(row["event_id"] for row in evidence.events)
    return {one.finding_id for one in case.findings} <= {
        row["finding_id"]
        for row in evidence.findings
        if sum(copies[one] for one in row["event_ids"]) >= row["count"]
    }


def _told(case: Case, export: Export, lang: Language) -> dict[str, Any]:
    return {
        "case": telling.head(case, export.at),
        "exported_at": telling.moment(export.at),
        "exported_by": export.by,
        "role": export.role,
        "justification": export.justification,
        "event_id": export.event_id,
        "lang": lang,
    }


def _files(case: Case, evidence: Evidence, institution: Institution) -> dict[str, bytes]:
    events = evidence.events
    revisions = sorted({str(row["policy_revision"]) for row in events})
    return {
        "events.ndjson": _lines(events, dict),
        "judgements.ndjson": _lines(events, lambda row: {name: row[name] for name in _JUDGEMENT}),
        "findings.json": _json(evidence.findings),
        "steps.json": _json([telling.step(one) for one in case.taken]),
        "policy/versions.json": _json([_version(institution.policy, one) for one in revisions]),
        **{f"policy/{name}": body for name, body in institution.catalogue.items()},
    }


def _version(policy: Policy, revision: str) -> Mapping[str, Any]:
    """A version that judged; without more than its revision where it is not at hand."""
    version = policy.version(revision)
    if version is None:
        return {"revision": revision, "at_hand": False}
    known = version.document
    return {
        "revision": revision,
        "at_hand": True,
        "id": known.id,
        "title": known.title.model_dump(),
        "effective_from": str(known.effective_from),
    }


def _lines(
    rows: Sequence[Mapping[str, Any]], told: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> bytes:
    return "".join(f"{document(told(row))}\n" for row in rows).encode()


def _json(value: object) -> bytes:
    return f"{document(value)}\n".encode()


def _digests(files: Mapping[str, bytes]) -> dict[str, Mapping[str, Any]]:
    return {
        name: {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
        for name, body in sorted(files.items())
    }
