"""Intake: files come in, are read row by row, and are kept with their account.

The readers (`limits`, `refusal`, `sniff`, `read`, `rows`, `headers`, `dates`,
`quarantine`, `fields`, `formats`) are pure: no Django, no models.
"""
