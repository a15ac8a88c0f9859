"""Signing in, the list of programs, joining by invitation, the profile."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from crmprogram.jobs.models import JobState
from crmprogram.program import clock, services
from crmprogram.program.models import Membership, Program, Role, User
from crmprogram.web import shell
from crmprogram.web.forms_program import REFUSALS, AccountForm, ProfileForm, TokenForm, take_refusal

PROGRAMS_A_PAGE = 50
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


class Login(auth_views.LoginView):
    """User name and password; django-axes slows down guessing."""

    template_name = "registration/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(nobody_yet=not User.objects.exists(), **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        # the summary of what to correct takes the focus; two askers make the browser complain
        form.fields["username"].widget.attrs.pop("autofocus", None)
        return self.render_to_response(self.get_context_data(form=form), status=422)


class Programs(LoginRequiredMixin, View):
    """The programs a person belongs to, with where each stands: the small portfolio."""

    def get(self, request: HttpRequest) -> HttpResponse:
        mine = (
            Membership.objects.active()
            .filter(user=request.user)
            .select_related("program__accountable")
            .annotate(
                members=Count("program__memberships", filter=Q(program__memberships__is_active=True), distinct=True),
                running=Count("program__jobs", filter=Q(program__jobs__state=JobState.RUNNING), distinct=True),
            )
            .order_by("program__company", "program__name", "pk")
        )
        page = Paginator(mine, PROGRAMS_A_PAGE).get_page(request.GET.get("page"))
        programs = [one.program for one in page]
        spines, alarms = shell.spines_of(programs), shell.alarms_of(programs)
        for one in page:
            one.spine, one.alarms = spines.get(one.program_id, []), alarms[one.program_id]
            one.here = shell.here(one.spine)
        held = Program.objects.for_user(request.user).filter(on_hold=True).count()
        return render(request, "web/programs.html", {"page": page, "held": held})


@method_decorator(never_cache, name="dispatch")
class Join(View):
    """The page behind an invitation's link: join as who is signed in, or make an account."""

    def _page(self, request: HttpRequest, token: str, form: Any, status: int = 200) -> HttpResponse:
        invitation = services.find_invitation(token)
        here = reverse("web:join", args=[token])
        member = (
            request.user.is_authenticated
            and Membership.objects.active().filter(program=invitation.program, user=request.user).exists()
        )
        context = {"invitation": invitation, "form": form, "here": here, "is_member": member}
        return render(request, "web/join.html", context, status=status)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)
        except services.InvitationUnusable as error:
            return render(request, "web/join_closed.html", {"error": error}, status=410)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._page(request, token, AccountForm())

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        if request.user.is_authenticated:
            membership = services.accept_invitation(token=token, user=request.user)
            return self._welcome(request, membership)
        services.find_invitation(token)
        form = AccountForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            try:
                membership = services.accept_with_new_account(
                    token=token, username=data["username"], password=data["password"], full_name=data["full_name"]
                )
            except services.InvitationUnusable:
                raise
            except REFUSALS as error:
                take_refusal(form, error)
            else:
                login(request, membership.user, backend=MODEL_BACKEND)
                return self._welcome(request, membership)
        return self._page(request, token, form, status=422)

    def _welcome(self, request: HttpRequest, membership: Membership) -> HttpResponse:
        role = Role(membership.role).label
        messages.success(request, f"You are in {membership.program.name} as {role}.")
        return redirect(membership.program)


class Profile(LoginRequiredMixin, View):
    """Name, theme, time zone, single keys."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, ProfileForm(instance=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        stored, draft = (User.objects.get(pk=request.user.pk) for _ in range(2))  # a form changes its own
        form = ProfileForm(request.POST, instance=draft)
        if form.is_valid():
            try:
                services.update_profile(user=stored, **form.cleaned_data)
            except REFUSALS as error:
                take_refusal(form, error)
            else:
                messages.success(request, "Your profile is saved.")
                return redirect("web:profile")
        return self._page(request, form, status=422)

    def _page(self, request: HttpRequest, form: ProfileForm, status: int = 200) -> HttpResponse:
        memberships = (
            Membership.objects.active()
            .filter(user=request.user)
            .select_related("program")
            .order_by("program__company", "pk")
        )
        return render(request, "web/profile.html", {"form": form, "memberships": memberships}, status=status)


class Password(auth_views.PasswordChangeView):
    """A new password, after the present one."""

    template_name = "registration/password_change.html"
    success_url = reverse_lazy("web:profile")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "Your password is changed. Other sessions of yours are signed out.")
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        form.fields["old_password"].widget.attrs.pop("autofocus", None)
        return self.render_to_response(self.get_context_data(form=form), status=422)


class Components(LoginRequiredMixin, View):
    """Every part with its states, for those who build pages. Staff only."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_staff:
            raise Http404
        return render(request, "web/components.html", sheet())


def favicon(request: HttpRequest) -> HttpResponse:
    """For pages that name none, such as the admin's."""
    return redirect(static("img/mark.svg"))


def sheet() -> dict[str, Any]:
    """What the component sheet shows; invented numbers, nobody's data."""
    wrong = TokenForm({"name": "", "days": "9"})
    wrong.is_valid()
    return {
        "states": [
            ("met", "", "filled circle, tick"),
            ("unmet", "", "filled square, cross"),
            ("watch", "", "triangle"),
            ("waived", "", "dashed ring, bar"),
            ("none", "", "empty ring"),
            ("stale", "Stale, 26 h", "clock"),
            ("running", "", "half disc"),
            ("eliminated", "", "barred ring"),
        ],
        "gates": [
            (1, "ok", "Passed, 28 Jan, by the sponsor"),
            (4, "now", "Open, this phase"),
            (4, "no", "Reviewed, not ready to sign"),
            (5, "next", "Ahead"),
        ],
        "wrong_form": wrong,
        "before_now": [("Unique records", 84.0, 98.8, 98, True), ("Industry from the list", 66.3, 92.9, 95, False)],
        "axis": [(0, "0%"), (50, "50%"), (100, "100%")],
        "marks": ["present", "present", "delegate", "absent", "", "present"],
        "ratings": [2, 3, 4, 4, 5],
        "heat_rows": [("Rep 01", [0, 2, 5, 9, 10]), ("Rep 02", [None, None, 4, 7, 8])],
        "heat_columns": ["W25", "W26", "W27", "W28", "W29"],
        "score": [("Name, one token off", 3.4), ("E-mail, one letter", 4.1), ("Prior, 1 in 91", -6.5)],
        "newest": clock.now(),
    }
