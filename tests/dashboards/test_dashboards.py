"""The committed files: as the code makes them, and such that Grafana can load them."""

import re
from itertools import combinations, pairwise

import pytest
import yaml

from dashboards import console, output, provisioning
from dashboards.columns import columns
from dashboards.filters import FILTERS
from dashboards.grafana import SCHEMA_VERSION
from dashboards.macros import CALL, CONDITIONAL, MACROS, VARIABLE, Asked, conditional
from dashboards.now import SEVERITIES, STATUSES
from investigate.filters import AMONG
from investigate.web import console as console_pages
from investigate.web import question_pages
from investigate.web.words import WORDS

DASHBOARDS = {made["uid"]: made for made in (make() for make in output.DASHBOARDS)}
PANELS = [(made, panel) for made in DASHBOARDS.values() for panel in made["panels"]]
ASKED = [(made, panel) for made, panel in PANELS if "rawSql" in panel["targets"][0]]
each_dashboard = pytest.mark.parametrize("made", DASHBOARDS.values(), ids=DASHBOARDS)


def each(panels):
    names = [f"{made['uid']} {panel['title']}" for made, panel in panels]
    return pytest.mark.parametrize(("made", "panel"), panels, ids=names)


each_panel = each(PANELS)
each_of_clickhouse = each(ASKED)


def test_console_and_dashboards_have_one_word_for_one_thing():
    """A verdict, status or severity is called the same in Korean on both."""
    (column,) = columns("verdict")
    (mapping,) = next(one["value"] for one in column["properties"] if one["id"] == "mappings")
    verdicts = {name: one["text"] for name, one in mapping["options"].items()}
    statuses = {f"status_{name}": one["text"] for name, one in STATUSES.items()}
    severities = {name: f"{name} · {korean}" for name, (_, korean) in SEVERITIES.items()}
    for name, text in (verdicts | statuses | severities).items():
        assert text.partition(" · ")[2] == WORDS[name][1]


def test_korean_asks_in_one_register():
    """Console, dashboards and alerts say -세요 where they ask for something."""
    console_says = " ".join(korean for _, korean in WORDS.values())
    assert "십시오" not in console_says + " ".join(output.everything().values())


def variables(made):
    return {one["name"]: one for one in made["templating"]["list"]}


def data_links(panel):
    properties = [one for each in panel["fieldConfig"]["overrides"] for one in each["properties"]]
    return [link for one in properties if one["id"] == "links" for link in one["value"]]


def settings(panel, name):
    """What a panel says of this setting, in its defaults and for single columns."""
    config = panel["fieldConfig"]
    overridden = [one for each in config["overrides"] for one in each["properties"]]
    said = [one["value"] for one in overridden if one["id"] == name]
    return [*said, config["defaults"][name]] if name in config["defaults"] else said


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


def test_uids_and_titles_are_unique():
    """Grafana would load one of two with the same uid, and show two titles alike."""
    assert len(DASHBOARDS) == len(output.DASHBOARDS) == 6
    assert len({made["title"] for made in DASHBOARDS.values()}) == len(DASHBOARDS)


@each_dashboard
def test_the_dashboard_loads_in_grafana_10(made):
    """Schema version 38 is Grafana 10.0's; panels are numbered once each, and titled once each."""
    assert made["schemaVersion"] == SCHEMA_VERSION <= 38
    assert len({panel["id"] for panel in made["panels"]}) == len(made["panels"])
    assert len({panel["title"] for panel in made["panels"]}) == len(made["panels"])


@each_dashboard
def test_no_panel_overlaps_another(made):
    """Panels lie inside the grid of 24 columns, each in a place of its own."""
    places = [panel["gridPos"] for panel in made["panels"]]
    assert all(at["x"] >= 0 and at["x"] + at["w"] <= 24 for at in places)
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


@each_dashboard
def test_the_title_asks_and_the_links_lead_to_all_others(made):
    """The question stands in the title; links keep the range of time and the filters."""
    assert "?" in made["title"]
    assert {link["url"] for link in made["links"]} == {
        f"/d/{uid}" for uid in DASHBOARDS if uid != made["uid"]
    }
    assert all(link["keepTime"] and link["includeVars"] for link in made["links"])


@each_panel
def test_a_data_link_leads_to_a_dashboard_and_its_variable(made, panel):
    """The dashboard exists, knows the variable, and every filter that is carried is known here."""
    for link in data_links(panel):
        if link["url"].startswith(f"${{{console.NAME}"):
            continue
        uid, query = re.fullmatch(r"/d/([\w-]+)\?(.+)", link["url"]).groups()
        said = query.split("&")
        assert "${__url_time_range}" in said
        (name,) = re.findall(r"var-(\w+)=\$\{__value\.raw:percentencode\}", query)
        carried = re.findall(r"\$\{(\w+):queryparam\}", query)
        assert name in variables(DASHBOARDS[uid])
        assert name not in carried
        assert set(carried) <= set(variables(made))


def asked_with(part):
    """The names in a query that a route, or what it depends on, takes."""
    own = {one.alias for one in part.query_params}
    return own.union(*(asked_with(one) for one in part.dependencies))


ASKED_BY = {"/handler": "actor", "/touched": "file"}
"""The pages that are asked with what is a filter of the dashboards too."""


def pages():
    """The console's pages that are asked by link, and what each may be asked with."""
    return {
        route.path: asked_with(route.dependant)
        for router in (console_pages.router, question_pages.router)
        for route in router.routes
        if "GET" in route.methods
    }


