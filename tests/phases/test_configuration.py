"""The configuration spec and what was tested of it (Audit content, C2)."""

import pytest
from django.urls import reverse

from crmprogram.program import audit
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Role
from phases.models import ConfigItem, ConfigRecord
from phases.queries import configuration as queries
from phases.registry import MET, NOT_MET, UNKNOWN, Look, examine
from phases.services import configuration as services
from phases.services import requirements
from tests.factories import MembershipFactory, PositionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner():
    return MembershipFactory(role=Role.SALES_OPS)


@pytest.fixture
def need(runner):
    return requirements.add_requirement(
        program=runner.program, by=runner.user, kind="workflow", title="Stages are proven"
    )


@pytest.fixture
def owner(runner):
    return PositionFactory(program=runner.program)


def specify(runner, kind="pipeline", name="New business", **more):
    return services.add_item(program=runner.program, by=runner.user, kind=kind, name=name, **more)


def record(runner, item, *steps):
    for progress in steps:
        services.record_progress(
            item=item, by=runner.user, seen_version=item.version, progress=progress, evidence="Test case 7"
        )


def state(item):
    return ConfigItem.objects.with_progress().get(pk=item.pk).progress


def c2(runner):
    return examine(Look(runner.program), "phases.configuration")


@pytest.fixture
def whole(runner, need, owner):
    """A spec with each kind that is asked for, traced, complete and tested."""
    given = {"owner": owner, "definition": "As agreed", "requirements": [need]}
    pipeline = specify(runner, **given)
    items = [pipeline]
    items.append(
        specify(
            runner,
            "stage",
            "Qualified",
            parent=pipeline,
            fields_to_advance="Amount",
            exit_criterion="Call held",
            **given,
        )
    )
    items += [specify(runner, kind, kind, **given) for kind in ("field", "automation", "permission")]
    for item in items:
        record(runner, item, "configured", "passed")
    return items


def test_without_a_spec_nobody_can_tell(runner):
    assert c2(runner).verdict is UNKNOWN


def test_spec_that_is_traced_complete_and_tested_is_met(runner, whole):
    found = c2(runner)

    assert (found.verdict, found.value, found.threshold, found.details) == (MET, 5, 5, [])
    assert found.summary == "5 of 5 items tested as specified, each traced to a requirement."


def test_change_of_the_spec_asks_for_the_test_again(runner, whole):
    services.change_item(item=whole[1], by=runner.user, seen_version=1, exit_criterion="Budget confirmed")

    assert state(whole[1]) is None
    found = c2(runner)
    assert (found.verdict, found.value) == (NOT_MET, 4)
    assert [row["item"] for row in found.details] == ["Qualified"]
    assert ConfigRecord.objects.filter(item=whole[1]).count() == 2  # what was, stays on record


def test_serving_another_requirement_is_no_other_configuration(runner, whole):
    other = requirements.add_requirement(program=runner.program, by=runner.user, kind="workflow", title="Another")

    services.change_item(item=whole[0], by=runner.user, seen_version=1, requirements=[other])

    assert state(whole[0]) == "passed"
    assert audit.history(whole[0]).first().after == {"requirements": [other.number]}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda runner, items: services.remove_item(item=items[4], by=runner.user, seen_version=1), "no permission"),
        (
            lambda runner, items: services.change_item(item=items[2], by=runner.user, seen_version=1, requirements=[]),
            "1 item traced to no requirement",
        ),
        (lambda runner, items: record(runner, items[3], "failed"), "1 item not as specified"),
    ],
)
def test_what_is_missing_is_said(runner, whole, spoil, said):
    spoil(runner, whole)

    assert c2(runner).verdict is NOT_MET
    assert said in c2(runner).summary


def test_stage_says_how_a_deal_leaves_it(runner, owner):
    stage = specify(runner, "stage", "Qualified", parent=specify(runner), definition="Fits", owner=owner)
    delivered = specify(runner, "deal_type", "Renewal", owner=owner, is_vendor_default=True)

    assert stage.missing == ["fields to advance", "exit criterion"]
    assert delivered.missing == []  # the vendor says what it means


@pytest.mark.parametrize(("kind", "parent"), [("stage", None), ("field", "pipeline"), ("stage", "field")])
def test_only_a_stage_belongs_to_a_pipeline(runner, kind, parent):
    above = specify(runner, parent, "Above") if parent else None

    with pytest.raises(Invalid):
        specify(runner, kind, "Below", parent=above)


def test_pipeline_goes_after_its_stages(runner):
    pipeline = specify(runner)
    specify(runner, "stage", "Qualified", parent=pipeline)

    with pytest.raises(services.StillHasStages):
        services.remove_item(item=pipeline, by=runner.user, seen_version=1)


