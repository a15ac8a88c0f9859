"""Countries as ISO 3166-1 alpha-2, from many spellings, a dialling code or a domain (H4)."""

from functools import lru_cache

import phonenumbers
import pycountry

from migration.hygiene.issues import Issue, issue
from migration.hygiene.text import fold, word_set

# Spellings that ISO 3166 does not list: habits, own languages, old names.
_SPELLINGS = {
    "US": (
        "usa; u s a; u s; united states of america; the united states; america; estados unidos; etats unis; "
        "vereinigte staaten; stati uniti; verenigde staten; us of a; usa united states"
    ),
    "GB": (
        "uk; u k; great britain; britain; england; scotland; wales; northern ireland; united kingdom of great "
        "britain; reino unido; royaume uni; vereinigtes konigreich; grossbritannien; gb uk"
    ),
    "DE": "deutschland; allemagne; alemania; germania; federal republic of germany; brd; ger; duitsland",
    "FR": "frankreich; francia; frankrijk; fra; french republic",
    "ES": "espana; spanien; espagne; spagna; spanje",
    "IT": "italia; italien; italie",
    "NL": "holland; the netherlands; nederland; niederlande; pays bas; paises bajos; ned",
    "AT": "osterreich; oesterreich; autriche",
    "CH": "schweiz; suisse; svizzera; suiza; zwitserland; helvetia",
    "BE": "belgien; belgique; belgie; belgica",
    "SE": "sverige; schweden; suede; suecia",
    "NO": "norge; norwegen; norvege",
    "DK": "danmark; danemark; dinamarca",
    "FI": "suomi; finnland; finlande",
    "PL": "polska; polen; pologne; polonia",
    "PT": "portogallo; portugal continental",
    "IE": "eire; republic of ireland; irland; irlande",
    "CZ": "czech republic; cesko; ceska republika; tschechien",
    "GR": "hellas; griechenland; grece",
    "TR": "turkey; turkei; turquie; turkiye",
    "RU": "russia; russland; russie; rossiya",
    "CN": "prc; p r c; china mainland; peoples republic of china; chine; zhongguo",
    "JP": "nippon; nihon; japon; giappone; jpn",
    "KR": "south korea; korea; republic of korea; korea south; rok",
    "KP": "north korea; dprk",
    "TW": "taiwan; republic of china; chinese taipei",
    "HK": "hong kong sar; hongkong",
    "VN": "vietnam",
    "LA": "laos",
    "IR": "iran; persia",
    "SY": "syria",
    "BR": "brasil; bresil; brasilien",
    "MX": "mejico; mexique; mexiko",
    "CA": "kanada; can",
    "AU": "aus; australien; commonwealth of australia",
    "NZ": "nueva zelanda; neuseeland; aotearoa",
    "IN": "bharat; indien; inde; republic of india",
    "AE": "uae; u a e; emirates; vae",
    "SA": "ksa; saudi; saudi arabien",
    "ZA": "rsa; sudafrika; afrique du sud; republic of south africa",
    "CI": "ivory coast; cote d ivoire; cote divoire",
    "CD": "drc; congo kinshasa; democratic republic of congo",
    "BO": "bolivia",
    "VE": "venezuela",
    "TZ": "tanzania",
    "MD": "moldova",
    "MK": "macedonia; fyrom",
    "BN": "brunei",
    "CV": "cape verde",
    "SZ": "swaziland",
    "MM": "burma",
    "PS": "palestine",
    "VA": "vatican; holy see",
    "LI": "lichtenstein; furstentum liechtenstein",
}

# Country domains that the whole world registers: they tell nothing about a place.
_WORLD_DOMAINS = word_set("""
    io co ai me tv cc ly fm gg sh to ws nu la im vc ag sc st eu
""")


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for country in pycountry.countries:
        for said in (
            country.alpha_2,
            country.alpha_3,
            country.name,
            getattr(country, "official_name", ""),
            getattr(country, "common_name", ""),
        ):
            if said:
                names.setdefault(fold(said), country.alpha_2)
                names.setdefault(fold(said.split(",")[0]), country.alpha_2)
    for code, spellings in _SPELLINGS.items():
        names.update((said.strip(), code) for said in spellings.split(";"))
    return names


def country(raw: str) -> str | Issue:
    """ISO 3166-1 alpha-2 of `raw` ("Deutschland", "U.S.A.", "DEU"), or the Issue `country.unknown`.

    >>> country("U.S.A.")
    'US'
    """
    folded = fold(raw)
    names = _names()
    found = names.get(folded) or names.get(folded.removeprefix("the ")) or names.get(folded.replace(" ", ""))
    return found or issue("country.unknown", raw)


def from_domain(domain: str) -> str:
    """Country of a domain's last label; "" when it tells none (.com, .io)."""
    label = domain.rpartition(".")[2].lower()
    if label == "uk":
        return "GB"
    if len(label) != 2 or label in _WORLD_DOMAINS:
        return ""
    return _names().get(label, "")


def from_dial(raw: str) -> str:
    """Country of a number written with "+" or "00"; "" for a code several countries share.

    Source: ITU-T E.164 country codes, as held by `phonenumbers`.
    """
    digits = "".join(c for c in raw if c.isdigit())
    if not raw.lstrip(" (").startswith("+"):
        if not digits.startswith("00"):
            return ""
        digits = digits[2:]
    for length in (1, 2, 3):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length] or 0), ())
        if regions:
            return regions[0] if len(regions) == 1 and len(regions[0]) == 2 else ""
    return ""
