"""Dossiers: the exact evidence of a decision, for years (G7)."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from crmprogram.program import clock
from phases import dossier
from phases.dossier import Sheet, canonical, differences, plain
from phases.models import Dossier
from phases.queries import dossiers
from phases.registry import Verdict
from phases.services import waivers

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_canonical_text_reads_back_as_the_same_document(document):
    assert json.loads(canonical(document)) == document


@given(st.dictionaries(st.text(), st.integers(), max_size=6))
def test_canonical_text_does_not_depend_on_the_order_of_keys(document):
    turned = dict(reversed(document.items()))
    assert canonical(turned) == canonical(document)


@given(JSON)
def test_canonical_text_of_a_read_document_is_the_same_text(document):
    text = canonical(document)
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("85.00"), "85"),
        (Decimal("1E+2"), "100"),
        (Decimal("-0"), "0"),
        (Decimal("88.10"), "88.1"),
        (0.1, "0.1"),
        (date(2026, 7, 14), "2026-07-14"),
        (Verdict.MET, "met"),
        ({"b", "a"}, ["a", "b"]),
        ({1: (2, 3)}, {"1": [2, 3]}),
    ],
)
def test_plain_writes_decimals_and_times_as_text(value, text):
    assert plain(value) == text


def test_dossier_freezes_every_criterion(answers, gated, gate, request_it, sign):
    answers.say(
        "audit.gaps", False, value=3, threshold=5, unit="gaps", files=[{"name": "gaps.csv", "sha256": "ab" * 32}]
    )
    waivers.grant_waiver(
        gate=gate, criterion="A2", by=gated.sponsor, reason="Away.", stand_in="Later.", fresh_at=clock.wall()
    )
    review = sign(request_it(note="Please."), reason="Go.")

    document = json.loads(review.dossier.text)
    assert document["schema"] == "rollout.gate-dossier/1"
    assert [one["key"] for one in document["criteria"]] == ["A1", "A2", "A3", "A4", "A5"]
    second = document["criteria"][1]
    assert (second["value"], second["threshold"], second["verdict"], second["state"]) == (3, 5, "not_met", "waived")
    assert (second["default_params"], second["params"]) == ({"least": 5}, {"least": 5})
    assert (second["waiver"]["label"], second["waiver"]["stand_in"]) == ("W-01", "Later.")
    assert second["files"] == [{"name": "gaps.csv", "sha256": "ab" * 32}]
    assert {key: document["review"][key] for key in ("decided_by", "decided_as", "requested_by", "note", "reason")} == {
        "decided_by": "Executive Sponsor",
        "decided_as": "Chief Revenue Officer",
        "requested_by": "Sales Ops Manager",
        "note": "Please.",
        "reason": "Go.",
    }
    assert document["heading"] == "Gate 1 is signed: 4 of 5 criteria were met, 1 waived"
    assert review.dossier.sha256 == dossier.sha256(review.dossier.text)


def test_dossier_is_never_edited_or_removed(request_it, sign):
    held = sign(request_it()).dossier

    held.text = "{}"
    for act in (held.save, held.delete, Dossier.objects.all().delete):
        with pytest.raises(TypeError):
            act()
    with pytest.raises(TypeError):
        Dossier.objects.update(text="{}")


def test_sheet_of_a_dossier_is_the_sheet_that_was_signed(look_at, request_it, sign):
    seen = look_at()
    held = Sheet.read(sign(request_it()).dossier.text)

    assert held.digest == seen.digest
    assert [row.data for row in held.criteria] == [row.data for row in seen.criteria]


def test_dossier_renders_the_same_a_year_later(client, gated, request_it, sign, answers):
    sign(request_it())
    client.force_login(gated.runner)
    url = f"/p/{gated.slug}/gates/1/"

    def criteria(response):
        html = response.content.decode()
        return html[html.index('id="A1"') : html.index('id="h-hi"')]

    first = client.get(url)
    for key in answers:
        answers.say(key, False, value=0, threshold=99)
    later = client.get(url)

    assert criteria(first) == criteria(later)


# --- verify_dossier --------------------------------------------------------------------------


def test_verify_dossier_holds_for_what_was_signed(request_it, sign, capsys):
    sign(request_it(), "sent_back", reason="Again.")
    sign(request_it())

    call_command("verify_dossier")

    assert capsys.readouterr().out == "2 dossiers hold.\n"


def tamper(table, column, value, pk):
    """Write past the ORM, as somebody with the database could."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, pk])  # noqa: S608


def test_verify_dossier_finds_an_edited_text(request_it, sign, capsys):
    held = sign(request_it()).dossier
    tamper("phases_dossier", "text", held.text.replace('"met"', '"waived"', 1), held.pk)

    with pytest.raises(CommandError):
        call_command("verify_dossier")
    assert "the text is not the one that was frozen" in capsys.readouterr().err


