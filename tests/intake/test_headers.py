"""Header rows: one key per spelling, the original kept, duplicates numbered."""

import unicodedata

import pytest

from crmprogram.intake.headers import normalise, read_headers


@pytest.mark.parametrize(
    "spelling",
    [
        "\ufeffCorreo electrónico",
        " correo  electrónico ",
        unicodedata.normalize("NFD", "CORREO electrónico"),
        "Correo\nelectrónico",
    ],
)
def test_spellings_of_one_header_have_one_key(spelling):
    assert normalise(spelling) == "correo electrónico"


def test_original_header_is_kept():
    assert read_headers(["\ufeff Full Name"]).columns[0][1:] == ("\ufeff Full Name", "full name", "Full Name")


def test_duplicate_headers_are_numbered_with_a_warning():
    headers = read_headers(["Deal - Status", "Deal - Title", "deal - status"])

    assert headers.labels == ["Deal - Status", "Deal - Title", "deal - status (2)"]
    assert headers.duplicated() == {"deal - status"}
    assert len(headers.warnings) == 1


def test_number_of_a_duplicate_never_takes_a_real_header():
    assert len(set(read_headers(["a", "a", "a (2)", "", "Column 4"]).labels)) == 5
