"""Contacts by another hand than the demo's, with truth: other names, other firms, other slips.

A matcher that is good on one generator only has learnt the generator. Here 36 % of the rows
are further records of somebody, in groups of two to six; shares of traps as in real-looking
data: office line 30 %, household 11 %, father and son 4 %, mailbox 3 %, assistant 2 %, fillers
1.5 % each, namesakes 1 %.
"""

import random
import string
from dataclasses import dataclass, field

from faker.providers.person.de_DE import Provider as German
from faker.providers.person.en_GB import Provider as British
from faker.providers.person.en_US import Provider as American

NAMES = {
    country: ([*p.first_names_female], [*p.first_names_male], [*p.last_names])
    for country, p in (("US", American), ("GB", British), ("DE", German))
}
PLACES = {
    "US": (("Austin", "787"), ("Denver", "802"), ("Boston", "021"), ("Newark", "071"), ("Miami", "331")),
    "GB": (("London", "EC1A "), ("Leeds", "LS1 "), ("Bristol", "BS1 ")),
    "DE": (("Berlin", "101"), ("Hamburg", "200"), ("Köln", "506")),
}
STREETS = {
    "US": ("Main Street", "Oak Avenue", "Maple Drive", "Park Road", "Cedar Lane", "Lake Boulevard"),
    "GB": ("High Street", "Church Lane", "Station Road", "Victoria Road"),
    "DE": ("Hauptstraße", "Gartenweg", "Schillerstraße", "Lindenallee"),
}
FORMS = {"US": ("Inc.", "LLC", ""), "GB": ("Ltd", "Limited", ""), "DE": ("GmbH", "AG", "")}
SPELLED = {"US": ("USA", "United States"), "GB": ("UK", "United Kingdom"), "DE": ("Germany", "Deutschland")}
FIRST = ("Acme", "Apex", "Cedar", "Crest", "Delta", "Falcon", "Granite", "Harbor", "Iron", "Lumen", "Nova", "Orbit")
SECOND = ("Analytics", "Builders", "Dynamics", "Foods", "Freight", "Labs", "Logistics", "Motors", "Optics", "Steel")
TITLES = ("Buyer", "Engineer", "Sales Manager", "Controller", "Head of IT", "Analyst", "Director", "Consultant")
PRIVATE = ("gmail.com", "yahoo.com", "outlook.com", "gmx.de", "icloud.com")
AREAS = (206, 212, 303, 312, 404, 415, 503, 512, 617, 702, 713, 917)
SHORT = {"robert": "Bob", "william": "Bill", "james": "Jim", "michael": "Mike", "elizabeth": "Liz", "thomas": "Tom",
         "jennifer": "Jen", "susan": "Sue", "daniel": "Dan", "christopher": "Chris", "andrew": "Andy"}  # fmt: skip
PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "á": "a", "ë": "e"})


@dataclass
class Firm:
    """A company with its address and its line."""

    country: str
    name: str
    domain: str
    street: str
    place: tuple[str, str]
    line: str


@dataclass
class Person:
    """Who somebody is; `line` and `mail` are what stands on the records where it is not their own."""

    no: int
    given: str
    family: str
    firm: Firm
    title: str
    work: str
    private: str
    mobile: str
    direct: str
    home: tuple[str, tuple[str, str], str]
    birth: str
    line: str = ""
    mail: str = ""
    suffix: str = ""
    lives: bool = False
    traps: set[str] = field(default_factory=set)


def plain(text):
    return "".join(c for c in text.lower().translate(PLAIN) if c.isascii() and c.isalnum()) or "x"


