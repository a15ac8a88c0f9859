"""Pages of the scope: three lists, their versions, and the signature."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from phases.forms.refusal import UNPROCESSABLE, put_refusal
from phases.forms.scope import (
    AdditionDecisionForm,
    AdditionForm,
    ScopeChangeForm,
    ScopeItemForm,
    SeenEditForm,
)
from phases.models import ScopeItem, ScopeKind, ScopeRequest
from phases.queries import scope as queries
from phases.services import scope as services
from phases.views.signing import SigningView


class ScopePage(ProgramView):
    """What is in, out and deferred; who signed which version."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def show(
        self, status: int = 200, refused: ScopeItemForm | None = None, addition: AdditionForm | None = None
    ) -> HttpResponse:
        scope, locked_at = queries.scope_of(self.program), queries.locked_at(self.program)
        kept = refused.data.get("kind") if refused is not None else None
        signatures = list(scope.signatures.select_related("signed_by")) if scope else []
        lists = [
            {
                "kind": kind,
                "items": items,
                "form": refused if kind == kept else ScopeItemForm(initial={"kind": kind}, auto_id=f"{kind}-%s"),
            }
            for kind, items in queries.by_kind(scope)
        ]
        return self.page(
            "phases/scope.html",
            status=status,
            scope=scope,
            locked_at=locked_at,
            lists=lists,
            in_scope=next(len(one["items"]) for one in lists if one["kind"] == ScopeKind.IN),
            total=sum(len(one["items"]) for one in lists),
            signatures=signatures,
            signed_by_me=bool(scope)
            and any(s.version == scope.version and s.signed_by_id == self.request.user.pk for s in signatures),
            versions=queries.changes_by_version(scope) if scope else [],
            growth=queries.growth_of(self.program, scope) if locked_at else None,
            addition=addition or AdditionForm(),
        )

    def item(self, pk: int) -> ScopeItem:
        return get_object_or_404(ScopeItem.objects.of(self.program).select_related("scope__program"), pk=pk)


class AddScopeItem(ScopePage):
    post_action = "audit.edit"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ScopeItemForm(request.POST, auto_id=f"{request.POST.get('kind', ScopeKind.IN)}-%s")
        if not form.is_valid():
            return self.show(UNPROCESSABLE, form)
        try:
            item = services.add_scope_item(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            return self.show(put_refusal(form, refusal), form)
        return self.done("phases:scope", fragment=f"kind-{item.kind}")


class ChangeScopeItem(ScopePage):
    """Change one line on a page of its own."""

    action = post_action = "audit.edit"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        item = self.item(pk)
        form = ScopeChangeForm(
            initial={"kind": item.kind, "text": item.text, "reason": item.reason, "seen_edit": item.edit}
        )
        return self.page("phases/scope_item.html", item=item, form=form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        item = self.item(pk)
        form = ScopeChangeForm(request.POST)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                services.change_scope_item(item=item, by=request.user, **form.cleaned_data)
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.done("phases:scope", message="The line is changed.")
        return self.page("phases/scope_item.html", status=status, item=item, form=form)


class RemoveScopeItem(ScopePage):
    action = post_action = "audit.edit"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = SeenEditForm(request.POST)
        seen = form.cleaned_data["seen_edit"] if form.is_valid() else -1
        services.remove_scope_item(item=self.item(pk), by=request.user, seen_edit=seen)
        return self.done("phases:scope", message="The line is removed.")


class SignScope(ScopePage):
    action = "audit.view"
    post_action = "audit.sign_scope"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SeenEditForm(request.POST)
        seen = form.cleaned_data["seen_edit"] if form.is_valid() else -1
        signature = services.sign_scope(program=self.program, by=request.user, seen_edit=seen)
        return self.done("phases:scope", message=f"You signed version {signature.version} of the scope.")


class RequestAddition(ScopePage):
    """Ask for what the locked scope leaves out."""

    post_action = "scope.request"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AdditionForm(request.POST)
        if not form.is_valid():
            return self.show(UNPROCESSABLE, addition=form)
        try:
            made = services.request_addition(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            return self.show(put_refusal(form, refusal), addition=form)
        said = f"{made.label} is deferred to Iterate. The sponsor may let it in."
        return self.done("phases:scope", message=said, fragment="after-the-lock")


class DecideAddition(SigningView):
    """The sponsor lets an addition in, or declines it."""

    action = "audit.view"
    post_action = "scope.except"

    def found(self, number: int) -> ScopeRequest:
        rows = ScopeRequest.objects.of(self.program).select_related("asked_by", "decided_by", "program__accountable")
        return get_object_or_404(rows, number=number)

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.shown(self.found(number), AdditionDecisionForm(is_fresh=self.is_fresh))

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        asked, form = self.found(number), AdditionDecisionForm(request.POST, is_fresh=self.is_fresh)
        if not form.is_valid():
            return self.shown(asked, form, UNPROCESSABLE)
        data = form.cleaned_data
        try:
            services.decide_addition(
                request=asked, by=request.user, state=data["state"], reason=data["reason"], fresh_at=self.fresh(form)
            )
        except DomainError as refusal:
            return self.shown(asked, form, self.refuse(form, refusal))
        return self.done("phases:scope", message=f"{asked.label} is decided.", fragment="after-the-lock")

    def shown(self, asked: ScopeRequest, form: AdditionDecisionForm, status: int = 200) -> HttpResponse:
        return self.page("phases/scope_request.html", status, asked=asked, form=form)
