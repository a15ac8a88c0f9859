"""Accounts as columns of comparison keys, and which pairs of them are worth comparing (H2).

Keys are made here without touching the record. Blocks are bounded: what more accounts
share than `LARGEST` is met again with a finer key, so that work grows with the accounts.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from migration.hygiene import company, emails
from migration.hygiene.block import Indices, Pairs, crossed, packed_blocks, unpacked
from migration.hygiene.columns import Codes, Column, either, encode, once
from migration.hygiene.features import street_key
from migration.hygiene.links import plain_id
from migration.hygiene.text import fold, word_set

LARGEST = 60
FIELDS = (
    "source_id", "company", "company_form", "website", "email", "phone", "street", "city", "state", "postcode",
    "country", "parent_id",
)  # fmt: skip
# hosts at which everybody can have a page
PLATFORMS = word_set("""
    facebook.com linkedin.com instagram.com twitter.com x.com youtube.com google.com wixsite.com wordpress.com
    blogspot.com weebly.com squarespace.com github.io business.site sites.google.com godaddysites.com jimdo.com
    shopify.com myshopify.com etsy.com yelp.com tripadvisor.com crunchbase.com xing.com
""")
_SECOND = word_set("co com org net ac gov edu ltd plc or ne gr asn nom")
# what a company above, below or beside another of the name adds to it
KIN = word_set("""
    holding holdings group groupe gruppe international global worldwide ventures capital invest investments partners
    foundation stiftung trust europe emea apac americas asia uk usa us de gb fr ca au ch at it es nl be se deutschland
    germany france canada australia austria switzerland italy spain benelux nordic nordics branch division services
    north south east west regional real estate immobilien property properties leasing finance logistics academy
""")
# legal forms that are one in the mouths of people
_FORMS = {
    form: each.split()[0]
    for each in (
        "inc incorporated corp corporation co company", "llc lc", "ltd limited pty pte pvt", "plc", "gmbh ggmbh mbh",
        "ag", "kg ohg", "sarl eurl", "sa", "sas sasu", "bv bvba", "nv", "srl", "spa", "ab", "as asa", "oy oyj",
    )
    for form in each.split()
}  # fmt: skip


class Firms:
    """Comparison columns of accounts, one entry per account, in the order given (that of their keys).

    `places`, `sites`, `lines` and `houses` say, by code of a name, a domain, a number and
    a street, how many different companies carry it as far as the file tells: a chain's
    name stands in many towns, a group's domain on many names. `doors` are the postcodes of
    a name, `towns` the towns of a domain.
    """

    def __init__(self, size: int, texts: Mapping[str, Sequence[str]]) -> None:
        self.size = size

        def column(name: str) -> Column:
            return encode(texts.get(name) or [""] * size)

        self.written = column("company")
        self.name = self.written.take(company.key)
        self.form = either(column("company_form").take(_form), self.written.take(_form_within))
        self.domain = either(column("website").take(site), column("email").take(_at_work))
        self.label = self.domain.take(lambda host: host.partition(".")[0])
        self.phone = column("phone")
        self.street = column("street").take(street_key)
        self.city = column("city").take(fold)
        self.state = column("state").take(fold)
        self.postcode = column("postcode").take(lambda v: fold(v).replace(" ", "").lstrip("0"))
        self.country = column("country")
        ids = [plain_id(one) for one in texts.get("source_id") or [""] * size]
        parents = [plain_id(one) for one in texts.get("parent_id") or [""] * size]
        both = encode([*ids, *parents]).codes
        self.own, self.parent = both[:size], both[size:]
        self.start = self.name.take(lambda v: v.replace(" ", "")[:5])
        # by code of a name: its first word, and its words whatever their order
        self.first = encode(name.partition(" ")[0] for name in self.name.values).codes
        self.sorted = encode(" ".join(sorted(name.split())) for name in self.name.values).codes
        self.places = carriers(self.name, self.city.codes)
        self.doors = carriers(self.name, self.postcode.codes)
        self.sites = carriers(self.domain, self.start.codes)
        self.lines = carriers(self.phone, self.start.codes)
        self.houses = carriers(self.street, self.start.codes)
        self.towns = carriers(self.domain, self.city.codes)

    def candidates(self) -> Pairs:
        """Pairs that share a name, a domain, a number, an address, or the start of the name and the town."""
        name, domain, phone, start = (c.codes for c in (self.name, self.domain, self.phone, self.start))
        city, postcode, street = self.city.codes, self.postcode.codes, self.street.codes
        keys = [crossed(one) for one in (name, domain, phone)]
        keys += [crossed(name, other) for other in (domain, phone, city, postcode, street)]
        keys += [crossed(domain, other) for other in (city, start, phone)]
        keys += [crossed(start, city), crossed(start, postcode), crossed(street, postcode), crossed(street, city)]
        keys += [crossed(name, domain, city), crossed(name, city, postcode)]
        found = [packed_blocks(each, self.size, limit=LARGEST) for each in keys]
        return unpacked(once(np.concatenate([np.zeros(0, np.int64), *found])), self.size)


def carriers(column: Column, other: Codes) -> NDArray[np.int64]:
    """By code of `column`, how many different values of `other` stand beside it (1 at least); 1 for none."""
    width = int(other.max(initial=0)) + 1
    both = (column.codes >= 0) & (other >= 0)
    pairs = once(column.codes[both].astype(np.int64) * width + other[both])
    counts = np.bincount(pairs // width, minlength=len(column.values)) if len(pairs) else np.zeros(len(column.values))
    return np.append(np.maximum(counts, 1), 1).astype(np.int64)


def site(website: str) -> str:
    """The domain of a web address without what stands before it; "" for a page at somebody else's."""
    host = website.lower().partition("://")[2] or website.lower()
    return registered(host.partition("/")[0].partition(":")[0])


def _at_work(mail: str) -> str:
    return "" if not mail or emails.is_private(mail) else registered(mail.rpartition("@")[2].lower())


def registered(host: str) -> str:
    """The part of a host name that somebody has registered.

    >>> registered("www.shop.acme.co.uk")
    'acme.co.uk'
    """
    parts = host.strip(".").split(".")
    few = 3 if len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in _SECOND else 2
    found = ".".join(parts[-few:])
    return "" if found in PLATFORMS or host in PLATFORMS or len(parts) < 2 else found


def _form(text: str) -> str:
    """The kind of a legal form."""
    for word in text.split():
        form = company.form_of(word) or word.strip(".,").casefold()
        if form in _FORMS or company.form_of(word):
            return _FORMS.get(form, form)
    return ""


def _form_within(name: str) -> str:
    return _form(company.split(name)[1])


def all_rows(pairs: Pairs, column: Column) -> tuple[Codes, Codes]:
    """The codes of both sides of `pairs`."""
    return column.codes[pairs.left], column.codes[pairs.right]


def with_shared(pairs: Pairs, more: Indices, size: int) -> Pairs:
    """`pairs` and those of `more` (left * size + right), each once, in order."""
    return unpacked(once(np.concatenate([pairs.left * size + pairs.right, more])), size)