def test_stages_are_put_in_order_within_their_pipeline(runner):
    one, other = specify(runner), specify(runner, name="Renewals")
    for pipeline in (one, other):
        for name in ("First", "Second"):
            specify(runner, "stage", name, parent=pipeline)
    second = ConfigItem.objects.get(parent=one, name="Second")

    services.move_item(item=second, by=runner.user, up=True)
    services.move_item(item=second, by=runner.user, up=True)  # it is the first already

    rows = [(row.name, row.parent.name if row.parent else "") for _, found in
            queries.spec_of(runner.program).by_kind for row in found]  # fmt: skip
    assert rows == [
        ("New business", ""),
        ("Second", "New business"),
        ("First", "New business"),
        ("Renewals", ""),
        ("First", "Renewals"),
        ("Second", "Renewals"),
    ]


def test_own_building_warns_with_ten_times_its_cost(client, runner):
    specify(runner, "object", "Installed base", build="custom_object", spent=1_500_000)
    specify(runner, "automation", "Own sign-in", build="own_auth")
    spec = queries.spec_of(runner.program)
    assert ([one.maintenance for one in spec.custom], spec.maintenance) == ([15_000_000, None], 15_000_000)

    client.force_login(runner.user)
    page = client.get(reverse("phases:configuration", args=[runner.program.slug])).content.decode()

    assert "1 spent on it means about 10 of maintenance over five years" in page
    with pytest.raises(Invalid):
        specify(runner, "field", "Region", spent=100)  # what is standard costs no building


def test_item_is_tested_after_it_was_configured_and_as_it_was_shown(runner):
    item = specify(runner)
    with pytest.raises(Invalid, match="once it is configured"):
        record(runner, item, "passed")
    services.change_item(item=item, by=runner.user, seen_version=1, definition="New customers")
    with pytest.raises(Conflict):
        record(runner, item, "configured")


@pytest.mark.parametrize(("role", "may"), [(Role.IT, True), (Role.CRM_SPECIALIST, True), (Role.SPONSOR, False)])
def test_those_who_build_and_test_record_it(runner, role, may):
    item, member = specify(runner), MembershipFactory(program=runner.program, role=role)
    if may:
        record(member, item, "configured")
        assert state(item) == "configured"
    else:
        with pytest.raises(NotYours):
            record(member, item, "configured")


def test_item_goes_from_form_to_its_record(client, runner, need, owner):
    client.force_login(runner.user)
    slug = runner.program.slug
    add = reverse("phases:config-add", args=[slug])
    values = {"kind": "pipeline", "name": "New business", "owner": owner.pk, "build": "standard", "is_common": "on"}
    assert client.post(add, {**values, "name": ""}).status_code == 422
    assert client.post(add, {**values, "requirements": [need.pk]}).status_code == 303
    assert client.post(add, values).status_code == 422  # the name is there
    stage = {**values, "kind": "stage", "name": "Qualified", "build": "custom_code", "amount": "12.50"}
    assert "A stage belongs to a pipeline" in client.post(add, stage).content.decode()
    assert client.post(add, {**stage, "parent": ConfigItem.objects.get().pk}).status_code == 303
    assert ConfigItem.objects.get(name="Qualified").spent == 1250
    page = reverse("phases:config-item", args=[slug, 1])
    done = {"progress": "configured", "evidence": "Set up on the sandbox", "seen_version": 1}
    assert client.post(page, {**done, "evidence": ""}).status_code == 422
    assert client.post(page, done).status_code == 303
    assert client.post(page, {**done, "seen_version": 0}).status_code == 409
    assert "Set up on the sandbox" in client.get(page).content.decode()
    file = b"".join(client.get(reverse("phases:configuration-csv", args=[slug]))).decode()
    assert '"Stage","New business","Qualified"' in file
    assert client.post(reverse("phases:config-remove", args=[slug, 2]), {"seen_version": 1}).status_code == 303


def test_stranger_does_not_see_the_spec(client, runner):
    specify(runner)
    client.force_login(MembershipFactory().user)

    assert client.get(reverse("phases:configuration", args=[runner.program.slug])).status_code == 404
    assert client.get(reverse("phases:config-item", args=[runner.program.slug, 1])).status_code == 404


@pytest.mark.parametrize("count", [1, 3, 300])
def test_spec_costs_the_same(runner, count, django_assert_num_queries):
    ConfigItem.objects.bulk_create(
        ConfigItem(program=runner.program, number=n, kind="field", name=f"Field {n}") for n in range(count)
    )
    with django_assert_num_queries(2):
        assert len(queries.spec_of(runner.program).items) == count
    with django_assert_num_queries(1):
        queries.configuration_facts(runner.program)


def test_api_records_progress(client, runner):
    client.force_login(runner.user)
    specify(runner)
    base = f"/api/v1/programs/{runner.program.slug}/config-items/1/"
    done = {"seen_version": 1, "progress": "configured", "evidence": "Set up"}
    assert client.post(f"{base}record/", done, "application/json").json()["progress"] == "configured"
    changed = client.patch(base, {"seen_version": 1, "definition": "New customers"}, "application/json").json()
    assert (changed["progress"], changed["version"], len(changed["records"])) == (None, 2, 1)
    assert client.post(f"{base}move/", {"up": True}, "application/json").status_code == 200
    assert client.delete(f"{base}?seen_version=1").status_code == 409
