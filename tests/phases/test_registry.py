"""Checks, looks and evidence (G8, G11)."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import chain

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crmprogram.program import clock, together
from phases import registry
from phases.criteria import CRITERIA, of_gate
from phases.queries import gates as queries
from phases.registry import MET, UNKNOWN, Check, Look, NoParams, examine, judged
from tests.factories import GatedProgramFactory, ProgramFactory


@dataclass(frozen=True)
class Limit:
    percent: Decimal = Decimal("2.5")
    weeks: int = 4


@pytest.fixture
def program(db):
    return ProgramFactory()


@pytest.fixture
def register(monkeypatch):
    def do(key, function, params=NoParams, fresh_for=None):
        monkeypatch.setitem(registry.CHECKS, key, Check(key, function, params, fresh_for))

    return do


def test_criteria_are_those_of_the_domain():
    keys = {gate: [one.key for one in of_gate(gate)] for gate in range(1, 6)}
    assert keys == {
        1: ["A1", "A2", "A3", "A4", "A5"],
        2: ["B1", "B2", "B3", "B4", "B5"],
        3: ["C1", "C2", "C3", "C4", "C5"],
        4: ["D1", "D2", "D3", "D4a", "D4b", "D5"],
        5: ["E1"],
    }


def test_continuing_criteria_are_those_of_g9():
    continuing = {one.key for one in CRITERIA if one.continuing}
    assert continuing == {"A4", "C3", "C5", "D2", "D3", "D4a", "D4b", "D5"}


def test_only_the_sponsor_criterion_cannot_be_waived():
    assert [one.key for one in CRITERIA if not one.waivable] == ["A4"]


def test_criterion_that_nothing_measures_cannot_tell_and_says_why(gated, answers):
    sheet = queries.assess(Look(gated), 2)  # `answers` leaves the checks of Gate 1 alone registered

    assert [row.state for row in sheet.criteria] == ["none"] * 5
    assert sheet.criteria[0].summary == "Cannot tell: this program keeps no vendor ratings yet."
    assert sheet.heading == "Not ready to sign: 5 of 5 criteria cannot be told"


def test_check_that_breaks_cannot_tell_and_leaves_the_connection_usable(program, register):
    def broken(look, params):
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    register("test.broken", broken)

    assert examine(Look(program), "test.broken").verdict is UNKNOWN
    assert type(program).objects.filter(pk=program.pk).exists()


def test_check_is_asked_once_in_a_look(program, register):
    asked = []
    register("test.once", lambda look, params: asked.append(1) or judged(True, summary="."))
    look = Look(program)

    assert [examine(look, "test.once").verdict for _ in range(3)] == [MET] * 3
    assert len(asked) == 1


def test_facts_are_loaded_once_in_a_look(program, monkeypatch):
    loaded = []
    monkeypatch.setitem(registry.FACTS, "test_facts", lambda program: loaded.append(program) or {"n": 1})
    look = Look(program)

    assert (look.test_facts, look.test_facts) == ({"n": 1}, {"n": 1})
    assert loaded == [program]
    with pytest.raises(AttributeError):
        look.nothing_such  # noqa: B018


def test_threshold_of_the_list_goes_over_the_default(program, register):
    register("test.limit", lambda look, limit: judged(True, summary=str(limit)), Limit)

    assert examine(Look(program), "test.limit", percent="3").summary == str(Limit(Decimal(3), 4))


@pytest.mark.parametrize(("days", "stale"), [(13, False), (14, False), (15, True)])
def test_evidence_is_stale_past_the_freshness_limit(program, register, days, stale):
    look = Look(program)
    register("test.fresh", lambda look, params: None, fresh_for=timedelta(days=14))
    evidence = judged(True, summary=".", as_of=look.at - timedelta(days=days))

    assert registry.is_stale(look, "test.fresh", evidence) is stale


def test_check_is_registered_once():
    key = next(iter(registry.CHECKS), None)
    registry.CHECKS.setdefault(key or "test.twice", None)
    with pytest.raises(ValueError, match="registered twice"):
        registry.check(key or "test.twice")(lambda look, params: None)
    if key is None:
        del registry.CHECKS["test.twice"]


def test_params_go_to_json_and_back():
    stored = registry.as_json(Limit())

    assert stored == {"percent": "2.5", "weeks": 4}
    assert registry.from_json(Limit, stored) == Limit()
    with pytest.raises(ValueError, match="Unknown threshold value"):
        registry.from_json(Limit, {"days": 1})


def test_all_checks_of_a_program_cost_a_few_queries(db):
    look = Look(GatedProgramFactory())

    with CaptureQueriesContext(connection) as asked:
        for criterion in CRITERIA:
            queries.examine_criterion(look, criterion)

    # savepoints around each check read nothing
    read = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
    assert len(read) <= 15, "\n".join(read)


def test_clock_of_a_look_is_the_story_told(program):
    moment = clock.now() - timedelta(days=100)
    with clock.at(moment):
        assert Look(program).at == moment


def test_page_reads_what_every_app_shows_of_itself_in_one_statement(program, django_assert_num_queries):
    look = Look(program)
    look.for_page = True

    with django_assert_num_queries(1):
        assert look.gates.current == 1
        assert look.audit.gaps == 0
        assert (look.governance.sponsorship, look.adoption.unknown, look.pick.vendors, look.migration.runs) == (
            None, 0, [], 0,
        )  # fmt: skip


def test_kept_statement_of_every_app_is_what_it_would_ask_afresh(db, monkeypatch):
    monkeypatch.setattr(together, "_kept", {})
    makers, first = list(registry.ROWS.values()), clock.now().replace(hour=9)
    programs = ProgramFactory(time_zone="Asia/Tokyo"), ProgramFactory(platform_chosen=True, platform_name="Odoo")
    for moment in (first, first + timedelta(hours=5), first + timedelta(days=1)):
        for program in programs:
            with clock.at(moment), CaptureQueriesContext(connection) as asked:
                together.rows_of(program, makers)
                together.fill(*chain.from_iterable(maker(program) for maker in makers))
            kept, fresh = asked
            assert kept["sql"] == fresh["sql"]
    assert len(together._kept) == 4, "one a day and zone"
