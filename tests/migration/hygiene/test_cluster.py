from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration.hygiene.cluster import cluster
from migration.hygiene.compare import Pair, Thresholds


def certain(a, b, probability=1.0):
    return Pair(a, b, "email", "certain", probability, ())


def likely(a, b, probability=0.9):
    return Pair(a, b, "likely", "review", probability, ())


def members(found):
    return [c.members for c in found.merged]


def test_certain_pairs_join_and_keep_their_links():
    found = cluster([certain("b", "c"), certain("a", "b")])

    assert [(c.id, c.members) for c in found.merged] == [("a", ("a", "b", "c"))]
    assert found.merged[0].links == (certain("a", "b"), certain("b", "c"))
    assert found.cluster_of() == {"a": "a", "b": "a", "c": "a"}


def test_different_forbids_a_union_at_any_depth():
    pairs = [certain("a", "b"), certain("b", "c", 0.9), certain("c", "d", 0.8)]

    found = cluster(pairs, different=[("d", "a")])

    assert members(found) == [("a", "b", "c")]
    assert found.refused == (certain("c", "d", 0.8),)


def test_different_wins_over_same():
    found = cluster([], same=[("a", "b"), ("b", "c")], different=[("a", "c")])

    assert members(found) == [("a", "b")]
    assert [p.rule for p in found.refused] == ["decision.same"]


def test_same_joins_what_the_rules_do_not():
    found = cluster([likely("a", "b")], same=[("b", "a")], differ=lambda a, b: True)

    assert members(found) == [("a", "b")]
    assert found.reviews == ()


def test_blank_names_do_not_bridge_two_persons():
    found = cluster(
        [certain("ann", "blank"), certain("blank", "joe", 0.9)], differ=lambda a, b: {a, b} == {"ann", "joe"}
    )

    assert members(found) == [("ann", "blank")]
    assert found.refused == (certain("blank", "joe", 0.9),)


def test_review_joins_clusters_not_records():
    found = cluster([certain("a", "b"), likely("b", "c"), likely("a", "c", 0.8)])

    (review,) = found.reviews
    assert (review.clusters, review.members) == (("a", "c"), ("a", "b", "c"))
    assert review.pairs == (likely("b", "c"), likely("a", "c", 0.8))
    assert review.probability == 0.8


def test_different_keeps_clusters_out_of_one_review():
    found = cluster([certain("a", "b"), likely("b", "c")], different=[("a", "c")])

    assert found.reviews == ()
    assert found.refused == (likely("b", "c"),)


def test_drifting_chain_is_cut():
    chain = [likely(a, b, 0.6) for a, b in zip("abcdefgh", "bcdefgh", strict=False)]

    found = cluster(chain, cut=Thresholds(linkage=0.3))

    assert max(len(r.members) for r in found.reviews) < 8
    assert found.weak


def test_every_review_pair_is_somewhere():
    pairs = [likely("a", "b"), likely("b", "c", 0.6), likely("c", "d", 0.6), certain("d", "e")]

    found = cluster(pairs)

    seen = {p for r in found.reviews for p in r.pairs} | set(found.weak) | set(found.refused)
    assert seen == {p for p in pairs if p.kind == "review"}


def test_order_of_pairs_does_not_count():
    pairs = [certain("a", "b"), certain("b", "c", 0.9), likely("c", "d", 0.7), likely("d", "a", 0.6), certain("d", "e")]

    assert len({cluster(order, different=[("a", "c")]) for order in permutations(pairs)}) == 1


LINKS = st.lists(st.sampled_from(list(combinations("abcdefgh", 2))), max_size=14)


@given(pairs=LINKS, review=LINKS, same=LINKS, different=LINKS)
def test_no_cluster_ever_holds_a_forbidden_pair(pairs, review, same, different):
    found = cluster(
        [certain(a, b) for a, b in pairs] + [likely(a, b) for a, b in review], same=same, different=different
    )

    for group in [*found.merged, *found.reviews]:
        held = set(group.members)
        assert not any(a in held and b in held for a, b in different)
    keys = [key for c in found.merged for key in c.members]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("pairs", [[], [likely("a", "b", 0.5)]])
def test_nothing_certain_merges_nothing(pairs):
    assert cluster(pairs).merged == ()
