"""The RACI by keyboard: one tab stop, arrows, letters, the next conflict, a repair by its digit."""

import json

import pytest
from playwright.sync_api import expect

STORY = """
import json
from datetime import date
from crmprogram.program import services as program
from crmprogram.program.models import Position, User
from governance import services
from governance.models import Activity
ops = User.objects.create_user("raci-ops", "raci-ops@orrery.example", {password!r}, first_name="Sales Ops Manager")
one = program.create_program(by=ops, company="Orrery Instruments", name="RACI", seats=60, starts_on=date(2026, 1, 5))
for position in Position.objects.filter(program=one):
    services.save_position(program=one, by=ops, position=position, title=position.title, level=position.level,
                           membership=one.memberships.get(user=ops))
services.suggest_letters(program=one, by=ops)
rows = {{row.title: row.pk for row in Activity.objects.filter(program=one)}}
columns = {{position.title: position.pk for position in Position.objects.filter(program=one)}}
print(json.dumps({{"slug": one.slug, "rows": rows, "columns": columns}}))
"""


@pytest.fixture(scope="session")
def raci(site) -> dict:
    """A program whose RACI has the usual letters; gives slug, rows and columns by title."""
    from tests.browser.conftest import PASSWORD

    return json.loads(site.manage("shell", "--no-imports", given=STORY.format(password=PASSWORD)).splitlines()[-1])


@pytest.fixture
def grid(site, page, raci):
    """The page, and a function that finds a cell by the titles of its row and column."""
    site.sign_in(page, "raci-ops")
    page.goto(f"{site.url}/p/{raci['slug']}/raci/")

    def cell(row: str, column: str):
        return page.locator(f"#c-{raci['rows'][row]}-{raci['columns'][column]}")

    return page, cell


def test_grid_is_one_tab_stop_and_arrows_move(grid):
    page, cell = grid
    first = cell("CRM program", "VP Sales")

    expect(page.locator('[data-grid] [tabindex="0"]')).to_have_count(1)
    first.click()
    page.keyboard.press("ArrowRight")
    expect(cell("CRM program", "Sales Ops Manager")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(cell("Current-state map", "Sales Ops Manager")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowLeft")  # the row's title is a stop as well
    expect(page.get_by_role("link", name="CRM program")).to_be_focused()
    expect(page.locator('[data-grid] [tabindex="0"]')).to_have_count(1)


def test_letters_are_set_by_key_and_the_focus_stays(grid):
    page, cell = grid
    contract = cell("Contract", "CRM Specialist")
    contract.click()

    page.keyboard.press("c")
    expect(contract).to_have_attribute("data-letters", "C")
    expect(contract).to_be_focused()
    page.keyboard.press("r")
    expect(contract).to_have_attribute("data-letters", "R")
    page.keyboard.press("a")  # A and R may stand together
    expect(contract).to_have_attribute("data-letters", "AR")
    page.keyboard.press("Delete")
    expect(contract).to_have_attribute("data-letters", "")
    expect(contract).to_be_focused()
    page.reload()
    expect(cell("Contract", "CRM Specialist")).to_have_attribute("data-letters", "")


def test_conflict_is_found_by_n_and_repaired_by_its_digit(grid, accessible):
    page, cell = grid
    routing = cell("Lead routing rules", "Sales Ops Manager")
    routing.click()
    page.keyboard.press("a")
    expect(page.get_by_text("Two Accountable.")).to_be_visible()
    accessible(page)

    cell("Weekly pipeline review", "VP Sales").click()
    page.keyboard.press("n")  # the fixed row: nobody is named sponsor
    page.keyboard.press("n")
    expect(cell("Lead routing rules", "VP Sales")).to_be_focused()
    page.keyboard.press("1")
    expect(cell("Lead routing rules", "VP Sales")).to_have_attribute("data-letters", "A")
    expect(routing).to_have_attribute("data-letters", "C")
    expect(page.get_by_text("Two Accountable.")).to_have_count(0)
    expect(page.locator("h1")).to_have_text("One row breaks the single-Accountable rule")


def test_refused_letter_is_told_in_its_row(grid):
    page, cell = grid
    cell("CRM program", "CRM Specialist").click()

    page.keyboard.press("a")  # below VP (R2)

    expect(page.get_by_role("alert")).to_contain_text("Only a VP, C-level, founder or owner can be Accountable")
    expect(cell("CRM program", "CRM Specialist")).to_have_attribute("data-letters", "")


@pytest.mark.parametrize("path", ["", "raci/", "positions/", "sponsor/", "failure-modes/"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 320)])
def test_pages_are_accessible_and_fit(site, page, raci, accessible, path, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    site.sign_in(page, "raci-ops")
    page.goto(f"{site.url}/p/{raci['slug']}/{path}")

    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
