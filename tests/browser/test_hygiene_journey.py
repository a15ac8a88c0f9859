"""Data hygiene from a file to next week's file, as two people at two desks go it (H0 to H8, H10 to H12).

On a generated export with truth and traps. `./run bench journey --rows 50k --browser` goes the same way with
more rows and is told the figures.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmprogram.bench.hygiene import SEED
from crmprogram.demo.synthetic import TRAPS, write_export
from tests.browser import hygiene, hygiene_loads
from tests.browser.hygiene import Journey

ROWS = int(os.environ.get("JOURNEY_ROWS", "1200"))
FIGURES = os.environ.get("JOURNEY_FIGURES", "")  # a file they are written to
F1 = 0.985


@pytest.fixture
def journey(site, page, browser, watch, accessible, tmp_path) -> Journey:
    export = tmp_path / "contacts.csv"
    truth = write_export(export, ROWS, seed=SEED, today=datetime.now(UTC).date())
    assert {trap for traps in truth.traps.values() for trap in traps} == set(TRAPS)
    slug = site.manage("shell", "--no-imports", given=hygiene.BEGIN).strip().splitlines()[-1]
    other = watch(browser.new_context().new_page())
    for desk, name in zip((page, other), hygiene.PEOPLE, strict=True):
        site.sign_in(desk, name)
    return Journey(page, other, f"{site.url}/p/{slug}/", export, truth, accessible)


def test_export_becomes_clean_records_and_the_next_one_asks_only_what_is_new(journey):
    j = journey
    with j.step("upload and read"):
        hygiene.upload(j, j.export)
    with j.step("mapping and standard signed"):
        hygiene.sign_mapping_and_standard(j)
    with j.step("cleaned"):
        hygiene.clean(j)
    with j.step("account and profile"):
        account = hygiene.account_balances(j, ROWS)
        hygiene.profile_down_to_a_row(j)
    before = hygiene.f1(j)
    with j.step("review with keys, alone and two at once"):
        done = hygiene.two_review_at_once(j, hygiene.review_with_keys(j))
    with j.step("review by a script"):
        hygiene.answer_the_rest(j)
    with j.step("second looks"):
        looked = hygiene.look_twice(j)
    after = hygiene.f1(j)
    assert after >= F1
    assert looked
    assert sum(hygiene.account_balances(j, ROWS).values()) == sum(account.values())
    decided = sum(one["is_review"] for one in j.clusters("decided"))
    with j.step("merges signed"):
        hygiene_loads.sign_the_merges(j)
    with j.step("dry run and spot-check"):
        hygiene_loads.try_dry(j)
    with j.step("stages loaded and audited, one rolled back and loaded again"):
        hygiene_loads.load_and_roll_back(j)
    with j.step("found and explained"):
        hygiene_loads.find_and_explain(j)
    with j.step("next week's export"):
        obeyed, waiting = hygiene_loads.next_week(j, datetime.now(UTC).date())
    assert obeyed >= 0.9 * decided
    assert waiting <= 0.2 * decided
    hygiene_loads.gates_tell(j)
    if FIGURES:
        told = {"rows": ROWS, "before": before, "f1": after, "keys": done, "looked": looked, "decided": decided}
        told |= {"obeyed": obeyed, "waiting": waiting, "steps": j.seconds, "account": account}
        Path(FIGURES).write_text(json.dumps(told))
