"""A small controlled vocabulary of industries and the words that mean them (H4, H11).

A program may bring its own mapping; this one is the default. Labels follow the
sections of the UN's ISIC where CRM users would recognise them.
"""

from collections.abc import Mapping

from migration.hygiene.issues import Issue, issue
from migration.hygiene.text import fold

VOCABULARY: Mapping[str, str] = {
    "Agriculture": "agriculture; farming; forestry; fishing; agri food; agrar",
    "Automotive": "automotive; motor vehicles; automobile; cars; auto; vehicle manufacturing; automobil",
    "Aerospace & Defense": (
        "aerospace; defense; defence; aviation and aerospace; aerospace and defense; aerospace defense"
    ),
    "Chemicals": "chemicals; chemical; chemie; plastics",
    "Construction": "construction; building; bau; civil engineering; building materials; contractors",
    "Consumer Goods": (
        "consumer goods; consumer electronics; apparel; sporting goods; fmcg; cosmetics; photo equipment; luxury "
        "goods; furniture; household goods; textiles"
    ),
    "Education": "education; universities; e learning; higher education; schools; bildung; training",
    "Energy & Utilities": (
        "energy; utilities; oil and gas; oil gas; oil energy; electricity oil gas; renewables; power; electricity;"
        " mining metals; mining"
    ),
    "Financial Services": (
        "financial services; banking; finance; investment banking; capital markets; fintech; accounting; bank; "
        "investment management; venture capital"
    ),
    "Food & Beverages": (
        "food and beverages; food beverages; food beverage; food; beverages; food production; wine and spirits"
    ),
    "Government": "government; public sector; public administration; government administration; municipal",
    "Health Care": (
        "health care; healthcare; hospitals and clinics; hospitals clinics; hospital and health care; hospital "
        "health care; medical; medical devices; medical practice"
    ),
    "Hospitality & Travel": (
        "hospitality; restaurants; hotels; travel; tourism; leisure travel tourism; airlines; leisure; gastronomy"
    ),
    "Insurance": "insurance; versicherung; insurances",
    "Legal Services": "legal services; law; law practice; legal; law firm",
    "Life Sciences": "life sciences; biotechnology; biotech; pharmaceuticals; pharma; drug manufacturing; drug makers",
    "Logistics & Transport": (
        "logistics; transport; transportation; freight services; freight; rail bus taxi; rail bus and taxi; "
        "shipping; supply chain; transportation trucking railroad; logistik"
    ),
    "Manufacturing": (
        "manufacturing; manufacture; industrial; machinery; mechanical or industrial engineering; industrial "
        "automation; electrical manufacturing; fertigung; maschinenbau; mfg"
    ),
    "Media & Entertainment": (
        "media; entertainment; film production; news services; publishing; broadcast media; music; gaming; online media"
    ),
    "Nonprofit": (
        "nonprofit; non profit; not for profit; ngo; non profit organization management; charity; philanthropy"
    ),
    "Professional Services": (
        "professional services; consulting; management consulting; business services; staffing and recruiting; "
        "human resources; information collection; info collection; marketing and advertising; advertising; "
        "research; beratung; marketing"
    ),
    "Real Estate": "real estate; property; immobilien; commercial real estate",
    "Retail": (
        "retail; apparel retail; sporting goods retail; department stores; drug stores; e commerce; ecommerce; "
        "supermarkets; wholesale; auctions; einzelhandel"
    ),
    "Technology": (
        "technology; software; it; information technology; information technology and services; computer software;"
        " saas; internet; internet portals; computers; personal computers; semiconductors; hardware; computer "
        "hardware; info and doc mgmt; info doc mgmt; it services; tech; internet software services; computer "
        "networking; computer and network security; edv"
    ),
    "Telecommunications": (
        "telecommunications; telecom; telecoms; telephone services; telecom equipment; wireless; telco; communications"
    ),
}

_MEANING = {
    said.strip(): label
    for label, words in VOCABULARY.items()
    for said in (*words.split(";"), fold(label.replace("&", "and")), fold(label))
}


def industry(raw: str, *, mapping: Mapping[str, str] | None = None) -> str | Issue:
    """Label of the vocabulary that `raw` means; the Issue industry.unknown otherwise.

    `mapping` holds a program's own words (any case) and wins over the default.

    >>> industry("computer software")
    'Technology'
    """
    # HubSpot writes its own labels as COMPUTER_SOFTWARE.
    folded = fold(raw.replace("_", " ").replace("&", " "))
    if mapping:
        own = {fold(word): label for word, label in mapping.items()}
        if folded in own:
            return own[folded]
    return (
        _MEANING.get(folded)
        or _MEANING.get(fold(raw.replace("&", " and ").replace("_", " ")))
        or issue("industry.unknown", raw)
    )
