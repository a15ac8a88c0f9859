"""What the peer compares: fields that a person would choose for contacts."""

FIELDS = ("given_name", "family_name", "email", "phone", "mobile", "company", "city", "postcode", "street")
