"""A run from a file to its records, as people and workers make it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.db import transaction

from crmprogram.intake.models import Upload
from crmprogram.intake.services import store_upload
from crmprogram.jobs import services as jobs
from crmprogram.program.models import Membership, Role
from migration.models import Run
from migration.services import dry_runs, mapping, merges, runs
from tests.factories import MembershipFactory

HEADER = "Id,First Name,Last Name,Email,Phone,Company,Country,Lifecycle stage,Last Activity"
# 1 and 2 are the same by mail; 3 and 4 may be; 5 is dead; 6 has no identity; 7 is alone
PEOPLE = f"""{HEADER}
1,Ann,Lee,ann.lee@acme-pumps.de,089 123456,Acme Pumps GmbH,Germany,customer,2026-10-01
2,Ann,Lee,ann.lee@acme-pumps.de,,Acme Pumps,DE,customer,2026-11-01
3,Maria,Kowalski,maria@kestrel-tools.de,+49 89 5551230,Kestrel Tools,Deutschland,lead,2026-11-02
4,Marie,Kowalsky,m.kowalski@kestrel-tools.de,+49 89 5551230,Kestrel Tools,DE,lead,2026-11-03
5,Dee,Oldham,dee@oldham.co.uk,+44 20 7946 0123,Oldham Ltd,UK,lead,2020-01-01
6,Cy,Young,,,Young Ltd,UK,lead,2026-11-03
7,Eve,Xu,eve@xu-logistics.cn,12,Xu Logistics,CN,lead,2026-11-09
"""


@pytest.fixture
def member() -> Membership:
    """The sales-ops manager of a program."""
    return MembershipFactory(role=Role.SALES_OPS)


@pytest.fixture(scope="session")
def upload() -> Callable[..., Upload]:
    """Put a file (text, bytes or path) in as `member` and read it to its end."""

    def put(member: Membership, content: str | bytes | Path, name: str = "contacts.csv", kind: str = "") -> Upload:
        data = content.read_bytes() if isinstance(content, Path) else content
        stored = store_upload(
            program=member.program,
            by=member.user,
            name=name,
            stream=BytesIO(data.encode() if isinstance(data, str) else data),
            object=kind,
        )
        jobs.work_off()
        stored.upload.refresh_from_db()
        return stored.upload

    return put


@pytest.fixture(scope="session")
def clean(upload) -> Callable[..., Run]:
    """Upload, map as proposed, sign, clean; returns the run as it stands then."""

    def run(member: Membership, content: str | bytes | Path = PEOPLE, name: str = "contacts.csv", **more) -> Run:
        file = upload(member, content, name, more.pop("kind", "contact"))
        made = runs.create_run(program=member.program, by=member.user, uploads=[file], region="DE", **more)
        mapping.sign_mapping(run=made, by=member.user)
        runs.start_run(run=made, by=member.user)
        jobs.work_off()
        return fresh(made)

    return run


@pytest.fixture(scope="module")
def cleaned(clean, django_db_setup, django_db_blocker) -> Iterator[Run]:
    """PEOPLE cleaned once for the tests of a module; what each of them changes is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield clean(MembershipFactory(role=Role.SALES_OPS))
        transaction.set_rollback(True)


def owner(run: Run) -> Membership:
    """The membership of who made a run, as it is in the database now."""
    return Membership.objects.select_related("program", "user").get(program=run.program, role=Role.SALES_OPS)


def fresh(run: Run) -> Run:
    """The run as it is in the database now."""
    return Run.objects.select_related("program", "job", "mapping").get(pk=run.pk)


def sign(run: Run, member: Membership) -> None:
    """Sign the merges of a run after looking at the sample."""
    merges.sign_merges(
        run=run, by=member.user, seed=7, looked_at=merges.merge_sample(run, 7), seen_digest=merges.merge_digest(run)
    )


def try_dry(run: Run, member: Membership) -> None:
    """A dry run of the whole file, its spot-check ticked field by field and signed."""
    if not dry_runs.refusal(fresh(run)):
        return
    made = dry_runs.start_dry_run(run=run, by=member.user, seed=7)
    jobs.work_off()
    answers = [
        {"no": one.no, "right": [line["field"] for line in one.comparison], "note": ""} for one in made.items.all()
    ]
    dry_runs.answer_spot_check(dry_run=made, by=member.user, answers=answers)
    dry_runs.sign_spot_check(dry_run=made, by=member.user)


def strangers(count: int) -> str:
    """A file of people who have nothing in common: their words come from a hash."""

    def word(seed: str) -> str:
        digest = hashlib.sha256(seed.encode()).digest()
        return "".join("bdfgklmnprstvz"[a % 14] + "aeiou"[b % 5] for a, b in zip(digest[:4], digest[4:8], strict=True))

    lines = [
        f"{no},{word(f'g{no}').title()},{word(f'f{no}').title()},{word(f'm{no}')}@{word(f'd{no}')}.de,,"
        f"{word(f'c{no}').title()},DE,lead,2026-11-01"
        for no in range(count)
    ]
    return "\n".join([HEADER, *lines, ""])
