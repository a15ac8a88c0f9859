"""A generated export, reviewed by answers from the truth: who is one is found, no row is lost (H0, H2).

A small one here; `JOURNEY_ROWS=50000` asks for a company's whole export.
"""

import os
from collections import defaultdict
from datetime import date
from itertools import combinations

import pytest

from crmprogram.demo import synthetic
from migration.models import Record, RunRow
from migration.services import accounting, review
from tests.migration.conftest import fresh

pytestmark = pytest.mark.django_db
ROWS = int(os.environ.get("JOURNEY_ROWS", "600"))
F1 = 0.985


def answer_from_truth(run, member, person):
    """Merge what the truth says is one person, leave out the rest, split where nobody is twice."""
    for cluster in run.clusters.open().order_by("number"):
        of = defaultdict(list)
        for key in RunRow.objects.filter(cluster=cluster).values_list("key", flat=True):
            of[person[key.rpartition(":")[2]]].append(key)
        most = max(of.values(), key=len)
        if len(most) > 1:
            review.merge_cluster(cluster=cluster, by=member.user, include=most)
        else:
            review.split_cluster(cluster=cluster, by=member.user)


def pairs_of(run):
    """Every pair of source rows that became one record, by record id."""
    ids = dict(RunRow.objects.filter(run=run).values_list("pk", "key"))
    groups = defaultdict(list)
    for pk, record in RunRow.objects.filter(pk__in=ids).values_list("pk", "record"):
        groups[record].append(ids[pk].rpartition(":")[2])
    return {pair for keys in groups.values() for pair in combinations(sorted(keys), 2)}


def test_review_from_the_truth_finds_who_is_one_and_loses_no_row(member, clean, tmp_path):
    path = tmp_path / "export.csv"
    truth = synthetic.write_export(path, ROWS, seed=7, today=date(2026, 11, 20))
    run = clean(member, path)

    answer_from_truth(run, member, truth.person)

    run = fresh(run)
    account = accounting.account_of(run)
    assert account.balanced, account.says()
    assert run.counts["read"] == ROWS == sum(count for name, count in run.counts.items() if name != "read")
    living = Record.objects.filter(run=run).living()
    assert sum(living.values_list("rows", flat=True)) == RunRow.objects.filter(run=run).count()
    found = pairs_of(run)
    right = len(found & truth.pairs)
    precision, recall = right / len(found), right / len(truth.pairs)
    assert 2 * precision * recall / (precision + recall) >= F1
