"""What a draft would have found in stored history, beside what was found."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

import policies
from gamsa.backtest import backtest
from storage import migrate
from storage.trail import Trail, connect
from stream.detecting import Detecting
from stream.detectors.bulk_reading import IN_HOUR
from stream.detectors.example import access
from stream.questions import Terms
from tests.detectors.histories import MONDAY, Teller

pytestmark = pytest.mark.slow

THE_DAY = ("--from", "2026-01-12", "--to", "2026-01-13")


@pytest.fixture(name="run")
def _run(database, monkeypatch):
    """Run the command over a trail in which 61 people were read within an hour."""
    client = connect(database)
    migrate.apply(client)
    teller = Teller(Trail(client))
    teller.tell(IN_HOUR.examples[0].history)
    monkeypatch.setenv("GAMSA_CLICKHOUSE", database)
    monkeypatch.setenv("GAMSA_KAFKA", "127.0.0.1:1")

    def run(*arguments, days=THE_DAY):
        done = CliRunner().invoke(backtest, [*arguments, *days, "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    yield teller, run
    client.close()


def counts(told):
    return {one["name"]: (one["newly"], one["no_longer"], one["same"]) for one in told["found"]}


def test_a_backtest_tells_new_findings_from_old_ones(run, tmp_path):
    """Newly before any worker looked, the same after, no longer with a higher threshold."""
    teller, ask = run
    told = ask("--detector", "bulk_reading")
    assert counts(told)["bulk_reading/hour"] == (1, 0, 0)
    assert told["events"] == 61
    assert "61 people" in str(told["found"])
    worker = Detecting(teller.trail, [IN_HOUR], Terms())
    for _ in range(3):
        for step in worker.look(MONDAY + timedelta(days=2), MONDAY + timedelta(days=2)):
            worker.keep(step)
    assert counts(ask("--detector", "bulk_reading"))["bulk_reading/hour"] == (0, 0, 1)
    draft = tmp_path / "draft.yaml"
    draft.write_text("detectors: {bulk_reading: {in_hour: 61}}\n", encoding="utf-8")
    told = ask("--detector", "bulk_reading", "--thresholds", str(draft))
    assert counts(told)["bulk_reading/hour"] == (0, 1, 0)


def test_a_backtest_counts_late_events_if_it_is_asked_to(run):
    """What was received an hour after its own hour is only found with --late."""
    teller, ask = run
    teller.tell(
        access(f"2 14:{n % 60:02}", actor="staff:9", subject=f"member:{n}", late=61 if n else 0)
        for n in range(61)
    )
    tuesday = ("--from", "2026-01-13", "--to", "2026-01-14")
    told = ask("--detector", "bulk_reading", days=tuesday)
    assert counts(told)["bulk_reading/hour"] == (0, 0, 0)
    told = ask("--detector", "bulk_reading", "--late", days=tuesday)
    assert counts(told)["bulk_reading/hour"] == (1, 0, 0)
    assert "staff:9" in str(told["found"])


def test_a_draft_of_a_policy_judges_the_exact_bytes_anew(run, tmp_path):
    """The policy itself changes nothing; judged as though always in force, an old access flips."""
    teller, ask = run
    draft = str(a_draft(tmp_path))
    same = ask("--policy", draft)
    assert (same["events"], same["found"]) == (61, [])
    teller.tell([access("-2200 10:00")])
    flipped = ask("--policy", draft, days=("--from", "2019-12-01", "--to", "2020-02-01"))
    assert flipped["events"] == 1
    (old,) = flipped["found"]
    assert old["name"].startswith("no_policy_in_force")
    assert (old["newly"], old["no_longer"], len(old["samples"])) == (0, 1, 1)


def a_draft(folder):
    """A copy of the policy that judged, with its rights beside it."""
    for path in policies.SEOUL_RESERVATION.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return folder / "2021-01-01.yaml"
