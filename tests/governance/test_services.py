"""The RACI (R1), positions, and the sponsor registry (R2, R3, A4, G7)."""

from __future__ import annotations

import pytest

from crmprogram.program import services as program_services
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Position, Program, Role
from governance import services
from governance.errors import AlreadySigned, FixedRow, NotExecutive, NotHeld, PositionInUse, RaciNotReady
from governance.models import Activity, Assignment, Sponsorship
from governance.queries import load_matrix
from tests.factories import MembershipFactory, PositionFactory, ProgramFactory, UserFactory

pytestmark = pytest.mark.django_db


def position_of(program, title):
    return Position.objects.get(program=program, title=title)


def fixed_row(program):
    return Activity.objects.get(program=program, is_fixed=True)


def row(program, title="Lead routing rules"):
    return Activity.objects.get(program=program, title=title)


def letters(activity):
    return dict(activity.assignments.values_list("position__title", "letters"))


def accepted(ops, cro):
    services.name_accountable(program=ops.program, position=cro.positions.get(), by=ops.user)
    return services.accept_sponsorship(program=ops.program, by=cro.user)


# --- a new program ------------------------------------------------------------------


def test_new_program_has_the_fixed_row_and_default_rows(ops):
    matrix = load_matrix(ops.program)

    assert matrix.fixed.activity.title == "CRM program"
    assert len(matrix.rows) == 16
    assert [name for name, _ in matrix.groups] == ["Program", "Audit", "Pick", "Implement", "Train", "Iterate"]
    assert matrix.fixed.cells[1].letters == "R"  # the maker's, and no other letter anywhere
    assert Assignment.objects.count() == 1


def test_new_program_is_on_hold_until_a_sponsor_accepts(ops):
    program = Program.objects.get(pk=ops.program_id)

    assert (program.on_hold, program.accountable) == (True, None)


def test_fixed_row_cannot_be_removed_renamed_or_moved(ops):
    activity = fixed_row(ops.program)

    with pytest.raises(FixedRow):
        services.remove_activity(activity=activity, by=ops.user)
    with pytest.raises(FixedRow):
        services.change_activity(activity=activity, by=ops.user, title="The CRM", phase=0)
    assert fixed_row(ops.program).title == "CRM program"


# --- rows and letters (R1) ----------------------------------------------------------


def test_set_cell_stores_and_clears_letters(ops):
    activity, vp = row(ops.program), position_of(ops.program, "VP Sales")

    assert services.set_cell(activity=activity, position=vp, letters="ra", by=ops.user) == "AR"
    assert letters(activity) == {"VP Sales": "AR"}
    services.set_cell(activity=activity, position=vp, letters="", by=ops.user)
    assert letters(activity) == {}


@pytest.mark.parametrize("wrong", ["X", "RC", "AA", "AI"])
def test_set_cell_refuses_what_is_no_letter(ops, wrong):
    with pytest.raises(Invalid):
        services.set_cell(
            activity=row(ops.program), position=position_of(ops.program, "VP Sales"), letters=wrong, by=ops.user
        )


def test_set_cell_refuses_a_position_of_another_program(ops):
    with pytest.raises(Invalid):
        services.set_cell(activity=row(ops.program), position=PositionFactory(), letters="R", by=ops.user)


def test_set_cell_is_for_those_who_edit_the_raci(ops, cro):
    with pytest.raises(NotYours):
        services.set_cell(
            activity=row(ops.program), position=position_of(ops.program, "VP Sales"), letters="R", by=cro.user
        )


def test_keep_accountable_makes_the_other_consulted(ops):
    activity = row(ops.program)
    vp, runner = position_of(ops.program, "VP Sales"), position_of(ops.program, "Sales Ops Manager")
    for position in (vp, runner):
        services.set_cell(activity=activity, position=position, letters="A", by=ops.user)

    services.keep_accountable(activity=activity, position=vp, by=ops.user)

    assert letters(activity) == {"VP Sales": "A", "Sales Ops Manager": "C"}


def test_keep_accountable_leaves_who_is_also_responsible_responsible(ops):
    activity = row(ops.program)
    vp, runner = position_of(ops.program, "VP Sales"), position_of(ops.program, "Sales Ops Manager")
    services.set_row(activity=activity, letters={vp.pk: "A", runner.pk: "AR"}, by=ops.user)

    services.keep_accountable(activity=activity, position=vp, by=ops.user)

    assert letters(activity) == {"VP Sales": "A", "Sales Ops Manager": "R"}


def test_suggested_letters_fill_empty_rows_and_touch_no_other(ops):
    mine, vp = row(ops.program), position_of(ops.program, "VP Sales")
    services.set_cell(activity=mine, position=vp, letters="I", by=ops.user)

    assert services.suggest_letters(program=ops.program, by=ops.user) == 14
    assert letters(mine) == {"VP Sales": "I"}
    assert letters(row(ops.program, "Contract"))["VP Sales"] == "A"
    assert not fixed_row(ops.program).assignments.filter(letters__contains="A").exists()
    assert services.suggest_letters(program=ops.program, by=ops.user) == 0


