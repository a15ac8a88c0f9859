import pytest

from migration.hygiene.text import fold, guard, is_blank, tidy, unguard


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\u200bhttp://a.example", "http://a.example"),  # str.strip() would leave it
        ("Anna\u00a0", "Anna"),
        ("\u3000 \u30001-000000\u3000", "1-000000"),
        ("two   words\t here", "two words here"),
        ("cafe\u0301", "café"),  # NFC
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),  # a joiner inside a Persian word means something
    ],
)
def test_tidy_removes_what_nobody_sees(raw, clean):
    assert tidy(raw) == clean


@pytest.mark.parametrize("raw", ["'+1 415 555 0100", "'=1+1", "'@x", "'-5"])
def test_unguard_takes_exactly_one_apostrophe(raw):
    assert unguard("'" + raw) == "'" + raw
    assert unguard(raw) == raw[1:]


def test_unguard_leaves_an_apostrophe_of_a_name():
    assert unguard("'t Hooft") == "'t Hooft"


@pytest.mark.parametrize("raw", ["=1", "+49", "-1", "@x"])
def test_guard_is_undone_by_unguard(raw):
    assert unguard(guard(raw)) == raw


@pytest.mark.parametrize("raw", ["", "#N/A", "--", "(No value)", "N/A", "Default Value", "null", "NA"])
def test_blank_markers_are_blank(raw):
    assert is_blank(raw)


@pytest.mark.parametrize("raw", ["Null", "NA", "None"])
def test_words_that_are_names_or_countries_are_kept_there(raw):
    assert not is_blank(raw, words=False)


@pytest.mark.parametrize(
    ("raw", "folded"), [("Müller-Lüdenscheidt", "muller ludenscheidt"), ("O'Brien", "obrien"), ("Straße", "strasse")]
)
def test_fold_compares_spellings(raw, folded):
    assert fold(raw) == folded
