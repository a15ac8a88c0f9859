"""Seeded dirty exports of one CRM whose records point at each other: accounts, contacts, deals, with truth.

People and spellings are those of `synthetic`. About a quarter of the accounts are further
records of a company that is already there; traps share a name, a domain, a line or a house
with another company and are not it. Contacts name their company by the id of one of its
accounts alone, as CRMs export them.
"""

import csv
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from crmprogram.demo import words
from crmprogram.demo.dirt import Firm, Person
from crmprogram.demo.synthetic import HEADERS, Maker, Truth

TRAPS = ("branch", "franchise", "subsidiary", "holding", "namesake", "neighbour")
ACCOUNT = {
    "source_id": "Id", "company": "Name", "website": "Website", "phone": "Phone", "street": "BillingStreet",
    "city": "BillingCity", "state": "BillingState", "postcode": "BillingPostalCode", "country": "BillingCountry",
    "industry": "Industry", "parent_id": "ParentId", "owner": "OwnerId", "created_at": "CreatedDate",
    "updated_at": "LastModifiedDate",
}  # fmt: skip
CONTACT = {**{name: header for name, header in HEADERS["salesforce"].items() if name != "company"},
           "account_id": "AccountId"}  # fmt: skip
DEAL = {
    "source_id": "Id", "name": "Name", "account_id": "AccountId", "contact_id": "ContactId", "owner": "OwnerId",
    "stage": "StageName", "amount": "Amount", "close_on": "CloseDate", "created_at": "CreatedDate",
}  # fmt: skip
STAGES = ("Prospecting", "Qualification", "Proposal", "Negotiation", "Closed Won", "Closed Lost")
NOWHERE = "001ZZZZZZZZZZZZ"  # an account that was deleted
Row = dict[str, str]


@dataclass
class Company:
    """One company of the truth, and the ids of its accounts."""

    number: int
    firm: Firm
    traps: tuple[str, ...] = ()
    parent: "Company | None" = None
    ids: list[str] = field(default_factory=list)
    branches: list["Company"] = field(default_factory=list)


@dataclass
class Linked:
    """Who is who: company by account, its traps, its parent company; person by contact; both by deal.

    `works_for` is the company of each contact that says one. 0 stands for nobody.
    """

    company: dict[str, int] = field(default_factory=dict)
    traps: dict[str, tuple[str, ...]] = field(default_factory=dict)
    parent: dict[int, int] = field(default_factory=dict)
    contacts: Truth = field(default_factory=Truth)
    works_for: dict[str, int] = field(default_factory=dict)
    deals: dict[str, tuple[int, int]] = field(default_factory=dict)


def write_linked(folder: Path, rows: int = 2_000, *, seed: int = 7, today: date, first: int = 0) -> Linked:
    """Write accounts.csv, contacts.csv (`rows` of them) and deals.csv as Salesforce exports them; returns the truth.

    Ids are counted from `first`.
    """
    return _Office(random.Random(seed), today, first).write(folder, rows)  # noqa: S311 - not a secret, must repeat


