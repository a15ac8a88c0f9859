"""The page of the ten buyer's questions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from crmprogram.web.views import ProgramView
from phases.buyers import answers
from phases.registry import MET, UNKNOWN


class BuyersPage(ProgramView):
    """Ten questions, each answered by the records it names."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        found = answers(self.look)
        return self.page(
            "phases/buyers.html",
            answers=found,
            yes=sum(one.verdict is MET for one in found),
            untold=sum(one.verdict is UNKNOWN for one in found),
        )
