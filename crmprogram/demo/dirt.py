"""How people and spreadsheets write one person down, differently each time."""

import random
from dataclasses import dataclass
from datetime import date

from crmprogram.demo import words


@dataclass
class Firm:
    """An invented company; `industry` in two spellings, `city` with state and start of postcode, `line` its number."""

    name: str
    domain: str
    country: str
    industry: tuple[str, str]
    street: str
    city: tuple[str, str, str]
    postcode: str
    line: str


@dataclass
class Person:
    """One person of the truth; `shown_mail` and `shown_line` stand on the records instead of their own."""

    number: int
    given: str
    family: str
    firm: Firm
    title: str
    work: str
    private: str
    mobile: str
    direct: str
    birth: date
    stage: str
    owner: str
    suffix: str = ""
    traps: tuple[str, ...] = ()
    shown_mail: str = ""
    shown_line: str = ""


def ascii_of(name: str) -> str:
    """`name` as people put it into an address ("Müller" -> "mueller")."""
    table = str.maketrans(
        {
            "ü": "ue",
            "ö": "oe",
            "ä": "ae",
            "ß": "ss",
            "é": "e",
            "è": "e",
            "á": "a",
            "í": "i",
            "É": "e",
            "'": "",
            "-": "",
            " ": "",
        }
    )
    return name.lower().translate(table)


class Hand:
    """A careless hand: every spelling is drawn from one seeded generator. `dirty` is a share, 0 to 1."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def names(self, person: Person, dirty: float) -> tuple[str, str]:
        """Given and family name as written this time."""
        rng = self.rng
        given, family = person.given, person.family
        if person.suffix and rng.random() < 0.85:
            family = f"{family} {person.suffix}"
        if rng.random() >= dirty:
            return given, family
        draw = rng.random()
        if draw < 0.3 and given in words.NICKNAMES:
            return rng.choice(words.NICKNAMES[given]), family
        if draw < 0.45:
            return given.upper(), family.upper()
        if draw < 0.55:
            return given.lower(), family.lower()
        if draw < 0.65:
            return rng.choice((given[0], f"{given[0]}.")), family
        if draw < 0.75:
            return self.slip(given), family
        if draw < 0.85:
            return given, self.slip(family)
        if draw < 0.9 and not person.suffix:
            return family, given
        if draw < 0.95:
            return "", family
        return f" {given}\u00a0", family

    def slip(self, name: str) -> str:
        """One slip of the fingers inside `name`."""
        at = self.rng.randrange(1, len(name)) if len(name) > 2 else 1
        kind = self.rng.random()
        if kind < 0.35 and at + 1 < len(name):
            return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        if kind < 0.7:
            return name[:at] + name[at + 1 :]
        return name[:at] + self.rng.choice("aeinrst") + name[at:]

    def mail(self, email: str, dirty: float) -> str:
        """`email` with capitals, a tag, a slip or what comes along when it is copied."""
        rng = self.rng
        if not email or rng.random() >= dirty:
            return email
        draw = rng.random()
        local, _, domain = email.partition("@")
        if draw < 0.35:
            return f"{local.title()}@{domain}"
        if draw < 0.5:
            return email.upper()
        if draw < 0.62:
            return f"{local}+crm@{domain}"
        if draw < 0.72:
            return f"mailto:{email}"
        if draw < 0.8:
            return f" {email} "
        if draw < 0.88 and len(local) > 4:
            return f"{self.slip(local)}@{domain}"
        if draw < 0.92:
            return email.replace("@", " at ")
        return f"\u200b{email}"

    def phone(self, number: str, country: str) -> str:
        """`number` in one of the shapes people write; a placeholder stays as it is."""
        rng = self.rng
        if number in words.PLACEHOLDER_PHONE:
            return number
        dial = {"US": "1", "CA": "1", "GB": "44", "DE": "49", "FR": "33", "AU": "61"}[country]
        if dial == "1":
            a, b, c = number[:3], number[3:6], number[6:]
            return rng.choice(
                (
                    f"({a}) {b}-{c}",
                    f"{a}-{b}-{c}",
                    f"{a}.{b}.{c}",
                    f"{a}{b}{c}",
                    f"1-{a}-{b}-{c}",
                    f"+1 {a} {b} {c}",
                    f"+1{a}{b}{c}",
                    f"'+1 {a} {b} {c}",
                )
            )
        bare = number[1:]
        return rng.choice(
            (
                number,
                f"{number[:3]} {number[3:]}",
                f"+{dial} {bare}",
                f"+{dial} (0) {bare[:3]} {bare[3:]}",
                f"00{dial} {bare}",
                f"+{dial}{bare}",
            )
        )

    def firm(self, firm: Firm, dirty: float) -> str:
        """A company by one of its spellings."""
        rng = self.rng
        if rng.random() < 0.06:
            return rng.choice(("", "", "n/a", "--"))
        form = rng.choice(words.FORMS[firm.country])
        name = f"{firm.name}{form}" if form.startswith(",") else f"{firm.name} {form}".strip()
        if rng.random() < dirty / 3:
            return rng.choice((name.upper(), name.lower(), self.slip(firm.name), f"The {firm.name}"))
        return name

    def site(self, firm: Firm) -> str:
        """A web address, or none."""
        rng = self.rng
        if rng.random() < 0.6:
            return ""
        return rng.choice(("", "www.", "http://", "https://", "http://www.", "\u200bhttps://www.")) + firm.domain

    def street(self, street: str) -> str:
        """A street, shortened or shouted."""
        return self.rng.choice(
            (
                street,
                street,
                street.replace("Street", "St.").replace("Avenue", "Ave").replace("Road", "Rd"),
                street.upper(),
            )
        )

    def postcode(self, firm: Firm) -> str:
        """A postcode, or what a spreadsheet left of it."""
        rng = self.rng
        if rng.random() < 0.3:
            return ""
        if firm.postcode.isdigit() and rng.random() < 0.4:
            return str(int(firm.postcode))  # as a spreadsheet leaves it
        return firm.postcode
