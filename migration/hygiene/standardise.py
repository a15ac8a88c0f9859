"""Records in standard form: the original is kept beside, every change names its rule (H4).

Pure: no Django, no models. Values are text; "" means that there is none.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from migration.hygiene import company as companies
from migration.hygiene import countries, dates, dialling, emails, industries, names
from migration.hygiene.fields import EMAILS, PHONES, Kind, kind_of
from migration.hygiene.issues import Issue, issue
from migration.hygiene.text import is_blank, tidy, unguard
from migration.hygiene.vocabularies import with_vocabulary


@dataclass(frozen=True)
class Context:
    """What a program knows about a file; stored with the run.

    `region` is the ISO 3166-1 alpha-2 country of records that give no evidence of
    their own. `date_orders` says per field which part of a date comes first
    (`dates.infer_order`, or a person); without it an ambiguous date is left alone.
    `zone` is assumed for times that name none. `industries` maps a program's own words,
    `vocabularies` has what `vocabularies.meanings` makes of a signed standard's, by field.
    """

    region: str = "US"
    date_orders: Mapping[str, dates.Order] = field(default_factory=dict)
    zone: str = "UTC"
    industries: Mapping[str, str] = field(default_factory=dict)
    vocabularies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Clean:
    """One record after cleaning.

    `values` holds every field in standard form, `changes` only those that differ from
    the source or were derived (field -> (new value, rule)), `issues` what was left
    alone and why.
    """

    values: dict[str, str]
    changes: dict[str, tuple[str, str]]
    issues: list[Issue]


def standardise_record(values: Mapping[str, str], *, context: Context) -> Clean:
    """Standard form of one record; see `Standardiser` for many."""
    return Standardiser(context).record(values)


def standardise_rows(rows: Iterable[Mapping[str, str]], *, context: Context) -> list[Clean]:
    """Standard form of many records; each distinct (value, country) is cleaned once."""
    clean = Standardiser(context).record
    return [clean(row) for row in rows]


Cleaned = tuple[str, str, tuple[Issue, ...]]  # new value, rule, issues


# Words like "Null" and "NA" are values here.
_REAL_WORDS = frozenset({Kind.GIVEN, Kind.FAMILY, Kind.FULL, Kind.COUNTRY, Kind.COMPANY})
# An e-mail address here says that the row's values stand one column too far.
_NEVER_AN_ADDRESS = frozenset({Kind.GIVEN, Kind.FAMILY, Kind.PHONE, Kind.COUNTRY, Kind.POSTCODE, Kind.DATE})


class Field:
    """How one field is cleaned; fields of one scope give the same for the same value and country."""

    def __init__(self, name: str, context: Context | None = None) -> None:
        self.name = name
        self.context = context or Context()
        self.kind = kind_of(name)
        words = self.context.vocabularies.get(name)
        plain = _CLEANERS.get(self.kind)
        self.clean = plain if words is None else with_vocabulary(words, plain)
        self.is_long = self.kind is Kind.LONG_TEXT
        self.words = self.kind not in _REAL_WORDS
        self.by_region = self.kind in (Kind.PHONE, Kind.POSTCODE)
        self.never_an_address = self.kind in _NEVER_AN_ADDRESS
        # Dates are read in their column's order, words by their vocabulary, the rest by kind and country alone.
        self.scope = name if words is not None or self.kind in (Kind.DATE, Kind.DATETIME) else self.kind.value

    def tidy(self, raw: str) -> str:
        """`raw` without what nobody sees; "" for a blank marker."""
        text = raw.strip() if self.is_long else unguard(tidy(raw))
        return "" if is_blank(text, words=self.words) else text

    @staticmethod
    def tidied_by(raw: str, text: str) -> str:
        """The rule that made `text` of `raw`."""
        return "text.blank" if not text else "text.guard" if raw.lstrip().startswith("'") else "text.tidy"


class Standardiser:
    """Cleans records of one context and remembers each distinct value it has cleaned.

    The memory holds one entry per distinct value; use one Standardiser per chunk.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._fields: dict[str, Field] = {}
        self._memory: dict[tuple[str, str], dict[str, Cleaned]] = {}
        self._tidied: dict[tuple[bool, bool], dict[str, str]] = {}

    def record(self, values: Mapping[str, str]) -> Clean:
        """Clean one record. Country comes first, since numbers and postcodes depend on it."""
        clean = Clean({}, {}, [])
        filled = []
        for name, raw in values.items():
            if not raw:
                clean.values[name] = ""
                continue
            field = self._fields.get(name) or self._field(name)
            tidied = self._tidied.setdefault((field.is_long, field.words), {})
            if (known := tidied.get(raw)) is None:
                known = tidied[raw] = field.tidy(raw)
            text = clean.values[name] = known
            if text != raw:
                clean.changes[name] = (text, field.tidied_by(raw, text))
            if text:
                filled.append((field, text))
        region = self._region(clean)
        for field, text in filled:
            if field.clean is not None:
                self._apply(clean, field, text, region)
            if field.never_an_address and "@" in text:
                clean.issues.append(issue("row.shifted", text, field.name))
        self._split_names(clean)
        return clean

    def _field(self, name: str) -> Field:
        made = self._fields[name] = Field(name, self.context)
        return made

    def _region(self, clean: Clean) -> str:
        """Country evidence of a record: its country, a dialling code, its domain, the program's default."""
        values = clean.values
        if text := values.get("country"):
            found = self._clean(self._fields["country"], text, "")[0]
            if len(found) == 2:
                return found
        for name in PHONES:
            if (text := values.get(name)) and (found := countries.from_dial(text)):
                return found
        for name in (*EMAILS, "website"):
            if (text := values.get(name)) and (found := countries.from_domain(host_of(text))):
                return found
        return self.context.region

    def _clean(self, field: Field, text: str, region: str) -> Cleaned:
        memory = self._memory.setdefault((field.scope, region if field.by_region else ""), {})
        found = memory.get(text)
        if found is None:
            assert field.clean is not None
            found = memory[text] = field.clean(text, field.name, region, self.context)
        return found

    def _apply(self, clean: Clean, field: Field, text: str, region: str) -> None:
        value, rule, found = self._clean(field, text, region)
        for one in found:
            clean.issues.append(one.on(field.name))
        if "\t" in value:
            value, more = value.split("\t")
            self._set_apart(clean, field, more)
        if value != text:
            clean.values[field.name] = value
            clean.changes[field.name] = (value, rule)

    def _set_apart(self, clean: Clean, field: Field, more: str) -> None:
        """Keep an extension, a legal form or a second address in a field of its own."""
        if field.kind is Kind.PHONE:
            name, rule = f"{field.name}_ext", "phone.extension"
        elif field.kind is Kind.COMPANY:
            name, rule = "company_form", "company.legal_form"
        elif field.name == "email" and not clean.values.get("email_2"):
            name, rule = "email_2", "email.second_of_several"
        else:
            return
        clean.values[name] = more
        clean.changes[name] = (more, rule)

    def _split_names(self, clean: Clean) -> None:
        values = clean.values
        given, family, full = values.get("given_name", ""), values.get("family_name", ""), values.get("full_name", "")
        if full and not (given and family):
            parts = names.parse(full)
            if not parts.given and not given and not family:
                clean.issues.append(issue("name.single", full, "full_name"))
            for name, part in (
                ("given_name", parts.given),
                ("middle_name", parts.middle),
                ("family_name", parts.family),
                ("suffix", parts.suffix),
                ("salutation", parts.salutation),
            ):
                if part and not values.get(name):
                    values[name] = names.cased(part, is_family=name == "family_name")
                    clean.changes[name] = (values[name], "name.from_full_name")
            given, family = values.get("given_name", ""), values.get("family_name", "")
        if family and not values.get("suffix"):
            bare, suffix = names.suffix_of(family)
            if suffix:
                values["family_name"], values["suffix"] = bare, suffix
                clean.changes["family_name"] = (bare, "name.suffix")
                clean.changes["suffix"] = (suffix, "name.suffix")
        if given and family and names.swapped(given, family):
            clean.issues.append(issue("name.swapped", f"{given} {family}", "given_name"))


