"""E-mail addresses: one written form, and what an address says about its owner (H4)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email
from rapidfuzz.distance import OSA

from migration.hygiene.issues import Issue, issue
from migration.hygiene.text import word_set

# What validate_email accepts without a second look; anything else is asked of it. The table test holds both equal.
_PLAIN = re.compile(
    r"(?!.{255})(?!\.)(?![^@]{65})[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
_RESERVED = frozenset({"invalid", "local", "localhost", "test", "onion", "arpa", "internal"})
_ANGLES = re.compile(r"<\s*([^<>]+@[^<>]+?)\s*>")
_SPELLED = re.compile(r"(\S+)(?: at | ?[\[(]at[\])] ?)(\S+\.\S+)", re.IGNORECASE)
_SPLIT = re.compile(r"\s*[;,|]\s*|\s+(?=\S+@)")

FREE_MAIL = word_set("""
    gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.de yahoo.fr hotmail.com hotmail.co.uk hotmail.fr
    outlook.com outlook.de live.com msn.com aol.com icloud.com me.com mac.com gmx.de gmx.net gmx.com web.de
    t-online.de freenet.de mail.com mail.ru yandex.ru protonmail.com proton.me orange.fr wanadoo.fr free.fr
    laposte.net libero.it btinternet.com comcast.net verizon.net att.net sbcglobal.net qq.com 163.com
    126.com sina.com naver.com daum.net ymail.com rocketmail.com pm.me tutanota.com fastmail.com mailbox.org posteo.de
    arcor.de hotmail.de hotmail.es hotmail.it live.co.uk live.fr live.nl live.de msn.de yahoo.es yahoo.it yahoo.ca
    yahoo.com.br yahoo.com.mx yahoo.com.au yahoo.co.in yahoo.co.jp rediffmail.com uol.com.br bol.com.br terra.com.br
    seznam.cz centrum.cz wp.pl o2.pl onet.pl interia.pl list.ru bk.ru inbox.ru rambler.ru virgilio.it tiscali.it
    alice.it sfr.fr bluewin.ch gmx.at gmx.ch ziggo.nl kpnmail.nl planet.nl telenet.be skynet.be bigpond.com
    optusnet.com.au xtra.co.nz rogers.com shaw.ca cox.net charter.net earthlink.net bellsouth.net juno.com
    freemail.example webmail.example homemail.example postbox.example
""")
ROLES = word_set("""
    info sales contact support admin office hello mail team service services help helpdesk billing accounts
    accounting invoice invoices marketing hr jobs careers press reception enquiries inquiries webmaster
    postmaster hostmaster purchasing procurement orders order customerservice customer.service noreply no-reply
    donotreply newsletter general kontakt vertrieb buero einkauf ventas contacto
""")
_FILLER_LOCALS = word_set("""
    test none na noemail no.email nomail no-email noone nobody unknown asdf asd abc xxx x xx a aa example email
    user name none1 null fake dummy notprovided not.provided placeholder
""")
# Local parts that make an address a filler somewhere; `is_filler` says where.
FILLER_LOCALS = _FILLER_LOCALS | {"noemail", "no-email", "none", "notprovided"}
_FILLER_DOMAINS = word_set("""
    test.com none.com na.com noemail.com nomail.com email.com example.com example.org example.net abc.com
    xxx.com xx.com x.com asdf.com fake.com domain.com none.example noemail.example placeholder.example
    test.example
""")
_KNOWN = ("gmail.com", "hotmail.com", "yahoo.com", "outlook.com", "icloud.com", "googlemail.com")


@dataclass(frozen=True, slots=True)
class Email:
    """One address in lower case, the further ones of its cell, and the rule that gave it."""

    address: str
    others: tuple[str, ...]
    rule: str


def email(raw: str) -> Email | Issue:
    """Read the first address of `raw`; the rest come back in `others`.

    The whole address is lower-cased: RFC 5321 lets the local part be case
    sensitive, no CRM of the common ones keeps it so. Syntax only: no look-up is
    made. Raises nothing; returns the Issue email.invalid or email.placeholder.

    >>> email("mailto:Ann.Lee@ACME.example").address
    'ann.lee@acme.example'
    """
    found, rule = raw, "email.tidy"
    if found[:7].lower() == "mailto:":
        found, rule = found[7:].partition("?")[0], "email.mailto"
    if "<" in found and (angled := _ANGLES.search(found)):
        found, rule = angled[1], "email.angles"
    if "@" not in found and (spelled := _SPELLED.fullmatch(found)):
        found, rule = f"{spelled[1]}@{spelled[2]}", "email.spelled_at"
    if found.count("@") > 1:
        first, *rest = (part for part in _SPLIT.split(found) if part)
        others = tuple(a for part in rest if (a := _address(part)) is not None)
        found, rule = first, "email.first_of_several"
    else:
        others = ()
        found = found.replace(" ", "")
    found = found.strip(" .,;:\"'()[]")
    address = _address(found)
    if address is None:
        return issue("email.invalid", raw)
    if is_filler(address):
        return issue("email.placeholder", raw)
    if rule == "email.tidy" and address == raw.lower():
        rule = "email.lower"
    return Email(address, others, rule)


def _address(text: str) -> str | None:
    low = text.lower()
    if _PLAIN.fullmatch(low) and low.rpartition(".")[2] not in _RESERVED and "--" not in low:
        return low
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def is_filler(address: str) -> bool:
    """Is this an address that people type to get past a required field?"""
    local, _, domain = address.partition("@")
    return (
        (local in _FILLER_LOCALS and (domain in _FILLER_DOMAINS or domain in FREE_MAIL))
        or domain in _FILLER_DOMAINS
        or local in ("noemail", "no-email", "none", "notprovided")
    )


def is_role(address: str) -> bool:
    """Does the address belong to a department rather than to a person?"""
    return address.partition("@")[0].partition("+")[0] in ROLES


def is_household(address: str) -> bool:
    """Does the address say that a family reads it?"""
    return any(word in address.partition("@")[0] for word in ("family", "familie", "famille", "familia", "household"))


def is_private(address: str) -> bool:
    """Is it an address at a public mail provider, so that one person or household owns it?"""
    return address.rpartition("@")[2] in FREE_MAIL


@lru_cache(maxsize=65_536)
def domain_meant(domain: str) -> str:
    """The well-known provider that `domain` is a slip of ("gmial.com"), else `domain` itself.

    Short names are left alone: aon.com and aol.com are two houses. So is another first
    letter: ymail.com is a provider of its own.
    """
    if domain in FREE_MAIL or not 7 <= len(domain) <= 15:
        return domain
    for known in _KNOWN:
        if domain[0] == known[0] and OSA.distance(domain, known, score_cutoff=1) <= 1:
            return known
    return domain


def key(address: str) -> str:
    """`address` for comparison: plus tags gone, dots gone at Gmail, slips of providers mended.

    >>> key("a.lee+news@googlemail.com")
    'alee@gmail.com'
    """
    local, _, domain = address.lower().partition("@")
    domain = domain_meant(domain)
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        return local.replace(".", "") + "@gmail.com"
    return f"{local}@{domain}"
