"""Which accounts are one: the same name with the same domain or number; the rest is for people. Pure (H2).

Company names alone do not decide: a chain's branches share one. Points are bits, as in
`hygiene.compare`: with the prior they sum to a probability, p = 1 / (1 + 2 ** -sum).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import combinations, pairwise

from rapidfuzz.distance import JaroWinkler

from migration.hygiene import company, emails
from migration.hygiene.compare import Pair, Part, Thresholds
from migration.hygiene.features import Record

LARGEST_BLOCK = 60  # above it, neighbours in order are compared: an office park is no cluster
ALIKE = 0.93


def propose(records: Iterable[Record], cut: Thresholds | None = None) -> list[Pair]:
    """Pairs of accounts that are or may be one, sorted by key.

    Certain: equal name key and equal domain, or equal name key and equal number, and no
    other domain in the way. Everything else that shares a name key or a domain is scored.
    """
    cut = cut or Thresholds()
    rows = sorted(records, key=lambda one: one.key)
    names = {one.key: company.key(one.values.get("company", "")) for one in rows}
    domains = {one.key: _domain(one) for one in rows}
    prior = math.log2(2 * cut.share) - math.log2(max(len(rows), 2))
    found: dict[tuple[str, str], Pair] = {}
    for value_of in (names, domains):
        blocks: dict[str, list[Record]] = {}
        for one in rows:
            if value := value_of[one.key]:
                blocks.setdefault(value, []).append(one)
        for block in blocks.values():
            for a, b in _pairs(block):
                if (a.key, b.key) not in found:
                    pair = _judge(a, b, names, domains, prior, cut)
                    if pair and (pair.kind == "certain" or pair.probability >= cut.review):
                        found[a.key, b.key] = pair
    return [found[link] for link in sorted(found)]


def _pairs(block: list[Record]) -> Iterable[tuple[Record, Record]]:
    return combinations(block, 2) if len(block) <= LARGEST_BLOCK else pairwise(block)


def _domain(one: Record) -> str:
    site = one.values.get("website", "").removeprefix("https://").split("/")[0]
    if site:
        return site
    mail = one.values.get("email", "")
    return "" if not mail or emails.is_private(mail) else mail.rpartition("@")[2]


def _judge(
    a: Record, b: Record, names: dict[str, str], domains: dict[str, str], prior: float, cut: Thresholds
) -> Pair | None:
    one, two = a.values, b.values
    same_name = bool(names[a.key]) and names[a.key] == names[b.key]
    alike = same_name or JaroWinkler.similarity(names[a.key], names[b.key]) >= ALIKE
    same_domain = bool(domains[a.key]) and domains[a.key] == domains[b.key]
    other_domain = bool(domains[a.key]) and bool(domains[b.key]) and not same_domain
    same_phone = bool(one.get("phone")) and one.get("phone") == two.get("phone")
    if not alike:
        return None
    parts = [Part("company", 9.0 if same_name else 5.0, "Name equal" if same_name else "Name alike")]
    if same_domain:
        parts.append(Part("website", 8.0, "Domain equal"))
    elif other_domain:
        parts.append(Part("website", -5.0, "Domain differs"))
    if same_phone:
        parts.append(Part("phone", 6.0, "Phone equal"))
    for name, equal, differs in (("city", 2.0, -2.0), ("country", 0.5, -4.0), ("street", 4.0, -0.5)):
        left, right = one.get(name, "").casefold(), two.get(name, "").casefold()
        if left and right:
            said = "equal" if left == right else "differs"
            parts.append(Part(name, equal if left == right else differs, f"{name.capitalize()} {said}"))
    parts.append(Part("prior", prior, f"Prior, 1 in {max(1, round(2**-prior)):,}"))
    total = sum(part.points for part in parts)
    probability = 1 / (1 + 2**-total) if total > -60 else 0.0
    certain = same_name and (same_domain or same_phone) and not other_domain
    country_differs = one.get("country") and two.get("country") and one["country"] != two["country"]
    rule = "company_domain" if same_domain else "company_phone"
    if certain and not country_differs and rule not in cut.asked:
        return Pair(a.key, b.key, rule, "certain", probability, (*parts,))
    likely = max(probability, cut.review) if certain and not country_differs else probability
    return Pair(a.key, b.key, "likely", "review", likely, (*parts,))
