"""The one alert that Grafana evaluates itself, and its way to Alertmanager.

Prometheus knows that misuse of a kind was found; who did what is only in ClickHouse. All other
alerts are Prometheus's, so that they do not depend on Grafana, and all of them are routed by
Alertmanager, so that a severity reaches the same people wherever it comes from.
"""

from typing import Any

from dashboards.alerts import FINDING
from dashboards.provisioning import ALERTMANAGER_PLACE, CLICKHOUSE, CONSOLE, PLUGIN

FOLDER = "Gamsa alerts · 감사 경보"
CONTACT = "Gamsa Alertmanager"

# Text columns become an alert's labels, the number its value. What the console masks may not go
# that way: sentences hold cookies and sessions, and a member is a subject. A hole's actor is its
# producer. Actors may be as long as anybody likes.
FINDINGS = """
SELECT
    finding_id,
    severity,
    detector,
    if(
        extract(v_findings.actor, '^(.*):') IN ('staff', 'system', 'consignee', 'third_party')
            OR detector = 'sequence_hole',
        substringUTF8(v_findings.actor, 1, 100),
        'no handler'
    ) AS actor,
    title,
    title_ko,
    runbook AS page,
    toFloat64(count) AS accesses
FROM v_findings
WHERE severity IN ('critical', 'high') AND ingested_at > now() - INTERVAL 10 MINUTE
ORDER BY ingested_at DESC
LIMIT 50
""".strip()

_ACTOR_KO = (
    '{{ if eq .Labels.actor "no handler" }}취급자 없음{{ else }}{{ .Labels.actor }}{{ end }}'
)
_FOUND = f"${CONSOLE}/findings?detector={{{{ .Labels.detector }}}}"


def alerting() -> dict[str, Any]:
    """Return the alert, the contact point that hands it on, and the policy that sends it there."""
    contact = {
        "uid": "gamsa-alertmanager",
        "type": "prometheus-alertmanager",
        "settings": {"url": f"http://${ALERTMANAGER_PLACE}"},
    }
    group = {
        "orgId": 1,
        "name": "findings",
        "folder": FOLDER,
        "interval": "30s",
        "rules": [_finding()],
    }
    return {
        "apiVersion": 1,
        "contactPoints": [{"orgId": 1, "name": CONTACT, "receivers": [contact]}],
        "policies": [{"orgId": 1, "receiver": CONTACT, "group_by": ["alertname"]}],
        "groups": [group],
    }


def _finding() -> dict[str, Any]:
    # `.Labels` instead of `$labels`: Grafana would take that for a variable of its environment.
    return {
        "uid": "gamsa-finding",
        "title": FINDING,
        "condition": "B",
        "data": [_query(), _threshold()],
        "noDataState": "OK",
        "execErrState": "Error",
        "for": "0s",
        "annotations": {
            "summary": "{{ .Labels.severity }}: {{ .Labels.title }}, {{ .Labels.actor }}",
            "summary_ko": "{{ .Labels.severity }}: {{ .Labels.title_ko }}, " + _ACTOR_KO,
            "description": f"What was found is in the console: {_FOUND}",
            "description_ko": f"탐지 내용은 콘솔에서 확인하세요: {_FOUND}",
            "runbook": "{{ .Labels.page }}",
        },
    }


def _query() -> dict[str, Any]:
    return {
        "refId": "A",
        "relativeTimeRange": {"from": 600, "to": 0},
        "datasourceUid": CLICKHOUSE,
        "model": {
            "refId": "A",
            "datasource": {"type": PLUGIN, "uid": CLICKHOUSE},
            "pluginVersion": "4.0.0",
            "editorType": "sql",
            "queryType": "table",
            "format": 1,
            "rawSql": FINDINGS,
        },
    }


def _threshold() -> dict[str, Any]:
    return {
        "refId": "B",
        "datasourceUid": "__expr__",
        "model": {
            "refId": "B",
            "type": "threshold",
            "expression": "A",
            "conditions": [{"evaluator": {"type": "gt", "params": [0]}}],
        },
    }
