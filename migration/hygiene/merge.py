"""One golden record out of several, and for every field whose value it is and why (H2, H0)."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from migration.hygiene.features import Record, street_key

# Highest first: a merged contact of a customer stays a customer.
_STAGES = (
    "customer",
    "active customer",
    "client",
    "evangelist",
    "opportunity",
    "salesqualifiedlead",
    "sales qualified lead",
    "prospect",
    "marketingqualifiedlead",
    "marketing qualified lead",
    "lead",
    "subscriber",
)
# The most restrictive first (H2, ours). Words that are not listed stand between refusal and consent.
_CONSENT = ("withdrawn", "unsubscribed", "opted out", "opt out", "denied", "no", "false")
_GRANTED = ("implied", "legitimate interest", "yes", "true", "opted in", "opt in", "granted", "explicit")
RESTRICTIVE_FLAGS = frozenset({"opted_out", "do_not_call"})
LATEST = frozenset({"last_activity_at", "updated_at"})
EARLIEST = frozenset({"created_at"})
# Values that only make sense beside each other.
TOGETHER = (
    ("street", "city", "state", "postcode", "country"),
    ("company", "company_form"),
    ("phone", "phone_ext"),
    ("mobile", "mobile_ext"),
)
FULLEST = frozenset({"given_name", "middle_name", "full_name", "street", "title", "description"})


@dataclass(frozen=True, slots=True)
class Choice:
    """The value of one field, the records that carry it (sorted), and the reason ("2 of 3 agree")."""

    value: str
    keys: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Golden:
    """A merged record: `survivor` is the key whose identity lives on, `lineage` says each field's source."""

    survivor: str
    members: tuple[str, ...]
    values: dict[str, str]
    lineage: dict[str, Choice]


def survivor(records: Sequence[Record], *, chosen: str = "") -> str:
    """Key of the record that lives on: a person's choice, else most fields filled, latest edit, smallest key."""
    if chosen and any(r.key == chosen for r in records):
        return chosen
    most = max(sum(bool(v) for v in r.values.values()) for r in records)
    full = [r for r in records if sum(bool(v) for v in r.values.values()) == most]
    latest = max(r.values.get("updated_at", "") for r in full)
    return min(r.key for r in full if r.values.get("updated_at", "") == latest)


def golden(
    records: Iterable[Record], *, chosen: str = "", doubtful: Collection[tuple[str, str]] = frozenset()
) -> Golden:
    """Merge `records` (at least one) field by field; the order of the input never counts.

    `doubtful` holds (key, field) of values with an issue: they win only where there is
    no other. `chosen` is the key of a person's survivor. Raises ValueError for no records.
    """
    ordered = sorted(records, key=lambda r: r.key)
    if not ordered:
        raise ValueError("There is nothing to merge.")
    alive = survivor(ordered, chosen=chosen)
    lineage = {}
    together = {name: kept_from(group, ordered, doubtful) for group in TOGETHER for name in group}
    for name in sorted({name for r in ordered for name in r.values}):
        carriers = [r for r in together.get(name, ordered) if r.values.get(name)]
        sound = [r for r in carriers if (r.key, name) not in doubtful]
        if sound or carriers:
            choice = _choose(name, sound or carriers, alive)
            everyone = [r for r in ordered if r.values.get(name)]
            if len(carriers) < len(everyone):
                many = len(choice.keys) > 1
                reason = f"{len(choice.keys)} of {len(everyone)} agree" if many else f"kept with its {unit_of(name)}"
                choice = Choice(choice.value, choice.keys, reason)
            lineage[name] = choice
    return Golden(alive, tuple(r.key for r in ordered), {name: c.value for name, c in lineage.items()}, lineage)


def kept_from(group: Sequence[str], ordered: list[Record], doubtful: Collection[tuple[str, str]]) -> list[Record]:
    """Records that may give the fields of `group`: all when they do not contradict each other.

    Else the record whose values most others share (then the fullest, the latest edit,
    the smallest key) and those that do not contradict it: half of one address and half
    of another is nobody's address.
    """
    told = [r for r in ordered if any(r.values.get(name) and (r.key, name) not in doubtful for name in group)]
    if all(sum(bool(r.values.get(name)) for name in group) < 2 for r in told):
        return ordered
    if not any(_contradict(group, one, two) for at, one in enumerate(told) for two in told[at + 1 :]):
        return ordered

    def rank(r: Record) -> tuple[int, int, str]:
        filled = [name for name in group if r.values.get(name)]
        votes = sum(other.values.get(name) == r.values[name] for other in told if other is not r for name in filled)
        return votes, len(filled), r.values.get("updated_at", "")

    best = max(map(rank, told))
    lead = next(r for r in told if rank(r) == best)
    return [r for r in told if not _contradict(group, lead, r)]


