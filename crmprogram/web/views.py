"""The base of every page that belongs to a program."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.views import View

from crmprogram.program import policy
from crmprogram.program.models import Membership, Program
from crmprogram.web import shell


class ProgramView(LoginRequiredMixin, View):
    """Find the program among the person's own, ask the policy, then do the work.

    `action` is the right a GET needs; `post_action` the right a POST needs (a view
    without it takes no POST). A foreign program answers 404, a missing right 403.
    """

    action: ClassVar[str]
    post_action: ClassVar[str] = ""
    program: Program
    membership: Membership

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        slug = kwargs.pop("slug")
        program = policy.program_for(request.user, slug)
        if program is None:
            raise Http404("There is no such program, or you are not a member of it.")
        self.program = request.program = program
        self.membership = policy.membership_of(request.user, program)
        needed = self.action if request.method in {"GET", "HEAD", "OPTIONS"} else self.post_action
        if not needed:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        policy.require(request.user, needed, program)
        with timezone.override(ZoneInfo(request.user.time_zone or program.time_zone)):
            return super().dispatch(request, *args, **kwargs)

    @cached_property
    def look(self):
        """The one Look of this request (phases.registry), shared by page, rail and checks."""
        return shell.look_of(self.request, self.program)

    def can(self, action: str, obj: Any = None) -> bool:
        """May the person of this request do `action` to `obj` (the program when not given)?"""
        return policy.can(self.request.user, action, obj if obj is not None else self.program)

    def page(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        """Render a page, or one fragment of it when `template` ends in `#name`."""
        context = {"program": self.program, "membership": self.membership, "view": self, **context}
        response = render(self.request, template, context, status=status)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def done(self, to: str, *args: Any, message: str = "", fragment: str = "", **kwargs: Any) -> HttpResponse:
        """Go to the page named `to` of this program after something was done."""
        if message:
            messages.success(self.request, message)
        url = reverse(to, args=[self.program.slug, *args], kwargs=kwargs or None)
        if fragment:
            url = f"{url}#{fragment}"
        if getattr(self.request, "htmx", False):
            response = HttpResponse(status=200)
            response["HX-Redirect"] = url
            return response
        response = HttpResponseRedirect(url)
        response.status_code = 303
        return response
