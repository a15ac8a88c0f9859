"""Files nobody knows: columns by common names in English, German, French and Spanish. A person confirms the map."""

from crmprogram.intake.fields import OBJECTS
from crmprogram.intake.formats import ExportFormat, Look, Signature

VENDOR = "Unknown"
WORDS = {  # our field: headers people write for it, the likeliest first
    name: tuple(headers.split(" | "))
    for name, headers in {
        "source_id": (
            "source_id | source id | record id | external id | id | contact id | contact_id | customer id | "
            "kundennummer | contact no | contact number | customer no | record no | lead id | uid | "
            "kontakt-id | kontaktnummer | identifiant"
        ),
        "salutation": "salutation | prefix | anrede | civilité | tratamiento",
        "given_name": (
            "first name | first_name | firstname | given name | given_name | vorname | prénom | nombre | "
            "fname | forename | voornaam | nome"
        ),
        "family_name": (
            "last name | last_name | lastname | surname | family name | family_name | nachname | apellidos | "
            "apellido | lname | familienname | nom de famille | achternaam | cognome | sobrenome"
        ),
        "full_name": (
            "full name | full_name | name | contact name | contact | nom complet | nombre completo | nom | "
            "naam | person"
        ),
        "email": (
            "email | e-mail | email address | e-mail address | email_address | primary email | mail | "
            "e-mail-adresse | correo | correo electrónico | courriel | email addr | email id | emailaddress | "
            "posta elettronica"
        ),
        "email_2": "email 2 | email_2 | second email | secondary email | other email | alternate email",
        "phone": (
            "phone | phone number | phone_number | telephone | business phone | work phone | telefon | "
            "téléphone | teléfono | tel | tel. | telephone number | phone no | office phone | telefonnummer | "
            "telefono | telefone | telefoon"
        ),
        "mobile": (
            "mobile | mobile phone | mobile_phone | cell | cell phone | mobil | handy | portable | móvil | "
            "mobile number | cellphone | mobiltelefon | celular | cellulare | gsm"
        ),
        "phone_2": "phone 2 | phone_2 | other phone | home phone",
        "company": (
            "company | company name | company_name | account name | account | organization | organisation | "
            "employer | firma | unternehmen | société | entreprise | empresa | org | org name | "
            "organization name | organisation name | firmenname | società | azienda | bedrijf"
        ),
        "account_id": "account id | account_id | company id | company_id | accountid",
        "title": (
            "job title | job_title | title | position | role | funktion | poste | cargo | jobtitle | "
            "function | fonction | berufsbezeichnung"
        ),
        "department": "department | abteilung | service | departamento",
        "street": (
            "street | address | street address | mailing street | billing street | straße | strasse | "
            "adresse | calle | dirección | addr | address line | address line 1 | rue | via | straat"
        ),
        "city": "city | town | mailing city | billing city | ort | stadt | ville | ciudad | plaats | città | cidade",
        "state": (
            "state | region | province | state/region | state/province | bundesland | provincia | st | "
            "county | région | estado"
        ),
        "postcode": (
            "postcode | postal code | postal_code | zip | zip code | zipcode | zip/postal code | plz | "
            "postleitzahl | code postal | código postal | cap | cep | postal"
        ),
        "country": (
            "country | country/region | mailing country | billing country | land | pays | país | ctry | "
            "country code | nation | paese"
        ),
        "website": "website | web site | url | domain | web | site web | sitio web",
        "industry": "industry | sector | branche | secteur",
        "birth_date": (
            "birth date | birth_date | birthdate | birthday | date of birth | dob | geburtsdatum | born | "
            "date de naissance | fecha de nacimiento | geboortedatum | data di nascita"
        ),
        "owner": (
            "owner | contact owner | account owner | record owner | sales rep | salesperson | assigned to | "
            "besitzer | propietario | propriétaire"
        ),
        "lead_source": "lead source | lead_source | original source",
        "lifecycle_stage": "lifecycle stage | lifecycle_stage",
        "consent": "consent | gdpr consent | marketing consent | einwilligung",
        "opted_out": "opted out | email opt out | unsubscribed",
        "created_at": (
            "created at | created_at | created | create date | created date | created on | date created | creation date"
        ),
        "updated_at": (
            "updated at | updated_at | updated | modified | last modified | last modified date | modified on "
            "| date modified"
        ),
        "last_activity_at": (
            "last activity | last_activity | last activity date | last_activity_at | last contacted | last contact date"
        ),
        "description": "description | notes | note | comment | comments | notizen | notas",
        "status": "status | lead status | lead_status",
        "is_converted": "is converted | is_converted | converted",
        "parent_id": "parent id | parent_id | parent account id | parent account | parent",
        "employees": "employees | number of employees | numberofemployees | numemp | headcount | mitarbeiter",
        "revenue": "revenue | annual revenue | annualrevenue | annual_revenue | turnover | umsatz",
        "account_number": "account number | account_number | accountnumber | customer number",
        "contact_id": "contact id | contact_id | person id",
        "deal_id": "deal id | deal_id | opportunity id | opportunity_id",
        "pipeline": "pipeline",
        "stage": "stage | deal stage | sales stage",
        "amount": "amount | value | deal value | est. revenue | expected revenue",
        "currency": "currency",
        "probability_percent": "probability | probability (%)",
        "close_on": "close date | closing date | expected close date | close_date",
        "kind": "activity type | type | kind",
        "subject": "subject | activity subject | title",
        "occurred_at": "activity date | start time | start | date | timestamp",
        "due_at": "due date | due",
        "duration": "duration | duration (minutes) | duration (seconds)",
        "direction": "direction",
        "outcome": "outcome | result",
        "related_to": "related to | regarding",
        "username": "username | user name | user_name | login",
        "is_active": "is active | is_active | active | isactive",
        "manager": "manager",
        "role": "role | profile",
        "time_zone": "time zone | timezone | time_zone",
        "last_login_at": "last login | last login date | last_login",
        "user_id": "user id | user_id | userid",
        "login_at": "login time | login timestamp | login_time | login at",
        "login_type": "login type | type of login",
        "application": "application | browser | user agent",
    }.items()
}
PERSON = tuple(WORDS)[: list(WORDS).index("status")]
SHAPES = {  # object: the fields to look for
    "contact": PERSON,
    "lead": (*PERSON, "status", "is_converted"),
    **{
        obj: tuple(names.split())
        for obj, names in {
            "account": (
                "source_id company website phone street city state postcode country industry parent_id "
                "employees revenue owner account_number created_at updated_at last_activity_at description"
            ),
            "deal": (
                "source_id name account_id company contact_id owner pipeline stage status amount currency "
                "probability_percent close_on lead_source created_at updated_at last_activity_at description"
            ),
            "activity": (
                "source_id kind subject owner occurred_at due_at created_at updated_at status duration "
                "direction outcome contact_id account_id deal_id related_to description"
            ),
            "user": (
                "source_id username email given_name family_name full_name title is_active manager role "
                "time_zone last_login_at"
            ),
            "login": ("source_id user_id username email login_at status login_type application"),
        }.items()
    },
}
NAMES = {  # headers for the name of the thing itself
    "account": {"name": "company"},
    "deal": {"deal name": "name", "opportunity name": "name", "name": "name"},
}
PEOPLE = (*WORDS["given_name"], *WORDS["family_name"], "full name", "full_name", "contact name")


