"""Requirements end somewhere, and the audit listens to every role (Audit content)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crmprogram.program import audit, clock
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Role
from phases.models import Finding, Interview, InterviewRole, Requirement
from phases.queries import requirements as queries
from phases.registry import MET, NOT_MET, UNKNOWN, Look, examine
from phases.services import configuration, gaps
from phases.services import requirements as services
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner():
    return MembershipFactory(role=Role.SALES_OPS)


def need(runner, title="A lead is owned within five minutes", **more):
    return services.add_requirement(
        program=runner.program, by=runner.user, **{"kind": "automation", "title": title, **more}
    )


def talk(runner, role="rep", days=0, **more):
    day = clock.today(runner.program) + timedelta(days=days)
    values = {"role": role, "who": "Account executive", "held_on": day, **more}
    return services.add_interview(program=runner.program, by=runner.user, **values)


def traced(one):
    return Requirement.objects.with_trace().get(pk=one.pk)


def evidence(runner, key):
    return examine(Look(runner.program), key)


TEST = {"acceptance_test": "A lead comes in", "acceptance_result": "a rep owns it"}


def test_requirement_that_ends_in_nothing_is_untraceable_until_it_can_be_tested(runner):
    one = need(runner)
    assert not traced(one).is_traceable
    assert evidence(runner, "audit.requirements").verdict is NOT_MET

    services.change_requirement(requirement=one, by=runner.user, seen_version=1, **TEST)

    assert traced(one).is_traceable
    assert evidence(runner, "audit.requirements").verdict is MET


def test_requirement_ends_in_a_configuration_item(runner):
    item = configuration.add_item(program=runner.program, by=runner.user, kind="automation", name="Lead routing")
    one = need(runner, traces={"items": [item]})

    assert traced(one).is_traceable
    assert [(end.name, end.end) for end in one.items.all()] == [("Lead routing", "configured workflow")]

    configuration.remove_item(item=item, by=runner.user, seen_version=1)
    assert not traced(one).is_traceable


@pytest.mark.parametrize("half", TEST)
def test_criterion_nobody_can_test_is_refused(runner, half):
    with pytest.raises(Invalid, match="An acceptance criterion can be tested"):
        need(runner, **{half: TEST[half]})


def test_requirement_knows_who_asks_for_it(runner):
    gap = gaps.add_gap(program=runner.program, by=runner.user, title="Leads wait")
    by_gap, by_finding, by_nothing = (need(runner, title=title) for title in "abc")
    services.change_requirement(requirement=by_gap, by=runner.user, seen_version=1, traces={"gaps": [gap]})
    services.add_finding(
        interview=talk(runner), by=runner.user, text="I call the next day.", traces={"requirements": [by_finding]}
    )

    assert [traced(one).is_asked_for for one in (by_gap, by_finding, by_nothing)] == [True, True, False]
    entry = audit.history(by_gap).first()
    assert (entry.verb, entry.after) == ("requirement.changed", {"gaps": [gap.number]})


def test_nothing_written_is_not_known(runner):
    assert evidence(runner, "audit.requirements").verdict is UNKNOWN
    assert evidence(runner, "audit.interviews").verdict is UNKNOWN


def test_each_role_has_to_be_heard_and_an_appointment_is_not_hearing(runner):
    for role in InterviewRole.values[:-1]:
        talk(runner, role)
    talk(runner, InterviewRole.CRM_ADMIN, days=1)
    found = evidence(runner, "audit.interviews")
    assert (found.verdict, found.value, found.threshold) == (NOT_MET, 7, 8)

    talk(runner, InterviewRole.CRM_ADMIN)

    assert evidence(runner, "audit.interviews").verdict is MET
    heard = queries.heard(runner.program, clock.today(runner.program))
    assert [(len(one.held), len(one.planned)) for one in heard][-2:] == [(1, 0), (1, 1)]


def test_nothing_is_heard_before_the_interview(runner):
    with pytest.raises(Invalid, match="has not taken place"):
        services.add_finding(interview=talk(runner, days=2), by=runner.user, text="Too early.")


def test_requirement_changed_by_somebody_else_is_a_conflict(runner):
    one = need(runner)
    services.change_requirement(requirement=one, by=runner.user, seen_version=1, title="Otherwise")

    with pytest.raises(Conflict):
        services.change_requirement(requirement=one, by=runner.user, seen_version=1, title="Again")


def test_gap_of_another_program_asks_for_nothing_here(runner):
    other = MembershipFactory(role=Role.SALES_OPS)
    foreign = gaps.add_gap(program=other.program, by=other.user, title="Leads wait")

    with pytest.raises(Invalid):
        need(runner, traces={"gaps": [foreign]})
    assert not Requirement.objects.exists()


def test_viewer_writes_nothing(runner):
    viewer = MembershipFactory(program=runner.program, role=Role.VIEWER)

    with pytest.raises(NotYours):
        services.add_requirement(program=runner.program, by=viewer.user, kind="workflow", title="No")
    with pytest.raises(NotYours):
        services.add_interview(
            program=runner.program, by=viewer.user, role="rep", who="Rep", held_on=clock.today(runner.program)
        )


def test_requirement_goes_from_form_to_list_and_file(client, runner):
    client.force_login(runner.user)
    slug = runner.program.slug
    add = reverse("phases:requirement-add", args=[slug])
    assert client.post(add, {"kind": "workflow", "title": "", "bucket": "nice"}).status_code == 422
    gap = gaps.add_gap(program=runner.program, by=runner.user, title="Leads wait")
    half = {
        "gaps": [gap.pk],
        "kind": "workflow",
        "title": "Stages are proven",
        "bucket": "nice",
        "acceptance_test": "A deal moves",
    }
    assert "say also what is then seen" in client.post(add, half).content.decode()
    assert client.post(add, {**half, "acceptance_result": "its fields are filled"}).status_code == 303
    assert [one.number for one in Requirement.objects.get().gaps.all()] == [gap.number]
    need(runner)

    page = client.get(reverse("phases:requirements", args=[slug]))
    assert [one.title for one in page.context["shown"]] == ["A lead is owned within five minutes", "Stages are proven"]
    assert "1 of 2 requirements end nowhere" in page.content.decode()
    none = client.get(reverse("phases:requirements", args=[slug]), {"end": "none"})
    assert [one.number for one in none.context["shown"]] == [2]
    file = b"".join(client.get(reverse("phases:requirements-csv", args=[slug]))).decode()
    assert '"Stages are proven","Workflow","Nice to have"' in file


def test_interview_goes_from_form_to_its_findings(client, runner):
    client.force_login(runner.user)
    slug = runner.program.slug
    day = clock.today(runner.program).isoformat()
    answer = client.post(
        reverse("phases:interview-add", args=[slug]), {"role": "rep", "who": "Account executive", "held_on": day}
    )
    assert answer["Location"] == reverse("phases:interview", args=[slug, 1])
    assert client.post(answer["Location"], {"text": ""}).status_code == 422
    assert client.post(answer["Location"], {"text": "I call the next day."}).status_code == 303
    found = Finding.objects.get()
    edit = reverse("phases:finding", args=[slug, found.pk])
    assert client.post(edit, {"text": "I call a day later."}).status_code == 303
    page = client.get(reverse("phases:interviews", args=[slug])).content.decode()
    assert "7 of 8 roles were not heard yet" in page
    assert "I call a day later." in page
    assert client.post(reverse("phases:finding-remove", args=[slug, found.pk])).status_code == 303
    remove = reverse("phases:interview-remove", args=[slug, 1])
    assert client.post(remove, {"seen_version": 1}).status_code == 303
    assert not Interview.objects.exists()


@pytest.mark.parametrize("name", ["requirements", "interviews"])
def test_stranger_and_participant_do_not_see_them(client, runner, name):
    need(runner)
    url = reverse(f"phases:{name}", args=[runner.program.slug])

    client.force_login(MembershipFactory().user)
    assert client.get(url).status_code == 404
    client.force_login(MembershipFactory(program=runner.program, role=Role.PARTICIPANT).user)
    assert client.get(url).status_code == 403


@pytest.mark.parametrize("count", [1, 3, 300])
def test_lists_cost_the_same(runner, count, django_assert_num_queries):
    Requirement.objects.bulk_create(
        Requirement(program=runner.program, number=n, kind="workflow", title=f"Need {n}") for n in range(count)
    )
    interviews = Interview.objects.bulk_create(
        Interview(program=runner.program, number=n, role="rep", who="Rep", held_on="2026-01-05", held_by=runner.user)
        for n in range(count)
    )
    Finding.objects.bulk_create(Finding(interview=one, text="Heard") for one in interviews)

    with django_assert_num_queries(6):  # requirements, gaps, capabilities, steps, items, findings
        list(queries.requirement_rows(runner.program))
    with django_assert_num_queries(4):  # interviews, findings, their gaps and requirements
        queries.heard(runner.program, clock.today(runner.program))


def test_api_tells_what_a_requirement_ends_in(client, runner):
    client.force_login(runner.user)
    base = f"/api/v1/programs/{runner.program.slug}/"
    made = client.post(f"{base}requirements/", {"kind": "workflow", "title": "Stages are proven"}, "application/json")
    assert (made.status_code, made.json()["is_traceable"], made.json()["number"]) == (201, False, 1)
    item = client.post(
        f"{base}config-items/", {"kind": "pipeline", "name": "New business", "requirements": [1]}, "application/json"
    )
    assert item.json()["requirements"] == [1]
    assert client.get(f"{base}requirements/1/").json()["items"] == [1]
    day = clock.today(runner.program).isoformat()
    interview = {"role": "rep", "who": "Account executive", "held_on": day}
    assert client.post(f"{base}interviews/", interview, "application/json").status_code == 201
    heard = client.post(f"{base}interviews/1/findings/", {"text": "Late.", "requirements": [1]}, "application/json")
    assert heard.json()["findings"][0]["requirements"] == [1]
    finding = heard.json()["findings"][0]["id"]
    changed = client.patch(f"{base}findings/{finding}/", {"text": "A day late."}, "application/json")
    assert changed.json() == {"id": finding, "text": "A day late.", "gaps": [], "requirements": [1]}
    stale = client.patch(f"{base}requirements/1/", {"title": "No", "seen_version": 7}, "application/json")
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    assert client.delete(f"{base}requirements/1/?seen_version=1").status_code == 204
