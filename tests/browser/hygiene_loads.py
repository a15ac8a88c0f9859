"""The reviewed run of `tests/browser/hygiene.py` from its signature to next week's export (H2, H6 to H8, H12)."""

import csv
import re
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from crmprogram.demo.synthetic import write_export
from tests.browser.clicks import follow, press, push
from tests.browser.hygiene import PEOPLE, Journey, upload

STAGES = (1, 2, 3)
TICK = "all => all.forEach((one) => { one.checked = true; })"  # what a person ticks a hundred times, at once


def accessible_sample(j: Journey) -> None:
    """A sample repeats itself: axe looks at the first few of it."""
    show = "(all, how) => all.slice(5).forEach((one) => { one.style.display = how; })"
    j.ops.eval_on_selector_all("main ol > li", show, "none")
    j.accessible(j.ops)
    j.ops.eval_on_selector_all("main ol > li", show, "")


def sign_the_merges(j: Journey) -> None:
    page = j.ops
    page.goto(f"{j.run}merges/")
    accessible_sample(j)
    press(page, "Sign the merges")  # not before each merge of the sample was looked at
    expect(page.get_by_text("Not signed.").first).to_be_visible()
    page.eval_on_selector_all("main input[name=looked]", TICK)
    press(page, "Sign the merges")
    page.goto(f"{j.run}merges/")
    expect(page.get_by_role("heading", level=1)).to_have_text("The merges are signed")


def try_dry(j: Journey) -> None:
    page = j.ops
    page.goto(f"{j.run}dry-runs/")
    press(page, "The whole file")
    check = page.get_by_role("link", name=re.compile("^Check 50 records field by field"))
    expect(check).to_be_visible(timeout=j.patience)
    j.accessible(page)
    follow(page, check)
    accessible_sample(j)
    page.eval_on_selector_all("main input[name=seen]", TICK)
    press(page, "Save and sign")
    page.goto(f"{page.url.split('dry-runs/')[0]}dry-runs/")
    expect(page.get_by_role("heading", level=1)).to_have_text("The dry run stands")
    j.accessible(page)


def sandbox(j: Journey) -> list[dict[str, Any]]:
    """All that stands in the rehearsal, as it stands there."""
    return j.rest.every("sandbox-records/")


def load_stage(j: Journey, order: int) -> None:
    """Loaded as predicted, reconciled with the source, and a sample of it audited (H6, H7, H8)."""
    page, main = j.ops, j.ops.get_by_role("main")
    if order < STAGES[-1]:
        page.goto(f"{j.run}stages/{order + 1}/")  # each waits for the audit before it
        expect(page.get_by_role("button", name=re.compile("^Rehearse"))).to_have_count(0)
    page.goto(f"{j.run}stages/{order}/")
    press(page, re.compile("^Rehearse the load of"))
    page.goto(f"{j.run}stages/{order}/")
    draw = page.get_by_role("button", name="Draw the audit sample")
    expect(draw).to_be_visible(timeout=j.patience)
    expect(main).to_contain_text("prediction and outcome agree")
    expect(main).to_contain_text("Nothing was lost")
    push(page, draw)
    if order == STAGES[0]:
        accessible_sample(j)
    page.eval_on_selector_all("main input[type=radio][value=yes]", TICK)
    press(page, "Save and sign")
    page.goto(f"{j.run}stages/{order}/")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("loaded and validated$"))
    expect(page.get_by_text(re.compile(r"^0 errors in \d+ of ")).first).to_be_visible()
    if order == STAGES[0]:
        j.accessible(page)


def load_and_roll_back(j: Journey) -> None:
    """Every stage; the last is rolled back, which leaves the sandbox as it was before, and loaded again."""
    for order in STAGES[:-1]:
        load_stage(j, order)
    before = sandbox(j)
    load_stage(j, STAGES[-1])
    assert len(sandbox(j)) > len(before)
    page = j.ops
    page.goto(f"{j.run}stages/{STAGES[-1]}/")
    page.locator("#rollback summary").click()
    push(page, page.locator("#rollback button"))
    page.goto(f"{j.run}stages/{STAGES[-1]}/")
    expect(page.get_by_role("button", name=re.compile("^Rehearse the load of"))).to_be_visible(timeout=j.patience)
    assert sandbox(j) == before
    load_stage(j, STAGES[-1])


