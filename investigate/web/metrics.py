"""Every metric of the console, named here and nowhere else."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from investigate.cases.lookup import Lookup

REGISTRY = CollectorRegistry()
"""What a console shows; the workers' metrics are not among it."""

QUESTIONS = Counter(
    "gamsa_questions",
    "Questions and steps of people at the console: asked, too_many, not_recorded",
    ["outcome"],
    registry=REGISTRY,
)
ASKED, TOO_MANY, NOT_RECORDED = (
    QUESTIONS.labels(outcome) for outcome in ("asked", "too_many", "not_recorded")
)


class Cases(Collector):
    """The cases as the database has them whenever somebody looks."""

    def __init__(self, cases: Lookup) -> None:
        self._cases = cases

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name the metrics without asking the database."""
        yield GaugeMetricFamily("gamsa_cases", "Cases in each state", labels=["state"])
        yield GaugeMetricFamily(
            "gamsa_explanations_overdue", "Explanations waited for beyond their deadline"
        )

    def collect(self) -> Iterator[Metric]:
        """Count; where the database is away the page is none, and Prometheus sees us down."""
        states, overdue = self.describe()
        for state, number in self._cases.counts().items():
            states.add_metric([state], number)
        overdue.add_metric([], self._cases.overdue())
        yield from (states, overdue)
