"""The ten ordered steps, the lenses, artifacts and scope additions (G12, P5, P7)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import AuditEntry, Role
from phases import registry
from phases.errors import NotFresh, StepRefused
from phases.models import ArtifactKind, ArtifactVersion, ScopeItem, ScopeKind, StepMark
from phases.queries import artifacts as artifact_queries
from phases.queries import scope as scope_queries
from phases.queries import steps as queries
from phases.registry import MET, NOT_MET, Check, Look, NoParams, examine, judged
from phases.services import artifacts, scope
from phases.services import steps as services
from phases.steps import AREAS, BY_NUMBER, STEPS
from tests.factories import GatedProgramFactory, MembershipFactory, TeamFactory
from tests.phases.test_waves import approve

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return GatedProgramFactory()


@pytest.fixture
def done(monkeypatch):
    """Make every piece of evidence of some steps met."""

    def meet(*numbers):
        for number in numbers:
            for item in BY_NUMBER[number].evidence:
                check = Check(item.check, lambda look, params: judged(True, summary="It is there."), NoParams, None)
                monkeypatch.setitem(registry.CHECKS, item.check, check)

    return meet


def start(program, step, **more):
    return services.start_step(program=program, step=step, **{"by": program.runner, **more})


def waive(program, step, **more):
    given = {"by": program.sponsor, "reason": "The pilot cannot wait.", "fresh_at": clock.wall(), **more}
    return services.waive_order(program=program, step=step, **given)


# --- order ------------------------------------------------------------------------


def test_step_is_refused_before_what_it_needs(program, done):
    start(program, 1)
    with pytest.raises(StepRefused, match="step 1, strategy and objectives"):
        start(program, 2)
    done(1)

    assert start(program, 2).step == 2


def test_step_4_needs_a_picked_platform_too(program, done):
    done(1, 2, 3)
    with pytest.raises(StepRefused, match="Gate 2, Pick"):
        start(program, 4)
    approve(program, 2)

    assert start(program, 4).step == 4


def test_sponsor_waives_the_order_with_a_reason(program):
    with pytest.raises(NotYours):
        waive(program, 5, by=program.runner)
    with pytest.raises(NotFresh):
        waive(program, 5, fresh_at=None)
    with pytest.raises(Invalid, match="Say why"):
        waive(program, 5, reason="")
    waive(program, 5)

    assert start(program, 5).kind == StepMark.Kind.STARTED
    entry = AuditEntry.objects.get(verb="step.order_waived")
    assert entry.after["missing"] == ["step 4, data cleaned and prepared"]


def test_nothing_to_waive_where_nothing_is_missing(program):
    with pytest.raises(Invalid, match="waits for nothing"):
        waive(program, 1)


def test_last_steps_are_taken_by_each_wave(program, done):
    for wave in (1, 2):
        TeamFactory(program=program, wave=wave)
    done(5, 6, 7, 8)
    with pytest.raises(Invalid, match="no such wave"):
        start(program, 9, wave=3)
    start(program, 9, wave=1)

    assert [(one.step.number, one.wave) for one in queries.all_steps(Look(program)) if one.started] == [(9, 1)]
    with pytest.raises(Conflict):
        start(program, 9, wave=1)


def test_step_is_done_when_its_evidence_is_there(program, done):
    assert queries.standing_of(Look(program), 3).state == "blocked"
    done(3)

    assert queries.standing_of(Look(program), 3).state == "done"


def test_what_nobody_records_cannot_be_told(program):
    answers = [one for _, found in queries.evidence_table(Look(program)) for one in found]

    assert {one.item.check: one.state for one in answers}["migration.runbooks"] == "none"


def test_steps_and_areas_are_those_of_the_method():
    assert [one.number for one in STEPS] == list(range(1, 11))
    assert [one.number for one in STEPS if one.per_wave] == [8, 9, 10]
    assert BY_NUMBER[9].needs == (5, 6, 7, 8)
    assert [one.name for one in AREAS] == [
        "Requirements", "Data model", "Migration", "Integrations", "Dashboards", "Rollout",
    ]  # fmt: skip


@pytest.mark.parametrize("lens", ["phases", "evidence", "steps"])
def test_lens_reads_every_app_once(client, program, lens):
    client.force_login(program.runner)

    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("phases:lenses", args=[program.slug]), {"lens": lens})

    # inside a test's transaction each check has a savepoint of its own; a page has none
    assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) <= 26
    assert page.status_code == 200
    assert page.context["lens"] == lens


def test_step_starts_from_its_page_and_over_rest(client, program):
    client.force_login(program.runner)

    answer = client.post(reverse("phases:step-start", args=[program.slug, 1, 0]))
    refused = client.post(
        f"/api/v1/programs/{program.slug}/order-of-steps/2/start/", {}, content_type="application/json"
    )
    rows = client.get(f"/api/v1/programs/{program.slug}/order-of-steps/").json()

    assert answer["Location"].endswith("?lens=steps#step-1")
    assert (refused.status_code, refused.json()["code"]) == (409, "step_refused")
    assert rows[0]["state"] == "started"


# --- artifacts --------------------------------------------------------------------


def write(program, **more):
    given = {
        "by": program.runner,
        "kind": ArtifactKind.DATA_MODEL,
        "seen_number": 0,
        "body": "Contact, account.",
        **more,
    }
    return artifacts.write_artifact(program=program, **given)


def test_artifact_is_written_shared_and_signed_in_versions(program):  # P5
    first = write(program)
    with pytest.raises(Invalid, match="draft"):
        artifacts.sign_artifact(version=first, by=program.sponsor)
    artifacts.share_artifact(version=first, by=program.runner)
    with pytest.raises(NotYours):
        artifacts.sign_artifact(version=first, by=program.runner)
    assert artifacts.sign_artifact(version=first, by=program.sponsor).role == Role.SPONSOR
    assert examine(Look(program), "artifacts.data_model").verdict is MET

    write(program, seen_number=1, body="Contact, account, deal.")

    assert examine(Look(program), "artifacts.data_model").verdict is NOT_MET
    with pytest.raises(Conflict, match="newer version"):
        artifacts.sign_artifact(version=first, by=program.sponsor)
    with pytest.raises(Conflict, match="newer version"):
        write(program, seen_number=1)


def test_artifact_says_something(program):
    with pytest.raises(Invalid, match="Write it down"):
        write(program, body=" ")


def test_goal_and_scope_are_linked_not_copied(program):
    rows = artifact_queries.artifacts(Look(program))

    assert [(one.title, one.is_live) for one in rows][:2] == [("Goal statement", True), ("Scope", True)]
    assert len(rows) == 6


def test_artifact_is_a_file_too(client, program, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(program.runner)
    url = reverse("phases:artifact", args=[program.slug, "governance"])
    file = SimpleUploadedFile("plan.pdf", b"%PDF-1.7")

    assert client.post(url, {"seen_number": 0, "file": file}).status_code == 303

    one = ArtifactVersion.objects.get()
    saved = client.get(reverse("phases:artifact-file", args=[program.slug, "governance", 1]))
    assert (one.file_name, b"".join(saved.streaming_content)) == ("plan.pdf", b"%PDF-1.7")
    assert client.get(url).status_code == 200


def test_artifact_of_another_program_is_not_there(client, program):
    one = write(program)
    client.force_login(MembershipFactory().user)

    assert client.get(one.get_absolute_url()).status_code == 404


# --- scope after the lock ---------------------------------------------------------


@pytest.fixture
def locked(program):
    ScopeItem.objects.create(scope=program.scope, kind=ScopeKind.IN, text="Sales pipeline", since=1)
    approve(program, 1)
    return program


def ask(program, text="Quoting"):
    return scope.request_addition(program=program, by=program.runner, text=text, reason="Two deals wait for it.")


def decide(asked, program, state="exception", **more):
    given = {"by": program.sponsor, "reason": "It pays.", "fresh_at": clock.wall(), **more}
    return scope.decide_addition(request=asked, state=state, **given)


def test_addition_is_deferred_until_the_sponsor_excepts_it(locked):  # P7
    asked = ask(locked)
    assert asked.state == "deferred"
    with pytest.raises(NotYours):
        decide(asked, locked, by=locked.runner)
    with pytest.raises(Invalid, match="Say why"):
        decide(asked, locked, reason=" ")

    decide(asked, locked)

    stored = scope_queries.scope_of(locked)
    growth = scope_queries.growth_of(locked, stored)
    assert (stored.version, stored.signed_at is not None) == (2, True)
    assert [item.text for item in ScopeItem.objects.of(locked).present()] == ["Sales pipeline", "Quoting"]
    assert (growth.at_lock, growth.grown, growth.percent) == (1, 1, 100)
    with pytest.raises(Conflict):
        decide(asked, locked)


def test_declined_addition_stays_out(locked):
    decide(ask(locked), locked, state="declined")

    assert scope_queries.growth_of(locked, scope_queries.scope_of(locked)).grown == 0
    assert ask(locked).number == 2  # and may be asked for again


def test_addition_is_asked_for_once_and_after_the_lock_alone(program, locked):
    ask(locked)
    with pytest.raises(Invalid, match="already"):
        ask(locked, "quoting")
    with pytest.raises(Invalid, match="in scope already"):
        ask(locked, "sales pipeline")
    with pytest.raises(Invalid, match="The scope is open"):
        ask(GatedProgramFactory())


def test_scope_page_shows_growth_and_the_decision(client, locked):
    asked = ask(locked)
    client.force_login(locked.sponsor)
    assert b"1 deferred" in client.get(reverse("phases:scope", args=[locked.slug])).content
    url = reverse("phases:scope-decide", args=[locked.slug, asked.number])
    data = {"state": "exception", "reason": "It pays.", "password": "correct horse battery"}

    assert client.get(url).status_code == 200
    assert client.post(url, data | {"state": ""}).status_code == 422
    assert client.post(url, data).status_code == 303
    assert b"100 % of 1" in client.get(reverse("phases:scope", args=[locked.slug])).content