class _Office:
    """A company's careless CRM, drawn from one seeded generator."""

    def __init__(self, rng: random.Random, today: date, first: int = 0) -> None:
        self.rng = rng
        self.first = first
        self.maker = Maker(rng, today)
        self.today = today
        self.truth = Linked()
        self.companies: list[Company] = []
        self.domains: set[str] = set()
        self.accounts = first

    def write(self, folder: Path, rows: int) -> Linked:
        rng, maker = self.rng, self.maker
        people = maker.cast(max(1, round(rows * 0.7)))
        of_firm: dict[int, Company] = {}
        for person in people:
            if id(person.firm) not in of_firm:
                of_firm[id(person.firm)] = self.found(person.firm)
        records = [(company, is_copy) for company in self.companies for is_copy in self.copies(company)]
        rng.shuffle(records)
        for company, _ in records:
            self.accounts += 1
            one = f"001{self.accounts:012X}"
            company.ids.append(one)
            self.truth.company[one] = company.number
            self.truth.traps[one] = company.traps
        taken: dict[int, int] = {}
        made = []
        for company, is_copy in records:
            nth = taken[company.number] = taken.get(company.number, -1) + 1
            made.append(self.account(company, company.ids[nth], is_copy=is_copy))
        folder.mkdir(parents=True, exist_ok=True)
        _save(folder / "accounts.csv", ACCOUNT, made)
        works = {person.number: self.place(of_firm[id(person.firm)]) for person in people}
        contacts = self.contacts(people, works, rows)
        _save(folder / "contacts.csv", CONTACT, contacts)
        _save(folder / "deals.csv", DEAL, self.deals(contacts, works, rows // 4))
        return self.truth

    # Companies

    def company(self, firm: Firm, *traps: str, parent: Company | None = None) -> Company:
        made = Company(len(self.companies) + 1, firm, traps, parent)
        self.companies.append(made)
        if parent is not None:
            self.truth.parent[made.number] = parent.number
            if "branch" in traps:
                parent.branches.append(made)
        return made

    def found(self, firm: Firm) -> Company:
        """The company of a firm, and those that look like it."""
        rng = self.rng
        draw = rng.random()
        if draw < 0.06:
            name = f"{firm.name} {rng.choice(('Holding', 'Group', 'Ventures'))}"
            above = self.company(replace(firm, name=name), "holding")
            return self.company(firm, "holding", parent=above)
        is_twin = firm.domain in self.domains  # two firms of one invented name are a franchise
        self.domains.add(firm.domain)
        own = self.company(firm, *(("branch",) if draw < 0.14 else ("franchise",) if draw < 0.18 or is_twin else ()))
        if draw < 0.14:
            for _ in range(rng.randint(2, 5)):
                self.company(self.elsewhere(firm), "branch", parent=own)
        elif draw < 0.18:
            for _ in range(rng.randint(2, 4)):
                self.company(self.elsewhere(firm), "franchise")
        elif draw < 0.22:
            abroad = self.abroad(firm)
            self.company(replace(abroad, name=f"{firm.name} {abroad.country}"), "subsidiary", parent=own)
        elif draw < 0.24:
            other = self.abroad(firm)
            self.company(replace(other, domain=f"{firm.domain.partition('.')[0]}-{other.country.lower()}.example"),
                         "namesake")  # fmt: skip
        elif draw < 0.27:
            beside = self.maker.firm()
            self.company(
                replace(beside, country=firm.country, street=firm.street, city=firm.city, postcode=firm.postcode,
                        line=firm.line), "neighbour",
            )  # fmt: skip
        return own

    def elsewhere(self, firm: Firm) -> Firm:
        """The same name and domain in another town of the country."""
        maker = self.maker
        city = self.rng.choice([one for one in words.CITIES[firm.country] if one != firm.city])
        return replace(
            firm, street=maker.street(firm.country), city=city, postcode=maker.postcode(firm.country, city[2]),
            line=maker.number(firm.country),
        )  # fmt: skip

    def abroad(self, firm: Firm) -> Firm:
        """The same name and domain in another country."""
        country = self.rng.choice([one for one in words.CITIES if one != firm.country and one in words.FORMS])
        return self.elsewhere(replace(firm, country=country))

    def place(self, company: Company) -> Company:
        """Where somebody of a company works: one of its branches, if it has any."""
        is_there = company.branches and self.rng.random() < 0.3
        return self.rng.choice(company.branches) if is_there else company

    # Records

    def copies(self, company: Company) -> list[bool]:
        """Whether each record of a company is a copy."""
        rng = self.rng
        return [False] + [True] * rng.choices((0, 1, 2, 3), (76, 15, 6, 3))[0]

    def account(self, company: Company, one: str, *, is_copy: bool) -> Row:
        rng, hand, firm = self.rng, self.maker.hand, company.firm
        dirty = 0.6 if is_copy else 0.1
        name = ""
        while not name.strip("-na/"):
            name = hand.firm(firm, dirty)
        full = rng.random() < (0.45 if is_copy else 0.75)
        created, updated, _ = self.maker.times()
        above = "" if company.parent is None or rng.random() < 0.15 else rng.choice(company.parent.ids)
        if company.parent is None and is_copy and rng.random() < 0.03:
            above = next(other for other in company.ids if other != one)  # somebody filed a copy under its original
        return {
            "source_id": one, "company": name,
            "website": rng.choice(("www.", "http://", "https://", "")) + firm.domain if rng.random() < 0.6 else "",
            "phone": hand.phone(firm.line, firm.country) if rng.random() < 0.7 else "",
            "street": hand.street(firm.street) if full else "",
            "city": firm.city[0] if full or rng.random() < 0.6 else "", "state": firm.city[1] if full else "",
            "postcode": firm.postcode if full else "",
            "country": rng.choice(words.COUNTRY_SPELLINGS[firm.country]) if rng.random() < 0.8 else "",
            "industry": rng.choice(firm.industry) if rng.random() < 0.6 else "", "parent_id": above,
            "owner": f"Rep {rng.randint(1, 40):02}", "created_at": created, "updated_at": updated,
        }  # fmt: skip

    def contacts(self, people: list[Person], works: Mapping[int, Company], rows: int) -> list[Row]:
        rng, truth = self.rng, self.truth
        drawn = people + [rng.choice(people) for _ in range(rows - len(people))]
        rng.shuffle(drawn)
        seen: set[int] = set()
        made = []
        for at, person in enumerate(drawn):
            row = self.maker.record(person, self.first + at, is_copy=person.number in seen)
            seen.add(person.number)
            company, draw = works[person.number], rng.random()
            row["account_id"] = "" if draw < 0.07 else NOWHERE if draw < 0.08 else rng.choice(company.ids)
            one = row["source_id"]
            truth.contacts.person[one], truth.contacts.traps[one] = person.number, person.traps
            if draw >= 0.08:
                truth.works_for[one] = company.number
            made.append(row)
        return made

    def deals(self, contacts: list[Row], works: Mapping[int, Company], count: int) -> list[Row]:
        rng, truth = self.rng, self.truth
        made = []
        for at in range(count):
            contact = rng.choice(contacts)
            person = truth.contacts.person[contact["source_id"]]
            company = works[person]
            one = f"006{self.first + at + 1:012X}"
            account = NOWHERE if rng.random() < 0.01 else rng.choice(company.ids)
            truth.deals[one] = (0 if account == NOWHERE else company.number, person)
            created = self.today - timedelta(days=rng.randint(5, 400))
            deal = {
                "source_id": one, "name": f"{company.firm.name}, {rng.randint(5, 400)} seats",
                "account_id": account, "contact_id": contact["source_id"], "owner": contact["owner"],
                "stage": rng.choice(STAGES), "amount": f"{rng.randint(5, 900) * 100}",
                "close_on": (created + timedelta(days=rng.randint(20, 200))).isoformat(),
                "created_at": f"{created.isoformat()}T09:00:00.000+0000",
            }  # fmt: skip
            made.append(deal)
        return made


def _save(path: Path, headers: Mapping[str, str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(headers.values())
        writer.writerows([row[name] for name in headers] for row in rows)