def host_of(text: str) -> str:
    """The host of a tidied address, be it of mail or of the web."""
    return text.rpartition("@")[2].split("/")[0] if "@" in text else _host(text)


def _host(text: str) -> str:
    return re.sub(r"^[a-z]+://", "", text.lower()).split("/")[0].split(":")[0]


def _phone(text: str, name: str, region: str, context: Context) -> Cleaned:
    found = dialling.phone(text, region=region)
    if isinstance(found, Issue):
        return text, "", (found,)
    return f"{found.number}\t{found.extension}" if found.extension else found.number, found.rule, ()


def _email(text: str, name: str, region: str, context: Context) -> Cleaned:
    found = emails.email(text)
    if isinstance(found, Issue):
        return text, "", (found,)
    said = []
    if emails.is_role(found.address):
        said.append(issue("email.role", text))
    domain = found.address.rpartition("@")[2]
    if emails.domain_meant(domain) != domain:
        said.append(issue("email.domain_typo", text))
    return "\t".join((found.address, *found.others[:1])), found.rule, tuple(said)


def _country(text: str, name: str, region: str, context: Context) -> Cleaned:
    found = countries.country(text)
    if isinstance(found, Issue):
        shifted = sum(c.isdigit() for c in text) >= 7
        return text, "", (issue("row.shifted", text) if shifted else found,)
    return found, "country.iso3166", ()


