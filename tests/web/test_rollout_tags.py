from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from crmprogram.program import clock
from crmprogram.web.templatetags import rollout

NOON = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)  # a Tuesday


def drawn(source, **context):
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("state", "word", "colour"),
    [
        ("met", "Met", "c-met"),
        ("unmet", "Not met", "c-unmet"),
        ("not_met", "Not met", "c-unmet"),
        ("watch", "Watch", "c-warn"),
        ("waived", "Waived", "c-wait"),
        ("none", "Cannot tell", "c-wait"),
        ("unknown", "Cannot tell", "c-wait"),
        (None, "Cannot tell", "c-wait"),
        ("stale", "Stale", "c-warn"),
        ("running", "Running", "c-run"),
        ("eliminated", "Eliminated", "c-unmet"),
    ],
)
def test_status_is_shape_word_and_colour(state, word, colour):
    said = rollout.status(state)

    assert said.startswith(f'<span class="st {colour}"><svg class="ic"')
    assert said.endswith(f"</svg>{word}</span>")


def test_status_of_no_known_state_is_an_error():
    with pytest.raises(KeyError, match="is no status"):
        rollout.status("splendid")


def test_status_text_is_escaped():
    assert rollout.status("met", "<b>").endswith("</svg>&lt;b&gt;</span>")


def test_shape_says_its_word_to_those_who_do_not_see_it():
    assert '<span class="vh">Not met</span>' in rollout.shape("unmet")
    assert "vh" not in rollout.shape("unmet", "-")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 21386|number }}", "21,386"),
        ("{{ 2.345|number:2 }}", "2.35"),  # half up, not to even
        ("{{ x|number }}", "–"),
        ("{{ 85|percent }}", "85.0%"),
        ("{{ 85|percent:0 }}", "85%"),
        ("{{ x|percent }}", "–"),
        ("{{ 0.853|ratio }}", "85.3%"),
        ('{{ 125000|money:"EUR" }}', "EUR 1,250"),
        ('{{ 1250|money:"EUR" }}', "EUR 12.50"),
        ('{{ 1250|money:"JPY" }}', "JPY 1,250"),
        ('{{ x|money:"EUR" }}', "–"),
        ("{{ 61000|filesize }}", "61 kB"),
        ("{{ 0|filesize }}", "0 bytes"),
        ("{{ 4200000|filesize }}", "4.2 MB"),
        ("{{ 40|span }}", "40 s"),
        ("{{ 180|span }}", "3 min"),
        ("{{ 7800|span }}", "2 h 10 min"),
        ("{{ 259200|span }}", "3 d"),
        ("{{ x|span }}", "–"),
        ('{{ 1|plural:"row,rows" }}', "1 row"),
        ('{{ 1200|plural:"row,rows" }}', "1,200 rows"),
        ("{{ x|day }}", "–"),
    ],
)
def test_filter_writes(source, expected):
    assert drawn(source, x=None) == expected


def test_money_below_zero_keeps_its_sign():
    assert rollout.money(-1250, "EUR") == "EUR −12.50"


@pytest.mark.parametrize(
    ("name", "value", "iso", "said"),
    [
        ("day", date(2026, 7, 20), "2026-07-20", "Mon 20 Jul"),
        ("day", date(2025, 7, 20), "2025-07-20", "Sun 20 Jul 2025"),
        ("shortday", date(2026, 7, 20), "2026-07-20", "20 Jul"),
        ("daytime", NOON, "2026-07-14T14:00+02:00", "Tue 14 Jul 14:00"),
        ("clocktime", NOON, "2026-07-14T14:00+02:00", "14:00"),
        ("read_at", NOON, "2026-07-14T14:00+02:00", "14:00"),
        ("read_at", NOON - timedelta(days=1), "2026-07-13T14:00+02:00", "Mon"),
        ("read_at", NOON - timedelta(days=14), "2026-06-30T14:00+02:00", "30 Jun"),
        ("ago", NOON - timedelta(seconds=5), "2026-07-14T13:59+02:00", "just now"),
        ("ago", NOON - timedelta(minutes=5), "2026-07-14T13:55+02:00", "5 min ago"),
        ("ago", NOON - timedelta(hours=3), "2026-07-14T11:00+02:00", "3 h ago"),
        ("ago", NOON - timedelta(days=12), "2026-07-02T14:00+02:00", "12 d ago"),
        ("ago", date(2026, 7, 17), "2026-07-17", "in 3 d"),
        ("ago", date(2026, 7, 14), "2026-07-14", "today"),
    ],
)
def test_dates_are_written_in_the_zone_of_the_page(name, value, iso, said):
    with clock.at(NOON), timezone.override("Europe/Berlin"):
        assert (
            drawn("{% load rollout %}{{ value|" + name + " }}", value=value) == f'<time datetime="{iso}">{said}</time>'
        )


def test_scroll_is_a_named_region():
    assert drawn("{% scroll name %}<table></table>{% endscroll %}", name='A "b"') == (
        '<div class="scroll" role="region" aria-label="A &quot;b&quot;" data-scroll><table></table></div>'
    )


def test_section_is_named_by_its_heading():
    said = drawn('{% section "Rejects" "h-rj" note=note link="/x" link_text="All" %}inside{% endsection %}', note="<3>")

    assert said == (
        '<section class="sect" aria-labelledby="h-rj"><header><h2 id="h-rj">Rejects</h2>'
        '<span class="sec">&lt;3&gt;</span><a href="/x">All</a></header>inside</section>'
    )


def test_banner_escapes_what_it_is_told():
    said = drawn('{% banner "warn" title %}{{ text }}{% endbanner %}', title="<i>", text="<b>")

    assert "<strong>&lt;i&gt;</strong>" in said
    assert "&lt;b&gt;" in said


def test_query_changes_one_parameter_and_keeps_the_others():
    request = RequestFactory().get("/", {"verb": "gate.decided", "before": "9"})

    assert drawn("{% query before=5 %}", request=request) == "?verb=gate.decided&amp;before=5"
    assert drawn("{% query before=None %}", request=request) == "?verb=gate.decided"


def test_icon_words_of_a_gate_are_spoken():
    assert '<span class="vh">passed</span>' in rollout.diamond(1, "ok", spoken=True)


def test_changed_tells_what_was_and_what_is():
    class Entry:
        before = {"seats": 40, "on_hold": True}
        after = {"seats": 60, "on_hold": False, "lead_sources": {"web": 100}, "go_live_on": "2026-07-20"}

    with clock.at(NOON):
        assert rollout.changed(Entry()) == [
            ("go live on", "", "Mon 20 Jul"),
            ("lead sources", "", "web 100"),
            ("on hold", "yes", "no"),
            ("seats", "40", "60"),
        ]


def test_bullet_takes_decimals():
    assert "85.0" not in drawn("{% bullet v 80 ok=True top=100 label='x' %}", v=Decimal("85.0"))