def test_rows_can_be_added_changed_and_removed(ops):
    activity = services.add_activity(program=ops.program, by=ops.user, title="  Data   retention ", phase=3)
    services.change_activity(activity=activity, by=ops.user, title="Data retention rules", phase=5)

    assert row(ops.program, "Data retention rules").phase == 5
    services.remove_activity(activity=activity, by=ops.user)
    assert not Activity.objects.filter(title="Data retention rules").exists()


# --- sign-off (R1) ------------------------------------------------------------------


def sound(ops, cro):
    """A RACI without violations: everybody's position is held, the usual letters are set."""
    accepted(ops, cro)
    for position in Position.objects.filter(program=ops.program, membership=None):
        position.membership = MembershipFactory(program=ops.program, role=Role.VIEWER)
        position.save()
    services.suggest_letters(program=ops.program, by=ops.user)


def test_sign_off_is_refused_while_a_row_breaks_the_rule(ops, cro):
    sound(ops, cro)
    services.set_cell(activity=row(ops.program), position=cro.positions.get(), letters="A", by=ops.user)

    with pytest.raises(RaciNotReady) as refusal:
        services.sign_raci(program=ops.program, by=cro.user)

    assert refusal.value.details["rows"] == [{"row": "Lead routing rules", "violation": "Two Accountable."}]
    assert not ops.program.raci_signoffs.exists()


def test_sign_off_freezes_a_version_and_the_next_needs_a_change(ops, cro):
    sound(ops, cro)

    first = services.sign_raci(program=ops.program, by=cro.user)
    with pytest.raises(AlreadySigned):
        services.sign_raci(program=ops.program, by=cro.user)
    services.set_cell(
        activity=row(ops.program), position=position_of(ops.program, "Procurement"), letters="I", by=ops.user
    )
    assert not load_matrix(ops.program).is_signed
    second = services.sign_raci(program=ops.program, by=cro.user)

    assert (first.version, second.version) == (1, 2)
    frozen = next(one for one in first.rows if one["title"] == "Lead routing rules")
    assert "Procurement" not in frozen["letters"]


def test_sign_off_on_a_page_that_is_out_of_date_is_told(ops, cro):
    sound(ops, cro)
    seen = load_matrix(ops.program).digest
    services.set_cell(
        activity=row(ops.program), position=position_of(ops.program, "Procurement"), letters="I", by=ops.user
    )

    with pytest.raises(Conflict):
        services.sign_raci(program=ops.program, by=cro.user, seen_digest=seen)


def test_sign_off_is_for_sponsor_and_vp_sales(ops, cro):
    sound(ops, cro)

    with pytest.raises(NotYours):
        services.sign_raci(program=ops.program, by=ops.user)


# --- the sponsor (R2, R3, A4) -------------------------------------------------------


def test_named_sponsor_has_the_a_and_the_program_still_waits(ops, cro):
    named = services.name_accountable(program=ops.program, position=cro.positions.get(), by=ops.user)

    program = Program.objects.get(pk=ops.program_id)
    assert letters(fixed_row(program)) == {"Sales Ops Manager": "R", "Chief Revenue Officer": "A"}
    assert (named.accepted_at, program.accountable, program.on_hold) == (None, None, True)
    assert program.hold_reason == "Chief Revenue Officer is named as executive sponsor and has not accepted yet."


def test_accepted_sponsor_is_accountable_and_lifts_the_hold(ops, cro):
    accepted(ops, cro)

    program = Program.objects.get(pk=ops.program_id)
    assert program.accountable == cro.positions.get()
    assert (program.on_hold, program.hold_reason) == (False, "")


@pytest.mark.parametrize("level", ["director", "manager", "staff"])
def test_sponsor_below_vp_is_refused(ops, cro, level):
    position = cro.positions.get()
    position.level = level
    position.save()

    with pytest.raises(NotExecutive):
        services.name_accountable(program=ops.program, position=position, by=ops.user)
    assert not Sponsorship.objects.exists()


@pytest.mark.parametrize("level", ["c_level", "founder", "owner", "vp"])
def test_sponsor_of_each_executive_level_is_taken(ops, cro, level):
    position = cro.positions.get()
    position.level = level
    position.save()

    assert services.name_accountable(program=ops.program, position=position, by=ops.user).level == level


def test_sponsor_needs_an_active_member_in_the_position(ops, cro):
    vp = position_of(ops.program, "VP Sales")
    with pytest.raises(NotHeld):
        services.name_accountable(program=ops.program, position=vp, by=ops.user)

    program_services.deactivate_member(membership=cro, by=ops.user)
    with pytest.raises(NotHeld):
        services.name_accountable(program=ops.program, position=cro.positions.get(), by=ops.user)


def test_only_the_named_person_accepts(ops, cro):
    services.name_accountable(program=ops.program, position=cro.positions.get(), by=ops.user)

    with pytest.raises(NotYours):
        services.accept_sponsorship(program=ops.program, by=ops.user)
    assert Program.objects.get(pk=ops.program_id).on_hold


