"""Reading policy files: what is refused, and how the error helps."""

import pytest

from audit.policy_file import PolicyError, read
from audit.policy_schema import SCHEMAS
from policies import SEOUL_RESERVATION, load_policy

OLD, RIGHTS = "2024-03-01.yaml", "access-rights.yaml"


def broken(folder, name, before, after):
    """The error of loading a folder in which one place of one file was changed."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    line = text[: text.index(before)].count("\n") + 1
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_policy(folder)
    return str(caught.value), f"{name}:{line}:"


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        (OLD, "    clause: Art. 1(1)1\n", "", "purposes[0].clause: is missing; add `clause:`"),
        (OLD, "clause: Art. 1(1)2", "clause: Article 1", "such as `Art. 3`, `Art. 1(1)3`"),
        (OLD, "period: 3 months", "period: 3 moons", "files[0].retention.period"),
        (OLD, "purposes: [lending, reminding]", "purposes: [lendin]", "did you mean 'lending'?"),
        (OLD, "purposes: [lending, reminding]", "purpose: [lending]", "did you mean `purposes`?"),
        (OLD, "legal_basis: [membership]", "legal_basis: membership", "must be a list"),
        (OLD, "required: [name, loans]", "required: [name, loan]", "did you mean 'loans'?"),
        (OLD, "time_zone: America/New_York", "time_zone: America/Hill", "is no time zone"),
        (OLD, "effective_from: 2024-03-01", "effective_from: soon", "effective_from"),
        (OLD, "id: reminding", "id: lending", "'lending' is given twice"),
        (OLD, "title: {en: Lending", "id: other\n    title: {en: Lending", "written twice"),
        (OLD, "title: {en: Lending", "title: [en: Lending", "not YAML"),
        (OLD, "period: 3 months", "period: &p 3 months\n      also: *p", "an alias (*name)"),
        (OLD, "checks: [retention_expired]", "checks: [time_in_future]", "is misuse retention_"),
        (OLD, "event: {items: [telephone]}", "event: {itens: []}", "no field of an access event"),
        (OLD, "event: {items: [telephone]}", "event: {records: -1}", "is not an access event"),
        (OLD, "event: {items: [telephone]}", "event: {time: noon}", "time that cannot be read"),
        (OLD, "period: 3 months", "period: 3 moons", "is no period; write months or years"),
        (OLD, "effective_from: 2024-03-01", "effective_from: soon", "such as 2026-06-01"),
        (OLD, "id: reminding", "id: Reminding Mail", "is no id; use small letters"),
        (OLD, "  unknown_file:", "  unknown_fil:", "did you mean 'unknown_file'?"),
        (OLD, "checks: [retention_expired]", "checks: [retention]", "is not known here; "),
        (OLD, "time_zone:", "time_zon:", "time_zon: is not a known field; did you mean `time_z"),
        (RIGHTS, "actions: [create,", "actions: [make,", "'make' is not known here; write"),
        (RIGHTS, "files: [reader_card]", "files: [readers]", "is no file of this policy"),
        (RIGHTS, "kinds: [staff]", "kinds: [ghost]", "roles[0].kinds"),
    ],
)
def test_a_broken_file_names_file_line_field_and_the_mend(folder, name, before, after, said):
    """Whoever wrote the file finds the place and knows what to do."""
    message, _ = broken(folder, name, before, after)
    assert said in message
    assert message.startswith(f"{name}:")


def test_the_line_is_that_of_the_field(folder):
    """The number leads to the line in the editor."""
    message, place = broken(folder, OLD, "period: 3 months", "period: 3 moons")
    assert message.startswith(place)


def test_a_failing_example_is_named_by_its_line(folder):
    """An example that comes out otherwise is an error at the example."""
    message, place = broken(
        folder,
        OLD,
        "{case: a card is read, event: {}}",
        "{case: a card is read, event: {items: [x]}}",
    )
    assert message.startswith(place)
    assert "unknown_item" in message


def test_every_check_needs_an_entry(folder):
    """A check without clause and runbook cannot become a finding."""
    path = folder / OLD
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("  re_consignment:")]
    path.write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(PolicyError, match="no entry for 're_consignment'"):
        load_policy(folder)


def test_all_problems_are_told_at_once(folder):
    """One run of lint shows all there is to mend."""
    path = folder / OLD
    text = path.read_text(encoding="utf-8")
    text = text.replace("institution: hillside-library", "institution: Hillside Library")
    path.write_text(text.replace("clause: Art. 3(1)\n", "clause: 3\n"), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_policy(folder)
    assert len(caught.value.problems) == 2


def test_the_problems_of_all_files_are_told_at_once(folder):
    """An error in the rights file does not wait for one in the version, or for a time zone."""
    for name, before, after in (
        (OLD, "period: 3 months", "period: 3 moons"),
        (OLD, "America/New_York", "America/Hill"),
        (RIGHTS, "kinds: [staff]", "kinds: [ghost]"),
    ):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_policy(folder)
    found = {(problem.file, problem.field) for problem in caught.value.problems}
    assert found >= {
        (OLD, "files[0].retention.period"),
        (OLD, "time_zone"),
        (RIGHTS, "roles[0].kinds[0]"),
    }


MEMBER = "{id: a, title: {en: A, ko: A}}"
CITED = "clause: Art. 3(1), summary: {en: S., ko: S.}"
RIGHT = f"{{id: view, title: {{en: V, ko: V}}, {CITED}}}"


@pytest.mark.parametrize(
    ("name", "field", "entries", "said"),
    [
        (
            RIGHTS,
            "file_retention",
            "[{file: reader_card, period: 1 year}, {file: reader_card, period: 9 years}]",
            "file_retention[1]: 'reader_card' is given twice; rename or remove one",
        ),
        (
            RIGHTS,
            "family_members",
            f"[{{family: f, members: [{MEMBER}]}}, {{family: f, members: [{MEMBER}]}}]",
            "family_members[1]: 'f' is given twice; rename or remove one",
        ),
        (
            RIGHTS,
            "family_members",
            f"[{{family: f, members: [{MEMBER}, {MEMBER}]}}]",
            "family_members[0].members[1]: 'a' is given twice; rename or remove one",
        ),
        (
            OLD,
            "subject_rights",
            f"{{{CITED}, purpose: lending, rights: [{RIGHT}, {RIGHT}]}}",
            "subject_rights.rights[1]: 'view' is given twice; rename or remove one",
        ),
        (
            OLD,
            "safety_measures",
            f"[{{id: first, {CITED}}}, {{id: first, {CITED}}}]",
            "safety_measures[1]: 'first' is given twice; rename or remove one",
        ),
    ],
)
def test_what_is_given_twice_is_refused_where_one_would_win(folder, name, field, entries, said):
    """Neither is chosen in silence."""
    path = folder / name
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{field}: {entries}\n")
    line = len(path.read_text(encoding="utf-8").splitlines())
    with pytest.raises(PolicyError) as caught:
        load_policy(folder)
    assert f"{name}:{line}: {said}" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (OLD, "    clause: Art. 2(2)\n", "    clause: Art. 2(2)\n      colour: red\n"),
        (RIGHTS, "actions: [create, read, update]", "actions: [peek]"),
        (OLD, "checks: [retention_expired]", "checks: [retention]"),
        (OLD, "period: 3 months", "period: 3 moons"),
    ],
)
def test_one_mistake_is_one_line(folder, name, before, after):
    """A list whose entry is wrong is not called empty as well."""
    message, _ = broken(folder, name, before, after)
    assert len(message.splitlines()) == 1, message


@pytest.mark.parametrize("only", [False, True])
def test_a_version_with_a_typing_error_is_not_passed_over(folder, only):
    """A file without `effective_from` is named, with the field that was meant."""
    if only:
        (folder / "2025-03-01.yaml").unlink()
        (folder / "rights-2025.yaml").unlink()
    message, place = broken(folder, OLD, "effective_from:", "effectiv_from:")
    assert (
        f"{place} effectiv_from: is not a known field; did you mean `effective_from`?" in message
    )


def test_every_yaml_file_of_the_folder_is_used(folder):
    """A file of the wrong ending, and a rights file that no version names, are errors."""
    (folder / "2026-06-01.yml").write_text("id: x", encoding="utf-8")
    (folder / "rights.yaml").write_text("id: x", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_policy(folder)
    other, ending = sorted(map(str, caught.value.problems), reverse=True)
    assert other.startswith("rights.yaml:1: is no version")
    assert ending == "2026-06-01.yml:1: is not read; name it 2026-06-01.yaml, or take it out"


def test_versions_must_follow_each_other(folder):
    """Two versions on one day, or one that supersedes the wrong day, are refused."""
    message, _ = broken(folder, "2025-03-01.yaml", "supersedes: 2024-03-01\n", "")
    assert "write `supersedes: 2024-03-01`" in message


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"a: \x00", b"- 1", b"[" * 99999, b"- " * 9999, b"a: !!binary eA=="]
)
def test_rubbish_is_a_policy_error(folder, content):
    """Whatever the bytes, the error is one about the file."""
    (folder / "2026-03-01.yaml").write_bytes(content)
    with pytest.raises(PolicyError, match=r"2026-03-01\.yaml"):
        load_policy(folder)


def test_a_folder_without_versions_says_so(tmp_path):
    """An empty folder and a missing one are errors, not an empty policy."""
    with pytest.raises(PolicyError, match="has no policy version"):
        load_policy(tmp_path)
    with pytest.raises(PolicyError, match="is not a folder"):
        load_policy(tmp_path / "nowhere")


def test_dates_stay_as_written():
    """YAML's own dates reach the model as text, like those in quotes."""
    assert read("a: 2021-01-01", "x").data == {"a": "2021-01-01"}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_published_schemas_are_current(name, update_golden):
    """The JSON Schemas beside the catalogue are made from the models."""
    path = SEOUL_RESERVATION.parent / f"{name}.schema.json"
    update_golden(path, SCHEMAS[name]())
    assert path.read_text(encoding="utf-8") == SCHEMAS[name]()
