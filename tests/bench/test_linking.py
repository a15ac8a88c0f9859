"""The share of pointers that lead where the truth says; what was merged wrongly is left out."""

from crmprogram.bench.linking import Pointers, pointers
from crmprogram.demo.linked import Linked


def test_pointers_count_where_the_record_pointed_at_is_one_company(tmp_path):
    truth = Linked(company={"a1": 1, "a2": 1, "b1": 2, "c1": 3}, deals={"d1": (1, 7), "d2": (1, 7), "d3": (2, 0)})
    truth.contacts.person = {"p1": 7}
    for name, lines in {
        "account": ["record_id,members", "a1,a1 a2", "b1,b1 c1"],
        "contact": ["record_id,members", "p1,p1"],
        "deal": ["record_id,account_id,contact_id", "d1,a1,p1", "d2,a2,p1", "d3,b1,"],
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "records.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    # d2 was not followed; d3 points at a record of two companies
    assert pointers(tmp_path, truth) == Pointers(3, 4)
