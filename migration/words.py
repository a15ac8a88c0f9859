"""Every rule in plain words: why rows are one, what cleaning did to a value, what is wrong with one. Pure.

Pages, the API and files for people say these sentences; the code of a rule is for machines.
"""

from __future__ import annotations

from collections.abc import Mapping

from crmprogram.intake import words as reading
from migration.hygiene.issues import MESSAGES

MATCHES: Mapping[str, str] = {
    "email": "Same e-mail, names agree",
    "phone": "Same phone, names agree",
    "details": "Same name and other details",
    "record_id": "Same record id",
    "company_domain": "Same company and domain",
    "company_phone": "Same company and phone",
    "likely": "Likely, for a person",
}
CHANGES: Mapping[str, str] = {
    "text.tidy": "Spaces at the ends and doubled ones taken out.",
    "text.blank": "A word that says “nothing”, such as n/a: emptied.",
    "text.guard": "The quote a spreadsheet puts before a value taken off.",
    "phone.e164": "Written as an international number (E.164).",
    "phone.double_zero": "“00” in front read as “+”, then written as an international number (E.164).",
    "phone.extension": "Extension moved to a field of its own.",
    "email.lower": "Written in small letters.",
    "email.tidy": "Spaces and stray signs taken out, small letters.",
    "email.mailto": "“mailto:” taken off.",
    "email.angles": "The address taken from between the angle brackets.",
    "email.spelled_at": "A spelled-out “at” made “@” again.",
    "email.first_of_several": "Several addresses in one cell: the first one taken.",
    "email.second_of_several": "Several addresses in one cell: the second one moved here.",
    "country.iso3166": "Written as the two letters of ISO 3166.",
    "company.legal_form": "Legal form moved to a field of its own.",
    "date.iso8601": "Written as year, month, day (ISO 8601).",
    "industry.vocabulary": "Written with the word of the industry vocabulary.",
    "vocabulary.standard": "Written with the word of the data-quality standard.",
    "website.url": "Written as a web address with https.",
    "postcode.capitals": "Written in capitals.",
    "postcode.leading_zero": "The leading zero that a spreadsheet took put back.",
    "postcode.zip_plus_4": "ZIP+4 written with its hyphen.",
    "postcode.space": "Written with the space of this country’s postcodes.",
    "name.case": "All capitals or all small letters written as a name.",
    "name.from_full_name": "Taken from the full name.",
    "name.suffix": "Suffix of the name moved to a field of its own.",
    "flag.true": "Read as yes.",
    "flag.false": "Read as no.",
    "deal.open": "On an open deal of the same CRM.",
}
REFUSALS: Mapping[str, str] = {
    "identity.missing": "Neither a valid e-mail address nor a valid telephone number.",
    "duplicate.open": "A possible duplicate of this record has not been decided.",
    "erased": "Erased at the person’s request.",
}
RULES: Mapping[str, str] = {
    **MATCHES,
    "decision.same": "An earlier decision",
    **{rule: f"{said[0].upper()}{said[1:]}." for rule, said in reading.RULES.items()},
    **MESSAGES,
    **REFUSALS,
    **CHANGES,
}


def sentence_of(rule: str) -> str:
    """A rule in words; "" for none, and a word of its own as it stands ("band 3")."""
    return RULES.get(rule) or rule
