"""From an export of the CRM to an answered escalation, as Sales Ops at a desk and the VP Sales on a phone.

The first file is a real export as it was published; the ones after it have its header and one of
its completed rows, repeated on the working days of the last weeks, since an installation has no
other clock than today's (M1, M5, M9, D2).
"""

import csv
import io
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clicks import follow, press
from tests.browser.conftest import PASSWORD

SAMPLES = Path(__file__).parents[1] / "data" / "samples" / "dynamics365"
PHONE = {"width": 390, "height": 844}
WORK = 90_000  # milliseconds that a count may take on a busy machine
ALWAYS, SELDOM = "David Mallory", "Alan Ross"  # an owner of the sample, and a user of the same sample


def monday(weeks_ago: int) -> date:
    today = datetime.now(UTC).date()
    return today - timedelta(days=today.weekday(), weeks=weeks_ago)


def period(weeks_ago: int) -> str:
    year, week, _ = monday(weeks_ago).isocalendar()
    return f"{year}-W{week:02d}"


def export_of(days: dict[str, list[date]]) -> bytes:
    """A file with the header of the real export and its completed row, once per owner and day."""
    with (SAMPLES / "Appointments.csv").open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        done = next(row for row in reader if row["Status"] == "Completed")
        out = io.StringIO()
        writer = csv.DictWriter(out, reader.fieldnames or [])
    writer.writeheader()
    for owner, on in days.items():
        for day in on:
            at = datetime.combine(day, time(9, 30))
            written = dict.fromkeys(("Start Time", "End Time", "Created On"), f"{at:%-m/%-d/%Y %-H:%M}")
            writer.writerow({**done, **written, "Owner": owner, "Created By": owner, "Subject": f"Visit {day}"})
    return out.getvalue().encode("utf-8-sig")


def week_of(weeks_ago: int, *weekdays: int) -> list[date]:
    return [monday(weeks_ago) + timedelta(days=day) for day in weekdays or range(5)]


@pytest.fixture(scope="module")
def home(site) -> str:
    """A live program of one team, told through its services; who uses the pages is invited on them."""
    site.add_user("adoption-ops", "Sales Ops Manager")
    live = monday(4)
    story = f"""
from crmprogram.program import services
from crmprogram.program.models import User
ops = User.objects.get(username="adoption-ops")
program = services.create_program(
    by=ops, name="Adoption journey", company="Orrery Instruments", seats=2, starts_on="{live - timedelta(weeks=9)}"
)
services.save_team(
    program=program, by=ops, name="Enterprise", function="sales", seats=2, wave=1,
    go_live_on=__import__("datetime").date.fromisoformat("{live}"),
)
print(program.slug)
"""
    slug = site.manage("shell", "--no-imports", given=story).strip().splitlines()[-1]
    return f"{site.url}/p/{slug}/"


