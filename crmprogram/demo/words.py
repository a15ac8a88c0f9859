"""Common names, invented companies and places, from which generated exports are combined.

Given and family names are common ones, combined at random: no real person is meant.
Companies are invented and live under `.example` (RFC 2606). Telephone numbers come
from ranges set apart for fiction: 555-0100 to 0199 in North America, the drama numbers
of Ofcom, Bundesnetzagentur, ARCEP and ACMA; where a large export needs more, the
555 exchange goes on.
"""


def word_list(text: str) -> list[str]:
    """The words of `text` in their order."""
    return text.split()


GIVEN = word_list("""
    James Robert John Michael David William Richard Joseph Thomas Christopher Charles Daniel Matthew Anthony
    Mark Steven Andrew Paul Joshua Kenneth Kevin Brian Timothy Ronald Jason George Edward Jeffrey Ryan Jacob
    Nicholas Gary Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick
    Frank Raymond Jack Dennis Jerry Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen
    Lisa Nancy Sandra Ashley Emily Kimberly Margaret Donna Michelle Carol Amanda Melissa Deborah Stephanie
    Rebecca Sharon Laura Cynthia Dorothy Amy Kathleen Angela Shirley Emma Brenda Pamela Nicole Anna Samantha
    Katherine Christine Helen Debra Rachel Carolyn Janet Maria Catherine Heather Diane Olivia Julie Joyce
    Victoria Ruth Virginia Lauren Kelly Christina Joan Evelyn Judith Andrea Hannah Megan Lukas Felix Jonas
    Stefan Jürgen Katrin Sabine Anja Heike Petra Hugo Louis Camille Chloé Élodie Amélie José Javier Lucía Carmen
    Mateo Sofía Giulia Marco Luca Sven Ingrid Astrid Lars Priya Arjun Ravi Mei Wei Yuki Kenji Aisha Omar Fatima
    Yusuf
""")
FAMILY = word_list("""
    Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson
    Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis
    Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera
    Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart
    Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim
    Cox Ward Richardson Watson Brooks Chavez Wood Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo
    Sanders Patel Myers Long Ross Foster Jimenez Powell Jenkins Perry Russell Sullivan Bell Coleman Butler
    Henderson Barnes Fisher Vasquez Simmons Graham Murray Ford Castro Marshall Owens Harrison McDonald O'Brien
    Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Bauer Koch Richter Klein
    Wolf Neumann Schwarz Zimmermann Krüger Dubois Laurent Moreau Lefèvre Fournier Girard Rousseau Rossi Ferrari
    Bianchi Conti Ricci Svensson Lindqvist Hansen Nielsen Jansen Visser Kowalski Novák Singh Kumar Sharma Khan
    Chen Wang Zhang Liu Tanaka Sato Suzuki Yamamoto Park Choi Okafor Mensah Haddad Rahman Fernández García-López
    Smith-Jones Hall-Turner
""")
_SHORT_NAMES = """
    Robert Bob Rob; William Bill Will; Richard Rick Dick; James Jim Jimmy; John Jack Johnny; Michael Mike; David
    Dave; Joseph Joe; Thomas Tom; Christopher Chris; Charles Chuck Charlie; Daniel Dan; Matthew Matt; Anthony
    Tony; Steven Steve; Andrew Andy Drew; Kenneth Ken; Timothy Tim; Ronald Ron; Edward Ed Ted; Jeffrey Jeff;
    Nicholas Nick; Jonathan Jon; Stephen Steve; Benjamin Ben; Samuel Sam; Gregory Greg; Alexander Alex; Patricia
    Pat Trish; Jennifer Jen Jenny; Elizabeth Liz Beth; Barbara Barb; Susan Sue; Jessica Jess; Margaret Peggy
    Maggie; Deborah Deb Debbie; Stephanie Steph; Rebecca Becky; Katherine Kate Kathy; Christine Chris; Catherine
    Cathy; Victoria Vicky; Pamela Pam; Samantha Sam; Cynthia Cindy; Kimberly Kim
"""
# a name, then what those who bear it call themselves
NICKNAMES = {name: short for name, *short in map(str.split, _SHORT_NAMES.split(";"))}
FIRM_FIRST = word_list("""
    Amber Birch Blue Bright Cedar Clear Cobalt Copper Coral Crown Delta Drift Eagle East Ember Falcon Fern First
    Flint Forge Fox Glen Gold Granite Green Grove Harbor Hawk Hazel Heron High Iron Ivory Jade Juniper Kestrel
    Lake Lark Laurel Lime Linden Lunar Maple Marble Meadow Mill Moss North Oak Ocean Olive Onyx Opal Orchard
    Otter Pearl Pine Polar Prairie Quarry Quartz Raven Red Ridge River Robin Rowan Ruby Saffron Sage Salt Sierra
    Silver Slate Solar South Spring Star Stone Summit Swift Tern Thistle Timber Topaz Union Valley Vector Vista
    West White Willow Winter Wren Zenith Zephyr
""")
FIRM_SECOND = word_list("""
    field bridge brook wood gate stone line path point works water land light port haven crest dale ford hill
    mark mere moor peak shore side stead view way well wick
""")
# last word of the name, then two spellings of its industry
FIRM_TRADES = tuple(
    tuple(line.strip().split(" | "))
    for line in """
    Logistics | Logistics & Transport | Freight Services
    Analytics | Technology | Computer Software
    Foods | Food & Beverages | food
    Systems | Software | INFORMATION_TECHNOLOGY_AND_SERVICES
    Bank | Financial Services | banking
    Insurance | Insurance | insurance
    Energy | Energy & Utilities | Oil and Gas
    Clinics | Health Care | Hospital & Health Care
    Motors | Automotive | Motor Vehicles
    Media | Media & Entertainment | Publishing
    Chemicals | Chemicals | chemical
    Builders | Construction | building
    Retail | Retail | E-Commerce
    Partners | Professional Services | Consulting
    Textiles | Consumer Goods | Apparel
    Pharma | Life Sciences | Pharmaceuticals
    Telecom | Telecommunications | telecom
    Machines | Manufacturing | Machinery
    Estates | Real Estate | property
    Schools | Education | Higher Education
    Widgets | Widgets & Sundries | widgets
    """.strip().splitlines()
)
TITLES = (
    "Sales Manager",
    "Account Executive",
    "Head of Purchasing",
    "Buyer",
    "Chief Financial Officer",
    "CFO",
    "Operations Manager",
    "IT Director",
    "Marketing Manager",
    "Office Manager",
    "Plant Manager",
    "Managing Director",
    "VP Sales",
    "Project Manager",
    "Controller",
    "Assistant",
)
STREETS = (
    "Main Street|Oak Avenue|Mill Road|Park Lane|High Street|Station Road|Lake Drive|Church Street|Elm Street|Harbor Way"
)
STREETS_OF = {
    "US": STREETS,
    "CA": STREETS,
    "GB": STREETS,
    "AU": STREETS,
    "DE": "Hauptstraße|Bahnhofstraße|Gartenweg|Lindenallee|Schulstraße|Am Markt",
    "FR": "Rue de la Gare|Rue Victor Hugo|Avenue de la République|Rue du Moulin|Place de l'Église",
}
# country, city, state, first digits or letters of its postcodes
CITIES: dict[str, list[tuple[str, str, str]]] = {}
for _line in """
    US | Boston | MA | 021
    US | Hartford | CT | 061
    US | Newark | NJ | 071
    US | New York | NY | 100
    US | Atlanta | GA | 303
    US | Chicago | IL | 606
    US | Dallas | TX | 752
    US | Denver | CO | 802
    US | Seattle | WA | 981
    US | Portland | OR | 972
    US | San Diego | CA | 921
    US | Phoenix | AZ | 850
    US | Columbus | OH | 432
    US | Nashville | TN | 372
    US | Miami | FL | 331
    GB | London |  | SW1A
    GB | Leeds |  | LS1
    GB | Manchester |  | M1
    GB | Bristol |  | BS1
    GB | Edinburgh |  | EH1
    DE | Berlin |  | 101
    DE | Hamburg |  | 203
    DE | München |  | 803
    DE | Dresden |  | 010
    DE | Köln |  | 506
    FR | Paris |  | 750
    FR | Lyon |  | 690
    FR | Nice |  | 060
    FR | Lille |  | 590
    CA | Toronto | ON | M5V
    CA | Montreal | QC | H2Y
    CA | Vancouver | BC | V6B
    AU | Sydney | NSW | 20
    AU | Melbourne | VIC | 30
    AU | Brisbane | QLD | 40
""".strip().splitlines():
    _country, *_city = (part.strip() for part in _line.split("|"))
    CITIES.setdefault(_country, []).append((_city[0], _city[1], _city[2]))
