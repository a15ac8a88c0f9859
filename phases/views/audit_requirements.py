"""Pages of the requirements and of the interviews."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program import clock
from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from phases.forms.refusal import UNPROCESSABLE, put_refusal
from phases.forms.requirements import FindingForm, InterviewForm, RequirementForm
from phases.models import Finding, Gap, Interview, InterviewRole, Requirement, RequirementKind
from phases.queries import requirements as queries
from phases.registry import examine
from phases.services import requirements as services
from phases.views.audit_needs import seen_in


class RequirementsPage(ProgramView):
    """Every requirement with what asks for it and what it ends in; `?kind=` and `?end=none` narrow the list."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = list(queries.requirement_rows(self.program))
        kind, only_open = request.GET.get("kind", ""), request.GET.get("end") == "none"
        shown = [one for one in rows if kind in ("", one.kind) and not (only_open and one.is_traceable)]
        return self.page(
            "phases/requirements.html",
            rows=rows,
            shown=shown,
            kind=kind,
            only_open=only_open,
            kinds=RequirementKind.choices,
            untraceable=[one for one in rows if not one.is_traceable],
            unasked=[one for one in rows if not one.is_asked_for],
            evidence=examine(self.look, "audit.requirements", phase=1),
        )


class RequirementEdit(ProgramView):
    action = post_action = "audit.edit"

    def requirement(self, number: int) -> Requirement:
        return get_object_or_404(Requirement.objects.of(self.program).select_related("program"), number=number)

    def form_page(self, form: RequirementForm, one: Requirement | None = None, status: int = 200) -> HttpResponse:
        return self.page("phases/requirements_form.html", status=status, form=form, requirement=one)


class AddRequirement(RequirementEdit):
    def get(self, request: HttpRequest) -> HttpResponse:
        initial: dict[str, Any] = {}
        if request.GET.get("gap", "").isdecimal():
            initial["gaps"] = list(Gap.objects.of(self.program).filter(number=request.GET["gap"]))
        return self.form_page(RequirementForm(program=self.program, initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RequirementForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                one = services.add_requirement(program=self.program, by=request.user, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                message = f"Requirement {one.number} is noted."
                return self.done("phases:requirements", message=message, fragment=f"requirement-{one.number}")
        return self.form_page(form, status=status)


class EditRequirement(RequirementEdit):
    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        one = self.requirement(number)
        return self.form_page(RequirementForm(program=self.program, requirement=one), one)

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        one = self.requirement(number)
        form = RequirementForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            seen = form.cleaned_data["seen_version"] or 0
            try:
                services.change_requirement(requirement=one, by=request.user, seen_version=seen, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                message = f"Requirement {number} is changed."
                return self.done("phases:requirements", message=message, fragment=f"requirement-{number}")
        return self.form_page(form, one, status)


class RemoveRequirement(RequirementEdit):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        services.remove_requirement(
            requirement=self.requirement(number), by=request.user, seen_version=seen_in(request)
        )
        return self.done("phases:requirements", message=f"Requirement {number} is removed.")


class InterviewsPage(ProgramView):
    """Whom the audit listened to, role by role; which roles are missing comes first."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        heard = queries.heard(self.program, clock.today(self.program))
        return self.page(
            "phases/interviews.html",
            heard=heard,
            missing=[one for one in heard if not one.held],
            total=sum(len(one.held) for one in heard),
            any=any(one.held or one.planned for one in heard),
        )


class InterviewEdit(ProgramView):
    action = post_action = "audit.edit"

    def interview(self, number: int) -> Interview:
        return get_object_or_404(Interview.objects.of(self.program).select_related("program"), number=number)

    def form_page(self, form: InterviewForm, one: Interview | None = None, status: int = 200) -> HttpResponse:
        return self.page("phases/interview_form.html", status=status, form=form, interview=one)


class AddInterview(InterviewEdit):
    def get(self, request: HttpRequest) -> HttpResponse:
        role = request.GET.get("role")
        initial = {"role": role} if role in InterviewRole.values else {}
        return self.form_page(InterviewForm(program=self.program, initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = InterviewForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                one = services.add_interview(program=self.program, by=request.user, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.done("phases:interview", one.number, message="Noted. Now what was heard.")
        return self.form_page(form, status=status)


class InterviewPage(ProgramView):
    """One interview with its findings; those who may edit add to them here."""

    action = "audit.view"
    post_action = "audit.edit"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.show(number)

    def show(self, number: int, form: FindingForm | None = None, status: int = 200) -> HttpResponse:
        one = get_object_or_404(Interview.objects.of(self.program).select_related("held_by", "program"), number=number)
        return self.page(
            "phases/interview.html",
            status=status,
            interview=one,
            is_held=one.held_on <= clock.today(self.program),
            findings=one.findings.prefetch_related("gaps", "requirements"),
            form=form or FindingForm(program=self.program),
        )

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        one = get_object_or_404(Interview.objects.of(self.program).select_related("program"), number=number)
        form = FindingForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                services.add_finding(interview=one, by=request.user, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.done("phases:interview", number, message="The finding is noted.")
        return self.show(number, form, status)


class EditInterview(InterviewEdit):
    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        one = self.interview(number)
        return self.form_page(InterviewForm(program=self.program, interview=one), one)

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        one = self.interview(number)
        form = InterviewForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            seen = form.cleaned_data["seen_version"] or 0
            try:
                services.change_interview(interview=one, by=request.user, seen_version=seen, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.done("phases:interview", number, message="The interview is changed.")
        return self.form_page(form, one, status)


class RemoveInterview(InterviewEdit):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        services.remove_interview(interview=self.interview(number), by=request.user, seen_version=seen_in(request))
        return self.done("phases:interviews", message=f"Interview {number} is removed.")


class EditFinding(ProgramView):
    action = post_action = "audit.edit"

    def finding(self, pk: int) -> Finding:
        return get_object_or_404(Finding.objects.of(self.program).select_related("interview__program"), pk=pk)

    def form_page(self, form: FindingForm, finding: Finding, status: int = 200) -> HttpResponse:
        return self.page("phases/finding_form.html", status=status, form=form, finding=finding)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = self.finding(pk)
        return self.form_page(FindingForm(program=self.program, finding=found), found)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = self.finding(pk)
        form = FindingForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                services.change_finding(finding=found, by=request.user, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.done("phases:interview", found.interview.number, message="The finding is changed.")
        return self.form_page(form, found, status)


class RemoveFinding(EditFinding):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = self.finding(pk)
        services.remove_finding(finding=found, by=request.user)
        return self.done("phases:interview", found.interview.number, message="The finding is removed.")
