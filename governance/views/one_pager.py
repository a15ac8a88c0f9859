"""The sponsor's one-pager: live, published, printed, compared."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string

from crmprogram.web.params import whole_number
from crmprogram.web.views import ProgramView
from governance import one_pager, pdf
from governance.forms import PublishForm
from governance.models import Edition
from governance.one_pager import OnePager
from governance.services.reports import publish_edition

EDITIONS_SHOWN = 24


class OnePagerPage(ProgramView):
    """As it stands now; publishing freezes it."""

    action = "one_pager.view"
    post_action = "one_pager.publish"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown(one_pager.compose(self.look, request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PublishForm(request.POST)
        if not form.is_valid():
            return self.shown(one_pager.compose(self.look, request.user), 422, form=form)
        edition = publish_edition(program=self.program, by=request.user, note=form.cleaned_data["note"])
        return self.done("governance:edition", edition.number, message=f"{edition} is published.")

    def shown(self, page: OnePager, status: int = 200, **context: Any) -> HttpResponse:
        editions = Edition.objects.of(self.program).defer("text").select_related("published_by")[:EDITIONS_SHOWN]
        given = {
            "page": page,
            "edition": None,
            "editions": editions,
            "form": PublishForm(),
            "may_publish": self.can("one_pager.publish"),
            "has_pdf": pdf.is_available(),
        }
        return self.page("governance/one_pager.html", status, **{**given, **context})


class EditionPage(OnePagerPage):
    """A published edition, drawn from its own text alone."""

    post_action = ""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        edition = self.find(number)
        return self.shown(OnePager(json.loads(edition.text)), edition=edition)

    def find(self, number: int) -> Edition:
        return get_object_or_404(Edition.objects.of(self.program).select_related("published_by"), number=number)


class EditionFile(EditionPage):
    """The exact text of an edition; its SHA-256 is in the name."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        edition = self.find(number)
        response = HttpResponse(edition.text, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="one-pager-{number}-{edition.sha256[:12]}.json"'
        response["Digest"] = f"sha-256={edition.sha256}"
        return response


class EditionPdf(EditionPage):
    """An edition as PDF, where the extra is installed."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        edition = self.find(number)
        context = {"page": OnePager(json.loads(edition.text)), "edition": edition, "program": self.program}
        context["base"] = settings.PUBLIC_URL
        response = HttpResponse(
            pdf.pdf_of(render_to_string("governance/one_pager_pdf.html", context)), content_type="application/pdf"
        )
        response["Content-Disposition"] = f'inline; filename="one-pager-{number}.pdf"'
        return response


class CompareEditions(EditionPage):
    """Two editions line by line: ?from=1&to=2, the newest two when not said."""

    def get(self, request: HttpRequest) -> HttpResponse:
        editions = list(Edition.objects.of(self.program).select_related("published_by")[:EDITIONS_SHOWN])
        if len(editions) < 2:
            raise Http404("Two editions are needed to compare.")
        new = self.chosen("to") or editions[0]
        old = self.chosen("from") or editions[1]
        changes = one_pager.compare(OnePager(json.loads(old.text)), OnePager(json.loads(new.text)))
        is_all = request.GET.get("show") == "all"
        return self.page(
            "governance/one_pager_compare.html",
            old=old,
            new=new,
            editions=editions,
            changes=[one for one in changes if is_all or one.is_changed],
            same=sum(not one.is_changed for one in changes),
            is_all=is_all,
        )

    def chosen(self, name: str) -> Edition | None:
        number = whole_number(self.request.GET.get(name, ""))
        return self.find(number) if number else None
