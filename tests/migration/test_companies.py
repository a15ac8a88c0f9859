"""Accounts: what one name proves and what it does not; chains, parents and namesakes stay apart (H2)."""

from datetime import date

import pytest

from crmprogram.bench.scores import pairwise
from crmprogram.demo.linked import write_linked
from migration import commandline, companies
from migration.hygiene.cluster import cluster
from migration.hygiene.compare import Thresholds
from migration.hygiene.features import Record
from migration.hygiene.firms import site

BONN = {"city": "Bonn", "street": "Am Markt 1", "postcode": "53111", "country": "DE"}
KOELN = {"city": "Köln", "street": "Ring 7", "postcode": "50667", "country": "DE"}
ACME = {"company": "Acme", "website": "https://acme.example"}


def pairs_of(*rows, **more):
    """The pairs of some accounts among others, which tell how rare values are."""
    others = [Record(f"z{n:03}", {"company": f"Firm {n}", "city": f"Town {n}"}) for n in range(200)]
    made = [Record("abcdefg"[at], row) for at, row in enumerate(rows)]
    return [one for one in companies.propose([*made, *others], **more) if one.a < "z"]


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ({**ACME, "company": "ACME, Inc.", **BONN}, {**ACME, **BONN}, "company_domain"),
        ({**ACME, **BONN}, {**ACME, "phone": "+4922812345"}, "company_domain"),
        ({"company": "The Acme Co.", "phone": "+4922812345", **BONN}, {"company": "Acme", "phone": "+4922812345"},
         "company_phone"),
        # branches, another form of company, another country, another domain
        ({**ACME, **BONN}, {**ACME, **KOELN}, None),
        ({**ACME, **BONN, "company": "Acme GmbH"}, {**ACME, **BONN, "company": "Acme AG"}, "likely"),
        ({**ACME, "country": "DE"}, {**ACME, "country": "FR"}, None),
        ({**ACME, "phone": "+4922812345"}, {"company": "Acme", "phone": "+4922812345",
                                            "website": "https://acme-shop.example"}, "likely"),
        # above one another, although all else is equal
        ({**ACME, **BONN, "source_id": "1"}, {**ACME, **BONN, "source_id": "2", "parent_id": "1"}, "likely"),
        # the family of a name
        ({**ACME, **BONN}, {**ACME, **BONN, "company": "Acme Holding"}, None),
        ({**ACME, "phone": "+4922812345"}, {**ACME, "company": "Acme France", "phone": "+4922812345"}, None),
        # a slip is for a person; a name alone in two towns is nothing
        ({"company": "Acmewick Foods", **BONN}, {"company": "Acmewik Foods", **BONN}, "likely"),
        ({"company": "Acme", "city": "Bonn"}, {"company": "Acme", "city": "Köln"}, None),
        ({"company": "Other", **BONN, "phone": "+4922812345"}, {"company": "Acme", **BONN, "phone": "+4922812345"},
         None),
    ],
)  # fmt: skip
def test_what_merges_what_is_asked_and_what_is_left(one, two, expected):
    found = pairs_of(one, two)
    assert [pair.rule for pair in found] == ([] if expected is None else [expected])
    assert all((pair.kind == "certain") == (pair.rule != "likely") for pair in found)


def test_a_chain_without_its_town_is_for_a_person_and_joins_no_branches():
    found = pairs_of({**ACME, **BONN}, {**ACME, **KOELN}, ACME, {**ACME, **BONN, "phone": "+4922812345"})
    told = cluster(found)
    assert [one.members for one in told.merged] == [("a", "d")]
    assert ("a", "b") not in {(pair.a, pair.b) for pair in found}


def test_rules_join_no_branches_through_a_third():
    line = {"phone": "+4922812345"}
    found = pairs_of({**ACME, **BONN, **line}, {"company": "Acme", **line}, {"company": "Acme", **KOELN, **line})
    assert all(len({"a", "c"} & set(one.members)) < 2 for one in cluster(found).merged)


def test_people_at_both_are_evidence_and_never_a_rule():
    one = {"company": "Acme Foods", "city": "Bonn"}
    two = {"company": "Acme Bakery", "city": "Bonn"}
    assert pairs_of(one, two) == []
    (pair,) = pairs_of(one, {**two, "company": "Acme Food"}, shared={("a", "b"): 3})
    assert pair.kind == "review"
    assert "3 people have records at both" in [part.text for part in pair.parts]


def test_a_rule_that_asks_proposes():
    (pair,) = pairs_of({**ACME, **BONN}, {**ACME, **BONN}, cut=Thresholds(asked=("company_domain",)))
    assert (pair.kind, pair.rule) == ("review", "likely")


def test_a_huge_block_stays_bounded():
    rows = [Record(f"{n:05}", {"company": "Acme", "website": "https://acme.example"}) for n in range(4_000)]
    assert len(companies.propose(rows)) < 4_000 * 60


@pytest.mark.parametrize(
    ("written", "expected"),
    [("https://www.shop.acme.co.uk/x", "acme.co.uk"), ("acme.com", "acme.com"), ("https://facebook.com/acme", "")],
)
def test_site_is_what_somebody_has_registered(written, expected):
    assert site(written) == expected


def test_generated_accounts_merge_surely_and_are_found_with_a_person(tmp_path):
    truth = write_linked(tmp_path, 3_000, seed=11, today=date(2026, 11, 1))
    scores = {}
    for review in ("leave", "merge"):
        out = tmp_path / review
        commandline.main([str(tmp_path / "accounts.csv"), "--out", str(out), "--review", review, "--processes", "1"])
        lines = (out / "clusters.csv").read_text(encoding="utf-8").splitlines()[1:]
        found = dict(line.split(",")[:2] for line in lines)
        ids = list(truth.company)
        scores[review] = pairwise([found[one] for one in ids], [str(truth.company[one]) for one in ids])
    assert scores["leave"].precision > 0.95
    assert scores["merge"].f1 > 0.85
