"""Pages of the configuration spec: the list, one item with its records, its form."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from phases.forms.configuration import ItemForm, ProgressForm
from phases.forms.refusal import UNPROCESSABLE, put_refusal
from phases.models import ConfigItem, ItemKind, Progress, Requirement
from phases.models.configuration import MAINTENANCE
from phases.queries import configuration as queries
from phases.registry import examine
from phases.services import configuration as services
from phases.views.audit_needs import seen_in


class ConfigurationPage(ProgramView):
    """What shall be set up, for which requirement, and how far it is."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        signing = self.look.configuration.signing
        return self.page(
            "phases/configuration.html",
            spec=queries.spec_of(self.program),
            evidence=examine(self.look, "phases.configuration", phase=3),
            signing=signing,
            signed_by_me=any(one.signed_by_id == request.user.pk for one in signing.standing),
            factor=MAINTENANCE,
        )


class SignSpec(ProgramView):
    """Sign the spec as it was shown."""

    action = "audit.view"
    post_action = "config.sign"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        seen = request.POST.get("seen_digest", "")
        signature = services.sign_spec(program=self.program, by=request.user, seen_digest=seen)
        message = f"You signed the spec of {len(signature.items)} {'item' if len(signature.items) == 1 else 'items'}."
        return self.done("phases:configuration", message=message, fragment="h-signature")


class ItemPage(ProgramView):
    """One item: its spec, what it serves, and the records of its making."""

    action = "audit.view"
    post_action = "config.record"

    def item(self, number: int) -> ConfigItem:
        rows = ConfigItem.objects.of(self.program).with_progress().select_related("parent", "owner", "program")
        return get_object_or_404(rows, number=number)

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.show(self.item(number))

    def show(self, one: ConfigItem, form: ProgressForm | None = None, status: int = 200) -> HttpResponse:
        asked = Progress.PASSED if one.progress else Progress.CONFIGURED
        return self.page(
            "phases/configuration_item.html",
            status=status,
            item=one,
            requirements=one.requirements.order_by("number"),
            records=one.records.select_related("recorded_by"),
            form=form or ProgressForm(initial={"seen_version": one.version, "progress": asked}),
            factor=MAINTENANCE,
        )

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        one = self.item(number)
        form = ProgressForm(request.POST)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                services.record_progress(item=one, by=request.user, **form.cleaned_data)
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.done("phases:config-item", number, message="Recorded.")
        return self.show(one, form, status)


class ItemEdit(ProgramView):
    action = post_action = "audit.edit"

    def item(self, number: int) -> ConfigItem:
        return get_object_or_404(
            ConfigItem.objects.of(self.program).select_related("program", "parent", "owner"), number=number
        )

    def form_page(self, form: ItemForm, one: ConfigItem | None = None, status: int = 200) -> HttpResponse:
        return self.page("phases/configuration_form.html", status=status, form=form, item=one)


class AddItem(ItemEdit):
    def get(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET
        initial: dict[str, Any] = {"kind": asked.get("kind", ItemKind.PIPELINE)}
        if asked.get("pipeline", "").isdecimal():
            pipelines = ConfigItem.objects.of(self.program).filter(kind=ItemKind.PIPELINE)
            initial |= {"kind": ItemKind.STAGE, "parent": pipelines.filter(number=asked["pipeline"]).first()}
        if asked.get("requirement", "").isdecimal():
            initial["requirements"] = list(Requirement.objects.of(self.program).filter(number=asked["requirement"]))
        return self.form_page(ItemForm(program=self.program, initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ItemForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                one = services.add_item(program=self.program, by=request.user, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                message = f"{one.name} is specified."
                return self.done("phases:configuration", message=message, fragment=f"item-{one.number}")
        return self.form_page(form, status=status)


class EditItem(ItemEdit):
    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        one = self.item(number)
        return self.form_page(ItemForm(program=self.program, item=one), one)

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        one = self.item(number)
        form = ItemForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            seen = form.cleaned_data["seen_version"] or 0
            try:
                services.change_item(item=one, by=request.user, seen_version=seen, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.done("phases:config-item", number, message=f"{one.name} is changed.")
        return self.form_page(form, one, status)


class MoveItem(ItemEdit):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        services.move_item(item=self.item(number), by=request.user, up=request.POST.get("to") == "up")
        return self.done("phases:configuration", fragment=f"item-{number}")


class RemoveItem(ItemEdit):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        one = self.item(number)
        services.remove_item(item=one, by=request.user, seen_version=seen_in(request))
        return self.done("phases:configuration", message=f"{one.name} is removed.")
