"""People of a set are matched as of the company that their account is, however it is spelled (H2)."""

import pytest

from crmprogram.jobs import services as jobs
from migration.models import Cluster, Run
from migration.services import mapping, one_company, sets

pytestmark = pytest.mark.django_db

ACCOUNTS = """Record ID,Account Name,Website,Billing City,Last Activity
A1,Acme Pumps,https://acme-pumps.de,Munich,2026-11-01
A2,ACME PUMPS,https://acme-pumps.de,Munich,2026-11-02
A3,Kestrel Tools,https://kestrel-tools.de,Berlin,2026-11-02
"""
CONTACTS = """Record ID,First Name,Last Name,Company,Account ID,Email,Last Activity
C1,Ann,Lee,,A1,ann.lee@mail.de,2026-11-01
C2,Ben,Ode,Acme P.,A2,ben.ode@mail.de,2026-11-01
C3,Cleo,Roth,Kestrel,A99,cleo.roth@mail.de,2026-11-01
C4,Dan,Vogt,Kestrel,,dan.vogt@mail.de,2026-11-01
"""


def test_who_has_records_at_two_accounts_speaks_for_these_being_one(member, upload):
    accounts = ACCOUNTS + "A4,Kestrel Tool,,Berlin,2026-11-03\n"
    contacts = CONTACTS + "".join(
        f"{name}{at},{name},Roth,,{at},{name}.roth@kestrel-tools.de,2026-11-01\n"
        for name in ("Eva", "Finn") for at in ("A3", "A4")
    )  # fmt: skip
    files = [
        upload(member, text, f"{kind}s.csv", kind) for kind, text in (("contact", contacts), ("account", accounts))
    ]
    made = sets.create_set(program=member.program, by=member.user, uploads=files, region="DE")
    for run in made.current_runs():
        mapping.sign_mapping(run=run, by=member.user)
    sets.start_set(migration_set=made, by=member.user)
    jobs.work_off()

    asked = Cluster.objects.get(run__object="account", is_review=True)
    assert {key for group in asked.groups for key in group} == {"unknown/account:A3", "unknown/account:A4"}
    ((*_, parts),) = asked.pairs
    assert "2 people have records at both" in [text for _, _, text in parts]


def test_people_of_merged_accounts_are_compared_as_of_one_company(member, upload, monkeypatch):
    files = [
        upload(member, text, f"{kind}s.csv", kind) for kind, text in (("contact", CONTACTS), ("account", ACCOUNTS))
    ]
    made = sets.create_set(program=member.program, by=member.user, uploads=files, region="DE")
    for run in made.current_runs():
        mapping.sign_mapping(run=run, by=member.user)
    seen = {}

    def match(run: Run, loaded):
        columns = columns_of(run, loaded)
        seen.update(zip(loaded.clean.columns["source_id"].texts(), columns["company"].texts(), strict=True))
        seen["records"] = loaded.clean.columns["company"].texts()
        return columns

    columns_of = one_company.columns_of
    monkeypatch.setattr(one_company, "columns_of", match)
    sets.start_set(migration_set=made, by=member.user)
    jobs.work_off()

    assert Cluster.objects.filter(run__object="account").count() == 1
    assert seen.pop("records") == ["", "Acme P.", "Kestrel", "Kestrel"]
    assert seen["C1"] == seen["C2"] != ""
    assert seen["C1"].casefold() == "acme pumps"
    assert (seen["C3"], seen["C4"]) == ("Kestrel", "Kestrel")