def unit_of(name: str) -> str:
    """What a field that is kept together with others belongs to, for a reason."""
    return "address" if name in TOGETHER[0] else name.removesuffix("_form").removesuffix("_ext")


def _contradict(group: Sequence[str], one: Record, two: Record) -> bool:
    return contradict(group, one.values, two.values)


def contradict(group: Sequence[str], one: Mapping[str, str], two: Mapping[str, str]) -> bool:
    """Do two sets of values differ in a field of `group` that both fill? Spelling does not count."""
    pairs = ((one.get(name), two.get(name)) for name in group)
    return any(a and b and plain(a) != plain(b) for a, b in pairs)


def plain(value: str) -> str:
    """The value without what spelling adds: "227 MAIN STREET" is no other street than "227 Main St."."""
    return street_key(value) or " ".join(value.casefold().split())


def _choose(name: str, carriers: list[Record], alive: str) -> Choice:
    counts = Counter(r.values[name] for r in carriers)

    def choice(value: str, reason: str) -> Choice:
        return Choice(value, tuple(r.key for r in carriers if r.values[name] == value), reason)

    if name == "source_id":
        own = next((r.values[name] for r in carriers if r.key == alive), carriers[0].values[name])
        return choice(own, "survivor")
    if len(carriers) == 1:
        return choice(carriers[0].values[name], "only value")
    if len(counts) == 1:
        return choice(next(iter(counts)), f"all {len(carriers)} agree")
    if (ranked := ranking(name)) is not None:
        return choice(min(counts, key=ranked[0]), ranked[1])
    if name in LATEST:
        return choice(max(counts), "latest")
    if name in EARLIEST:
        return choice(min(counts), "earliest")
    return _vote(name, carriers, counts, choice)


def ranking(name: str) -> tuple[Callable[[str], tuple[int, str]], str] | None:
    """How the values of a field are ranked, the first wins, and the reason; None for a field that is voted on."""
    if name in RESTRICTIVE_FLAGS:
        return (lambda v: (v != "true", v)), "most restrictive consent"
    if name == "consent":
        return (lambda v: (_restriction(v), v)), "most restrictive consent"
    if name == "has_open_deal":
        return (lambda v: (v != "true", v)), "any record has one"
    if name == "lifecycle_stage":
        return (lambda v: (_stage(v.casefold()), v)), "furthest stage"
    return None


def _stage(folded: str) -> int:
    return _STAGES.index(folded) if folded in _STAGES else len(_STAGES)


def _vote(name: str, carriers: list[Record], counts: Counter[str], choice) -> Choice:
    """Majority, else the fullest, else the latest edit, else the longest, else the alphabet: a total order."""
    top = counts.most_common(1)[0][1]
    tied = sorted(value for value, count in counts.items() if count == top)
    if len(tied) == 1:
        return choice(tied[0], f"{top} of {len(carriers)} agree")
    if name in FULLEST:
        longest = max(map(len, tied))
        if sum(len(v) == longest for v in tied) == 1:
            return choice(max(tied, key=len), "longest")
    edited: Mapping[str, str] = {
        v: max(r.values.get("updated_at", "") for r in carriers if r.values[name] == v) for v in tied
    }
    latest = max(edited.values())
    newest = [v for v in tied if edited[v] == latest]
    if latest and len(newest) == 1:
        return choice(newest[0], "latest")
    longest = max(map(len, newest))
    return choice(
        min(v for v in newest if len(v) == longest),
        "longest" if sum(len(v) == longest for v in newest) == 1 else "first in the alphabet",
    )


def _restriction(value: str) -> int:
    low = value.casefold()
    if low in _CONSENT:
        return 0
    return 2 + _GRANTED.index(low) if low in _GRANTED else 1
