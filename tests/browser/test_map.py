"""The process map by pointer and by keys: a step to its place, an arrow to the step that follows."""

import json

import pytest
from playwright.sync_api import expect

STORY = """
import json
from datetime import date
from crmprogram.program import services as program
from crmprogram.program.models import User
from phases.services import process_map
ops = User.objects.create_user("map-ops", "map-ops@orrery.example", {password!r}, first_name="Sales Ops Manager")
one = program.create_program(by=ops, company="Orrery Instruments", name="Map", seats=60, starts_on=date(2026, 1, 5))
process_map.start_from_typical(program=one, by=ops)
print(json.dumps(one.slug))
"""


@pytest.fixture
def drawing(site, page):
    """The map of a program with a typical process, and a function that finds a step by its name."""
    from tests.browser.conftest import PASSWORD

    slug = json.loads(site.manage("shell", "--no-imports", given=STORY.format(password=PASSWORD)).splitlines()[-1])
    site.sign_in(page, "map-ops")
    page.goto(f"{site.url}/p/{slug}/audit/map/")
    return page, lambda name: page.locator(f'a[data-step][aria-label*=": {name};"]')


def test_map_is_arranged_by_keys_and_by_pointer(drawing, accessible):
    page, step = drawing
    accessible(page)

    step("Book the first meeting").focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.get_by_text("Book the first meeting is number 1 of SDR.")).to_be_attached()
    expect(step("Book the first meeting")).to_be_focused()

    step("Renew and expand").focus()
    page.keyboard.press("c")
    step("Send the proposal").focus()
    page.keyboard.press("Enter")
    expect(step("Renew and expand")).to_have_attribute(
        "data-leads", step("Send the proposal").get_attribute("data-step")
    )

    forecast, discovery = step("Build the weekly forecast"), step("Run discovery")
    here, there = (one.locator(".sw-box").bounding_box() for one in (forecast, discovery))
    page.mouse.move(here["x"] + 40, here["y"] + 30)
    page.mouse.down()
    page.mouse.move(there["x"] - 10, there["y"] + 40, steps=8)
    page.mouse.up()
    expect(page.get_by_text("Build the weekly forecast is number 1 of Account executive.")).to_be_attached()

    step("Capture the lead").hover()
    dot, target = (
        step("Capture the lead").locator(".sw-handle").bounding_box(),
        step("Run discovery").locator(".sw-box").bounding_box(),
    )
    page.mouse.move(dot["x"] + 6, dot["y"] + 6)
    page.mouse.down()
    page.mouse.move(target["x"] + 20, target["y"] + 30, steps=8)
    page.mouse.up()
    expect(page.get_by_text("Capture the lead leads to Run discovery.")).to_be_attached()
