"""The pages of the RACI, the positions and the sponsor, with htmx and without."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crmprogram.program.models import Position, Program, Role
from governance import services
from governance.models import Activity, Assignment, Sponsorship
from tests.factories import MembershipFactory, PositionFactory

pytestmark = pytest.mark.django_db


def url(program, path=""):
    return f"/p/{program.slug}/{path}"


def row(program, title="Lead routing rules"):
    return Activity.objects.get(program=program, title=title)


def letters(activity):
    return dict(activity.assignments.values_list("position__title", "letters"))


@pytest.fixture
def signed_in(client, ops):
    client.force_login(ops.user)
    return client


def test_raci_says_what_breaks_the_rule_and_offers_the_repairs(signed_in, ops):
    for title in ("VP Sales", "Sales Ops Manager"):
        position = Position.objects.get(program=ops.program, title=title)
        position.membership = ops
        position.save()
        services.set_cell(activity=row(ops.program), position=position, letters="A", by=ops.user)

    page = signed_in.get(url(ops.program, "raci/")).content.decode()

    assert "<b>Two Accountable.</b> VP Sales and Sales Ops Manager. Choose one; the other becomes Consulted." in page
    assert "Keep VP Sales" in page
    assert 'role="grid"' in page


def test_cell_answers_htmx_with_the_row_and_what_it_moves(signed_in, ops):
    activity = row(ops.program)
    position = Position.objects.get(program=ops.program, title="VP Sales")

    page = signed_in.post(
        url(ops.program, f"raci/rows/{activity.pk}/cell/"),
        {"position": position.pk, "letters": "A"},
        headers={"HX-Request": "true"},
    )

    body = page.content.decode()
    assert page.status_code == 200
    assert body.strip().startswith(f'<tbody id="row-{activity.pk}"')
    assert [f'id="{part}" hx-swap-oob' in body for part in ("finding", "load", "signing", "vacant")] == [True] * 4
    assert letters(activity) == {"VP Sales": "A"}


def test_vacant_positions_are_named_once_and_not_in_every_row(signed_in, ops, sponsor):
    services.suggest_letters(program=ops.program, by=ops.user)

    page = signed_in.get(url(ops.program, "raci/")).content.decode()

    assert "12 rows wait for somebody to hold the position" in page
    assert "Nobody holds VP Sales, Accountable in 10 rows." in page
    assert "rc-fix" not in page


def test_cell_without_script_goes_back_to_the_row(signed_in, ops):
    activity = row(ops.program)
    position = Position.objects.get(program=ops.program, title="VP Sales")

    page = signed_in.post(url(ops.program, f"raci/rows/{activity.pk}/cell/"), {"position": position.pk, "letters": "R"})

    assert (page.status_code, page["Location"]) == (303, url(ops.program, f"raci/#row-{activity.pk}"))


def test_refused_cell_answers_409_with_the_reason_in_the_row(signed_in, ops, sponsor):
    fixed = Activity.objects.get(program=ops.program, is_fixed=True)
    address = url(ops.program, f"raci/rows/{fixed.pk}/cell/")
    data = {"position": sponsor.positions.get().pk, "letters": ""}

    fragment = signed_in.post(address, data, headers={"HX-Request": "true"})
    whole = signed_in.post(address, data)

    assert (fragment.status_code, whole.status_code) == (409, 409)
    assert "This A names the executive sponsor." in fragment.content.decode()
    assert "This A names the executive sponsor." in whole.content.decode()


def test_repair_keeps_one(signed_in, ops):
    activity = row(ops.program)
    for title in ("VP Sales", "Sales Ops Manager"):
        position = Position.objects.get(program=ops.program, title=title)
        services.set_cell(activity=activity, position=position, letters="A", by=ops.user)

    signed_in.post(
        url(ops.program, f"raci/rows/{activity.pk}/repair/"),
        {"position": Position.objects.get(program=ops.program, title="VP Sales").pk, "letters": "A", "alone": "yes"},
    )

    assert letters(activity) == {"VP Sales": "A", "Sales Ops Manager": "C"}


def test_row_page_sets_every_letter_without_script(signed_in, ops):
    activity = row(ops.program)
    data = {
        f"position-{position.pk}": {"VP Sales": "A", "CRM Specialist": "R"}.get(position.title, "none")
        for position in Position.objects.filter(program=ops.program)
    }

    page = signed_in.post(url(ops.program, f"raci/rows/{activity.pk}/"), data)

    assert page.status_code == 303
    assert letters(activity) == {"VP Sales": "A", "CRM Specialist": "R"}


def test_row_page_keeps_what_was_chosen_when_it_is_refused(signed_in, ops):
    activity = row(ops.program)

    page = signed_in.post(url(ops.program, f"raci/rows/{activity.pk}/"), {})

    assert page.status_code == 422
    assert letters(activity) == {}


def test_row_can_be_added_and_a_second_of_the_same_title_is_not(signed_in, ops):
    data = {"title": "Consent rules", "phase": "3"}

    first = signed_in.post(url(ops.program, "raci/rows/add/"), data)
    second = signed_in.post(url(ops.program, "raci/rows/add/"), {"title": "consent RULES", "phase": "1"})

    assert (first.status_code, second.status_code) == (303, 422)
    assert "There is a row with this title already." in second.content.decode()


def test_fixed_row_offers_no_removal_and_refuses_it(signed_in, ops):
    fixed = Activity.objects.get(program=ops.program, is_fixed=True)

    assert "Remove the row" not in signed_in.get(url(ops.program, f"raci/rows/{fixed.pk}/")).content.decode()
    assert signed_in.post(url(ops.program, f"raci/rows/{fixed.pk}/remove/")).status_code == 409


def test_sign_off_is_refused_on_the_page_while_rows_break_the_rule(client, ops, sponsor):
    client.force_login(sponsor.user)

    page = client.post(url(ops.program, "raci/sign/"))

    assert page.status_code == 409
    assert "Rows to repair before it can be signed" in page.content.decode()


def test_positions_can_be_added_changed_moved_and_removed(signed_in, ops):
    signed_in.post(url(ops.program, "positions/"), {"title": "Data Steward", "level": "staff", "membership": ops.pk})
    position = Position.objects.get(title="Data Steward")
    signed_in.post(url(ops.program, f"positions/{position.pk}/"), {"title": "Data Lead", "level": "manager"})
    signed_in.post(url(ops.program, f"positions/{position.pk}/move/"), {"to": "earlier"})
    position.refresh_from_db()

    assert (position.title, position.level, position.membership) == ("Data Lead", "manager", None)
    assert Position.objects.filter(program=ops.program).last().title == "Sales Managers"
    signed_in.post(url(ops.program, f"positions/{position.pk}/remove/"))
    assert not Position.objects.filter(pk=position.pk).exists()


def test_position_title_is_there_once(signed_in, ops):
    page = signed_in.post(url(ops.program, "positions/"), {"title": "vp sales", "level": "vp"})

    assert page.status_code == 422


def test_sponsors_position_is_not_removed_from_the_page(signed_in, ops, sponsor):
    page = signed_in.post(url(ops.program, f"positions/{sponsor.positions.get().pk}/remove/"))

    assert page.status_code == 409
    assert "Release the sponsor first." in page.content.decode()


def test_sponsor_is_named_on_a_page_and_accepts_on_their_own(client, ops):
    member = MembershipFactory(program=ops.program, role=Role.SPONSOR)
    data = {"membership": member.pk, "title": "Chief Revenue Officer", "level": "c_level"}

    client.force_login(ops.user)
    assert client.post(url(ops.program, "sponsor/"), data).status_code == 303
    assert client.post(url(ops.program, "sponsor/accept/")).status_code == 403
    client.force_login(member.user)
    assert "Accept the sponsorship" in client.get(url(ops.program, "sponsor/")).content.decode()
    assert client.post(url(ops.program, "sponsor/accept/")).status_code == 303

    program = Program.objects.get(pk=ops.program_id)
    assert (program.on_hold, program.accountable.title) == (False, "Chief Revenue Officer")


def test_release_asks_for_a_reason(signed_in, ops, sponsor):
    assert signed_in.post(url(ops.program, "sponsor/release/"), {"reason": ""}).status_code == 422
    assert Sponsorship.objects.open().exists()
    assert signed_in.post(url(ops.program, "sponsor/release/"), {"reason": "New role."}).status_code == 303
    assert Program.objects.get(pk=ops.program_id).on_hold


def test_viewer_reads_the_raci_and_changes_nothing(client, ops):
    client.force_login(MembershipFactory(program=ops.program, role=Role.VIEWER).user)
    activity = row(ops.program)
    position = Position.objects.get(program=ops.program, title="VP Sales")

    assert 'aria-readonly="true"' in client.get(url(ops.program, "raci/")).content.decode()
    page = client.post(url(ops.program, f"raci/rows/{activity.pk}/cell/"), {"position": position.pk, "letters": "A"})
    assert page.status_code == 403
    assert letters(activity) == {}


@pytest.mark.parametrize("path", ["", "raci/", "positions/", "sponsor/", "failure-modes/", "raci/rows/{row}/"])
def test_stranger_finds_nothing(client, ops, stranger, path):
    client.force_login(stranger.user)

    assert client.get(url(ops.program, path.format(row=row(ops.program).pk))).status_code == 404


def test_row_of_another_program_is_not_there(signed_in, ops):
    other = Activity.objects.create(program=MembershipFactory().program, title="Elsewhere")

    assert signed_in.get(url(ops.program, f"raci/rows/{other.pk}/")).status_code == 404


# session, user, program, membership; the RACI and its sign-off; the rail's gates, Audit, Pick, runs and jobs;
# the sponsor's meetings and the calendar
RACI_PAGE = 23


@pytest.mark.parametrize("count", [1, 3, 300])
def test_raci_page_costs_the_same(signed_in, ops, count):
    before = reads(signed_in, ops.program)
    positions = [PositionFactory(program=ops.program, membership=ops) for _ in range(min(count, 20))]
    rows = Activity.objects.bulk_create(
        Activity(program=ops.program, title=f"Row {number}", phase=3) for number in range(count)
    )
    Assignment.objects.bulk_create(Assignment(activity=one, position=positions[0], letters="AR") for one in rows)

    after = reads(signed_in, ops.program)

    assert len(after) == len(before) <= RACI_PAGE, "\n".join(sql[:160] for sql in after)


def reads(client, program):
    """What the page asks the database, the savepoints of the test's own transaction apart."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url(program, "raci/")).status_code == 200
    return [one["sql"] for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]
