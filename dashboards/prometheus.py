"""Prometheus and Alertmanager: what is scraped, which alerts there are, whom they reach.

Nothing about a place stands here. Where workers, consoles and Alertmanager are is in files beside
the configuration, which Prometheus reads anew when they change; whom an alert reaches is the
operator's to say, in place of `receivers`.
"""

from collections.abc import Mapping
from typing import Any

from dashboards.alerts import (
    CONSEQUENCES,
    CONSOLE_JOB,
    GROUPS,
    JOB,
    RECORDS,
    TOLD_BETTER,
    Alert,
)

Model = dict[str, Any]

SCRAPE, EVALUATE = "5s", "15s"
WORKERS, CONSOLES = "targets/workers.yml", "targets/consoles.yml"
ALERTMANAGERS = "targets/alertmanagers.yml"
"""Files that say where they are, in the folder of `prometheus.yml`."""

RECEIVERS: Mapping[str, tuple[str, ...]] = {
    "night-duty": ("critical",),
    "security-desk": ("high",),
    "daily-review": ("medium", "low"),
}
"""Who is told of which severities."""
REPEATS = {"night-duty": "1h", "security-desk": "4h", "daily-review": "24h"}


def prometheus() -> Model:
    """Return what is scraped, and how often."""
    return {
        "global": {"scrape_interval": SCRAPE, "evaluation_interval": EVALUATE},
        "rule_files": ["rules.yml"],
        "alerting": {"alertmanagers": [{"file_sd_configs": [{"files": [ALERTMANAGERS]}]}]},
        "scrape_configs": [
            {"job_name": job, "file_sd_configs": [{"files": [file]}]}
            for job, file in ((JOB, WORKERS), (CONSOLE_JOB, CONSOLES))
        ],
    }


def rules() -> Model:
    """Return what is kept for looking back, and the alerts."""
    records = [{"record": name, "expr": expr} for name, expr in RECORDS.items()]
    groups = [
        {"name": name, "rules": [_rule(alert) for alert in alerts]}
        for name, alerts in GROUPS.items()
    ]
    return {"groups": [{"name": "usual", "rules": records}, *groups]}


def _rule(alert: Alert) -> Model:
    labels = {"labels": {"severity": alert.severity}} if alert.severity else {}
    return {
        "alert": alert.name,
        "expr": alert.expr,
        "for": alert.wait,
        **labels,
        "annotations": {
            "summary": alert.summary,
            "summary_ko": alert.summary_ko,
            "description": alert.description,
            "description_ko": alert.description_ko,
            "runbook": f"docs/runbooks/{alert.runbook}.md",
        },
    }


def alertmanager() -> Model:
    """Return the routes by severity, what silences what, and receivers without an address.

    An alert of no known severity is treated as critical. `receivers` stands last: it is what an
    operator's own takes the place of.
    """
    first, *others = RECEIVERS
    routes = [
        {
            "receiver": name,
            "matchers": [f'severity=~"{"|".join(RECEIVERS[name])}"'],
            "repeat_interval": REPEATS[name],
        }
        for name in others
    ]
    return {
        "route": {
            "receiver": first,
            "group_by": ["alertname"],
            "group_wait": "10s",
            "group_interval": "1m",
            "repeat_interval": REPEATS[first],
            "routes": routes,
        },
        "inhibit_rules": [
            {
                "source_matchers": [f'alertname="{cause}"'],
                "target_matchers": [f'alertname=~"{"|".join(silenced)}"'],
            }
            for cause, silenced in CONSEQUENCES.items()
        ]
        + [
            {
                "source_matchers": [f'alertname="{better}"'],
                "target_matchers": [f'alertname="{other}"'],
                "equal": ["detector"],
            }
            for better, other in TOLD_BETTER.items()
        ],
        "receivers": [{"name": name} for name in RECEIVERS],
    }


def with_receivers(configuration: str, own: str) -> str:
    """Return Alertmanager's configuration with an operator's `receivers`, and `global` if given.

    `own` is YAML of these two. What stands last in the configuration makes way for it.
    """
    return configuration.partition("\nreceivers:")[0] + "\n" + own
