"""The alerts: as the code makes them, as Prometheus reads them, and whom they reach."""

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import yaml

from audit.completeness import Hole
from dashboards import findings_alert, output, provisioning
from dashboards.alerts import CONSEQUENCES, FINDING, GROUPS, TOLD_BETTER
from dashboards.prometheus import RECEIVERS, alertmanager, with_receivers
from gamsa.monitoring import answers
from gamsa.ports import free_port
from investigate.masking import HANDLERS
from storage import detections, holes
from tests.dashboards.installed import need
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
RULES = Path(__file__).parent / "rules"
ALERTMANAGER = output.HERE / "alertmanager" / "alertmanager.yml"
ALERTS = [alert for alerts in GROUPS.values() for alert in alerts]
each_alert = pytest.mark.parametrize("alert", ALERTS, ids=[alert.name for alert in ALERTS])


def said(*command):
    """What a program says, when it ends with 0."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", output.monitoring())
def test_the_committed_file_is_what_the_code_makes(name, update_golden):
    """`python -m dashboards` would change nothing; --update-golden writes it anew."""
    path, text = output.HERE / name, output.monitoring()[name]
    update_golden(path, text)
    assert path.read_text(encoding="utf-8") == text


@each_alert
def test_an_alert_says_in_both_languages_what_is_wrong(alert):
    """Summary and description are there in English and in Korean, and its severity is known."""
    for text in (alert.summary, alert.description):
        assert re.search(r"[A-Za-z]{3}", text)
    for text in (alert.summary_ko, alert.description_ko):
        assert re.search(r"[가-힣]{2}", text)
    known = {severity for severities in RECEIVERS.values() for severity in severities}
    assert alert.severity in known or "severity" in alert.expr


@each_alert
def test_an_alert_leads_to_a_page(alert):
    """It names the alert, and says what to look at, what to do and who decides."""
    text = (ROOT / "docs" / "runbooks" / f"{alert.runbook}.md").read_text(encoding="utf-8")
    assert f"`{alert.name}`" in text
    for part in ("## What it means", "## What to look at", "## What to do", "## Who decides"):
        assert part in text


@each_alert
def test_an_alert_is_tried_in_some_history(alert):
    """One test of promtool expects it to fire; another gives it what it reads, and all is well."""
    tests = [test for file in RULES.glob("*.yml") for test in _tests(file)]
    fires = [case for test in tests for case in test["promql_expr_test"] if "exp_samples" in case]
    assert any(f'alertname="{alert.name}"' in case["expr"] for case in fires)
    (well,) = (test for test in tests if test["name"] == "all is well and nothing fires")
    given = " ".join(series["series"] for series in well["input_series"])
    assert all(name in given for name in re.findall(r"\b(?:gamsa_\w+|up)\b(?!:)", alert.expr))


def _tests(file):
    return yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]


@need("promtool")
def test_prometheus_reads_the_rules_and_its_configuration():
    """Nothing is wrong with either, says promtool."""
    said("promtool", "check", "rules", output.HERE / "prometheus" / "rules.yml")
    said("promtool", "check", "config", output.HERE / "prometheus" / "prometheus.yml")


@need("promtool")
@pytest.mark.parametrize("file", sorted(RULES.glob("*.yml")), ids=lambda file: file.stem)
def test_alerts_fire_when_they_should_and_only_then(file):
    """Each history is played by promtool, which looks what fires."""
    said("promtool", "test", "rules", file)


@need("amtool")
def test_alertmanager_reads_its_configuration():
    """Nothing is wrong with it, says amtool."""
    said("amtool", "check-config", ALERTMANAGER)


@need("amtool")
@pytest.mark.parametrize(
    ("severity", "receiver"),
    [(severity, name) for name, severities in RECEIVERS.items() for severity in severities]
    + [("", "night-duty"), ("unheard of", "night-duty")],
)
def test_an_alert_reaches_those_who_take_its_severity(severity, receiver):
    """What has no severity that is known wakes the night duty, rather than nobody."""
    route = ("amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}")
    assert said(*route, f"severity={severity}").strip() == receiver


@need("amtool")
def test_receivers_of_an_operator_take_the_place_of_ours(tmp_path):
    """With addresses and a mail server of one's own, the file is still right."""
    own = tmp_path / "receivers.yml"
    own.write_text(
        "global: {smtp_smarthost: 'localhost:25', smtp_from: gamsa@localhost}\n"
        "receivers:\n"
        "  - {name: night-duty, webhook_configs: [{url: 'http://127.0.0.1:9/'}]}\n"
        "  - {name: security-desk, email_configs: [{to: root@localhost}]}\n"
        "  - {name: daily-review}\n",
        encoding="utf-8",
    )
    whole = tmp_path / "alertmanager.yml"
    whole.write_text(with_receivers(ALERTMANAGER.read_text("utf-8"), own.read_text("utf-8")))
    said("amtool", "check-config", whole)
    route = ("amtool", "config", "routes", "test", f"--config.file={whole}", "severity=low")
    assert said(*route).strip() == "daily-review"


def test_grafana_provisions_one_alert_and_its_way():
    """Rule, contact point and policy have what Grafana's provisioning asks of them."""
    made = findings_alert.alerting()
    (contact,), (policy,), (group,) = made["contactPoints"], made["policies"], made["groups"]
    assert policy["receiver"] == contact["name"]
    assert {"name", "folder", "interval", "rules"} <= set(group)
    (rule,) = group["rules"]
    assert {"uid", "title", "condition", "data", "for"} <= set(rule)
    assert rule["noDataState"] in {"OK", "NoData", "Alerting"}
    assert rule["execErrState"] in {"OK", "Error", "Alerting"}
    known = {one["uid"] for one in provisioning.datasources()["datasources"]} | {"__expr__"}
    assert {query["datasourceUid"] for query in rule["data"]} <= known
    assert rule["condition"] in [query["refId"] for query in rule["data"]]
    assert all(query["model"]["refId"] == query["refId"] for query in rule["data"])