@each_panel
def test_a_link_to_the_console_asks_a_page_that_there_is(made, panel):
    """The page takes what it is asked with, and is told the range of time where it takes one."""
    for link in data_links(panel):
        if not link["url"].startswith(f"${{{console.NAME}"):
            continue
        assert console.NAME in variables(made)
        path, query = re.fullmatch(r"\$\{console:raw\}(/[a-z]+)\?(.+)", link["url"]).groups()
        single, *filters = query.split("&${")
        asked = dict(one.split("=") for one in single.split("&"))
        assert asked.keys() <= pages()[path]
        carried = {one.removesuffix(":queryparam}") for one in filters}
        narrows = FILTERS.keys() <= variables(made).keys() and path not in {"/event", "/findings"}
        assert carried == (FILTERS.keys() - {ASKED_BY.get(path)} if narrows else set())
        assert ("start" in pages()[path]) == ("start" in asked) == ("end" in asked)
        assert link["targetBlank"]


def test_the_console_knows_the_filters_of_the_dashboards():
    """What a link carries is what the console narrows its answers to."""
    assert AMONG.keys() == FILTERS.keys()


def test_every_page_of_one_value_is_linked():
    """An event, a handler, a subject, an address and so on each lead to their page."""
    linked = {link["url"] for _, panel in PANELS for link in data_links(panel)}
    asked = {url.partition("&")[0] for url in linked if url.startswith("${console")}
    assert {one.removeprefix("${console:raw}").partition("=")[0] for one in asked} == {
        *("/event?id", "/handler?id", "/subject?id", "/where?ip", "/where?cookie"),
        *("/touched?file", "/recipient?id"),
        *("/findings?severity", "/findings?detector"),
    }


def test_the_console_may_be_elsewhere():
    """A copy of the dashboards for another address differs in that alone."""
    address = "http://127.0.0.1:18443"
    copies = output.placed(address)
    for name, text in copies.items():
        committed = output.files()[f"dashboards/{name}"]
        assert text.replace(address, console.ADDRESS) == committed
    assert sum(address in text for text in copies.values()) == len(copies) - 1  # not the pipeline


@each_dashboard
def test_a_variable_offers_all_and_several_values(made):
    """Each asks the data source by its uid, anew for each range of time, and starts at All."""
    for variable in variables(made).values():
        assert re.search(r"[가-힣]{2}", variable["label"] + variable["description"])
        if variable["name"] == console.NAME:
            continue
        assert variable["includeAll"]
        assert variable["multi"]
        assert variable["refresh"] == 2
        assert variable["current"]["value"] == ["$__all"]
        assert variable["datasource"]["uid"] == provisioning.CLICKHOUSE


@each_of_clickhouse
def test_a_query_filters_by_variables_that_its_dashboard_has(made, panel):
    """A variable without a choice above the panels would reach ClickHouse as it is written."""
    assert set(VARIABLE.findall(panel["targets"][0]["rawSql"])) <= set(variables(made))


@each_panel
def test_a_panel_says_what_to_do_in_both_languages(made, panel):
    """Title and description are there, in English and in Korean."""
    assert made["description"]
    for text in (panel["title"], panel["description"]):
        assert re.search(r"[A-Za-z]{3}", text)
        assert re.search(r"[가-힣]{2}", text)
    assert len(panel["description"]) > 100


@each_panel
def test_a_panel_asks_a_provisioned_data_source_by_its_uid(made, panel):
    """Panel and query name a data source that is provisioned, by uid and type."""
    kinds = {one["uid"]: one["type"] for one in provisioning.datasources()["datasources"]}
    wanted = panel["datasource"]
    assert wanted == {"type": kinds[wanted["uid"]], "uid": wanted["uid"]}, made["uid"]
    assert [target["datasource"] for target in panel["targets"]] == [wanted]


QUERIES = [panel["targets"][0]["rawSql"] for _, panel in ASKED]
QUERIES += [
    one["query"]
    for made in DASHBOARDS.values()
    for one in variables(made).values()
    if one["type"] == "query"
]


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_reads_views_only_and_its_macros_are_known(sql):
    """What stands after FROM and JOIN is a view or a subquery."""
    read = re.findall(r"\b(?:FROM|(?<!ARRAY )JOIN)\s+([\w(]+)", sql)
    assert read
    assert all(name == "(" or name.startswith("v_") for name in read), read
    assert {call[1] for call in CALL.finditer(sql)} <= {*MACROS, "conditionalAll"}
    chosen = {name: ["x"] for name in VARIABLE.findall(sql)}
    plain = conditional(sql, Asked(None, None, chosen=chosen))
    assert CONDITIONAL not in plain
    assert set(VARIABLE.findall(plain)) == set(chosen)


def test_every_query_file_is_asked():
    """A file that nothing asks would only seem to be watched."""
    folder = output.FOLDER.parent / "queries"
    texts = {path.read_text(encoding="utf-8").strip() for path in folder.rglob("*.sql")}
    asked = {re.sub(r"IN \('2024-01-01'[^)]*\)", "IN ({holidays})", sql) for sql in QUERIES}
    asked = {
        re.sub(r"(?<=kind = )'(consignee|third_party)'", "'{actor_kind}'", sql) for sql in asked
    }
    assert texts == asked


@each_panel
def test_numbers_have_a_unit_and_colours(made, panel):
    """A panel of numbers says their unit; one that is not lines says when a colour changes."""
    assert settings(panel, "unit"), made["uid"]
    if panel["type"] != "timeseries":
        assert settings(panel, "thresholds") or settings(panel, "mappings")
    for one in settings(panel, "thresholds"):
        assert one["steps"][0]["value"] is None
        assert all(a["value"] < b["value"] for a, b in pairwise(one["steps"][1:]))


def test_ledger_turns_red_from_the_first_row_on():
    """One missing or repeated row is enough."""
    ledger = next(panel for _, panel in PANELS if panel["title"].startswith("Ledger"))
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
