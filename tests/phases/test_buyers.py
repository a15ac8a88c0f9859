"""Ten buyer's questions, answered by records and by nothing else (Audit content)."""

import pytest
from django.urls import reverse

from crmprogram.program.models import Role
from phases import buyers
from phases.models import FieldRule
from phases.registry import MET, NOT_MET, UNKNOWN, Look, examine
from phases.services import configuration, process_map, requirements
from tests.factories import MembershipFactory, PositionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner():
    return MembershipFactory(role=Role.SALES_OPS)


def verdict(runner, number):
    return next(one.verdict for one in buyers.answers(Look(runner.program)) if one.question.number == number)


def test_no_record_is_no_answer(runner):
    found = buyers.answers(Look(runner.program))

    assert [one.question.number for one in found] == list(range(1, 11))
    assert {one.verdict for one in found} == {UNKNOWN}


def test_owner_of_every_object_and_field_answers_the_second(runner):
    add = {"program": runner.program, "by": runner.user}
    position = PositionFactory(program=runner.program)
    field = configuration.add_item(**add, kind="field", name="Region")
    FieldRule.objects.create(program=runner.program, object="deal", field="amount", owner=position)
    assert verdict(runner, 2) is NOT_MET

    configuration.change_item(item=field, by=runner.user, seen_version=1, owner=position)

    assert verdict(runner, 2) is MET


def test_compliance_has_to_end_somewhere(runner):
    add = {"program": runner.program, "by": runner.user, "kind": "compliance", "title": "Consent is kept"}
    one = requirements.add_requirement(**add)
    assert examine(Look(runner.program), "audit.compliance").verdict is NOT_MET

    requirements.change_requirement(
        requirement=one,
        by=runner.user,
        seen_version=1,
        acceptance_test="A contact objects",
        acceptance_result="no mail",
    )

    assert examine(Look(runner.program), "audit.compliance").verdict is MET


def test_one_no_makes_the_answer_no_and_nothing_on_record_does_not(runner):
    assert verdict(runner, 1) is UNKNOWN  # neither map nor goal is there

    process_map.start_from_typical(program=runner.program, by=runner.user)

    assert verdict(runner, 1) is NOT_MET  # drawn, and no lane is signed off


def test_page_and_endpoint_say_the_same(client, runner):
    client.force_login(runner.user)
    slug = runner.program.slug

    page = client.get(reverse("phases:buyers", args=[slug])).content.decode()
    found = client.get(f"/api/v1/programs/{slug}/buyers-questions/").json()

    assert "0 of 10 buyer's questions can be answered with yes" in page
    assert [one["number"] for one in found] == list(range(1, 11))
    assert found[1]["verdict"] == "unknown"
    file = b"".join(client.get(reverse("phases:buyers-csv", args=[slug]))).decode()
    assert '"2","Has each critical object and field an owner?","Cannot tell"' in file
    assert found[1]["evidence"][0]["check"] == "phases.owners"


def test_stranger_asks_nothing(client, runner):
    client.force_login(MembershipFactory().user)

    assert client.get(reverse("phases:buyers", args=[runner.program.slug])).status_code == 404
