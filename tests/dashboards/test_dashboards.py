"""The committed files: as the code makes them, and such that Grafana can load them."""

import re
from itertools import combinations

import pytest
import yaml

from dashboards import now, output, provisioning
from dashboards.grafana import SCHEMA_VERSION
from tests.dashboards.macros import CALL, MACROS

PANELS = now.now()["panels"]
each_panel = pytest.mark.parametrize("panel", PANELS, ids=[one["title"] for one in PANELS])


@pytest.mark.parametrize("name", output.files())
def test_the_committed_file_is_what_the_code_makes(name, update_golden):
    """`python -m dashboards` would change nothing; --update-golden writes it anew."""
    path, text = output.FOLDER / name, output.files()[name]
    update_golden(path, text)
    assert path.read_text(encoding="utf-8") == text


def test_no_other_file_is_provisioned():
    """A file that the code no longer makes must not be left for Grafana to load."""
    found = {str(path.relative_to(output.FOLDER)) for path in output.FOLDER.rglob("*.*")}
    assert found == set(output.files())


def test_the_dashboard_loads_in_grafana_10():
    """Schema version 38 is Grafana 10.0's; panels are numbered once each."""
    assert SCHEMA_VERSION <= 38
    assert now.now()["schemaVersion"] == SCHEMA_VERSION
    assert now.now()["uid"] == "gamsa-now"
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


def test_no_panel_overlaps_another():
    """Panels lie inside the grid of 24 columns, each in a place of its own."""
    places = [panel["gridPos"] for panel in PANELS]
    assert all(at["x"] >= 0 and at["x"] + at["w"] <= 24 for at in places)
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


@each_panel
def test_a_panel_says_what_to_do_in_both_languages(panel):
    """Title and description are there, in English and in Korean."""
    for text in (panel["title"], panel["description"]):
        assert re.search(r"[A-Za-z]{3}", text)
        assert re.search(r"[가-힣]{2}", text)
    assert len(panel["description"]) > 100


@each_panel
def test_a_panel_asks_the_provisioned_data_source_by_its_uid(panel):
    """Panel and query name a data source that is provisioned, by uid and type."""
    sources = {one["uid"]: one for one in provisioning.datasources()["datasources"]}
    wanted = panel["datasource"]
    assert wanted == {"type": sources[wanted["uid"]]["type"], "uid": wanted["uid"]}
    assert [target["datasource"] for target in panel["targets"]] == [wanted]


@each_panel
def test_a_query_reads_views_only_and_its_macros_are_known(panel):
    """What stands after FROM and JOIN is a view or a subquery."""
    (target,) = panel["targets"]
    sql = target["rawSql"]
    read = re.findall(r"\b(?:FROM|(?<!ARRAY )JOIN)\s+([\w(]+)", sql)
    assert read
    assert all(name == "(" or name.startswith("v_") for name in read), read
    assert {call[1] for call in CALL.finditer(sql)} <= set(MACROS)
    assert sql.count("$__") == len(CALL.findall(sql))


@each_panel
def test_numbers_have_a_unit(panel):
    """A panel of numbers says which unit they have, in its defaults or for a column."""
    config = panel["fieldConfig"]
    overridden = [one for override in config["overrides"] for one in override["properties"]]
    assert "unit" in config["defaults"] or any(one["id"] == "unit" for one in overridden)


def test_ledger_turns_red_from_the_first_row_on():
    """One missing or repeated row is enough."""
    ledger = next(panel for panel in PANELS if panel["title"].startswith("Ledger"))
    assert ledger["fieldConfig"]["defaults"]["thresholds"]["steps"] == [
        {"color": "green", "value": None},
        {"color": "red", "value": 1},
    ]


def test_the_data_source_names_no_place_and_no_password():
    """Host, port, user, password and the dashboards' folder come from the environment."""
    files = output.files()
    source = yaml.safe_load(files["provisioning/datasources/gamsa.yaml"])["datasources"][0]
    told = source["jsonData"] | source["secureJsonData"]
    for name in ("host", "port", "username", "password"):
        assert re.fullmatch(r"\$GF_GAMSA_\w+", told[name]), name
    for other in yaml.safe_load(files["provisioning/datasources/gamsa.yaml"])["datasources"][1:]:
        assert re.fullmatch(r"http://\$GF_GAMSA_\w+", other["url"])
    provider = yaml.safe_load(files["provisioning/dashboards/gamsa.yaml"])["providers"][0]
    assert re.fullmatch(r"\$GF_GAMSA_\w+", provider["options"]["path"])
