"""The pages of the program floor, as people meet them: light, dark, on a phone, by keyboard."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.clicks import follow, press

STORY = """
import json
from datetime import date, timedelta
from crmprogram.program import clock, services
from crmprogram.program.models import User
runner = User.objects.create_user(
    "floor-runner", "floor-runner@orrery.example", {password!r},
    first_name="Sales Ops", last_name="Manager", is_staff=True,
)
viewer = User.objects.create_user("floor-viewer", "floor-viewer@orrery.example", {password!r}, first_name="Viewer")
program = services.create_program(
    by=runner, company="Orrery Instruments", name="CRM rollout", seats=60, currency="EUR",
    time_zone="Europe/Berlin", starts_on=date(2026, 1, 5),
)
token = services.invite_member(program=program, by=runner, email=viewer.email, role="viewer", function="sales")[1]
services.accept_invitation(token=token, user=viewer)
services.invite_member(
    program=program, by=runner, email="sponsor@orrery.example", role="sponsor", function="leadership"
)
for wave, seats in ((1, 12), (2, 18)):
    team = services.save_team(program=program, by=runner, name=f"Team {{wave}}", seats=seats, wave=wave,
                              go_live_on=date(2026, 9, wave))
services.make_token(program=program, by=runner, name="nightly export", expires_at=clock.now() + timedelta(days=9))
member = program.memberships.get(user=viewer)
print(json.dumps({{"slug": program.slug, "member": member.pk, "team": team.pk}}))
"""


@pytest.fixture(scope="session")
def floor(site) -> dict:
    """A program with members, teams, an invitation and a token; gives slug, member, team."""
    from tests.browser.conftest import PASSWORD

    return json.loads(site.manage("shell", "--no-imports", given=STORY.format(password=PASSWORD)).splitlines()[-1])


PAGES = [
    "/programs/",
    "/programs/new/",
    "/profile/",
    "/profile/password/",
    "/components/",
    "/p/{slug}/settings/",
    "/p/{slug}/members/",
    "/p/{slug}/members/{member}/",
    "/p/{slug}/teams/",
    "/p/{slug}/teams/{team}/",
    "/p/{slug}/tokens/",
    "/p/{slug}/history/",
    "/p/{slug}/jobs/",
    "/p/{slug}/jump/?q=team",
]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390), ("light", 320)])
def test_every_page_is_accessible_and_fits(site, floor, page, accessible, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    site.sign_in(page, "floor-runner")

    for address in PAGES:
        answer = page.goto(site.url + address.format(**floor))
        assert answer.status == 200, address
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.locator("h1").count() == 1, address


def test_viewer_is_told_who_may_change_things(site, floor, page, accessible):
    site.sign_in(page, "floor-viewer")

    for address in ("settings", "teams", f"members/{floor['member']}"):
        page.goto(f"{site.url}/p/{floor['slug']}/{address}/")
        expect(page.get_by_text(re.compile("is for: Sales Ops Manager"))).to_be_visible()
        accessible(page)


def test_jump_box_opens_a_page_by_keyboard(site, floor, page, accessible):
    site.sign_in(page, "floor-runner")
    page.goto(f"{site.url}/p/{floor['slug']}/members/")

    page.keyboard.press("/")
    expect(page.get_by_label("Search or jump to a page")).to_be_focused()
    page.keyboard.type("teams waves")
    expect(page.locator("#jump a")).to_have_count(1)
    accessible(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/teams/$"))


def test_jump_box_works_without_script(site, floor, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    site.sign_in(page, "floor-runner")
    page.goto(f"{site.url}/p/{floor['slug']}/members/")
    page.get_by_label("Search or jump to a page").fill("teams waves")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("1 place for “teams waves”")
    follow(page, page.get_by_role("main").get_by_role("link", name="Teams and waves"))
    expect(page).to_have_url(re.compile(r"/teams/$"))
    context.close()


def test_keys_are_listed_and_walk_the_rows(site, floor, page, accessible):
    site.sign_in(page, "floor-runner")
    page.goto(f"{site.url}/p/{floor['slug']}/members/")

    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog.get_by_text("search or jump")).to_be_visible()
    accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Sales Ops Manager")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Viewer")).to_be_focused()


def test_key_in_a_field_is_a_letter(site, floor, page):
    site.sign_in(page, "floor-runner")
    page.goto(f"{site.url}/p/{floor['slug']}/members/")
    field = page.get_by_label("E-mail address")
    field.focus()

    page.keyboard.type("j?/")

    expect(field).to_have_value("j?/")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_single_keys_can_be_turned_off(site, floor, page):
    site.add_user("floor-no-keys", "Enablement Lead")
    site.sign_in(page, "floor-no-keys")
    page.goto(f"{site.url}/profile/")
    page.get_by_label("Single-key shortcuts").uncheck()
    press(page, "Save")

    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    page.keyboard.press("?")
    page.wait_for_timeout(200)
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_theme_of_the_profile_wins_over_the_device(site, floor, page):
    site.add_user("floor-dark", "IT")
    page.emulate_media(color_scheme="light")
    site.sign_in(page, "floor-dark")
    page.goto(f"{site.url}/profile/")
    page.get_by_label("Theme").select_option("dark")
    press(page, "Save")

    expect(page.locator("body")).to_have_css("background-color", "rgb(19, 22, 26)")


def test_refused_form_takes_the_focus_to_what_is_wrong(site, floor, page, accessible):
    site.sign_in(page, "floor-runner")
    page.goto(f"{site.url}/p/{floor['slug']}/teams/")
    page.get_by_label("Name").fill("Team 1")
    page.get_by_label("Seats").fill("3")
    press(page, "Add the team")

    summary = page.get_by_role("alert").filter(has_text="1 thing to correct")
    expect(summary).to_be_focused()
    accessible(page)
    summary.get_by_role("link").click()
    expect(page.get_by_label("Name")).to_be_focused()


def test_invitation_is_taken_up_on_a_phone(site, floor, page, browser, watch, accessible):
    site.sign_in(page, "floor-runner")
    page.goto(f"{site.url}/p/{floor['slug']}/members/")
    page.get_by_label("E-mail address").fill("enablement@orrery.example")
    page.get_by_label("Role", exact=True).select_option("enablement")
    press(page, "Make the link")
    link = page.locator("#invitation-link").text_content()
    accessible(page)

    context = browser.new_context(viewport={"width": 390, "height": 844})
    phone = watch(context.new_page())
    phone.goto(link)
    accessible(phone)
    phone.get_by_label("User name").fill("floor-enablement")
    phone.get_by_label("Password", exact=True).fill("a sentence nobody guesses")
    phone.get_by_label("Password again").fill("a sentence nobody guesses")
    press(phone, "Make the account and join")

    expect(phone.get_by_text("You are in CRM rollout as Enablement Lead.")).to_be_visible()
    context.close()


def test_end_of_a_membership_asks_first(site, floor, page, accessible):
    site.sign_in(page, "floor-runner")
    page.goto(f"{site.url}/p/{floor['slug']}/members/{floor['member']}/")
    question = page.get_by_text("They see nothing of the program from then on")

    expect(question).to_be_hidden()
    page.get_by_text("End membership").first.click()
    expect(question).to_be_visible()
    accessible(page)
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()


def test_server_that_fails_is_said_and_tried_again(site, floor, browser):
    page = browser.new_page()  # its console is not quiet: htmx writes the failure there
    site.sign_in(page, "floor-runner")
    page.goto(f"{site.url}/p/{floor['slug']}/members/")
    page.route("**/jump/**", lambda route: route.fulfill(status=503, body="busy"))
    page.get_by_label("Search or jump to a page").press_sequentially("teams waves")

    banner = page.get_by_role("alert").filter(has_text="The server did not answer")
    expect(banner).to_be_visible()
    page.unroute("**/jump/**")
    banner.get_by_role("button", name="Try again").click()

    expect(banner).to_be_hidden()
    expect(page.locator("#jump a")).to_have_count(1)
    page.close()
