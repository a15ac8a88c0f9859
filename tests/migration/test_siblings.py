"""What the objects of a set hear from those that are worked after them (H3)."""

import pytest

from crmprogram.jobs import services as jobs
from migration.models import Record, RunRow
from migration.services import mapping, sets
from tests.migration.test_sets import run_of

pytestmark = pytest.mark.django_db


def test_who_is_on_an_open_deal_is_not_archived(member, upload):
    """Nobody wrote to these for years: the one with an open deal is kept, and is loaded with the prospects (H3, H7)."""
    old = "Record ID,First Name,Last Name,Email,Last Activity\n" + "".join(
        f"{one},{name},Roth,{name}@roth.de,2023-01-01\n" for one, name in (("C1", "Ann"), ("C2", "Ben"), ("C3", "Cleo"))
    )
    deals = "Record ID,Deal Name,Stage,Contact ID\nD1,Pumps,Proposal,C1\nD2,Tools,Closed Lost,C2\n"
    files = [upload(member, old, "c.csv", "contact"), upload(member, deals, "d.csv", "deal")]
    made = sets.create_set(program=member.program, by=member.user, uploads=files, region="DE")
    for run in made.current_runs():
        mapping.sign_mapping(run=run, by=member.user)
    sets.start_set(migration_set=made, by=member.user)
    jobs.work_off()
    found = {one.fields["source_id"]: one for one in Record.objects.filter(run=run_of(made, "contact"))}
    assert {own: (one.state, one.stage) for own, one in found.items()} == {
        "C1": ("ready", "prospects"), "C2": ("archived", ""), "C3": ("archived", "")
    }  # fmt: skip
    assert run_of(made, "contact").counts["archived"] == 2
    kept = RunRow.objects.get(run=run_of(made, "contact"), key__endswith=":C1")
    assert kept.clean["has_open_deal"] == {"value": "true", "rule": "deal.open"}