def test_a_in_the_fixed_row_is_given_by_naming_and_never_just_cleared(ops, cro):
    position = cro.positions.get()
    services.set_cell(activity=fixed_row(ops.program), position=position, letters="A", by=ops.user)
    assert Sponsorship.objects.open().get().position == position

    with pytest.raises(FixedRow):
        services.set_cell(activity=fixed_row(ops.program), position=position, letters="", by=ops.user)
    with pytest.raises(NotHeld):
        services.set_cell(
            activity=fixed_row(ops.program),
            position=position_of(ops.program, "VP Sales"),
            letters="A",
            by=ops.user,
        )
    assert letters(fixed_row(ops.program))["Chief Revenue Officer"] == "A"


def test_replaced_sponsor_steps_down_and_the_program_holds_again(ops, cro):
    accepted(ops, cro)
    other = MembershipFactory(program=ops.program, role=Role.VP_SALES)

    services.appoint_sponsor(program=ops.program, membership=other, title="vp sales", level="vp", by=ops.user)

    program = Program.objects.get(pk=ops.program_id)
    assert letters(fixed_row(program)) == {
        "Sales Ops Manager": "R",
        "Chief Revenue Officer": "C",
        "VP Sales": "A",
    }
    assert (program.on_hold, program.accountable) == (True, None)
    assert Sponsorship.objects.get(membership=cro).ended_reason == "Replaced by VP Sales."


def test_released_sponsor_holds_the_program(ops, cro):
    accepted(ops, cro)
    services.release_sponsor(program=ops.program, by=ops.user, reason="Left for another division.")

    program = Program.objects.get(pk=ops.program_id)
    assert (program.on_hold, program.accountable) == (True, None)
    assert letters(fixed_row(program)) == {"Sales Ops Manager": "R"}


def test_sponsor_who_left_holds_the_program(ops, cro):
    accepted(ops, cro)
    program_services.deactivate_member(membership=cro, by=ops.user)

    program = Program.objects.get(pk=ops.program_id)
    assert (program.on_hold, program.accountable) == (True, None)
    assert program.hold_reason == (
        "The executive sponsor (Chief Revenue Officer) is gone: the person left the program. Name another."
    )


def test_member_who_is_no_sponsor_leaves_without_a_hold(ops, cro):
    accepted(ops, cro)
    program_services.deactivate_member(membership=MembershipFactory(program=ops.program, role=Role.IT), by=ops.user)

    assert not Program.objects.get(pk=ops.program_id).on_hold


@pytest.mark.parametrize("change", [{"membership": None}, {"level": "director"}])
def test_sponsors_position_without_holder_or_level_holds_the_program(ops, cro, change):
    accepted(ops, cro)
    values = {"title": "Chief Revenue Officer", "level": "c_level", "membership": cro} | change

    services.save_position(program=ops.program, by=ops.user, position=cro.positions.get(), **values)

    program = Program.objects.get(pk=ops.program_id)
    assert (program.on_hold, program.accountable) == (True, None)


def test_renamed_sponsors_position_changes_nothing_else(ops, cro):
    accepted(ops, cro)
    services.save_position(
        program=ops.program, by=ops.user, position=cro.positions.get(), title="CRO", level="c_level", membership=cro
    )

    assert not Program.objects.get(pk=ops.program_id).on_hold


def test_settings_saved_from_a_stale_page_do_not_lift_the_hold(ops, cro):
    accepted(ops, cro)
    stale = Program.objects.get(pk=ops.program_id)
    services.release_sponsor(program=ops.program, by=ops.user, reason="Left.")

    program_services.update_program(program=stale, by=ops.user, seats=80)

    assert Program.objects.get(pk=ops.program_id).on_hold


# --- positions ----------------------------------------------------------------------


def test_sponsors_position_cannot_be_removed(ops, cro):
    accepted(ops, cro)

    with pytest.raises(PositionInUse):
        services.remove_position(position=cro.positions.get(), by=ops.user)


def test_position_is_removed_with_its_letters(ops):
    vp = position_of(ops.program, "VP Sales")
    services.set_cell(activity=row(ops.program), position=vp, letters="A", by=ops.user)

    services.remove_position(position=vp, by=ops.user)

    assert letters(row(ops.program)) == {}


def test_positions_move_and_stop_at_the_edge(ops):
    def titles():
        return list(Position.objects.filter(program=ops.program).values_list("title", flat=True)[:3])

    assert titles() == ["VP Sales", "Sales Ops Manager", "CRM Specialist"]
    first = position_of(ops.program, "VP Sales")
    services.move_position(position=first, by=ops.user, earlier=True)
    assert titles()[0] == "VP Sales"
    services.move_position(position=first, by=ops.user, earlier=False)
    assert titles() == ["Sales Ops Manager", "VP Sales", "CRM Specialist"]


def test_position_is_held_by_members_of_the_program_only(ops):
    with pytest.raises(Invalid):
        services.save_position(
            program=ops.program, by=ops.user, title="CFO", level="c_level", membership=MembershipFactory()
        )


def test_position_of_a_program_without_members_is_seen_by_no_stranger():
    program = ProgramFactory()

    assert list(Position.objects.for_user(UserFactory()).filter(program=program)) == []