def test_export_opens_an_escalation_that_the_vp_sales_answers_and_better_weeks_close(
    site, home, page, browser, watch, accessible
):
    site.sign_in(page, "adoption-ops")
    phone = watch(browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page())
    invite_the_vp_sales(page, phone, home)
    accessible_when_empty(page, home, accessible)
    real_export_is_counted_and_its_owners_settled(page, home, accessible)

    # two weeks in which one of two reps logs on two days of five: 7 of 10 rep-days, target 90 %
    slipping = {ALWAYS: week_of(4) + week_of(3) + week_of(2), SELDOM: week_of(4) + week_of(3, 0, 4) + week_of(2, 1, 3)}
    count(page, home, "slipping.csv", export_of(slipping))
    settle_the_new_owner(page, home)
    dashboard_shows_the_escalation(page, home, accessible)
    vp_sales_answers_on_the_phone(page, phone, home, accessible)

    count(page, home, "better.csv", export_of({ALWAYS: week_of(1), SELDOM: week_of(1)}))
    page.goto(f"{home}adoption/escalations/")
    expect(page.get_by_role("row", name=re.compile("E-01")).get_by_text("Back at target")).to_be_visible()
    accessible(page)
    vp_sales_closes_what_is_over(phone, home, accessible)
    page.goto(f"{home}adoption/targets/daily/?value=60&needed=2")
    expect(page.get_by_text("It would never have fired.")).to_be_visible()
    accessible(page)
    phone.goto(f"{home}adoption/")
    expect(phone.get_by_role("main").get_by_text("worse than target for 2 weeks")).to_have_count(0)
    accessible(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def invite_the_vp_sales(page: Page, phone: Page, home: str) -> None:
    page.goto(f"{home}members/")
    page.get_by_label("E-mail address").fill("adoption-vp@orrery.example")
    page.locator("#id_role").select_option("vp_sales")
    page.locator("#id_function").select_option("sales")
    press(page, "Make the link")
    link = page.get_by_text(re.compile(r"/join/")).first.inner_text()
    phone.goto(re.search(r"https?://\S+/join/\S+", link)[0])
    phone.locator("#id_username").fill("adoption-vp")
    for field in phone.locator("input[type=password]").all():
        field.fill(PASSWORD)
    press(phone, "Make the account and join")
    expect(phone).to_have_url(re.compile(r"/p/[\w-]+/$"))


def accessible_when_empty(page: Page, home: str, accessible) -> None:
    for name in ("", "imports/", "reps/", "targets/", "escalations/", "table/"):
        page.goto(f"{home}adoption/{name}")
        accessible(page)
    page.goto(f"{home}issues/")
    accessible(page)


def count(page: Page, home: str, name: str, content: bytes | Path) -> None:
    """Upload a file and count it, as a person does."""
    page.goto(f"{home}uploads/new/")
    given = content if isinstance(content, Path) else {"name": name, "mimeType": "text/csv", "buffer": content}
    page.locator("input[type=file]").set_input_files(given)
    press(page, "Upload")
    expect(page.get_by_role("main").get_by_text(re.compile("quarantined|put aside")).first).to_be_visible(timeout=WORK)
    page.goto(f"{home}adoption/imports/")
    follow(page, page.get_by_role("main").get_by_role("link", name=re.compile("^Count U-")).first)
    press(page, re.compile("^Count U-"))
    expect(page.get_by_role("heading", level=2, name="Counted", exact=True)).to_be_visible(timeout=WORK)


def real_export_is_counted_and_its_owners_settled(page: Page, home: str, accessible) -> None:
    """22 rows of the published export: 3 are done; open and cancelled ones are nobody's activity."""
    count(page, home, "Appointments.csv", SAMPLES / "Appointments.csv")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("3 of 22 rows are activity"))
    expect(page.get_by_role("row", name="Not done yet 18")).to_be_visible()
    expect(page.get_by_role("row", name="Cancelled 1")).to_be_visible()
    accessible(page)

    page.goto(f"{home}adoption/reps/")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 owners to settle")
    page.get_by_role("row", name=re.compile(ALWAYS, re.IGNORECASE)).get_by_role("checkbox").check()
    page.locator("#id_team").select_option("Enterprise")
    press(page, "The ticked are reps of this team")
    page.get_by_role("row", name=re.compile("administrator")).get_by_role("checkbox").check()
    page.locator("#id_reason").fill("Administers the CRM, sells nothing")
    press(page, "The ticked are no reps")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 rep counts")
    accessible(page)


def settle_the_new_owner(page: Page, home: str) -> None:
    page.goto(f"{home}adoption/reps/")
    page.get_by_role("row", name=re.compile(SELDOM, re.IGNORECASE)).get_by_role("checkbox").check()
    page.locator("#id_team").select_option("Enterprise")
    press(page, "The ticked are reps of this team")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 reps count")