FORMS = {
    "US": ("Inc", "Inc.", ", Inc.", "LLC", "Corp.", "Corporation", "Co.", ""),
    "CA": ("Inc.", "Ltd.", "Limited", ""),
    "GB": ("Ltd", "Ltd.", "Limited", "PLC", ""),
    "DE": ("GmbH", "AG", "GmbH & Co. KG", ""),
    "FR": ("S.A.", "SARL", "SAS", ""),
    "AU": ("Pty Ltd", "Pty. Ltd.", "Limited", ""),
}
COUNTRY_SPELLINGS = {
    "US": (
        "US",
        "USA",
        "U.S.A.",
        "United States",
        "united states",
        "United States of America",
        "U.S.",
        "UNITED STATES",
        "America",
        "Estados Unidos",
        "usa ",
    ),
    "GB": ("GB", "UK", "U.K.", "United Kingdom", "Great Britain", "England", "GBR"),
    "DE": ("DE", "Germany", "Deutschland", "GERMANY", "DEU", "Allemagne"),
    "FR": ("FR", "France", "FRANCE", "FRA", "Frankreich"),
    "CA": ("CA", "Canada", "CANADA", "CAN"),
    "AU": ("AU", "Australia", "AUS", "australia"),
}
AREA_CODES = word_list("""
    201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 229 231 234 239 240 248 251 252
    253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319
    320 321 323 325 330 331 334 336 337 339 347 351 352 360 361 386 401 402 404 405 406 407 408 409 410 412 413
    414 415 417 419 423 424 425 430 432 434 435 440 443 469 478 479 480 484 501 502 503 504 505 507 508 509 510
    512 513 515 516 517 518 520 530 540 541 551 559 561 562 563 567 570 571 573 574 575 580 585 586 601 602 603
    605 606 607 608 609 610 612 614 615 616 617 618 619 620 623 626 630 631 636 641 646 650 651 660 661 662 678
    682 701 702 703 704 706 707 708 712 713 714 715 716 717 718 719 720 724
""")
CANADIAN_CODES = word_list("""
        204 226 236 249 250 289 306 343 365 403 416 418 431 437 438 450 506 514 519 579 581 587 604 613 647
    """)
BRITISH_CODES = word_list("""
    113 114 115 116 117 118 121 131 141 151 161
""")
GERMAN_STARTS = ("3023125", "6990009", "4066969", "2214710", "8999998")
FRENCH_STARTS = ("19900", "26191", "35301", "46571", "53649")
AUSTRALIAN_STARTS = ("25550", "27010", "35550", "37010", "75550", "77010", "85550", "87010")
PRIVATE_MAIL = ("freemail.example", "webmail.example", "homemail.example", "postbox.example")
PLACEHOLDER_MAIL = ("test@test.com", "none@none.com", "noemail@noemail.com", "na@na.com", "noemail@freemail.example")
PLACEHOLDER_PHONE = ("000-000-0000", "999-999-9999", "1234567890", "111-111-1111", "0000000")
STAGES = (
    ("customer",) * 5
    + ("opportunity",) * 3
    + ("lead",) * 6
    + ("prospect",) * 4
    + ("subscriber",) * 2
    + ("former customer",)
)
