"""A gate's whole life: every refusal tried, signed on a phone, a delegate, drift, reopening (G6 to G9).

The program is told through its services up to the request; from there two people and a delegate
go on in the browser.
"""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clicks import follow, press, push
from tests.browser.conftest import PASSWORD

PHONE = {"width": 390, "height": 844}
PEOPLE = {"gate-ops": "Sales Ops Manager", "gate-sponsor": "Executive Sponsor", "gate-cfo": "Finance Chief"}
TOLD = """
from datetime import timedelta
from crmprogram.program import clock
from crmprogram.program.models import Membership, Position, Program, User
from governance import services as governance
from phases.models import Gate, GateReview, Waiver
from phases.queries import gates as queries
from phases.registry import Look
from phases.services import capabilities, gaps, gates, readings, scope, waivers
from phases.services.scope import add_scope_item, sign_scope
ops, sponsor, cfo = (User.objects.get(username=name) for name in ("gate-ops", "gate-sponsor", "gate-cfo"))
program = Program.objects.filter(name="Gate life").first()
today = clock.today()
def waive(number, *keys, days=None):
    gate = Gate.objects.get(program=program, number=number)
    for key in keys:
        waivers.grant_waiver(
            gate=gate, criterion=key, by=sponsor, reason="For the journey.", stand_in="Looked at each week.",
            ends_on=today + timedelta(days=days) if days else None, fresh_at=clock.wall(),
        )
"""
START = """
from crmprogram.program import services
program = services.create_program(
    by=ops, name="Gate life", company="Orrery Instruments", seats=20, starts_on=str(today - timedelta(days=20))
)
member = Membership.objects.create(program=program, user=sponsor, role="sponsor", function="leadership")
holder = Membership.objects.create(program=program, user=cfo, role="team_lead", function="finance")
Position.objects.create(program=program, title="Chief Financial Officer", level="c_level", membership=holder)
governance.appoint_sponsor(program=program, membership=member, title="Chief Revenue Officer", level="c_level", by=ops)
governance.accept_sponsorship(program=program, by=sponsor)
program = Program.objects.get(pk=program.pk)
line = add_scope_item(program=program, by=ops, kind="in", text="Contacts and accounts")
sign_scope(program=program, by=sponsor, seen_edit=program.scope.edit)
for number in range(12):
    capabilities.add_capability(
        program=program, by=ops, name=f"Capability {number + 1}", bucket="must_go_live", phase=3
    )
waive(1, "A2", "A5")
waive(1, "A1", days=2)
print(program.slug)
"""


def sign(page: Page, button: str) -> None:
    """Press it, with the password where the page asks for it: on a slow machine the sign-in is no longer fresh."""
    for field in page.get_by_label("Your password").all():
        if field.is_visible():
            field.fill(PASSWORD)
    press(page, button)


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=re.compile(f"^{name}")).check()


@pytest.fixture
def tell(site):
    """Run a part of the story on the site's own data; gives what it printed last."""

    def run(story: str) -> str:
        return (site.manage("shell", "--no-imports", given=TOLD + story).strip().splitlines() or [""])[-1]

    return run


@pytest.fixture
def home(site, tell) -> str:
    for username, title in PEOPLE.items():
        site.add_user(username, title)
    return f"{site.url}/p/{tell(START)}/"


def test_gate_is_refused_signed_drifts_and_is_reopened(site, home, tell, page, browser, watch, accessible):
    phone = watch(browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page())
    desk = watch(browser.new_context().new_page())
    site.sign_in(page, "gate-ops")
    site.sign_in(phone, "gate-sponsor")
    site.sign_in(desk, "gate-cfo")

    thirteenth_must_have_needs_a_waiver(page, home)
    tell("waive(1, 'A3')")
    page.goto(f"{home}gates/1/")
    press(page, "Request Gate 1")
    expect(page.get_by_role("button", name=re.compile("^Sign"))).to_have_count(0)  # who asked sees no panel
    lapsed_waiver_blocks(phone, home, tell)
    threshold_waits_for_the_decision(phone, home)
    stale_page_does_not_sign(phone, home, tell, accessible)
    delegate_signs_what_they_did_not_request(phone, desk, page, home, tell, accessible)
    drift_is_reaffirmed(phone, home, tell, accessible)
    gate_is_reopened(phone, page, home, accessible)
    assert "dossiers hold" in site.manage("verify_dossier")
    one_pager_prints_on_one_sheet(page, home, accessible)


def thirteenth_must_have_needs_a_waiver(page: Page, home: str) -> None:
    page.goto(f"{home}audit/must-haves/add/")  # A3: the 13th
    page.get_by_label("What the system must be able to do").fill("One more")
    page.get_by_label("Bucket").select_option("must_go_live")
    page.get_by_label("Delivered in").select_option("3")
    press(page, "Add the capability")
    expect(page.get_by_text(re.compile("12 must-have|13th|twelve", re.IGNORECASE)).first).to_be_visible()


def lapsed_waiver_blocks(phone: Page, home: str, tell) -> None:
    tell("Waiver.objects.filter(program=program, criterion='A1').update(ends_on=today - timedelta(days=1))")
    phone.goto(f"{home}five-minutes/")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("your decision")
    expect(phone.get_by_role("radio", name=re.compile("^Approve"))).to_be_disabled()
    choose(phone, "Waive 1.1")
    phone.get_by_label("Reason of the waiver").fill("The map is drawn next week.")
    phone.get_by_label("In the meantime").fill("A whiteboard.")
    phone.get_by_label("Ends on").fill(str(datetime.now(UTC).date() + timedelta(days=5)))
    sign(phone, "Grant the waiver")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Ready to sign")