def dashboard_shows_the_escalation(page: Page, home: str, accessible) -> None:
    page.goto(f"{home}adoption/")
    for _ in range(60):  # the worker computes the weeks again
        if page.get_by_text("7 of 10 rep-days").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    week = monday(2).isocalendar().week
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Adoption, week {week}")
    expect(page.get_by_text("7 of 10 rep-days").first).to_be_visible()
    expect(page.get_by_text("70.0% and 70.0% against 90%").first).to_be_visible()
    trend = page.get_by_role("group", name=re.compile("^Daily and weekly active reps by week"))
    expect(trend.get_by_text("90 daily", exact=True)).to_be_visible(timeout=WORK)  # drawn, not the still chart
    expect(page.locator(".trend-still")).to_be_hidden()
    expect(page.get_by_role("button", name=re.compile("^Acknowledge E-"))).to_have_count(0)  # not Sales Ops'
    accessible(page)
    page.goto(f"{home}adoption/table/")
    accessible(page)


def test_still_chart_stands_without_script(site, home, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    site.sign_in(page, "adoption-ops")
    page.goto(f"{home}adoption/")
    expect(page.locator(".trend-still")).to_be_visible()
    expect(page.locator("[data-trend]")).to_be_hidden()
    page.get_by_text("The weeks as numbers").click()
    expect(page.get_by_role("row", name=re.compile(period(2))).first).to_be_visible()
    context.close()


def test_issue_is_reported_on_a_phone_and_closed_at_a_desk(site, home, page, browser, watch, accessible):
    """C4: what holds a pilot back is reported where it happens; the register says so until it is closed."""
    site.sign_in(page, "adoption-ops")
    phone = watch(browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page())
    site.sign_in(phone, "adoption-ops")
    phone.goto(f"{home}issues/")
    phone.get_by_label("What goes wrong").fill("Mails are not filed at the account")
    press(phone, "Report the issue")
    expect(phone.get_by_role("heading", level=1)).to_have_text("1 issue holds the pilot back")
    accessible(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.goto(f"{home}issues/1/")
    accessible(page)
    page.get_by_label("What was done about it").fill("The mail gateway is set for all teams.")
    press(page, "Close I-01")
    expect(page.get_by_role("button", name="Open it again")).to_be_visible()
    page.goto(f"{home}issues/")
    page.get_by_label("Gone through with").fill("Both pilot reps, the week before.")
    press(page, "Record the review")
    expect(page.get_by_role("heading", level=1)).to_have_text("No issue is open")
    accessible(page)


def vp_sales_answers_on_the_phone(page: Page, phone: Page, home: str, accessible) -> None:
    phone.goto(home)
    expect(phone.get_by_text(re.compile("Acknowledge E-01")).first).to_be_visible()
    phone.goto(f"{home}adoption/escalations/1/")
    accessible(phone)
    phone.get_by_label("What will be done").fill("ok")
    press(phone, "Acknowledge E-01")
    expect(phone.get_by_label("What will be done")).to_have_value("ok")  # too short a plan: nothing is lost
    phone.get_by_label("What will be done").fill("Stand-up in the CRM every morning, deal by deal.")
    owner = phone.locator("#id_owner option", has_text="Sales Ops Manager")
    phone.get_by_label("Owner").select_option(owner.get_attribute("value"))
    phone.get_by_label("Due").fill(f"{datetime.now(UTC).date() + timedelta(days=9)}")
    press(phone, "Acknowledge E-01")
    expect(phone.get_by_text("Stand-up in the CRM every morning").first).to_be_visible()
    accessible(phone)
    page.goto(f"{home}adoption/escalations/1/")
    expect(page.get_by_text("Acknowledged with a plan").first).to_be_visible()


def vp_sales_closes_what_is_over(phone: Page, home: str, accessible) -> None:
    phone.goto(f"{home}adoption/escalations/1/")
    expect(phone.get_by_text(f"{period(1)} is at target.").first).to_be_visible()
    accessible(phone)
    phone.get_by_label("What came of it").fill("The stand-up made both of them log the same day.")
    press(phone, "Close E-01")
    expect(phone.get_by_text("The stand-up made both of them").first).to_be_visible()
    expect(phone.get_by_role("button", name="Close E-01")).to_have_count(0)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
