"""A real Prometheus with our rules scrapes a real worker."""

import json
import re
from functools import partial
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from audit.topics import ACCESS_EVENTS
from dashboards import findings_alert, output
from dashboards.alerts import RECORDS
from gamsa import state
from gamsa.local_stack import ask_for_workers
from tests.accounts.conftest import GOOD
from tests.audit.test_codec import an_event
from tests.dashboards.installed import need
from tests.dashboards.test_alerts import ALERTS
from tests.local_stack.conftest import run_gamsa
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, need("prometheus")]

# The worker shows these of producers that are not well, and of no others.
OF_THE_UNWELL = {"ProducerNumbersMissing", "ProducerSilent"}
PANELS = [panel for make in output.DASHBOARDS for panel in make()["panels"]]
MEASURED = [panel for panel in PANELS if panel["datasource"]["type"] == "prometheus"]
# A comparison tells its answer instead of filtering, and a moment ago stands for last week.
TOLD = {r"(==|>=|>) ": r"\1 bool ", r" offset 1[hw]": ""}


@pytest.fixture(name="ask", scope="module")
def _ask(stack, producer, tmp_path_factory):
    """Ask Prometheus, once it has seen an allowed event, misuse and rubbish stored.

    There is a console, for somebody may sign in.
    """
    secret = tmp_path_factory.mktemp("secret") / "password"
    secret.write_text(f"{GOOD}\n")
    added = "user", "add", "desk.metrics", "--role", "auditor", "--password-file", str(secret)
    assert run_gamsa(stack.home, *added).returncode == 0
    ask_for_workers(stack.home, 1)

    def ask(expr):
        address = f"{stack.prometheus}/api/v1/query?{urlencode({'query': expr})}"
        with urlopen(address, timeout=30) as answer:
            said = json.load(answer)
        assert said["status"] == "success"
        assert "warnings" not in said
        return [one["metric"] for one in said["data"]["result"]]

    eventually(lambda: ready(ask))
    for seen in ("gamsa_events_total", "service:gamsa_misuse:share30m"):  # born, and risen
        for value in (an_event(), an_event(data_purpose="marketing"), "rubbish"):
            producer.send(ACCESS_EVENTS, json.dumps(value).encode(), key=b"staff:0417").get(30)
        eventually(partial(ask, seen))
    eventually(lambda: ask('up{job="gamsa-console"} == 1'))
    eventually(lambda: ask("deriv(topic:gamsa_lag_records:sum[10m])"))
    return ask


def ready(ask):
    try:
        return ask("gamsa_ledger_missing_rows and on () gamsa_server_up")
    except OSError:
        return False


def test_prometheus_finds_the_worker_by_its_name(ask):
    """Whoever reads an alert knows which worker it is."""
    names = {"instance": "worker-1", "job": "gamsa-worker"}
    (up, *_) = eventually(lambda: ask('up{job="gamsa-worker"} == 1'))
    assert names.items() <= up.items()


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_kept(ask, name):
    """What is looked back at is there under its name, by service or topic."""
    kept = ask(name)
    by = name.partition(":")[0]
    assert kept
    assert all(by in series for series in kept)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_reads_what_a_worker_tells(ask, alert):
    """Its expression has an answer, with the labels that its texts name."""
    expr = alert.expr
    for pattern, instead in TOLD.items():
        expr = re.sub(pattern, instead, expr)
    series = ask(expr)
    if alert.name in OF_THE_UNWELL:
        return
    assert series
    texts = alert.summary + alert.summary_ko + alert.description + alert.description_ko
    for label in re.findall(r"\$labels\.(\w+)", texts):
        assert all(label in one for one in series)


@pytest.mark.parametrize("panel", MEASURED, ids=lambda panel: panel["title"])
def test_a_panel_has_lines_with_the_names_it_gives_them(ask, panel):
    """Its expression has an answer on a stack at work, with the labels of its legend."""
    (target,) = panel["targets"]
    series = ask(target["expr"].replace("$__rate_interval", "1m"))
    assert series
    for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
        assert all(label in one for one in series)


def test_what_is_of_the_unwell_only_is_told_of_by_that_name(stack):
    """The worker's page has the metrics that no healthy producer has a sample of."""
    with urlopen(stack.metrics, timeout=10) as page:
        text = page.read().decode()
    for alert in ALERTS:
        if alert.name in OF_THE_UNWELL:
            (name,) = re.findall(r"gamsa_\w+", alert.expr)
            assert f"# TYPE {name} gauge" in text


def test_the_status_says_where_it_is(stack, ask):  # noqa: ARG001  it is ready by then
    """As an address for programs, and as a part that is ready for people."""
    told = json.loads(run_gamsa(stack.home, "status", "--json").stdout)
    assert told["prometheus"] == stack.prometheus
    assert "prometheus" in told["processes"]
    line = re.compile(rf"prometheus +{re.escape(stack.prometheus)} +ready")
    eventually(lambda: line.search(run_gamsa(stack.home, "status", COLUMNS="200").stdout))


@need("amtool")
def test_misuse_reaches_alertmanager(stack, ask):
    """What a worker found is an alert there, with its severity and page, and goes to the desk."""
    assert ask('gamsa_last_found_seconds{severity="high"}')
    alertmanager = state.live(stack.home).monitoring["alertmanager"]

    def alerts():
        with urlopen(f"{alertmanager}/api/v2/alerts", timeout=10) as answer:
            told = json.load(answer)
        return [one for one in told if one["labels"]["alertname"] == "MisuseOfHighSeverity"]

    (first, *_) = eventually(alerts)
    assert first["labels"]["severity"] in {"high", "critical"}
    assert first["annotations"]["runbook"] == "docs/runbooks/misuse_of_high_severity.md"
    assert [one["name"] for one in first["receivers"]] in (["security-desk"], ["night-duty"])


def test_grafanas_alert_gets_one_number_and_labels(trail, ask):  # noqa: ARG001  misuse is stored
    """Its query has text columns alone, and one number above its threshold, in each row."""
    answer = trail.client.query(findings_alert.FINDINGS)
    kinds = [kind.base_type for kind in answer.column_types]
    assert kinds.count("Float64") == 1
    assert all(kind in {"String", "Float64"} for kind in kinds)
    assert all(row[-1] > 0 for row in answer.result_rows)
    detectors = {row["detector"] for row in answer.named_results()}
    assert "unknown_purpose" in detectors
