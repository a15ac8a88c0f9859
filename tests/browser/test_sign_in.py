import re

import pytest
from playwright.sync_api import expect

from tests.browser.clicks import press


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_sign_in_page_is_accessible(site, page, accessible, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(site.url)

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    accessible(page)


def test_page_is_never_wider_than_a_phone(site, page):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(site.url)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_wrong_password_is_said_beside_the_form(site, page, accessible):
    page.goto(f"{site.url}/login/")
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("not the password")
    press(page, "Sign in")

    expect(page).to_have_url(re.compile("/login/"))
    expect(page.get_by_role("alert").first).to_be_visible()
    accessible(page)


def test_person_without_a_program_is_told_what_to_do(site, page, accessible):
    site.add_user("newcomer", "Sales Ops Manager")
    site.sign_in(page, "newcomer")

    expect(page).to_have_url(re.compile("/programs/"))
    accessible(page)


@pytest.mark.parametrize("width", [390, 900, 1280])
def test_long_names_never_widen_the_page(site, page, width):
    site.add_user(f"long-{width}", "Sales Ops Manager")
    site.sign_in(page, f"long-{width}")
    page.goto(f"{site.url}/programs/new/")
    page.locator("#id_company").fill("C" * 120)
    page.locator("#id_name").fill(f"{width}" + "N" * 110)
    page.get_by_label(re.compile("^Seats")).fill("60")
    for key in ("money", "dates", "teams", "thresholds", "check"):
        press(page, "Keep and go on")
        expect(page).to_have_url(re.compile(f"/{key}/$"))
    press(page, "Start the program")
    expect(page).to_have_url(re.compile("/p/"))
    page.set_viewport_size({"width": width, "height": 800})
    home = page.url.removesuffix("start/")

    for place in ("", "start/", "settings/", "teams/"):
        page.goto(f"{home}{place}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
