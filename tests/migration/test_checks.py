"""Checks answer from stored summaries, and cannot tell before there is something to tell from."""

from decimal import Decimal

import pytest

from crmprogram.web import shell
from migration.models import Space, Stage
from phases.registry import Look, Verdict, examine
from tests.migration.conftest import fresh

pytestmark = pytest.mark.django_db


def test_migrated_cannot_tell_before_a_live_load(member, clean):
    clean(member)

    found = examine(Look(member.program), "migration.migrated")

    assert (found.verdict, found.summary) == (Verdict.UNKNOWN, "Nothing was loaded into the live CRM yet.")


def test_migrated_is_not_met_while_a_live_stage_waits(member, clean):
    Stage.objects.create(run=clean(member), order=1, name="customers", space=Space.LIVE)

    found = examine(Look(member.program), "migration.migrated")

    assert (found.verdict, found.value, found.threshold) == (Verdict.NOT_MET, 0, 1)


def test_hygiene_of_the_crm_cannot_be_told_from_its_source(member, clean):
    clean(member)

    found = examine(Look(member.program), "migration.hygiene")

    assert found.verdict is Verdict.UNKNOWN
    assert "holds no loaded records yet" in found.summary
    assert "R-01" in found.summary


def test_facts_count_what_is_dirty(member, clean):
    run = clean(member)

    facts = Look(member.program).migration

    assert (facts.run, facts.open_clusters, facts.duplicates, facts.records) == (run, 1, 1, 5)
    assert facts.clean_percent == Decimal(100) * fresh(run).summary["after"]["clean"] / 6


def test_facts_cost_at_most_five_queries(member, clean, django_assert_max_num_queries):
    clean(member)
    look = Look(member.program)

    with django_assert_max_num_queries(5):
        assert look.migration.runs == 1


def test_person_is_told_of_clusters_to_review(member, clean):
    clean(member)

    items = shell.next_for(member.user, member.program, Look(member.program))

    assert "Review 1 duplicate cluster" in [item.title for item in items]
