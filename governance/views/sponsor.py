"""Name, accept and release the executive sponsor."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from crmprogram.program.errors import DomainError
from crmprogram.program.models import Membership, Position, Role
from crmprogram.web.views import ProgramView
from governance import services
from governance.forms import ReleaseForm, SponsorForm
from governance.models import Sponsorship
from governance.queries import open_sponsorship
from governance.views.meetings import ON_SPONSOR_PAGE, forms_of


class SponsorPage(ProgramView):
    """The registry: who is or was the sponsor, and the form that names one."""

    action = "raci.view"
    post_action = "sponsor.name"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SponsorForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.shown(422, form=form)
        try:
            named = services.appoint_sponsor(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(exc.status, form=form, error=exc)
        said = f"{named.title} is named. The program starts to move when they have accepted."
        return self.done("governance:sponsor", message=said)

    def shown(self, status: int = 200, **context: Any) -> HttpResponse:
        sponsorship = open_sponsorship(self.program)
        meetings = self.look.governance.meetings
        waiting = meetings.recordable
        given = {
            "sponsorship": sponsorship,
            "past": Sponsorship.objects.of(self.program).exclude(ended_at=None).select_related("membership__user"),
            "meetings": meetings,
            "to_record": forms_of(self, waiting[-ON_SPONSOR_PAGE:]),
            "more_to_record": max(len(waiting) - ON_SPONSOR_PAGE, 0),
            "owner": self.look.governance.owner,
            "form": SponsorForm(program=self.program, initial={} if sponsorship else self.likely()),
            "release_form": ReleaseForm(),
            "may_accept": self.can("sponsor.accept"),
        }
        return self.page("governance/sponsor.html", status=status, **(given | context))

    def likely(self) -> dict[str, Any]:
        """The one member with the sponsor's role, and the position they hold; a person still presses the button."""
        found = list(Membership.objects.of(self.program).active().filter(role=Role.SPONSOR)[:2])
        if len(found) != 1:
            return {}
        position = Position.objects.of(self.program).filter(membership=found[0]).first()
        if position is None:
            return {"membership": found[0].pk}
        return {"membership": found[0].pk, "title": position.title, "level": position.level}


class AcceptSponsorship(SponsorPage):
    """The named person accepts in person."""

    action = "raci.view"
    post_action = "sponsor.accept"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.done("governance:sponsor")

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            services.accept_sponsorship(program=self.program, by=request.user)
        except DomainError as exc:
            return self.shown(exc.status, error=exc)
        return self.done("governance:overview", message="You are the executive sponsor. The hold is lifted.")


class ReleaseSponsor(SponsorPage):
    action = "raci.view"
    post_action = "sponsor.release"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.done("governance:sponsor")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ReleaseForm(request.POST)
        if not form.is_valid():
            return self.shown(422, release_form=form)
        try:
            services.release_sponsor(program=self.program, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            return self.shown(exc.status, release_form=form, error=exc)
        return self.done("governance:sponsor", message="The sponsor is released. The program is on hold.")
