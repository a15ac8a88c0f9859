"""Targets with their history, by team and phase; the rule tried over 26 weeks before it is on; cautions (M5)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from adoption import queries
from adoption.metrics import Week
from adoption.models import Activity, CrmRecord, Escalation, EscalationState, Metric, Rep, Target
from adoption.queries.cautions import cautions_of
from adoption.services import targets
from crmprogram.program import audit, clock
from crmprogram.program.errors import Invalid
from tests.adoption.conftest import FIRST, noon

AFTER = Week(2026, 26)


@pytest.fixture
def put(program, member):
    """Set the target of daily active on the Monday of a week."""

    def set_it(value, week, **more):
        with clock.at(noon(week)):
            given = {"key": Metric.DAILY, "value": Decimal(value)} | more
            return targets.set_target(program=program, by=member.user, **given)

    return set_it


def test_new_target_judges_no_week_before_it(program, vp, tell, put):
    tell(85, 85, 95)
    put(80, FIRST)
    put(90, Week(2026, 21))

    own = queries.Targets(program)
    assert [own.value(Metric.DAILY, "all", week) for week in (FIRST.previous, FIRST, Week(2026, 21))] == [90, 80, 90]
    assert [(one.value, one.since) for one in own.history] == [(80, "2026-W19"), (90, "2026-W21")]
    assert Target.objects.of(program).in_force().get().value == 90


def test_change_is_history_with_who_why_and_how_often_it_would_have_fired(program, member, tell, put):
    tell(80, 80, 95, 80, 95, 80, 80)
    one = put(85, AFTER, reason="The pilot is over.")

    assert (one.fired, one.reason, one.changed_by) == (2, "The pilot is over.", member.user)
    assert put(85, AFTER) == one  # the same again is no change
    assert [entry.verb for entry in audit.history(one)] == ["target.set"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"since": "2026-20"}, "Write a week"), ({"since": "2020-W01"}, "26 weeks"), ({"needed": 1}, "weeks in a row"),
        ({"phase": 6}, "1 to 5"), ({"value": 101}, "percent"),
    ],
)  # fmt: skip
def test_target_that_makes_no_sense_is_refused(program, put, given, said):
    with pytest.raises(Invalid, match=said):
        put(**({"value": 85, "week": AFTER} | given))


def test_phase_has_its_own_target_from_the_monday_after_the_gate(program, put, monkeypatch):
    put(80, FIRST, phase=4, since="2026-W10")
    put(90, FIRST, since="2026-W10")
    own = queries.Targets(program)
    own.__dict__["_signed"] = {1: date(2026, 1, 5), 2: date(2026, 2, 2), 3: date(2026, 3, 2), 4: date(2026, 5, 20)}

    found = [own.value(Metric.DAILY, "all", week) for week in (Week(2026, 20), Week(2026, 21), Week(2026, 22))]

    assert found == [80, 80, 90]  # signed on the Wednesday of week 21
    assert queries.Targets(program).phase(FIRST) == 1  # no gate is signed in the data


def test_team_has_its_own_target_over_that_of_all(program, east, put):
    put(80, FIRST, team=east)

    own = queries.Targets(program)
    assert (own.value(Metric.DAILY, f"team:{east.pk}", FIRST), own.value(Metric.DAILY, "all", FIRST)) == (80, 90)


def test_rule_may_ask_for_three_weeks(program, vp, tell, put):
    put(90, FIRST, needed=3)
    tell(80, 80)
    assert Escalation.objects.of(program).get().state == EscalationState.WATCH
    tell(80, 80, 80)
    assert Escalation.objects.of(program).get().state == EscalationState.ESCALATED
    put(90, Week(2026, 22), needed=5)  # what was escalated by the rule of its weeks stays so
    assert Escalation.objects.of(program).get().state == EscalationState.ESCALATED


def test_weeks_in_which_the_rule_was_off_are_nobodys_failure(program, vp, tell, put):
    put(90, FIRST, escalates=False)
    tell(80, 80, 80)
    put(90, Week(2026, 22))
    tell(80, first=Week(2026, 22))

    assert Escalation.objects.of(program).get().weeks == [["2026-W22", 80, 100]]


@pytest.mark.parametrize(("value", "weeks"), [(70, []), (81, ["2026-W20", "2026-W25"]), (96, ["2026-W20"])])
def test_rule_is_tried_by_team_before_it_is_set(program, east, tell, value, weeks):
    tell(80, 80, 95, 80, 95, 80, 80)
    tell(80, 80, scope=f"team:{east.pk}")

    with clock.at(noon(AFTER)):
        everyone, team = queries.try_rule(program, Metric.DAILY, Decimal(value))

    assert ([str(week) for week in everyone.fired], team.name) == (weeks, "East")
    assert team.fired == ([Week(2026, 20)] if value > 80 else [])
    assert not Target.objects.exists()


def test_trial_costs_the_same_for_many_teams(program, east, west, tell, django_assert_num_queries):
    for scope in ("all", f"team:{east.pk}", f"team:{west.pk}"):
        tell(80, 80, 95, scope=scope)

    with clock.at(noon(AFTER)), django_assert_num_queries(3):
        assert len(queries.backtest(program, Metric.DAILY)) == 3


def test_page_shows_what_a_rule_would_do_before_it_is_switched_on(client, program, member, tell):
    tell(80, 80, 95, 80, 95, 80, 80)
    client.force_login(member.user)
    page, given = reverse("adoption:rule", args=[program.slug, "daily"]), {"value": "85", "needed": "2"}
    with clock.at(noon(AFTER)):
        tried = client.get(page, given)
        assert b"It would have fired 2 times." in tried.content
        asked = client.post(page, given | {"escalates": "on"})
        assert (asked.status_code, b"Nothing is set yet" in asked.content) == (200, True)
        assert not Target.objects.exists()
        done = client.post(page, given | {"escalates": "on", "seen": asked.context["seen"]})
        assert (done.status_code, Target.objects.get().value) == (303, 85)
        changed = client.post(page, given | {"value": "86", "escalates": "on", "seen": asked.context["seen"]})
        assert changed.context["asked"]  # another value has not been seen
        client.post(page, given | {"value": "86"})  # switched off: nothing to see first
        assert Target.objects.in_force().get().escalates is False
        assert client.get(reverse("adoption:rule", args=[program.slug, "nothing"])).status_code == 404
        assert client.get(page, {"value": "many"}).status_code == 422


# --- cautions ----------------------------------------------------------------------------


DAY = date(2026, 6, 1)


@pytest.fixture
def deal(program, east):
    """Open deals of a rep, last updated so many days before the export of 1 June."""

    def owned(number, *days, outcome="open"):
        rep, _ = Rep.objects.get_or_create(
            program=program, number=number, defaults={"key": f"rep {number}", "team": east, "state": "counted"}
        )
        before = CrmRecord.objects.count()
        CrmRecord.objects.bulk_create(
            CrmRecord(
                program=program, object="deal", source="x", record_id=f"D-{before + n}", rep=rep, outcome=outcome,
                created_on=date(2026, 1, 5), updated_on=DAY - timedelta(days=ago), as_of=DAY,
            )
            for n, ago in enumerate(days)
        )  # fmt: skip
        return rep

    return owned


def log(rep, times):
    Activity.objects.bulk_create(
        Activity(
            program=rep.program, source="x", event_id=f"{rep.pk}-{n}", rep=rep, kind="call",
            logged_on=DAY - timedelta(days=3), period="2026-W22", rank="1",
        )
        for n in range(times)
    )  # fmt: skip


def test_deals_touched_right_before_the_export_are_named(program, deal):
    deal(1, 0, 0, 1, 1, 1, 9, 9)
    deal(2, 0, 1, 9, 9, 9)  # two of five
    deal(3, 0, 0, 0, 0)  # four are few

    (found,) = cautions_of(program)

    assert (found.kind, found.rep.number, found.records) == ("touched", 1, ["D-0", "D-1", "D-2", "D-3", "D-4"])
    assert found.said == "5 of 7 open deals were updated on the day of the export or the day before."


def test_much_activity_without_any_outcome_is_a_question(program, deal):
    busy, quiet, moving = deal(1, 40, 50), deal(2, 40), deal(3, 40, 3)
    for rep, times in ((busy, 20), (quiet, 19), (moving, 30)):
        log(rep, times)

    (found,) = cautions_of(program, kinds=["quiet"])

    assert (found.rep, found.records) == (busy, ["D-0", "D-1"])
    assert found.said == "20 calls and emails in four weeks, and none of 2 open deals was updated."


def test_cautions_cost_the_same_for_many_reps(program, deal, django_assert_max_num_queries):
    for number in range(1, 9):
        log(deal(number, 40, 41), 25)
    with django_assert_max_num_queries(7):
        assert len(cautions_of(program)) == 8