def _company(text: str, name: str, region: str, context: Context) -> Cleaned:
    called, form = companies.split(text)
    return f"{called}\t{form}" if form else called, "company.legal_form", ()


def _date(text: str, name: str, region: str, context: Context) -> Cleaned:
    found = dates.date_of(text, order=context.date_orders.get(name))
    return (text, "", (found,)) if isinstance(found, Issue) else (found, "date.iso8601", ())


def _datetime(text: str, name: str, region: str, context: Context) -> Cleaned:
    found = dates.datetime_of(text, order=context.date_orders.get(name), zone=context.zone)
    return (text, "", (found,)) if isinstance(found, Issue) else (found, "date.iso8601", ())


def _industry(text: str, name: str, region: str, context: Context) -> Cleaned:
    found = industries.industry(text, mapping=context.industries)
    return (text, "", (found,)) if isinstance(found, Issue) else (found, "industry.vocabulary", ())


_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}")


def _website(text: str, name: str, region: str, context: Context) -> Cleaned:
    host = _host(text).removeprefix("www.").rstrip(".")
    if not _DOMAIN.fullmatch(host):
        return text, "", (issue("website.invalid", text),)
    rest = re.sub(r"^[A-Za-z]+://", "", text)
    path = rest[len(rest.split("/")[0]) :].rstrip("/")
    return f"https://{host}{path}", "website.url", ()


_POSTCODES = {
    "US": re.compile(r"\d{5}(?:-\d{4})?"),
    "DE": re.compile(r"\d{5}"),
    "FR": re.compile(r"\d{5}"),
    "ES": re.compile(r"\d{5}"),
    "IT": re.compile(r"\d{5}"),
    "GB": re.compile(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"),
    "CA": re.compile(r"[A-Z]\d[A-Z] \d[A-Z]\d"),
    "NL": re.compile(r"\d{4} [A-Z]{2}"),
    "AT": re.compile(r"\d{4}"),
    "CH": re.compile(r"\d{4}"),
    "AU": re.compile(r"\d{4}"),
}


def _postcode(text: str, name: str, region: str, context: Context) -> Cleaned:
    """Spreadsheets eat leading zeros; where a country's codes have five digits they come back."""
    code, rule = text.upper(), "postcode.capitals"
    if region in ("US", "DE", "FR", "ES", "IT"):
        first, dash, plus = code.partition("-")
        if first.isdigit() and 3 <= len(first) < 5:
            code, rule = first.zfill(5) + dash + plus, "postcode.leading_zero"
        elif region == "US" and first.isdigit() and len(first) == 9:
            code, rule = f"{first[:5]}-{first[5:]}", "postcode.zip_plus_4"
        elif region == "US" and first.isdigit() and len(first) == 8 and not dash:
            code, rule = f"0{first[:4]}-{first[4:]}", "postcode.leading_zero"
    elif region in ("GB", "CA"):
        packed = code.replace(" ", "").replace("-", "")
        code, rule = f"{packed[:-3]} {packed[-3:]}", "postcode.space"
    elif region == "NL" and len(code.replace(" ", "")) == 6:
        packed = code.replace(" ", "")
        code, rule = f"{packed[:4]} {packed[4:]}", "postcode.space"
    shape = _POSTCODES.get(region)
    if shape and not shape.fullmatch(code):
        return text, "", (issue("postcode.unlike_country", text),)
    return code, rule, ()


def _given(text: str, name: str, region: str, context: Context) -> Cleaned:
    return names.cased(text), "name.case", (issue("name.placeholder", text),) if names.is_filler(text) else ()


def _family(text: str, name: str, region: str, context: Context) -> Cleaned:
    return (
        names.cased(text, is_family=True),
        "name.case",
        (issue("name.placeholder", text),) if names.is_filler(text) else (),
    )


def _flag(text: str, name: str, region: str, context: Context) -> Cleaned:
    low = text.casefold()
    if low in ("true", "yes", "y", "1", "t", "x", "on"):
        return "true", "flag.true", ()
    if low in ("false", "no", "n", "0", "f", "off"):
        return "false", "flag.false", ()
    return text, "", ()


_CLEANERS: dict[Kind, Callable[[str, str, str, Context], Cleaned]] = {
    Kind.PHONE: _phone,
    Kind.EMAIL: _email,
    Kind.COUNTRY: _country,
    Kind.COMPANY: _company,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.INDUSTRY: _industry,
    Kind.WEBSITE: _website,
    Kind.POSTCODE: _postcode,
    Kind.GIVEN: _given,
    Kind.FAMILY: _family,
    Kind.FULL: _given,
    Kind.FLAG: _flag,
}