def find_and_explain(j: Journey) -> None:
    """H0: a loaded record is found by address and by name, tells its rows, decisions and load; a row its record."""
    page = j.ops
    asked = {key for one in j.clusters("decided") for group in one["groups"] if len(group) > 2 for key in group}
    loaded = next(one for one in sandbox(j) if one["key"] in asked and one["fields"].get("email"))
    name = f"{loaded['fields']['given_name']} {loaded['fields']['family_name']}"
    for words in (name, loaded["fields"]["email"]):
        page.goto(f"{j.home}data/search/")
        page.get_by_role("main").get_by_role("searchbox").fill(words)
        press(page, "Find")
        expect(page.locator("tbody[data-rows] tr", has_text=loaded["key"]).first).to_be_visible()
    j.accessible(page)
    follow(page, page.locator("tbody[data-rows] tr", has_text=loaded["key"]).first.get_by_role("link").first)
    for heading, told in (("Decisions", re.compile("|".join(PEOPLE.values()))), ("Loads", "create, predicted create")):
        expect(page.locator("section", has=page.get_by_role("heading", name=heading, exact=True))).to_contain_text(told)
    j.accessible(page)
    label = page.get_by_role("heading", level=1).inner_text()
    follow(page, page.get_by_role("link", name=re.compile(r"^What became of line \d")).first)
    expect(page.get_by_role("link", name=f"Its record: {label}")).to_be_visible()
    page.goto(f"{j.home}data/sandbox/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("in the rehearsal")
    j.accessible(page)


def next_week(j: Journey, today: date) -> tuple[int, int]:
    """H12: the same rows and some new ones: decisions are obeyed, only new cases wait; (obeyed, waiting)."""
    settled = [_keys(one) for one in j.clusters("decided")]
    export = j.export.with_name("next-week.csv")
    grow(j, export, today)
    upload(j, export)
    press(j.ops, "Sign and run")
    j.ops.goto(j.run)
    expect(j.ops.get_by_role("heading", level=2, name="The account balances")).to_be_visible(timeout=j.patience)
    j.ops.goto(f"{j.home}data/audits/")
    facts = j.ops.locator("main dl.facts > div dd")
    expect(facts).to_have_count(4)
    j.accessible(j.ops)
    obeyed, waiting = (int(facts.nth(at).evaluate("one => one.firstChild.data").replace(",", "")) for at in (2, 3))
    for one in j.clusters("open"):
        assert not any(_keys(one) <= before for before in settled), one  # it was asked and answered
    return obeyed, waiting


def _keys(cluster: dict[str, Any]) -> set[str]:
    return {key for group in cluster["groups"] for key in group}


def grow(j: Journey, export: Path, today: date) -> None:
    """Next week's export: this one, and a thirtieth of new rows that people put in since."""
    fresh = export.with_name("new.csv")
    truth = write_export(fresh, j.rows // 30, seed=j.rows, today=today)
    with j.export.open(encoding="utf-8", newline="") as old, fresh.open(encoding="utf-8", newline="") as more:
        head, *rows = csv.reader(old)
        _, *added = csv.reader(more)
    renamed = {key: f"00N{key[3:]}" for key in truth.person}
    for row in added:
        row[0] = renamed[row[0]]
    with export.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows, *added])


def gates_tell(j: Journey) -> None:
    """C1 and D4a cannot be told by a rehearsal, and say what there is (H8, H12)."""
    page: Page = j.ops
    page.goto(f"{j.home}gates/3/")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"[\d,]+ records are rehearsed in the sandbox"))
    j.accessible(page)
    page.goto(f"{j.home}gates/4/")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"Of the cleaned source, [\d.]+ % of records"))
    j.accessible(page)
