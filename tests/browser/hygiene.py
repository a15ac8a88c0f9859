"""An export with truth through cleaning and review, by two people in two browsers (H0, H2, H5, H11).

The steps stand in the order they are taken; `tests/browser/hygiene_loads.py` goes on from the signature.
A decision is told from the truth: by keys for what keys are to show, by the REST API for the rest.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from crmprogram.bench.answering import pairwise_f1, same_person, source_id
from crmprogram.demo.synthetic import Truth
from tests.browser.clicks import follow, press, push, strike
from tests.browser.conftest import PASSWORD
from tests.browser.rest import Rest

PEOPLE = {"hygiene-ops": "Sales Ops Manager", "hygiene-crm": "CRM Specialist"}
BEGIN = f"""
from crmprogram.program import services
from crmprogram.program.models import Membership, User
ops, other = (
    User.objects.create_user(name, email=name + "@orrery.example", password={PASSWORD!r}, first_name=title)
    for name, title in {PEOPLE!r}.items()
)
program = services.create_program(
    by=ops, name="Data hygiene", company="Orrery Instruments", seats=60, starts_on="2026-01-05"
)
Membership.objects.create(program=program, user=other, role="crm_specialist", function="sales_ops")
print(program.slug)
"""
CLUSTER = "form[data-duplicates]"
TWOSOMES = 3  # decisions each of the two makes while the other is at it


@dataclass
class Journey:
    """Two people at one program, the export they clean, and who is who in it."""

    ops: Page
    other: Page
    home: str
    export: Path
    truth: Truth
    accessible: Callable[[Page], None]
    seconds: dict[str, float] = field(default_factory=dict)
    run: str = ""  # address of the run's page

    @property
    def rest(self) -> Rest:
        return self._rest(self.ops)

    @property
    def number(self) -> int:
        return int(self.run.rstrip("/").rpartition("/")[2])

    @property
    def rows(self) -> int:
        return len(self.truth.person)

    @property
    def patience(self) -> float:
        """Milliseconds that background work may take on a busy machine."""
        return 90_000 + 20 * self.rows

    def _rest(self, page: Page) -> Rest:
        site, _, slug = self.home.rstrip("/").rpartition("/p/")
        return Rest(page, f"{site}/api/v1/programs/{slug}/")

    def both(self) -> list[tuple[Page, Rest]]:
        return [(page, self._rest(page)) for page in (self.ops, self.other)]

    def clusters(self, state: str = "") -> list[dict[str, Any]]:
        return self.rest.every(f"runs/{self.number}/clusters/?state={state}")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[name] = self.seconds.get(name, 0) + time.monotonic() - began


# --- from the file to a cleaned run ----------------------------------------------------------


def upload(j: Journey, export: Path) -> None:
    """The file is read, its mapping is proposed; the page of the mapping is open."""
    page = j.ops
    page.goto(f"{j.home}uploads/new/")
    page.locator("input[type=file]").set_input_files(export)
    press(page, "Upload")
    expect(page.get_by_role("main")).to_contain_text("Salesforce")
    expect(page.get_by_role("main").get_by_text(re.compile("quarantined|put aside")).first).to_be_visible(
        timeout=j.patience
    )
    j.accessible(page)
    page.goto(f"{j.home}data/runs/new/")
    page.get_by_role("checkbox").first.check()
    press(page, "Begin with the mapping")
    j.run = page.url.split("mapping/")[0]


def sign_mapping_and_standard(j: Journey) -> None:
    page = j.ops
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("then sign$"))
    j.accessible(page)
    press(page, "Sign only")
    expect(page.get_by_role("heading", level=1)).to_have_text("The mapping is signed")
    page.goto(f"{j.home}data/standard/")
    press(page, "Write the next version")
    press(page, re.compile("^Sign version 1"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Version 1 of the standard is signed")
    j.accessible(page)
    page.goto(f"{j.run}mapping/")


def clean(j: Journey) -> None:
    page = j.ops
    press(page, "Sign and run")
    page.goto(j.run)
    expect(page.get_by_role("heading", level=2, name="The account balances")).to_be_visible(timeout=j.patience)
    expect(page.get_by_role("main")).to_contain_text("version 1 of the data-quality standard")
    j.accessible(page)


def account_balances(j: Journey, rows: int) -> dict[str, int]:
    """H0: every row of the file is in exactly one place, on the page; how many are where."""
    j.ops.goto(j.run)
    section = j.ops.locator("section", has=j.ops.get_by_role("heading", name="The account balances"))
    parts = section.locator("dl > div")
    expect(parts).to_have_count(6)
    said = [one.evaluate("one => [one.children[0].innerText, one.children[1].firstChild.data]") for one in parts.all()]
    found = {name: int(count.replace(",", "")) for name, count in said}
    assert found.pop("Read") == rows == sum(found.values())
    return found


def profile_down_to_a_row(j: Journey) -> None:
    page = j.ops
    page.goto(f"{j.run}profile/")
    expect(page.get_by_role("heading", level=1)).to_have_text("What the files hold")
    j.accessible(page)
    follow(page, page.get_by_role("link", name="empty ones").first)
    empty = page.locator("tbody[data-rows] tr")
    expect(empty.first).to_contain_text("–")
    j.accessible(page)
    follow(page, empty.first.get_by_role("link"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Line [\d,]+: "))
    j.accessible(page)


# --- review ----------------------------------------------------------------------------------


def answer(j: Journey, cluster: dict[str, Any]) -> list[str]:
    """The keys that the truth merges next; none where all that waits is to be parted."""
    return same_person(cluster["groups"], cluster["undecided"], j.truth.person)


def key_for(j: Journey, cluster: dict[str, Any]) -> str:
    """The key that settles a whole cluster at once; "" where it takes more than one."""
    same = answer(j, cluster)
    return "" if 0 < len(same) < sum(map(len, cluster["groups"])) else "m" if same else "s"


def decided(page: Page, count: int) -> None:
    """The server has taken the decision and the page says so."""
    expect(page.locator("#cluster .prog")).to_contain_text(f"{count:,} decided")


def open_cluster(j: Journey, page: Page, number: int) -> None:
    page.goto(f"{j.run}clusters/{number}/")
    expect(page.locator(CLUSTER)).to_have_attribute("action", re.compile(f"/clusters/{number}/$"))


def shown(page: Page) -> int:
    """The number of the cluster on the page."""
    return int(page.locator(CLUSTER).get_attribute("action").rstrip("/").rpartition("/")[2])


def review_with_keys(j: Journey) -> int:
    """Merge, undo, merge again, split, and leave one record out, each by keys; the decisions made."""
    page, waiting = j.ops, j.clusters("open")
    page.goto(j.run)
    with page.expect_navigation():
        page.keyboard.press("r")
    expect(page.get_by_role("heading", name="Same person?")).to_be_visible()
    j.accessible(page)
    first = next(one["number"] for one in waiting if key_for(j, one) == "m")
    open_cluster(j, page, first)
    page.keyboard.press("2")  # of the field the page begins with
    expect(page.locator("tr.cur td.pick input[data-column='2']")).to_be_checked()
    strike(page, "m")
    decided(page, 1)
    strike(page, "u")  # the last decision, whose cluster opens again
    expect(page.locator(CLUSTER)).to_have_attribute("action", re.compile(f"/clusters/{first}/$"))
    decided(page, 0)
    strike(page, "m")
    decided(page, 1)

    apart = next(one for one in waiting if key_for(j, one) == "s")
    open_cluster(j, page, apart["number"])
    strike(page, "s")
    decided(page, 2)
    open_cluster(j, page, apart["number"])
    expect(page.get_by_text("Undo takes it back.").first).to_be_visible()
    j.accessible(page)

    trio, left_out = next(found for found in ((one, _one_too_many(j, one)) for one in waiting) if found[1])
    open_cluster(j, page, trio["number"])
    no = page.locator(f"[data-include][value='{left_out}']").get_attribute("data-include")
    page.keyboard.press(no)
    page.keyboard.press("x")
    expect(page.locator(f"[data-include='{no}']")).not_to_be_checked()
    expect(page.locator("[data-merge]")).to_have_text(f"Merge {trio['size'] - 1} records")
    strike(page, "m")
    decided(page, 3)
    return 3


def _one_too_many(j: Journey, cluster: dict[str, Any]) -> str:
    """The record that is nobody else's in a cluster of one person beside; "" where it is otherwise."""
    same = answer(j, cluster)
    left = {key for group in cluster["groups"] for key in group} - set(same)
    return left.pop() if same and len(left) == 1 else ""


