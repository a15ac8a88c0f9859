import pytest
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Role
from phases.models import Decision, Dossier, Gate, GateReview, Scope, ScopeItem
from phases.queries import scope as queries
from phases.services import scope as services
from tests.factories import MembershipFactory, UserFactory


@pytest.fixture
def runner(db):
    return MembershipFactory(role=Role.SALES_OPS)


@pytest.fixture
def vp(runner):
    return MembershipFactory(program=runner.program, role=Role.VP_SALES)


def add(runner, text="Sales pipeline", kind="in"):
    return services.add_scope_item(program=runner.program, by=runner.user, kind=kind, text=text)


def sign(member):
    scope = Scope.objects.get(program=member.program)
    return services.sign_scope(program=member.program, by=member.user, seen_edit=scope.edit)


def approve_gate_1(program):
    gate, _ = Gate.objects.get_or_create(program=program, number=1)
    GateReview.objects.create(
        gate=gate,
        round=1,
        requested_by=UserFactory(),
        decision=Decision.APPROVED,
        decided_by=UserFactory(),
        decided_at=clock.now(),
        dossier=Dossier.objects.create(program=program, text="{}", sha256="0" * 64),
    )


def test_scope_is_signed_by_the_vp_sales(runner, vp):
    """P7: the Audit gate cannot be requested without a signed scope."""
    assert services.scope_is_signed(runner.program) is False
    add(runner)
    assert services.scope_is_signed(runner.program) is False

    signature = sign(vp)

    assert (signature.version, signature.role) == (1, Role.VP_SALES)
    assert services.scope_is_signed(runner.program) is True


@pytest.mark.parametrize("role", [Role.SALES_OPS, Role.CRM_SPECIALIST, Role.VIEWER])
def test_scope_is_signed_by_sponsor_or_vp_sales_alone(runner, role):
    add(runner)
    other = MembershipFactory(program=runner.program, role=role)

    with pytest.raises(NotYours):
        sign(other)


def test_signature_belongs_to_its_version(runner, vp):
    """A change after the signature opens the next version, which nobody has signed."""
    kept, gone = add(runner), add(runner, "Old address book")
    sign(vp)
    services.remove_scope_item(item=gone, by=runner.user, seen_edit=0)
    changed = services.change_scope_item(item=kept, by=runner.user, seen_edit=0, kind="in", text="Two pipelines")
    add(runner, "Renewals")

    scope = queries.scope_of(runner.program)
    assert (scope.version, scope.signed_at) == (2, None)
    assert services.scope_is_signed(runner.program) is False
    assert {item.text for item in ScopeItem.objects.in_version(1)} == {"Sales pipeline", "Old address book"}
    assert {item.text for item in ScopeItem.objects.present()} == {"Two pipelines", "Renewals"}
    assert changed.replaces_id == kept.pk
    (version, came, went), _ = queries.changes_by_version(scope)
    assert version == 2
    assert {item.text for item in came} == {"Two pipelines", "Renewals"}
    assert {item.text for item in went} == {"Sales pipeline", "Old address book"}


def test_line_of_an_unsigned_version_is_changed_in_place(runner):
    item = add(runner)

    same = services.change_scope_item(item=item, by=runner.user, seen_edit=0, kind="out", text="Sales pipeline")

    assert (same.pk, same.kind, Scope.objects.get().version) == (item.pk, "out", 1)


def test_line_changed_by_somebody_else_is_a_conflict(runner):
    item = add(runner)
    services.change_scope_item(item=item, by=runner.user, seen_edit=0, kind="in", text="First")

    with pytest.raises(Conflict):
        services.change_scope_item(item=item, by=runner.user, seen_edit=0, kind="in", text="Second")
    with pytest.raises(Conflict):
        services.remove_scope_item(item=item, by=runner.user, seen_edit=0)


def test_scope_changed_since_it_was_shown_is_not_signed(runner, vp):
    add(runner)
    seen = Scope.objects.get().edit
    add(runner, "Renewals")

    with pytest.raises(Conflict):
        services.sign_scope(program=runner.program, by=vp.user, seen_edit=seen)


def test_scope_without_a_line_in_scope_is_not_signed(runner, vp):
    add(runner, "Support desk", kind="out")

    with pytest.raises(Invalid, match="Nothing is in scope"):
        sign(vp)


def test_same_line_is_not_added_twice(runner):
    add(runner)

    with pytest.raises(Invalid, match="stands already under “In scope”"):
        add(runner, "sales  pipeline", kind="deferred")


def test_scope_is_locked_when_the_audit_gate_is_approved(runner, vp):
    """P7: later additions are refused with the way that is left."""
    item = add(runner)
    sign(vp)
    approve_gate_1(runner.program)

    for act in (
        lambda: add(runner, "Partner portal"),
        lambda: services.change_scope_item(item=item, by=runner.user, seen_edit=0, kind="in", text="More"),
        lambda: services.remove_scope_item(item=item, by=runner.user, seen_edit=0),
        lambda: sign(vp),
    ):
        with pytest.raises(services.ScopeLocked, match="deferred to Iterate"):
            act()
    assert services.scope_is_signed(runner.program) is True


def test_scope_is_filled_and_signed_on_its_page(client, runner, vp):
    client.force_login(runner.user)
    url = reverse("phases:scope-add", args=[runner.program.slug])
    assert client.post(url, {"kind": "in", "text": "Sales pipeline"}).status_code == 303
    assert client.post(url, {"kind": "in", "text": ""}).status_code == 422
    assert client.post(reverse("phases:scope-sign", args=[runner.program.slug]), {"seen_edit": 1}).status_code == 403

    client.force_login(vp.user)
    assert client.post(reverse("phases:scope-sign", args=[runner.program.slug]), {"seen_edit": 0}).status_code == 409
    assert client.post(reverse("phases:scope-sign", args=[runner.program.slug]), {"seen_edit": 1}).status_code == 303
    assert services.scope_is_signed(runner.program) is True


def test_stranger_does_not_see_the_scope(client, runner):
    item = add(runner)
    client.force_login(MembershipFactory().user)

    assert client.get(reverse("phases:scope", args=[runner.program.slug])).status_code == 404
    assert client.get(reverse("phases:scope-item", args=[runner.program.slug, item.pk])).status_code == 404