def test_grafana_takes_no_template_for_a_variable():
    """A dollar sign in a provisioned file is a variable of Grafana's environment."""
    text = output.files()["provisioning/alerting/gamsa.yaml"]
    assert set(re.findall(r"\$\w*", text)) == {"$GF_GAMSA_ALERTMANAGER", "$GF_GAMSA_CONSOLE"}


TOLD = ["finding_id", "severity", "detector", "actor", "title", "title_ko", "page", "accesses"]
"""What Grafana's alert carries. Whoever adds a column sees that nobody's data is in it."""


def test_grafanas_alert_says_what_its_query_has():
    """Its annotations use no label that the query does not give, and lead to the console."""
    (rule,) = findings_alert.alerting()["groups"][0]["rules"]
    said = " ".join(rule["annotations"].values())
    assert set(re.findall(r"\.Labels\.(\w+)", said)) <= set(TOLD)
    link = "$GF_GAMSA_CONSOLE/findings?detector={{ .Labels.detector }}"
    assert rule["annotations"]["description"].endswith(link)
    assert rule["annotations"]["description_ko"].endswith(link)


@pytest.mark.slow
def test_grafanas_alert_carries_nothing_that_the_console_masks(trail):
    """No cookie, session, IP address or subject; handlers, and producers of holes, by their id."""
    secrets = "c0ffee-0815", "s-4711", "203.0.113.9", "member:48213", "member:hong"
    handlers = [f"{kind}:0417" for kind in sorted(HANDLERS)]
    others = ["", "hong", *(one for one in secrets if ":" in one), "staff:member:hong"]
    now = datetime.now(UTC)
    event = detections.Event("t", 0, 1, "e", now, "member:48213", "/services/reservation")
    sentence = " ".join(secrets)
    found = [
        detections.Detection(
            *(f"id-{number}", "a_kind", "high", "Art. 9(3)2", actor, secrets[0], now, now),
            *("A title", "제목", sentence, sentence, "docs/runbooks/a.md", False, (event,)),
        )
        for number, actor in enumerate([*handlers, *others])
    ]
    detections.store(trail, found)
    holes.store(trail, [Hole("/services/reservation", "p-1", 7, 3, 5)], now)
    answer = trail.client.query(findings_alert.FINDINGS)
    assert list(answer.column_names) == TOLD
    rows = {row["finding_id"]: row for row in answer.named_results()}
    assert len(rows) == len(found) + 1
    for one in found:
        told = rows.pop(one.finding_id)
        assert told["actor"] == (one.actor if one.actor in handlers else "no handler")
        assert not any(secret in str(told) for secret in secrets)
    (hole,) = rows.values()
    assert hole["actor"] == "p-1"


@pytest.fixture(name="alertmanager", scope="module")
def _alertmanager(tmp_path_factory):
    """The URL of a real Alertmanager with our routes."""
    place = f"127.0.0.1:{free_port()}"
    command = [
        *("prometheus-alertmanager", f"--config.file={ALERTMANAGER}"),
        f"--storage.path={tmp_path_factory.mktemp('alertmanager')}",
        *("--cluster.listen-address=", f"--web.listen-address={place}"),
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        assert eventually(lambda: answers(f"http://{place}"))
        yield f"http://{place}/api/v2/alerts"
        process.terminate()


def suppressed(alertmanager, *labels):
    """Post alerts of these labels, and return the names of those that are held back."""
    body = json.dumps([{"labels": each} for each in labels]).encode()
    asked = Request(alertmanager, body, {"Content-Type": "application/json"})
    urlopen(asked, timeout=10).close()
    with urlopen(alertmanager, timeout=10) as answer:
        told = json.load(answer)
    return {one["labels"]["alertname"] for one in told if one["status"]["state"] == "suppressed"}


@pytest.mark.slow
@need("amtool")
def test_what_another_alert_explains_is_held_back(alertmanager):
    """ClickHouse's absence holds back its consequences; a sentence holds back the bare kind."""
    names = [{"alertname": alert.name, "severity": "high"} for alert in ALERTS]
    away = [each for each in names if not each["alertname"].endswith(("Away", "Gone"))]
    assert suppressed(alertmanager, *away) == set()
    causes = {"alertname": "ClickHouseAway"}
    assert suppressed(alertmanager, *away, causes) == {
        name for name in CONSEQUENCES["ClickHouseAway"] if name != "DatasourceError"
    }
    found = [
        {"alertname": name, "detector": "bulk_reading"} for name in (FINDING, TOLD_BETTER[FINDING])
    ]
    other = {"alertname": TOLD_BETTER[FINDING], "detector": "own_circle"}
    assert TOLD_BETTER[FINDING] not in suppressed(alertmanager, found[1], other)
    assert TOLD_BETTER[FINDING] in suppressed(alertmanager, *found, other)


def test_consequences_are_alerts_and_nothing_silences_itself_or_misuse():
    """What a server's absence explains is held back; what was found never is."""
    names = {alert.name for alert in ALERTS} | {"DatasourceError"}  # Grafana's own
    for cause, silenced in CONSEQUENCES.items():
        assert {cause, *silenced} <= names
        assert cause not in silenced
        assert not {"MisuseOfHighSeverity", "LedgerMissingRows"} & set(silenced)


def test_no_receiver_has_an_address():
    """Whom an alert reaches is the operator's to say."""
    assert alertmanager()["receivers"] == [{"name": name} for name in RECEIVERS]
    assert list(alertmanager())[-1] == "receivers"