def two_review_at_once(j: Journey, done: int) -> int:
    """Two people never hold the same cluster, each decision is theirs; how many are decided then."""
    keys = {one["number"]: key_for(j, one) for one in j.clusters("open")}
    for page in (j.ops, j.other):
        page.goto(f"{j.home}data/duplicates/")
    taken = j.ops.locator(CLUSTER).get_attribute("action")
    expect(j.other.locator(CLUSTER)).not_to_have_attribute("action", taken)
    j.other.goto(j.ops.url)  # what the first has open, the second cannot decide
    expect(j.other.get_by_text(re.compile("has this cluster open until")).first).to_be_visible()
    expect(j.other.locator("button[value=merge]")).to_have_count(0)
    j.other.goto(f"{j.home}data/duplicates/")
    for _ in range(TWOSOMES):
        for page, beside in ((j.ops, j.other), (j.other, j.ops)):
            held = beside.locator(CLUSTER).get_attribute("action")
            expect(page.locator(CLUSTER)).not_to_have_attribute("action", held)
            number = shown(page)
            while not keys[number]:  # more than one key would settle: later
                strike(page, "n")
                expect(page.locator(CLUSTER)).not_to_have_attribute("action", re.compile(f"/{number}/$"))
                number = shown(page)
            strike(page, keys[number])
            done += 1
            decided(page, done)
            expect(page.locator(CLUSTER)).not_to_have_attribute("action", held)
    return done


