"""The sponsor's one-pager: one page, its sources, editions that stay as they were (X1, X2)."""

import json
import sys

import pytest

from crmprogram.program import audit
from crmprogram.program.errors import NotYours
from crmprogram.program.models import Program, Role
from governance import one_pager, pdf, services
from governance.models import Edition
from governance.one_pager import OnePager
from governance.services.reports import publish_edition
from phases import dossier
from phases.models import Gate
from phases.registry import Look
from phases.services import gates
from tests.factories import GatedProgramFactory, MembershipFactory

SECTIONS = ["goal", "gate", "adoption", "quality", "dates", "modes"]


@pytest.fixture
def program(db):
    program = GatedProgramFactory()
    services.furnish_program(program, program.runner)
    return program


def page_of(program):
    fresh = Program.objects.select_related("accountable__membership__user").get(pk=program.pk)
    return one_pager.compose(Look(fresh), program.runner)


def test_page_has_every_part_and_says_what_is_not_measured(program):
    page = page_of(program)

    assert [one.key for one in page.sections] == SECTIONS
    assert len(page.section["adoption"].lines) == 4
    assert {line.value for line in page.section["adoption"].lines} == {"not measured"}
    assert all(line.note for line in page.section["adoption"].lines)  # its definition
    assert page.section["gate"].title == "Gate 1: 0 of 5 met"


def test_decisions_are_those_of_the_accountable_whoever_reads(program):
    gates.request_gate(gate=Gate.objects.get(program=program, number=1), by=program.runner)

    assert page_of(program).document["decisions"][0]["title"] == "Decide Gate 1"


def test_edition_shows_the_same_after_the_program_moved_on(client, program):
    edition = publish_edition(program=program, by=program.runner, note="For the board")
    client.force_login(program.sponsor)
    before = client.get(edition.get_absolute_url()).content.decode()
    article = before[before.index('<article class="op">') : before.index("</article>")]

    gates.request_gate(gate=Gate.objects.get(program=program, number=1), by=program.runner)
    program.name = "Renamed"
    program.save()

    after = client.get(edition.get_absolute_url()).content.decode()
    assert article in after
    assert dossier.sha256(edition.text) == edition.sha256
    assert audit.history(edition).get().verb == "one_pager.published"
    file = client.get(f"{edition.get_absolute_url()}edition.json")
    assert (file.content.decode(), file["Digest"]) == (edition.text, f"sha-256={edition.sha256}")


def test_edition_is_never_edited(program):
    edition = publish_edition(program=program, by=program.runner)

    for act in (edition.save, edition.delete, Edition.objects.all().delete):
        with pytest.raises(TypeError):
            act()


def test_two_editions_are_compared_line_by_line(client, program):
    publish_edition(program=program, by=program.runner)
    gates.request_gate(gate=Gate.objects.get(program=program, number=1), by=program.runner)
    publish_edition(program=program, by=program.runner)
    old, new = (OnePager(json.loads(one.text)) for one in Edition.objects.order_by("number"))

    changed = {one.what: (one.before, one.after) for one in one_pager.compare(old, new) if one.is_changed}

    assert changed["Finding"][1] == "Gate 1 is waiting for the sponsor"
    assert changed["Decide Gate 1"][0] == ""
    client.force_login(program.runner)
    page = client.get(f"/p/{program.slug}/one-pager/compare/").content.decode()
    assert "What changed from edition 1 to 2" in page
    assert client.get(f"/p/{program.slug}/one-pager/compare/?from=2&to=2").status_code == 200


def test_comparing_needs_two_editions(client, program):
    client.force_login(program.runner)

    assert client.get(f"/p/{program.slug}/one-pager/compare/").status_code == 404


def test_publishing_is_for_leaders(client, program):
    viewer = MembershipFactory(program=program, role=Role.VIEWER).user

    with pytest.raises(NotYours):
        publish_edition(program=program, by=viewer)
    client.force_login(viewer)
    page = client.get(f"/p/{program.slug}/one-pager/").content.decode()
    assert "Publish this edition" not in page


def test_edition_of_another_program_is_not_there(client, program):
    edition = publish_edition(program=program, by=program.runner)
    client.force_login(MembershipFactory().user)

    assert client.get(edition.get_absolute_url()).status_code == 404


def test_pdf_without_the_extra_says_how_to_print(client, program, monkeypatch):
    monkeypatch.setattr(pdf, "is_available", lambda: False)
    edition = publish_edition(program=program, by=program.runner)
    client.force_login(program.runner)

    answer = client.get(f"{edition.get_absolute_url()}edition.pdf")

    assert answer.status_code == 409
    assert "Print the page to a PDF instead" in answer.content.decode()
    assert "print this page to a file" in client.get(edition.get_absolute_url()).content.decode()


def test_pdf_comes_from_a_process_of_its_own(client, program, monkeypatch, tmp_path):
    """A stand-in for the extra, which needs libraries of the system."""
    stand_in = tmp_path / "weasyprint.py"
    stand_in.write_text("import sys\nsys.stdout.write('%PDF-1.7 ' + str(len(sys.stdin.read())))\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    edition = publish_edition(program=program, by=program.runner)
    client.force_login(program.runner)

    answer = client.get(f"{edition.get_absolute_url()}edition.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.7 ")


def test_api_publishes_and_compares(client, program):
    client.force_login(program.runner)
    base = f"/api/v1/programs/{program.slug}/editions"

    assert client.get(f"{base}/live/").json()["schema"] == one_pager.SCHEMA
    for note in ("first", "second"):
        assert client.post(f"{base}/", {"note": note}, content_type="application/json").status_code == 201
        program.name = note
        program.save()

    assert [one["note"] for one in client.get(f"{base}/").json()["results"]] == ["second", "first"]
    assert client.get(f"{base}/2/").json()["document"]["program"]["name"] == "first"
    assert client.get(f"{base}/2/changes-since/1/").json() == []
    five = client.get(f"/api/v1/programs/{program.slug}/five-minutes/").json()
    assert (five["gate"], len(five["debts"])) == (1, 5)
