"""Findings held against the truth: precision, recall, F1, and the time to detect."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from producers.plots.kinds import KINDS, RELATED, VARIANTS
from producers.plots.truth import Case

EXPECTED = {"easy": 0.95, "hard": 0.8}
PRECISION = 0.95


@dataclass(frozen=True, slots=True)
class Found:
    """A finding: by which detector, resting on which events; `when` it was made is asked late."""

    detector: str
    events: tuple[str, ...]
    sentence: str
    when: Callable[[], datetime]


@dataclass(slots=True)
class Score:
    """Counts over all cities.

    A finding is right if one of its events belongs to a case of its detector. If one belongs to a
    case of a related kind it counts neither way: what it says is true. Else it is wrong.
    """

    kinds: Sequence[str] = tuple(KINDS)
    cases: Counter[tuple[str, str]] = field(default_factory=Counter)
    caught: Counter[tuple[str, str]] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    took: dict[tuple[str, str], list[timedelta]] = field(default_factory=lambda: defaultdict(list))

    def add(self, cases: Iterable[Case], found: Iterable[Found]) -> Iterator[str]:
        """Count one city; tells of each case that was missed and each finding that is wrong."""
        by_event: dict[str, list[Case]] = defaultdict(list)
        open_cases = {case.case_id: case for case in cases}
        for case in open_cases.values():
            self.cases[case.detector, case.variant] += 1
            for event in case.events:
                by_event[event].append(case)
        made: dict[str, list[Found]] = defaultdict(list)
        for one in found:
            about = {each.case_id: each for event in one.events for each in by_event[event]}
            own = [each for each in about.values() if each.detector == one.detector]
            if own:
                self.right[one.detector] += 1
                for case in own:
                    made[case.case_id].append(one)
            elif not any(one.detector in RELATED[each.detector] for each in about.values()):
                self.wrong[one.detector] += 1
                kinds = ", ".join(sorted(about)) or "nothing"
                yield f"wrong: {one.detector}: {one.sentence} (planted there: {kinds})"
        for case_id, case in open_cases.items():
            if case_id not in made:
                yield f"missed: {case_id} {case.keys} {case.first}"
                continue
            self.caught[case.detector, case.variant] += 1
            first = datetime.fromisoformat(case.first)
            at = min(one.when() for one in made[case_id])
            self.took[case.detector, case.variant].append(max(at - first, timedelta(0)))

    def merge(self, other: "Score") -> None:
        """Count another city as well."""
        for mine, more in (
            (self.cases, other.cases),
            (self.caught, other.caught),
            (self.right, other.right),
            (self.wrong, other.wrong),
        ):
            mine.update(more)
        for place, took in other.took.items():
            self.took[place] += took

    def recall(self, detector: str | None, variant: str) -> float | None:
        """Of the cases of this variant, of one detector or of all."""
        kinds = self.kinds if detector is None else (detector,)
        cases = sum(self.cases[kind, variant] for kind in kinds)
        return sum(self.caught[kind, variant] for kind in kinds) / cases if cases else None

    def precision(self, detector: str | None) -> float | None:
        """Of the findings of one detector or of all."""
        kinds = self.kinds if detector is None else (detector,)
        right, wrong = (sum(each[kind] for kind in kinds) for each in (self.right, self.wrong))
        return right / (right + wrong) if right + wrong else None


def report(score: Score, what: str, *, training: bool) -> str:
    """The table, and whether it is as good as is expected."""
    kind = "training seeds, on which thresholds are tuned" if training else "unseen seeds"
    lines = [
        "# Detection",
        "",
        f"{what}, {kind}.",
        "Each cell: easy / hard / adversarial; precision is a detector's, over all variants. The",
        "time is the median from a case's first event to its first finding.",
        "",
        "| detector | cases | precision | wrong | recall | F1 | time to detect |",
        "|---|---|---|---|---|---|---|",
        *(_row(score, each) for each in score.kinds),
        _row(score, None),
        "",
        f"Expected: precision {PRECISION}, recall "
        + ", ".join(f"{least} {one}" for one, least in EXPECTED.items())
        + f": {_verdict(score)}.",
        "",
    ]
    return "\n".join(lines)


def _verdict(score: Score) -> str:
    kept = (score.precision(None) or 0) >= PRECISION
    for variant, least in EXPECTED.items():
        kept = kept and (score.recall(None, variant) or 0) >= least
    return "met" if kept else "not met"


def _row(score: Score, kind: str | None) -> str:
    """Of one detector, or of all."""
    kinds = score.kinds if kind is None else (kind,)
    precision = score.precision(kind)
    cells = [
        kind or "**overall**",
        " / ".join(str(sum(score.cases[each, one] for each in kinds)) for one in VARIANTS),
        _share(precision),
        str(sum(score.wrong[each] for each in kinds)),
        " / ".join(_share(score.recall(kind, one)) for one in VARIANTS),
        " / ".join(_share(_f1(precision, score.recall(kind, one))) for one in VARIANTS),
        " / ".join(
            _time([t for each in kinds for t in score.took[each, one]]) for one in VARIANTS
        ),
    ]
    return f"| {' | '.join(cells)} |"


def _f1(precision: float | None, recall: float | None) -> float | None:
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _time(took: list[timedelta]) -> str:
    if not took:
        return "-"
    seconds = median(one.total_seconds() for one in took)
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