def test_verify_dossier_finds_evidence_that_does_not_give_its_digest(request_it, sign):
    held = sign(request_it()).dossier
    text = held.text.replace('"value":7', '"value":8', 1)
    tamper("phases_dossier", "text", text, held.pk)
    tamper("phases_dossier", "sha256", dossier.sha256(text), held.pk)

    assert dossiers.faults(Dossier.objects.get()) == ["the evidence does not give the digest it carries."]


def test_verify_dossier_finds_a_changed_decision(request_it, sign):
    review = sign(request_it())
    tamper("phases_gatereview", "round", 7, review.pk)

    assert dossiers.faults(Dossier.objects.get()) == ["the decision in the register is another one."]


def test_verify_dossier_can_be_asked_for_one(request_it, sign, capsys):
    held = sign(request_it()).dossier

    call_command("verify_dossier", held.sha256[:10])
    assert capsys.readouterr().out == "1 dossiers hold.\n"
    with pytest.raises(CommandError, match="no such dossier"):
        call_command("verify_dossier", "nothing")


# --- words ------------------------------------------------------------------------------------


def basis(**changes):
    row = {"key": "A2", "number": "1.2", "state": "met", "value": "7 gaps", "threshold": "5 gaps", "params": {}}
    return canonical([{**row, "waiver": None, "files": [], **changes}])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"state": "unmet"}, ["1.2 was met and is not met."]),
        ({"state": "stale"}, ["1.2 was met and is unknown, since the records are too old."]),
        ({"value": "3 gaps"}, ["1.2 measured 7 gaps and measures 3 gaps."]),
        ({"threshold": "8 gaps"}, ["1.2 needed 5 gaps and needs 8 gaps."]),
        ({"params": {"least": 8}}, ["The threshold of 1.2 was changed."]),
        ({"waiver": {"label": "W-01", "ends_on": None}}, ["Waiver W-01 on 1.2 is new or changed."]),
        ({"files": ["ab"]}, ["The files of 1.2 changed."]),
    ],
)
def test_difference_is_told_in_words(changes, said):
    assert differences(basis(), basis(**changes)) == said


def test_difference_tells_of_a_waiver_that_is_gone():
    before = basis(waiver={"label": "W-01", "ends_on": None})
    assert differences(before, basis()) == ["Waiver W-01 on 1.2 no longer stands."]


@pytest.mark.parametrize("seen", ["", "{", "[1]", "{}", "null"])
def test_difference_from_what_cannot_be_read_is_nothing(seen):
    assert differences(seen, basis()) in ([], differences("[]", basis()))


@pytest.mark.parametrize(
    ("states", "heading"),
    [
        (["met"] * 5, "Ready to sign: 5 of 5 criteria are met"),
        (["met"] * 4 + ["watch"], "Ready to sign: 5 of 5 criteria are met"),
        (["met", "waived"], "Ready to sign: 1 of 2 criteria is met, 1 waived"),
        (["met"] * 3 + ["unmet"] * 2, "Not ready to sign: 2 of 5 criteria are not met"),
        (["met"] * 4 + ["unmet"], "Not ready to sign: 1 of 5 criteria is not met"),
        (["unmet", "none", "stale"], "Not ready to sign: 1 of 3 criteria is not met, 2 cannot be told"),
        (["met", "none"], "Not ready to sign: 1 of 2 criteria cannot be told"),
    ],
)
def test_heading_is_the_finding(states, heading):
    assert dossier.heading_of([{"state": state} for state in states]) == heading


@pytest.mark.parametrize(
    ("value", "unit", "at_most", "said", "needs"),
    [
        (Decimal("85"), "%", False, "85.0%", "≥ 80%"),
        (14, "days", True, "14 days", "≤ 80 days"),
        (1200, "", False, "1,200", "≥ 80"),
        (None, "gaps", False, "–", "≥ 80 gaps"),
        ("4 of 4", "", False, "4 of 4", "≥ 80"),
    ],
)
def test_value_and_threshold_carry_unit_and_sign(value, unit, at_most, said, needs):
    row = dossier.Row(plain({"value": value, "threshold": 80, "unit": unit, "at_most": at_most, "state": "met"}))

    assert (row.value_said, row.needs) == (said, needs)


def test_digest_changes_with_a_file_and_not_with_time(answers, look_at):
    before = look_at().digest
    with clock.at(clock.now() + timedelta(days=1)):
        answers.say("audit.gaps", True, value=7, threshold=5, unit="gaps")
        assert look_at().digest == before
    answers.say("audit.gaps", True, value=7, threshold=5, unit="gaps", files=[{"name": "a", "sha256": "00"}])
    assert look_at().digest != before
