"""Sources, standard, audits, search and the story of a row (H0, H1, H11, H12)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crmprogram.intake.models import SourceRow
from crmprogram.jobs import services as jobs
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Role
from migration.models import HygieneAudit, QualityStandard, Record, SourceSystem
from migration.services import audits, facets, inventory, review, searching, standards
from migration.standard import read_standard, wrong_with
from phases.models import Fact, FieldRule
from tests.factories import MembershipFactory
from tests.migration.conftest import PEOPLE

pytestmark = pytest.mark.django_db


def url(name, member, *args):
    return reverse(f"migration:{name}", args=[member.program.slug, *args])


# --- continuous hygiene (H12) ------------------------------------------------------------

NEW = """8,Eve,Xu,eve@xu-logistics.cn,12,Xu Logistics,CN,lead,2026-11-10
9,Una,Ford,una@ford-mills.de,,Ford,DE,lead,2026-11-10
"""


def test_next_export_replays_decisions_and_counts_new_duplicates(client, member, clean):
    first = clean(member)
    review.split_cluster(cluster=first.clusters.open().get(), by=member.user)
    later = clean(member, PEOPLE + NEW, "next-week.csv")

    audit = HygieneAudit.objects.get(run=later)

    assert (audit.replayed, later.clusters.open().count()) == (1, audit.asked)
    assert (audit.new_rows, audit.new_duplicates) == (2, 1), "Eve came a second time, Una is new"
    told = Fact.objects.get(program=member.program, key=audits.CREATION)
    assert (told.numerator, told.denominator) == (1, 2)
    client.force_login(member.user)
    page = client.get(url("audits", member)).content.decode()
    assert "1 of 2 new rows" in page


def test_first_export_has_nothing_to_be_compared_with(member, clean):
    run = clean(member)

    assert HygieneAudit.objects.get(run=run).new_rows is None
    assert audits.due_on(member.program) == (HygieneAudit.objects.get().at + audits.EVERY).date()


# --- search and lineage (H0) -------------------------------------------------------------


@pytest.mark.parametrize("text", ["kowalski maria", "MARIA@kestrel-tools.de", "Kestrel Maria"])
def test_record_is_found_by_name_and_mail(member, clean, text):
    run = clean(member)

    assert [one.label for one in searching.records_like(run.program, text)] == ["Maria Kowalski"]


def test_record_is_found_by_its_whole_key(member, clean):
    run = clean(member)
    record = Record.objects.get(run=run, label="Eve Xu")

    assert searching.records_like(run.program, record.key) == [record]


def test_any_row_says_what_became_of_it(client, member, clean):
    clean(member)
    client.force_login(member.user)
    said = {}
    for row in SourceRow.objects.select_related("upload").order_by("pk"):
        story = searching.row_story(row)
        said[story.state] = story.says
        assert client.get(url("row", member, row.pk)).status_code == 200

    assert set(said) == {"kept", "merged", "archived", "quarantined"}
    assert said["merged"] == "It was merged into Ann Lee."


def test_row_of_another_program_is_not_there(client, member, clean):
    clean(member)
    stranger = MembershipFactory()
    client.force_login(stranger.user)

    assert client.get(url("row", stranger, SourceRow.objects.first().pk)).status_code == 404


def test_number_of_the_profile_leads_to_its_rows(client, member, clean):
    run = clean(member)

    assert [row.line for row, _ in facets.rows_where(run, field="email", kind="empty").rows] == [7]
    assert [text for _, text in facets.rows_where(run, field="country", kind="value", value="UK").rows] == ["UK"] * 2
    assert [text for _, text in facets.rows_where(run, field="phone", kind="pattern", value="9").rows] == ["12"]
    client.force_login(member.user)
    page = client.get(url("profile", member, run.number)).content.decode()
    assert "kind=empty" in page
    facet = client.get(url("facet", member, run.number), {"field": "email", "kind": "empty"})
    assert "line 7" in facet.content.decode()
    assert "1 to 1 of 1" in facet.content.decode()


@pytest.mark.parametrize("many", [-1, 1, 200])
def test_rows_are_the_same_read_or_from_their_places(member, clean, monkeypatch, many):
    """Where rows of a value are few their places are kept; the others are met by reading, a page after the other."""
    monkeypatch.setattr(facets, "MANY", many)
    monkeypatch.setattr(facets, "SHOWN", 1)
    run = clean(member)

    def lines(**asked):
        found, after = [], 0
        while page := facets.rows_where(run, after=after, **asked):
            found += [row.pk for row, _ in page.rows]
            if not (after := page.after):
                break
        back, before = [], found[-1] if found else 0
        while before and (page := facets.rows_where(run, before=before, **asked)):
            back = [row.pk for row, _ in page.rows] + back
            before = page.before
        assert back in (found[:-1], found[:1] + found[:-1])  # before the first page stands the first page
        return found

    told = {one["name"]: one for one in run.summary["columns"]}
    for name, one in told.items():
        assert len(lines(field=name, kind="empty")) == one["rows"] - one["filled"]
        for value, count in one["top"]:
            assert len(lines(field=name, kind="value", value=value)) == count
        for value, count in one["patterns"]:
            assert len(lines(field=name, kind="pattern", value=value)) == count
    assert lines(field="city", kind="value", value="nobody has it") == []


# --- sources (H1) ------------------------------------------------------------------------


def test_source_system_says_what_it_lacks(client, member, clean):
    run = clean(member)
    client.force_login(member.user)
    form = {"name": "Old CRM", "object": "contact", "owner": "IT Lead", "record_count": 7, "is_migrated": "on"}
    client.post(url("inventory", member), form)
    system = SourceSystem.objects.get()
    assert "Old CRM has no export yet." in inventory.missing_sentences(member.program)

    client.post(url("source-system", member, system.pk), {**form, "uploads": [run.uploads.get().pk]})

    assert inventory.missing_sentences(member.program) == []
    assert run.uploads.get().sha256[:12] in client.get(url("inventory", member)).content.decode()


def test_system_that_stays_behind_needs_a_reason(member):
    with pytest.raises(Invalid, match="why it does not come along"):
        inventory.save_system(
            program=member.program, by=member.user, name="Wiki", object="contact", owner="IT Lead", is_migrated=False
        )


# --- the standard (H11) --------------------------------------------------------------------


def test_signed_standard_judges_new_runs(client, member, clean):
    content = standards.default_content()
    content["contact"]["required"] = {"": ["family_name", "company"], "customer": ["phone"]}
    content["contact"]["vocabularies"] = {"industry": ["Retail", "Health"]}
    content["contact"]["thresholds"]["review"] = 0.7
    made = standards.write_standard(program=member.program, by=member.user, content=content)
    standards.sign_standard(standard=made, by=member.user)

    run = clean(member)

    assert (run.thresholds["standard"], run.thresholds["review"]) == (1, 0.7)
    assert set(run.thresholds["required"]) == {"family_name", "company"}
    assert run.thresholds["required_at"] == {"customer": ["phone"]}
    assert FieldRule.objects.of(member.program).filter(stage="customer", field="phone").count() == 1


def test_change_of_a_signed_standard_makes_the_next_version(client, member):
    client.force_login(member.user)
    content = standards.default_content()
    made = standards.write_standard(program=member.program, by=member.user, content=content)
    page = client.get(url("standard", member))
    data = {}
    for form in page.context["forms"]:
        for field in form:
            if value := field.value():
                data[field.html_name] = value
    client.post(url("standard-sign", member), {"version": made.version})

    answer = client.post(url("standard", member), {**data, "contact-required": "Last name\ncustomer: E-mail, phone"})

    assert answer.status_code == 303
    last = QualityStandard.objects.first()
    assert (last.version, last.signed_at) == (2, None)
    assert last.content["contact"]["required"] == {"": ["family_name"], "customer": ["email", "phone"]}
    assert fresh_content(member)["contact"]["required"] == content["contact"]["required"]


def fresh_content(member):
    return standards.signed(member.program).content


def test_unknown_field_of_the_standard_is_refused(member):
    content = standards.default_content()
    content["contact"]["required"] = {"": ["shoe_size"]}

    with pytest.raises(Invalid, match="shoe_size is no field"):
        standards.write_standard(program=member.program, by=member.user, content=content)


def test_standard_is_signed_by_who_may_sign(member):
    made = standards.write_standard(program=member.program, by=member.user, content=standards.default_content())
    other = MembershipFactory(program=member.program, role=Role.CRM_SPECIALIST)

    with pytest.raises(NotYours):
        standards.sign_standard(standard=made, by=other.user)


def test_upkeep_over_rest(client, member, clean):
    run = clean(member)
    client.force_login(member.user)
    base = f"/api/v1/programs/{member.program.slug}"
    assert client.get(f"{base}/hygiene-audits/").json()["results"][0]["run"] == run.number
    told = {"name": "Old CRM", "object": "contact", "owner": "IT Lead"}
    system = client.post(f"{base}/source-systems/", told, "application/json").json()
    client.put(f"{base}/source-systems/{system['id']}/", {**told, "record_count": 7}, "application/json")
    assert client.get(f"{base}/source-systems/").json()["results"][0]["record_count"] == 7
    made = standards.write_standard(program=member.program, by=member.user, content=standards.default_content())
    assert client.post(f"{base}/quality-standards/{made.version}/sign/").json()["signed_at"]
    (found,) = client.get(f"{base}/lineage/?q=Maria+Kowalski").json()["results"]
    story = client.get(f"{base}/lineage/{found['id']}/").json()
    assert (story["line"], story["says"]) == (4, "It is kept as a record of its own.")
    erased = client.post(f"{base}/erasures/", {"keys": [found["key"]], "reason": "Asked."}, "application/json")
    assert (erased.status_code, erased.json()["counts"]["rows"]) == (201, 1)
    assert client.get(f"{base}/lineage/?q=Maria+Kowalski").json()["results"] == []


STRICT = {
    "contact": {
        "required": {"": ["family_name"], "lead": ["phone"]},
        "vocabularies": {"lifecycle_stage": {"lead": [], "Customer": ["client"]}, "country": {"DE": ["UK"]}},
        "asked": ["email"],
    }
}


def test_standard_steers_cleaning_gate_and_matching(member, clean):
    """Vocabularies, required fields of a stage, and a rule that asks (H4, H10, H11)."""
    made = standards.write_standard(program=member.program, by=member.user, content=STRICT)
    standards.sign_standard(standard=made, by=member.user)

    run = clean(member)

    found = {one.key.rpartition(":")[2]: one for one in Record.objects.filter(run=run)}
    assert run.clusters.filter(state="by_rule").count() == 0, "the rule of equal mail asks"
    assert found["1"].fields["lifecycle_stage"] == "Customer"
    assert found["5"].fields["country"] == "DE", "the program says what UK means"
    assert found["7"].refusals[0]["field"] == "phone", "a lead needs a telephone number here"
    assert [(one["rule"], one["raw"]) for one in found["7"].problems if one["field"] == "country"] == [
        ("vocabulary.unknown", "CN")
    ]
    assert "country" not in found["7"].fields, "listed, not loaded"


def test_version_says_which_records_it_would_change(client, member, clean, django_capture_on_commit_callbacks):
    run = clean(member)
    client.force_login(member.user)

    with django_capture_on_commit_callbacks(execute=True):
        made = standards.write_standard(program=member.program, by=member.user, content=STRICT)
    jobs.work_off()

    made.refresh_from_db()
    assert made.effect["records"] == Record.objects.filter(run=run, absorbed_by=None).count()
    told = {(kind, field): many for kind, _, field, many in made.effect["what"]}
    assert told["unknown", "country"] == 1, "China"
    assert told["value", "country"] == 2, "the United Kingdom"
    assert ("lacks", "phone") in told
    assert "would be otherwise" in client.get(url("standard", member)).content.decode()


def test_standard_goes_out_as_a_file_and_comes_in_again(client, member, tmp_path):
    client.force_login(member.user)
    standards.write_standard(program=member.program, by=member.user, content=STRICT)
    file = client.get(url("standard-file", member, 1))
    path = tmp_path / "standard.json"
    path.write_bytes(file.content)
    told = read_standard(path)
    assert told.rules("contact").required_at == {"lead": ("phone",)}
    assert told.cut("contact").asked == ("email",)
    assert told.context("contact", zone="", orders={}).vocabularies["country"]["uk"] == "DE"
    QualityStandard.objects.all().delete()

    answer = client.post(url("standard-take", member), {"file": SimpleUploadedFile("standard.json", file.content)})

    assert answer.status_code == 303
    assert standards.as_document(QualityStandard.objects.get()) == file.json()
    wrong = SimpleUploadedFile("standard.json", b'{"contact": {"required": {"": ["shoe_size"]}}}')
    refused = client.post(url("standard-take", member), {"file": wrong})
    assert "shoe_size is no field" in refused.content.decode()


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ("cannot have a vocabulary", {"vocabularies": {"email": {"a": []}}}),
        ("means Retail and Shops", {"vocabularies": {"industry": {"Retail": ["shop"], "Shops": ["Shop"]}}}),
        ("no rule that merges", {"asked": ["hunch"]}),
        ("between 0 and 1", {"thresholds": {"review": 1.5}}),
    ],
)
def test_standard_that_cannot_be_is_told_so(said, content):
    assert said in wrong_with({"contact": content})[1]
