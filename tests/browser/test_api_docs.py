"""The description of the REST interface, drawn under the strict content security policy."""

from playwright.sync_api import expect


def test_interface_is_described_without_a_message_on_the_console(site, page):
    site.add_user("integrator", "Integrator")
    site.sign_in(page, "integrator")

    page.goto(f"{site.url}/api/v1/docs/")
    programs = page.locator(".opblock", has_text="/programs/").first
    expect(programs).to_be_visible()
    programs.click()

    expect(page.locator(".opblock.is-open .responses-table").first).to_be_visible()
