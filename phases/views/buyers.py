"""The page of the ten buyer's questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from crmprogram.web.downloads import csv_response
from crmprogram.web.views import ProgramView
from phases.buyers import WORDS, answers
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


class BuyersFile(ProgramView):
    """The answers with what each check found."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        return csv_response(f"buyers-questions-{self.program.slug}.csv", self.rows())

    def rows(self) -> Iterator[Sequence[object]]:
        yield ["No.", "Question", "Answer", "Asked of", "Found", "What the records say", "As of"]
        for one in answers(self.look):
            for told in one.evidence:
                yield [
                    one.question.number,
                    one.question.text,
                    one.word,
                    told.part.text,
                    WORDS[told.verdict],
                    told.found.summary,
                    told.found.as_of or "",
                ]