class Strangers:
    """All choices of one file, drawn from one seed."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.people = 0
        self.taken = set()

    def name(self, country, sex):
        """Given and family name; the first of a list are common, the last rare."""
        draw = self.rng.random
        lists = NAMES[country]
        return tuple(names[int(len(names) * draw() ** 1.6)] for names in (lists[sex], lists[2]))

    def number(self, country, *, mobile=False):
        rng = self.rng
        if country == "US":
            return f"{rng.choice(AREAS)}{rng.randint(220, 989)}{rng.randint(0, 9999):04}"
        start, least, most = {
            ("GB", True): ("07", 400000000, 599999999), ("GB", False): ("020794", 10000, 99999),
            ("DE", True): ("0151", 1000000, 9999999), ("DE", False): ("030", 2000000, 8999999),
        }[country, mobile]  # fmt: skip
        return f"{start}{rng.randint(least, most)}"

    def street(self, country):
        road, no = self.rng.choice(STREETS[country]), self.rng.randint(1, 900)
        return f"{road} {no % 150 + 1}" if country == "DE" else f"{no} {road}"

    def firm(self):
        rng = self.rng
        country = rng.choices(("US", "GB", "DE"), (65, 18, 17))[0]
        family = self.name(country, 0)[1]
        name = rng.choice((f"{rng.choice(FIRST)} {rng.choice(SECOND)}", f"{family} {rng.choice(SECOND)}"))
        ending = {"US": ".com", "GB": ".co.uk", "DE": ".de"}[country]
        place = rng.choice(PLACES[country])
        return Firm(country, name, plain(name) + ending, self.street(country), place, self.number(country))

    def address(self, local, domain):
        """An address nobody has yet: the second of a name is numbered."""
        made, no = f"{local}@{domain}", 2
        while made in self.taken:
            made, no = f"{local}{no}@{domain}", no + 1
        self.taken.add(made)
        return made

    def person(self, firm, given="", family="", home=None):
        rng = self.rng
        names = self.name(firm.country, rng.randrange(2))
        given, family = given or names[0], family or names[1]
        a, b = plain(given), plain(family)
        self.people += 1
        home = home or (self.street(firm.country), rng.choice(PLACES[firm.country]), self.number(firm.country))
        private = rng.choice((f"{a}.{b}", f"{a}{b}{rng.randint(1, 99)}", f"{a[0]}{b}{rng.randint(1, 999)}"))
        birth = f"{rng.randint(1950, 2000)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        return Person(
            self.people, given, family, firm, rng.choice(TITLES), self.address(f"{a}.{b}", firm.domain),
            self.address(private, rng.choice(PRIVATE)), self.number(firm.country, mobile=True),
            self.number(firm.country), home, birth,
        )  # fmt: skip

    def cast(self, size):
        """`size` people, a good half of them in a trap."""
        rng = self.rng
        firms = [self.firm() for _ in range(max(4, size // 10))]
        people = []
        while len(people) < size:
            one = self.person(rng.choice(firms))
            found, draw = [one], rng.random()
            if draw < 0.30:
                trap, one.line = "office_line", one.firm.line
            elif draw < 0.36:
                trap, other = "household", self.person(rng.choice(firms), family=one.family, home=one.home)
                if other.given == one.given:
                    continue
                found.append(other)
                shared = f"{plain(one.family)}family{rng.randint(1, 999)}@{rng.choice(PRIVATE)}" * (rng.random() < 0.4)
                for each in found:
                    each.line, each.lives, each.mail = one.home[2], True, shared
            elif draw < 0.38:
                firm = one.firm if rng.random() < 0.15 else rng.choice(firms)
                trap, other = "father_son", self.person(firm, one.given, one.family, one.home)
                found.append(other)
                one.birth = f"{int(one.birth[:4]) - 27}{one.birth[4:]}"
                if rng.random() < 0.6:
                    one.suffix, other.suffix = "Sr.", "Jr."
                for each in found:
                    each.line, each.lives = one.home[2], True
            elif draw < 0.41:
                trap, one.mail = "role_mailbox", f"{rng.choice(('info', 'sales', 'office'))}@{one.firm.domain}"
            elif draw < 0.42:
                trap, other = "assistant", self.person(one.firm)
                found.append(other)
                one.mail, one.line, other.line = other.work, other.direct, other.direct
            elif draw < 0.435:
                trap, one.line = "placeholder_phone", rng.choice(("0000000000", "555-555-5555", "1234567890"))
            elif draw < 0.45:
                trap, one.mail = "placeholder_email", rng.choice(("noemail@noemail.com", "test@test.com"))
            elif draw < 0.455:
                trap, other = "namesake", self.person(one.firm, one.given, one.family)
                found.append(other)
            else:
                trap = ""
            for each in found:
                each.traps.add(trap)
            people += found
        return people[:size]

    def rows(self, size):
        """Yield `size` contacts by our field names, with `_person` and `_traps`."""
        rng = self.rng
        people = self.cast(max(1, round(size * 0.64)))
        drawn, extra = list(people), size - len(people)
        while extra > 0:
            one = rng.choice(people)
            more = min(extra, rng.choices((1, 2, 3, 4, 5), (52, 24, 12, 8, 4))[0])
            drawn += [one] * more
            extra -= more
        rng.shuffle(drawn)
        seen = set()
        for at, person in enumerate(drawn):
            yield self.record(person, at, first=person.no not in seen)
            seen.add(person.no)

    def record(self, person, at, *, first):
        rng, firm, dirt = self.rng, person.firm, 0.45 if first else 1.0

        def some(share):
            return rng.random() < share

        given, family = self.written(person, dirt)
        mail = person.mail or (person.work if some(0.7) else person.private)
        mail = "" if some(0.1 if first else 0.2) else self.slip(mail) if some(0.03 * dirt) else mail
        line = person.direct if person.line == firm.line and some(0.12) else person.line or person.direct
        line = "" if some(0.12 if first else 0.22) else line
        mobile = person.mobile if some(0.42) else ""
        if mobile and some(0.05):
            line, mobile = mobile, ""
        street, place, _ = person.home if person.lives and some(0.7) else (firm.street, firm.place, "")
        company = "" if some(0.1) else f"{firm.name} {rng.choice(FORMS[firm.country])}".strip()
        company = company.upper() if some(0.1 * dirt) else self.slip(company) if some(0.04 * dirt) else company
        if not first and some(0.015):  # nothing but a name
            mail = line = mobile = company = street = ""
            place = ("", "")
        return {
            "source_id": f"c{at:07}", "_person": str(person.no), "_traps": " ".join(sorted(person.traps)),
            "given_name": given, "family_name": f"{family} {person.suffix if some(0.8) else ''}".strip(),
            "email": mail, "phone": self.dialled(line, firm.country), "mobile": self.dialled(mobile, firm.country),
            "company": company, "title": person.title if some(0.6) else "", "website": firm.domain if some(0.3) else "",
            "street": street if some(0.62) else "", "city": place[0] if some(0.75) else "",
            "postcode": f"{place[1]}{person.no % 90 + 10}" if place[1] and firm.country != "GB" and some(0.6) else "",
            "country": rng.choice(SPELLED[firm.country]) if some(0.8) else "",
            "birth_date": person.birth if some(0.16) else "",
        }  # fmt: skip

    def written(self, person, dirt):
        """Given and family name as written this time."""
        rng, given, family = self.rng, person.given, person.family
        kinds = ("nick", "initial", "slip", "family", "swap", "blank", "double", "shout", "plain")
        shares = [share * dirt for share in (12, 5, 4, 5, 1.5, 3, 0.8, 6)]
        kind = rng.choices(kinds, [*shares, 100 - sum(shares)])[0]
        other = self.name(person.firm.country, 0)[1]
        return {
            "nick": (SHORT.get(given.lower(), given), family), "initial": (f"{given[0]}.", family),
            "slip": (self.slip(given), family), "family": (given, self.slip(family)), "swap": (family, given),
            "blank": ("", family), "double": (given, f"{family}-{other}"), "shout": (given.upper(), family.upper()),
            "plain": (given, family),
        }[kind]  # fmt: skip

    def slip(self, text):
        """One letter lost, doubled, exchanged or moved."""
        if len(text) < 4:
            return text
        at = self.rng.randrange(1, len(text) - 1)
        letter = self.rng.choice(string.ascii_lowercase)
        return self.rng.choice(
            (
                text[:at] + text[at + 1 :],
                text[:at] + letter + text[at:],
                text[:at] + letter + text[at + 1 :],
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            )
        )

    def dialled(self, number, country):
        """A number in one of the ways people write it."""
        if not number.isdigit():
            return number
        if country == "US":
            a, b, c = number[:3], number[3:6], number[6:]
            return self.rng.choice((number, f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"+1 {a} {b} {c}", f"{a}.{b}.{c} x12"))
        code = {"GB": "44", "DE": "49"}[country]
        return self.rng.choice((number, f"+{code} {number[1:]}", f"00{code}{number[1:]}", f"+{code} (0){number[1:]}"))
