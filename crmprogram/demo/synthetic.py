"""Seeded dirty CRM exports with truth, for the demo, the tests and the benchmark.

The same seed, size and day give the same bytes on every machine. About 30 % of the rows
are further records of a person who is already there, dirty the way people and
spreadsheets make them; trap rows look like duplicates and are other persons.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

from crmprogram.demo import words
from crmprogram.demo.dirt import Firm, Hand, Person, ascii_of

TRAPS = (
    "office_line",
    "household",
    "father_son",
    "role_mailbox",
    "assistant",
    "placeholder_phone",
    "placeholder_email",
    "namesake",
)
FIELDS = (
    "source_id", "salutation", "given_name", "family_name", "email", "phone", "mobile", "company", "title", "website",
    "industry",
    "street", "city", "state", "postcode", "country", "birth_date", "owner", "lead_source", "lifecycle_stage",
    "opted_out",
    "created_at", "updated_at", "last_activity_at",
)  # fmt: skip
HEADERS = {
    "hubspot": {
        "source_id": "Record ID", "given_name": "First Name", "family_name": "Last Name", "email": "Email",
        "phone": "Phone Number",
        "mobile": "Mobile Phone Number", "company": "Company Name", "title": "Job Title", "website": "Website URL",
        "industry": "Industry", "street": "Street Address", "city": "City", "state": "State/Region",
        "postcode": "Postal Code",
        "country": "Country/Region", "birth_date": "Date of birth", "owner": "Contact owner",
        "lead_source": "Original Source",
        "lifecycle_stage": "Lifecycle Stage", "opted_out": "Unsubscribed from all email", "created_at": "Create Date",
        "updated_at": "Last Modified Date", "last_activity_at": "Last Activity Date", "salutation": "Salutation",
    },
    "salesforce": {
        "source_id": "Id", "salutation": "Salutation", "given_name": "FirstName", "family_name": "LastName",
        "email": "Email",
        "phone": "Phone", "mobile": "MobilePhone", "company": "Account.Name", "title": "Title", "website": "Website__c",
        "industry": "Industry__c", "street": "MailingStreet", "city": "MailingCity", "state": "MailingState",
        "postcode": "MailingPostalCode", "country": "MailingCountry", "birth_date": "Birthdate", "owner": "OwnerId",
        "lead_source": "LeadSource", "lifecycle_stage": "Lifecycle_Stage__c", "opted_out": "HasOptedOutOfEmail",
        "created_at": "CreatedDate", "updated_at": "LastModifiedDate", "last_activity_at": "LastActivityDate",
    },
}  # fmt: skip


@dataclass
class Truth:
    """Who is who in a generated export: person by record, and the traps a record belongs to."""

    person: dict[str, int] = field(default_factory=dict)
    traps: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """All pairs (a < b) of records of one person."""
        groups: dict[int, list[str]] = {}
        for key, person in self.person.items():
            groups.setdefault(person, []).append(key)
        return {pair for keys in groups.values() for pair in combinations(sorted(keys), 2)}


def contacts(rows: int, seed: int, today: date) -> Iterator[dict[str, str]]:
    """Yield `rows` contacts by our field names, with two more: `_person` and `_traps` (joined by " ")."""
    yield from Maker(random.Random(seed), today).rows(rows)  # noqa: S311 - not a secret, must repeat


def write_export(
    path: Path | str, rows: int = 20_000, *, seed: int = 7, today: date, style: str = "salesforce"
) -> Truth:
    """Write a CSV in the way of one CRM ("salesforce", "hubspot") and return the truth about it.

    Raises KeyError for another style.
    """
    headers = HEADERS[style]
    truth = Truth()
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(headers.values())
        for row in contacts(rows, seed, today):
            truth.person[row["source_id"]] = int(row["_person"])
            truth.traps[row["source_id"]] = tuple(row["_traps"].split())
            writer.writerow(row[name] for name in headers)
    return truth


class Maker:
    """All choices of one export, drawn from one seeded generator."""

    def __init__(self, rng: random.Random, today: date) -> None:
        self.rng = rng
        self.today = today
        self.hand = Hand(rng)
        self.lines = rng.randrange(1_000_000)
        self.people = 0
        self.small = True
        self.addresses: set[str] = set()

    # Firms and people

    def number(self, country: str) -> str:
        """A new national number of `country`, bare digits; none is given twice below a million."""
        self.lines += 1
        at = self.lines * 7919
        if country == "GB":
            codes = words.BRITISH_CODES
            if at % 12 < 11:
                return f"0{codes[at % len(codes)]}4960{at // 11 % 1000:03}"
            return f"02079460{at // 11 % 1000:03}"
        if country == "DE":
            return f"0{words.GERMAN_STARTS[at % 5]}{at // 5 % 1000:03}"
        if country == "FR":
            return f"0{words.FRENCH_STARTS[at % 5]}{at // 5 % 10_000:04}"
        if country == "AU":
            return f"0{words.AUSTRALIAN_STARTS[at % 8]}{at // 8 % 10_000:04}"
        codes = words.CANADIAN_CODES if country == "CA" else words.AREA_CODES
        # Fiction's hundred numbers per area first, the rest of the exchange once they are used up.
        drawn = self.lines * 101
        room = 100 if self.small else 9_800
        return f"{codes[drawn % len(codes)]}555{100 + drawn // len(codes) % room:04}"

    def firm(self) -> Firm:
        rng = self.rng
        country = rng.choices(("US", "GB", "DE", "FR", "CA", "AU"), (58, 13, 12, 7, 6, 4))[0]
        trade = rng.choice(words.FIRM_TRADES)
        base = rng.choice(words.FIRM_FIRST) + rng.choice(words.FIRM_SECOND)
        city = rng.choice(words.CITIES[country])
        return Firm(
            f"{base} {trade[0]}", f"{base.lower()}-{trade[0].lower()}.example", country, (trade[1], trade[2]),
            self.street(country), city, self.postcode(country, city[2]), self.number(country),
        )  # fmt: skip

    def street(self, country: str) -> str:
        name = self.rng.choice(words.STREETS_OF[country].split("|"))
        no = self.rng.randint(1, 999)
        return f"{name} {no % 200 + 1}" if country == "DE" else f"{no} {name}"

    def postcode(self, country: str, start: str) -> str:
        rng = self.rng
        if country == "GB":
            return f"{start} {rng.randint(1, 9)}{rng.choice('ABDEFGHJLN')}{rng.choice('ABDEFGHJLN')}"
        if country == "CA":
            return f"{start} {rng.randint(1, 9)}{rng.choice('ABCEGHJKLMN')}{rng.randint(1, 9)}"
        return f"{start}{rng.randrange(100):02}"

    def person(self, firm: Firm, *, given: str = "", family: str = "") -> Person:
        rng = self.rng
        # A few names are very common, as in life.
        given = given or words.GIVEN[int(len(words.GIVEN) * rng.random() ** 1.4)]
        family = family or words.FAMILY[int(len(words.FAMILY) * rng.random() ** 1.3)]
        first, last = ascii_of(given), ascii_of(family)
        self.people += 1
        no = rng.randint(2, 99)
        work = rng.choice((f"{first}.{last}", f"{first[0]}{last}", f"{first}.{last}", first + last[0]))
        private = rng.choice(
            (
                f"{first}.{last}{no}",
                f"{first}{last}{rng.randint(1960, 2004)}",
                f"{last}.{first}",
                f"{first[0]}{last}{no}",
            )
        )
        return Person(
            self.people, given, family, firm, rng.choice(words.TITLES), self.address(work, firm.domain),
            self.address(private, rng.choice(words.PRIVATE_MAIL)), self.number(firm.country), self.number(firm.country),
            date(1950, 1, 1) + timedelta(days=rng.randrange(19_000)), rng.choice(words.STAGES),
            f"Rep {rng.randint(1, 40):02}",
        )  # fmt: skip

    def address(self, local: str, domain: str) -> str:
        """An address nobody has yet: providers and administrators number the second of a name."""
        number = 2
        made = f"{local}@{domain}"
        while made in self.addresses:
            made = f"{local}{number}@{domain}"
            number += 1
        self.addresses.add(made)
        return made

    def cast(self, size: int) -> list[Person]:
        """About `size` people with the shares of traps seen in real-looking data."""
        rng = self.rng
        self.small = size < 12_000
        firms = [self.firm() for _ in range(max(4, size // 9))]
        at_home: dict[str, list[Firm]] = {}
        for known in firms:
            at_home.setdefault(known.country, []).append(known)

        def near(firm: Firm) -> Firm:
            return rng.choice(at_home[firm.country])

        people: list[Person] = []
        while len(people) < size:
            firm = rng.choice(firms)
            one = self.person(firm)
            people.append(one)
            draw = rng.random()
            if draw < 0.28:
                one.shown_line, one.traps = firm.line, ("office_line",)
            elif draw < 0.32:  # a couple at home: one line, sometimes one mailbox
                other = self.person(one.firm if rng.random() < 0.2 else near(one.firm), family=one.family)
                if other.given == one.given:
                    continue
                line = self.number(one.firm.country)
                shared = f"{ascii_of(one.family)}.family{rng.randint(1, 999)}@{rng.choice(words.PRIVATE_MAIL)}"
                for each in (one, other):
                    each.shown_line, each.traps = line, ("household",)
                    if rng.random() < 0.6:
                        each.private = shared
                        each.shown_mail = shared if rng.random() < 0.7 else ""
                people.append(other)
            elif draw < 0.335:  # father and son of one name at one address
                other = self.person(
                    one.firm if rng.random() < 0.3 else near(one.firm), given=one.given, family=one.family
                )
                other.birth = one.birth + timedelta(days=rng.randint(20, 35) * 365)
                line = self.number(one.firm.country)
                if other.firm is one.firm or rng.random() < 0.5:
                    one.suffix, other.suffix = "Sr.", "Jr."
                for each in (one, other):
                    each.shown_line, each.traps = line, ("father_son",)
                people.append(other)
            elif draw < 0.365:
                one.shown_mail = f"{rng.choice(('info', 'sales', 'office', 'contact'))}@{firm.domain}"
                one.traps = ("role_mailbox",)
            elif draw < 0.375:
                helper = self.person(firm)
                helper.title = "Assistant"
                one.shown_mail, one.shown_line = helper.work, helper.direct
                helper.shown_line = helper.direct
                one.traps = helper.traps = ("assistant",)
                people.append(helper)
            elif draw < 0.39:
                one.shown_line, one.traps = rng.choice(words.PLACEHOLDER_PHONE), ("placeholder_phone",)
            elif draw < 0.404:
                one.shown_mail, one.traps = rng.choice(words.PLACEHOLDER_MAIL), ("placeholder_email",)
            elif draw < 0.409:  # two of one name in one company
                other = self.person(firm, given=one.given, family=one.family)
                one.traps = other.traps = ("namesake",)
                people.append(other)
        rng.shuffle(people)
        return people[:size]

    # Records

    def rows(self, size: int) -> Iterator[dict[str, str]]:
        rng = self.rng
        people = self.cast(max(1, round(size * 0.7)))
        drawn = people + [rng.choice(people) for _ in range(size - len(people))]
        seen: set[int] = set()
        order = list(range(len(drawn)))
        rng.shuffle(order)
        for at, index in enumerate(order):
            person = drawn[index]
            yield self.record(person, at, is_copy=person.number in seen)
            seen.add(person.number)

    def record(self, person: Person, at: int, *, is_copy: bool) -> dict[str, str]:
        """One record of `person`; a copy is dirtier than the first."""
        rng = self.rng
        firm = person.firm
        dirty = 0.5 if is_copy else 0.12
        given, family = self.hand.names(person, dirty)
        email = person.shown_mail or (person.work if rng.random() < 0.75 else person.private)
        line = person.shown_line or person.direct
        if person.shown_line == firm.line and rng.random() < 0.15:
            line = person.direct
        mobile = person.mobile if rng.random() < 0.55 else ""
        if (is_copy and rng.random() < 0.25) or (not person.shown_mail and rng.random() < (0.12 if is_copy else 0.1)):
            email = ""
        if is_copy and not person.shown_line and rng.random() < 0.2:
            line, mobile = person.mobile, ""
        elif rng.random() < 0.12:
            line = ""
        ext = f" ext. {rng.randint(10, 999)}" if line == firm.line and rng.random() < 0.3 else ""
        created, updated, active = self.times()
        at_home = rng.random() < 0.2
        return {
            "source_id": f"003{at:09X}AAA"[:15], "_person": str(person.number), "_traps": " ".join(person.traps),
            "salutation": rng.choice(("Mr.", "Ms.", "")) if rng.random() < 0.2 else "",
            "given_name": given, "family_name": family, "email": self.hand.mail(email, dirty),
            "phone": self.hand.phone(line, firm.country) + ext if line else "",
            "mobile": self.hand.phone(mobile, firm.country) if mobile else "",
            "company": self.hand.firm(firm, dirty), "title": person.title if rng.random() < 0.7 else "",
            "website": self.hand.site(firm), "industry": rng.choice(firm.industry) if rng.random() < 0.7 else "",
            "street": self.hand.street(firm.street) if rng.random() < 0.7 and not at_home else "",
            "city": rng.choice((firm.city[0], firm.city[0], firm.city[0].upper())) if rng.random() < 0.8 else "",
            "state": firm.city[1] if rng.random() < 0.7 else "", "postcode": self.hand.postcode(firm),
            "country": rng.choice(words.COUNTRY_SPELLINGS[firm.country]) if rng.random() < 0.8 else rng.choice(("",
            "", "--")),
            "birth_date": person.birth.strftime("%m/%d/%Y") if rng.random() < 0.15 else "", "owner": person.owner,
            "lead_source": rng.choice(("Web", "Trade show", "Referral", "Partner", "")),
            "lifecycle_stage": person.stage, "opted_out": rng.choice(("false",) * 9 + ("true",)),
            "created_at": created, "updated_at": updated, "last_activity_at": active,
        }  # fmt: skip

    def times(self) -> tuple[str, str, str]:
        """Created, updated and last active; a fifth has been silent for over a year."""
        rng = self.rng
        ago = rng.choices((rng.randint(0, 175), rng.randint(185, 360), rng.randint(370, 1500)), (62, 15, 23))[0]
        active = self.today - timedelta(days=ago)
        created = active - timedelta(days=rng.randint(1, 1500))
        updated = min(self.today, active + timedelta(days=rng.randint(0, 90)))
        clock = f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
        said = (
            ""
            if rng.random() < 0.06
            else rng.choice((active.isoformat(), active.isoformat(), active.strftime("%m/%d/%Y")))
        )
        return f"{created.isoformat()}T{clock}.000+0000", f"{updated.isoformat()} {clock}", said
