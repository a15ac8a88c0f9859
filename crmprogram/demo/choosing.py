"""The chapters of Pick: the lists, the demos, five blind sheets, the finalists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crmprogram.demo import pick
from crmprogram.demo.cast import Cast
from crmprogram.program import clock
from phases.models import Capability
from scorecard.models import Criterion, Rater, Scorecard, Vendor
from scorecard.services import card, costs, evidence, vendors


def make_the_long_list(cast: Cast) -> None:
    for name, edition, vertical in pick.LONG_LIST:
        vendors.add_vendor(program=cast.program, by=cast["sales-ops"], name=name, edition=edition, vertical=vertical)


def make_the_short_list(cast: Cast) -> None:
    found = _vendors(cast)
    for name, reason in pick.DROPPED.items():
        vendors.move_vendor(vendor=found[name], by=cast["sales-ops"], to="dropped", reason=reason)
    for name in pick.SHORT_LIST:
        vendors.move_vendor(vendor=found[name], by=cast["sales-ops"], to="short")


def weigh_and_invite(cast: Cast) -> None:
    scorecard = Scorecard.objects.get(program=cast.program)
    keys = dict(scorecard.criteria.values_list("key", "pk"))
    card.set_weights(
        scorecard=scorecard,
        by=cast["sales-ops"],
        weights={keys[key]: weight for key, weight in pick.WEIGHTS.items()},
        seen_version=scorecard.version,
    )
    for username in pick.RATERS:
        card.invite_rater(scorecard=scorecard, membership=cast.members[username], by=cast["sales-ops"])


def ask_for_the_must_haves(cast: Cast) -> None:
    must = list(Capability.objects.of(cast.program).must_haves())
    for vendor in Vendor.objects.of(cast.program).short_listed():
        lacking = pick.NOT_TODAY.get(vendor.name, {})
        for one in must:
            state = lacking.get(one.name, "today")
            evidence.set_coverage(vendor=vendor, capability=one, by=cast["crm-specialist"], state=state)


def see_a_demo(number: int):
    """The demo of one vendor, noted on the day it was held."""
    told = pick.DEMOS[number]

    def see(cast: Cast) -> None:
        parts = [
            {"membership": cast.members[rep], "side": "rep", "notes": note}
            for rep, note in zip(pick.REPS, told.notes, strict=True)
        ]
        parts.append({"membership": cast.members["sales-lead"], "side": "manager", "notes": ""})
        parts.append({"membership": cast.members["it-lead"], "side": "other", "notes": ""})
        evidence.record_demo(
            vendor=_vendors(cast)[told.vendor],
            by=cast["sales-ops"],
            held_on=clock.today(cast.program),
            hours=told.hours,
            parts=parts,
            own_data=told.own_data,
            hands_on=True,
            clicks_to_log=told.clicks,
            seconds_to_find=told.seconds,
            summary=told.summary,
        )

    see.__name__ = f"see_demo_{number + 1}"
    return see


def note_the_offers(cast: Cast) -> None:
    for told in pick.OFFERS:
        costs.save_offer(
            vendor=_vendors(cast)[told.vendor],
            by=cast["sales-ops"],
            seen_version=0,
            tiers=[{"name": name, "price_month": price, "seats": seats} for name, price, seats in told.tiers],
            source=f"Quote of {told.vendor}, and two days of our own",
            growth_percent=Decimal(5),
            implementation=told.implementation,
            data_cleaning=told.data_cleaning,
            administration=told.administration,
            training=told.training,
        )


def rate_blind(username: str):
    """One rater fills in the own sheet and submits it, without having seen another's (V3)."""
    place = pick.RATERS.index(username)

    def rate(cast: Cast) -> None:
        rater = Rater.objects.get(scorecard__program=cast.program, membership=cast.members[username])
        criteria = {one.key: one for one in Criterion.objects.filter(scorecard=rater.scorecard)}
        for name, ratings in pick.RATINGS.items():
            vendor = _vendors(cast)[name]
            for key, given in ratings.items():
                said: dict[str, Any]
                if given[place] == "-":
                    said = {"score": None, "abstained": pick.ABSTAINED}
                else:
                    score = int(given[place])
                    ways = pick.EVIDENCE[key][score]
                    said = {"score": score, "note": f"{ways[(place + len(name)) % len(ways)]}."}
                card.rate(rater=rater, vendor=vendor, criterion=criteria[key], by=cast[username], **said)
        card.submit_sheet(rater=rater, by=cast[username])

    rate.__name__ = f"rate_{username}"
    return rate


def name_the_finalists(cast: Cast) -> None:
    """The two best that stand; the highest total is out by its veto, and no list can change that."""
    for name in (pick.LARKSPUR, pick.GREYWICK):
        vendors.move_vendor(vendor=_vendors(cast)[name], by=cast["sales-ops"], to="finalist")


def call_the_references(cast: Cast) -> None:
    for told in pick.REFERENCES:
        evidence.record_reference(
            vendor=_vendors(cast)[told.vendor],
            by=cast["sales-ops"],
            customer=told.customer,
            called_on=clock.today(cast.program),
            similar_size=True,
            similar_industry=True,
            past_first_year=told.past_first_year,
            would_do_differently=told.differently,
            notes=told.notes,
        )


def _vendors(cast: Cast) -> dict[str, Vendor]:
    return {one.name: one for one in Vendor.objects.of(cast.program)}
