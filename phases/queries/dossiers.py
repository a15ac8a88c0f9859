"""Is a dossier still what was signed?"""

from __future__ import annotations

import json

from phases import dossier
from phases.dossier import Sheet
from phases.models import Dossier, GateReview


def faults(one: Dossier) -> list[str]:
    """What does not hold about a dossier, one sentence each; [] when all is well.

    Its text against its SHA-256, the text against its own canonical form, the evidence against
    the digest that was signed, and the decision against the review.
    """
    if dossier.sha256(one.text) != one.sha256:
        return ["the text is not the one that was frozen."]
    document, said = json.loads(one.text), []
    if dossier.canonical(document) != one.text:
        said.append("the text is not canonical.")
    sheet = Sheet(document)
    if sheet.digest != document["digest"]:
        said.append("the evidence does not give the digest it carries.")
    review = GateReview.objects.filter(dossier=one).select_related("gate").first()
    if review is None:
        return [*said, "no decision belongs to it."]
    if review.seen_digest != document["digest"]:
        said.append("the decision was taken on other evidence.")
    held = (document["gate"]["number"], document["review"]["round"], document["review"]["decision"])
    if held != (review.gate.number, review.round, review.decision):
        said.append("the decision in the register is another one.")
    return said