def shape_of(look: Look) -> str:
    """Return the object that the headers speak of, or "" when they do not say."""
    if look.any(*WORDS["login_at"]):
        return "login"
    if look.any(*WORDS["username"]) and look.any(*WORDS["is_active"], *WORDS["role"], *WORDS["last_login_at"]):
        return "user"
    if look.any("deal name", "opportunity name") or (look.any(*WORDS["stage"]) and look.any(*WORDS["amount"])):
        return "deal"
    if look.any(*PEOPLE):
        return "lead" if look.any("lead status", "lead_status", *WORDS["is_converted"]) else "contact"
    if look.has("subject") or look.any("activity type", "activity date"):
        return "activity"
    if look.any(*WORDS["email"], *WORDS["mobile"]):
        return "contact"
    firm = (
        *WORDS["website"],
        *WORDS["industry"],
        *WORDS["employees"],
        *WORDS["revenue"],
        *WORDS["phone"],
        *WORDS["city"],
    )
    if look.any(*WORDS["company"], "name") and look.any(*firm):
        return "account"
    return ""


def columns_of(obj: str) -> dict[str, str]:
    """Return {header: field} for one object; the name of the thing itself comes first."""
    columns = dict(NAMES.get(obj, {}))
    for name in SHAPES[obj]:
        for header in WORDS.get(name, ()):
            columns.setdefault(header, name)
    return columns


def shaped(obj: str) -> Signature:
    """Return the signature of a file whose headers speak of `obj`."""

    def signature(look: Look) -> str:
        fits = shape_of(look) == obj
        return "No CRM is recognised; the names of the columns are common ones. Check the mapping." if fits else ""

    return signature


def anything(look: Look) -> str:
    """Take every file."""
    begins = ", ".join(look.originals[:3])
    return (
        f"Neither a CRM nor an object is recognised. Is “{begins[:80]}” the header row? If not, put one above it and "
        "upload the file again; else say what the records are and map the columns by hand."
    )


FORMATS = (
    *(
        ExportFormat(
            f"generic-{obj}",
            f"Other file: {OBJECTS[obj].lower()}",
            VENDOR,
            obj,
            900,
            shaped(obj),
            columns_of(obj),
            confidence=40,
        )
        for obj in SHAPES
    ),
    ExportFormat("generic", "Other file", VENDOR, "", 999, anything, {}, confidence=0),
)
