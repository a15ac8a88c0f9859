"""What a mapping does to values, what it remembers, and what it looks like as a document (H5)."""

import pytest
from django.urls import reverse

from crmprogram.program.errors import Invalid
from migration.models import Record
from migration.services import mapping, runs
from tests.migration.conftest import fresh

pytestmark = pytest.mark.django_db
FILE = """Id,Who,Mail,Grade,Street,House,Born
1,"Lee, Ann",ann@acme-pumps.de,a,Main Road,12,03/04/1980
2,"Xu, Eve",eve@xu-logistics.cn,B,High Street,7,05/06/1981
"""
TOLD = {
    "Who": ("map", "family_name", "", "rest to: given_name ,"),
    "Grade": ("map", "lead_source", "", "values: A = Hot; B = Warm\nupper"),
    "Street": ("map", "street", "", ""),
    "House": ("merge", "street", "The street has no number.", "join with:  "),
    "Born": ("map", "birth_date", "", "dates: day first"),
}


@pytest.fixture
def mapped(member, upload):
    """A run over FILE whose mapping says TOLD."""
    made = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, FILE, "old.csv", "contact")])
    columns = {one.header: one for one in made.mapping.columns.all()}
    mapping.change_mapping(run=made, by=member.user, columns=[
        {"id": columns[header].pk, "treatment": treatment, "field": field, "reason": reason, "transforms": lines}
        for header, (treatment, field, reason, lines) in TOLD.items()
    ])  # fmt: skip
    return fresh(made)


def test_values_are_changed_before_they_are_cleaned(client, member, mapped, upload):
    client.force_login(member.user)
    mapping.sign_mapping(run=mapped, by=member.user)
    runs.start_run(run=mapped, by=member.user)
    runs.jobs.work_off()

    found = Record.objects.get(run=mapped, key__endswith=":1").fields

    told = {name: found[name] for name in ("given_name", "family_name", "lead_source", "street", "birth_date")}
    assert told == {
        "given_name": "Ann", "family_name": "Lee", "lead_source": "HOT", "street": "Main Road 12",
        "birth_date": "1980-04-03",
    }  # fmt: skip
    page = client.get(reverse("migration:mapping-document", args=[member.program.slug, mapped.number]))
    assert "rest to: given_name ," in page.content.decode()
    file = client.get(reverse("migration:mapping-file", args=[member.program.slug, mapped.number]))
    assert b'"old.csv","House","100","12' in b"".join(file.streaming_content)

    later = runs.create_run(
        program=member.program, by=member.user, uploads=[upload(member, FILE.replace("12", "14"), "new.csv", "contact")]
    )

    remembered = {one.header: one.transforms for one in later.mapping.columns.exclude(transforms=[])}
    assert remembered["Grade"] == ["values: A = Hot; B = Warm", "upper"]


def test_column_page_tries_what_is_typed(client, member, mapped):
    client.force_login(member.user)
    column = mapped.mapping.columns.get(header="Who")
    address = reverse(
        "migration:mapping-column", args=[member.program.slug, mapped.number, column.upload.number, column.index]
    )

    answer = client.post(address, {"transforms": "after: ,\nlower"}, follow=True)

    assert answer.context["tried"][0] == ("Lee, Ann", "ann", "")
    refused = client.post(address, {"transforms": "sing"})
    assert refused.status_code == 422
    assert "is no transform" in refused.content.decode()
    assert fresh(mapped).mapping.columns.get(header="Who").transforms == ["after: ,", "lower"]


@pytest.mark.parametrize(("lines", "said"), [("rest to: shoe ,", "no field"), ("join with: -", "merged into another")])
def test_transform_that_does_not_fit_is_refused(member, mapped, lines, said):
    column = mapped.mapping.columns.get(header="Street")

    with pytest.raises(Invalid, match=said):
        mapping.change_mapping(run=mapped, by=member.user, columns=[{"id": column.pk, "transforms": lines}])