def answer_the_rest(j: Journey) -> None:
    """Both work the queue off from the truth; what one has open on the screen is theirs."""
    held = {shown(page): rest for page, rest in j.both()}
    people = [rest for _, rest in j.both()]
    for at, cluster in enumerate(j.clusters("open")):
        rest, path = held.get(cluster["number"], people[at % 2]), f"runs/{j.number}/clusters/{cluster['number']}/"
        while cluster["undecided"]:
            same = answer(j, cluster)
            said = rest.post(path + "merge/", {"include": same}) if same else rest.post(path + "split/", {})
            cluster = said["cluster"]


def f1(j: Journey) -> float:
    """Over all pairs of rows that became one record, against the truth."""
    groups = [sorted(map(source_id, group)) for cluster in j.clusters() for group in cluster["groups"]]
    return pairwise_f1({pair for group in groups for pair in combinations(group, 2)}, j.truth.pairs)


def look_twice(j: Journey) -> int:
    """A twentieth is judged again by the other, who is not told the first verdict (H2); how many."""
    drawn, keys = 0, {one["number"]: [key for group in one["groups"] for key in group] for one in j.clusters()}
    for (page, rest), first in zip(j.both(), reversed(PEOPLE.values()), strict=True):
        asked = {one["id"]: _verdict(j, keys[one["cluster"]]) for one in _second_looks(j, rest)}
        drawn += len(asked)
        if not asked:
            continue
        page.goto(f"{j.run}second-looks/")
        follow(page, page.get_by_role("link", name=re.compile("^Give a second look")))
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Are these \d+ records one\?$"))
        expect(page.get_by_role("main")).not_to_contain_text(first)
        j.accessible(page)
        push(page, page.locator(f"button[value={asked[int(page.url.rstrip('/').rpartition('/')[2])]}]"))
        for one in _second_looks(j, rest):
            rest.post(f"runs/{j.number}/second-looks/{one['id']}/answer/", {"verdict": asked[one["id"]]})
    j.ops.goto(f"{j.run}second-looks/")
    expect(j.ops.get_by_role("heading", level=1)).to_have_text(
        re.compile(rf"^Two people agree in [\d.]+% of {drawn:,} cases?$")
    )
    j.accessible(j.ops)
    return drawn


def _second_looks(j: Journey, rest: Rest) -> list[dict[str, Any]]:
    return rest.every(f"runs/{j.number}/second-looks/")


def _verdict(j: Journey, keys: list[str]) -> str:
    persons = {j.truth.person[source_id(key)] for key in keys}
    return "same" if len(persons) == 1 else "different" if len(persons) == len(keys) else "part"
