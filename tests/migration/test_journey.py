"""A generated export from upload to audited stages, reviewed by answers from the truth (H0, H2, H6 to H8).

`./run bench journey` goes the same way with a company's whole export.
"""

from datetime import date

import pytest

from crmprogram.bench import answering, journey
from crmprogram.demo import synthetic

ROWS = 900


@pytest.mark.django_db
def test_review_from_the_truth_finds_who_is_one_and_loses_no_row(tmp_path):
    path = tmp_path / "export.csv"
    truth = synthetic.write_export(path, ROWS, seed=7, today=date(2026, 11, 20))

    found = answering.go_through(path, truth)

    assert journey.failures(found) == []
    assert (found["rows"], found["review"]["left"]) == (ROWS, 0)
    assert found["before"] < found["f1"]
    assert [one["name"] for one in found["stages"]] == ["Active customers", "Active prospects", "Dormant"]
    assert "after the review" in journey.table(found)


def test_what_is_wrong_is_said():
    stage = {"name": "Dormant", "state": "loaded", "differences": 1, "wrong": ["phone"]}
    found = {"rows": 10, "f1": 0.98, "counts": {"read": 10, "kept": 9}, "stages": [stage]}

    assert journey.failures(found) == [
        "F1 is 0.9800, below 0.985.",
        "10 rows in the file, 10 read, 9 accounted for.",
        "Dormant came out otherwise than predicted.",
        "Dormant is not validated: ['phone']",
    ]