def threshold_waits_for_the_decision(phone: Page, home: str) -> None:
    phone.goto(f"{home}gates/1/thresholds/")
    expect(phone.get_by_text("A gate request is open").first).to_be_visible()
    form = phone.locator("details", has_text="gaps").first
    form.locator("summary").click()
    form.locator("input[type=number], input[type=text]").first.fill("1")
    form.get_by_label("Reason").fill("Fewer will do.")
    if form.get_by_label("Your password").count():
        form.get_by_label("Your password").fill(PASSWORD)
    push(phone, form.get_by_role("button", name=re.compile("^Sign the change")))
    refused = re.compile(r"A gate request is open\. Thresholds change before a request")
    expect(phone.get_by_text(refused).first).to_be_visible()


def stale_page_does_not_sign(phone: Page, home: str, tell, accessible) -> None:
    phone.goto(f"{home}gates/1/")
    choose(phone, "Approve")
    tell("gaps.add_gap(program=program, by=ops, title='Found meanwhile')")
    sign(phone, "Sign Gate 1")
    expect(phone.get_by_text(re.compile("evidence changed since you looked")).first).to_be_visible()
    expect(phone.get_by_text(re.compile("1.2 measured")).first).to_be_visible()
    choose(phone, "Approve")
    sign(phone, "Sign Gate 1")
    expect(phone.get_by_role("link", name="Dossier (JSON)")).to_be_visible()
    accessible(phone)


def delegate_signs_what_they_did_not_request(phone: Page, desk: Page, page: Page, home: str, tell, accessible) -> None:
    phone.goto(f"{home}delegation/")
    phone.get_by_label("Position").select_option(label="Chief Financial Officer")
    phone.get_by_label("Last day").fill(str(datetime.now(UTC).date() + timedelta(days=7)))
    phone.get_by_label("Reason").fill("On leave")
    sign(phone, "Name the delegate")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Chief Financial Officer may sign until")
    accessible(phone)

    tell("waive(2, 'B1', 'B2', 'B3', 'B4', 'B5')")
    tell("gates.request_gate(gate=Gate.objects.get(program=program, number=2), by=cfo)")
    desk.goto(f"{home}gates/2/")
    choose(desk, "Approve")
    sign(desk, "Sign Gate 2")
    expect(desk.get_by_text("Who requested a gate may not sign it.").first).to_be_visible()  # G7
    tell("gates.withdraw_request(review=GateReview.objects.pending().get(gate__program=program), by=cfo)")
    page.goto(f"{home}gates/2/")
    press(page, "Request Gate 2")
    desk.goto(f"{home}gates/2/")
    choose(desk, "Approve")
    sign(desk, "Sign Gate 2")
    expect(desk.locator("#decide")).to_contain_text("for Executive Sponsor, Chief Revenue Officer")
    accessible(desk)


def drift_is_reaffirmed(phone: Page, home: str, tell, accessible) -> None:
    tell(
        "governance.attest(program=program, statement='sandbox', holds=True, note='The vendor keeps one.', by=ops)\n"
        "waive(3, 'C1', 'C2', 'C4')\n"
        "waive(3, 'C3', days=30)\n"
        "review = gates.request_gate(gate=Gate.objects.get(program=program, number=3), by=ops)\n"
        "sheet = queries.assess(Look(review.gate.program), 3)\n"
        "gates.decide_gate(review=review, by=sponsor, decision='approved', seen_digest=sheet.digest, "
        "fresh_at=clock.wall())\n"
        "governance.attest(program=program, statement='sandbox', holds=False, note='It was closed.', by=ops)\n"
        "readings.take_readings(program=program)"
    )
    phone.goto(f"{home}five-minutes/")
    follow(phone, phone.get_by_role("link", name="Re-affirm or reopen Gate 3").first)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Gate 3 has drifted since it was signed")
    expect(phone.get_by_text("3.5 was met and is not met.").first).to_be_visible()
    accessible(phone)
    choose(phone, "Re-affirm")
    phone.get_by_role("textbox", name="Reason").fill("A new one is ordered for Monday.")
    sign(phone, "Sign the decision")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Gate 3 is re-affirmed")
    accessible(phone)


def gate_is_reopened(phone: Page, page: Page, home: str, accessible) -> None:
    phone.goto(f"{home}gates/1/")
    phone.get_by_text("Reopen this gate").click()
    expect(phone.get_by_text(re.compile("This puts in doubt: Gate 2")).first).to_be_visible()
    choose(phone, "Reopen")
    phone.get_by_role("textbox", name="Reason").fill("The map was of another team.")
    sign(phone, "Sign the decision")
    expect(phone.get_by_text(re.compile("reopened it")).first).to_be_visible()
    page.goto(f"{home}gates/2/")
    expect(page.get_by_text("In doubt").first).to_be_visible()
    accessible(page)


def one_pager_prints_on_one_sheet(page: Page, home: str, accessible) -> None:
    page.goto(f"{home}one-pager/")
    page.get_by_label("Note").fill("After the reopening")
    press(page, "Publish this edition")
    expect(page.get_by_role("heading", level=1)).to_have_text("One-pager, edition 1")
    accessible(page)
    for sheet in ("A4", "Letter"):
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=sheet))) == 1  # X1
