"""Members, invitations, access tokens."""

from __future__ import annotations

import copy
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from crmprogram.program import clock, policy, services
from crmprogram.program.models import ApiToken, Invitation, Membership, Position, Role
from crmprogram.web.forms_program import REFUSALS, InviteForm, MemberForm, TokenForm, take_refusal
from crmprogram.web.views import ProgramView


def once(response: HttpResponse) -> HttpResponse:
    """An answer with a secret in it is kept by nobody."""
    response["Cache-Control"] = "no-store"
    return response


def rights_by_role() -> list[tuple[str, list[bool]]]:
    """Every registered action with, role by role, whether the role may do it; further rules may still refuse."""
    acts = sorted(policy.ACTIONS.values(), key=lambda act: act.key)
    return [(act.label, [role in act.roles for role in Role]) for act in acts]


class MembersPage(ProgramView):
    """The page of members, as it answers to several acts."""

    def invited(self, invitation: Invitation, token: str) -> HttpResponse:
        """The one answer that shows the link."""
        link = self.request.build_absolute_uri(reverse("web:join", args=[token]))
        return once(self._page(InviteForm(), status=201, invitation=invitation, link=link))

    def _page(self, form: InviteForm, status: int = 200, **context: Any) -> HttpResponse:
        positions = Prefetch("positions", Position.objects.order_by("order", "pk"))
        members = (
            Membership.objects.of(self.program)
            .select_related("user", "team")
            .prefetch_related(positions)
            .order_by("-is_active", "role", "user__username")
        )
        may_manage = self.can("members.manage")
        invitations = Invitation.objects.of(self.program).open().select_related("invited_by") if may_manage else []
        return self.page(
            "web/members.html",
            status=status,
            form=form,
            members=members,
            invitations=invitations,
            may_manage=may_manage,
            roles=list(Role),
            rights=rights_by_role(),
            **context,
        )


class Members(MembersPage):
    """Who is in the program, who is invited, and what each role may do (P3)."""

    action = "members.view"
    post_action = "members.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(InviteForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = InviteForm(request.POST)
        if form.is_valid():
            try:
                made = services.invite_member(program=self.program, by=request.user, **form.cleaned_data)
            except REFUSALS as error:
                take_refusal(form, error)
            else:
                return self.invited(*made)
        return self._page(form, status=422)


class RevokeInvitation(ProgramView):
    action = post_action = "members.manage"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        invitation = get_object_or_404(Invitation.objects.of(self.program), pk=pk)
        services.revoke_invitation(invitation=invitation, by=request.user)
        return self.done("web:members", message=f"The invitation of {invitation.email} is taken back.")


class ResendInvitation(MembersPage):
    """A new link for the same person; the old one stops working."""

    action = post_action = "members.manage"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        old = get_object_or_404(Invitation.objects.of(self.program).open(), pk=pk)
        made = services.invite_member(
            program=self.program,
            by=request.user,
            email=old.email,
            role=old.role,
            function=old.function,
            position_title=old.position_title,
        )
        return self.invited(*made)


class Member(ProgramView):
    """One member: role, function, team; what the role may do; leaving."""

    action = "members.view"
    post_action = "members.manage"

    def _member(self, pk: int) -> Membership:
        found = Membership.objects.of(self.program).select_related("user", "team", "program")
        return get_object_or_404(found, pk=pk)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        member = self._member(pk)
        return self._page(member, MemberForm(instance=copy.copy(member)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        member = self._member(pk)
        form = MemberForm(request.POST, instance=copy.copy(member))
        if form.is_valid():
            try:
                services.change_member(membership=member, by=request.user, **form.cleaned_data)
            except REFUSALS as error:
                take_refusal(form, error)
            else:
                return self.done("web:members", message=f"{member.user.display} is saved.")
        return self._page(self._member(pk), form, status=422)

    def _page(self, member: Membership, form: MemberForm, status: int = 200) -> HttpResponse:
        may = [act.label for act in policy.ACTIONS.values() if member.role in act.roles]
        return self.page(
            "web/member.html",
            status=status,
            member=member,
            form=form,
            positions=member.positions.all(),
            may=sorted(may),
            may_manage=self.can("members.manage"),
        )


class MemberLeaves(ProgramView):
    """End a membership; the history stays."""

    action = post_action = "members.manage"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        member = get_object_or_404(
            Membership.objects.of(self.program).active().select_related("user", "program"), pk=pk
        )
        services.deactivate_member(membership=member, by=request.user)
        return self.done("web:members", message=f"{member.user.display} is no longer a member.")


class Tokens(ProgramView):
    """Access tokens of this program: my own, and everybody's for who manages the members."""

    action = post_action = "tokens.own"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(TokenForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TokenForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            try:
                token, raw = services.make_token(
                    program=self.program,
                    by=request.user,
                    name=data["name"],
                    expires_at=form.expires_at(),
                    is_read_only=data["is_read_only"],
                )
            except REFUSALS as error:
                take_refusal(form, error)
            else:
                return once(self._page(TokenForm(), status=201, made=token, raw=raw))
        return self._page(form, status=422)

    def _page(self, form: TokenForm, status: int = 200, **context: Any) -> HttpResponse:
        tokens = ApiToken.objects.of(self.program).select_related("user")
        manages = self.can("members.manage")
        if not manages:
            tokens = tokens.filter(user=self.request.user)
        here = self.request.build_absolute_uri(f"/api/v1/programs/{self.program.slug}/")
        return self.page(
            "web/tokens.html",
            status=status,
            form=form,
            tokens=tokens,
            manages=manages,
            now=clock.now(),
            address=here,
            **context,
        )


class RevokeToken(ProgramView):
    """Its maker may revoke a token, and whoever manages the members."""

    action = post_action = "tokens.own"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        tokens = ApiToken.objects.of(self.program)
        if not self.can("members.manage"):
            tokens = tokens.filter(user=request.user)
        token = get_object_or_404(tokens, pk=pk)
        services.revoke_token(token=token, by=request.user)
        return self.done("web:tokens", message=f"{token.name} no longer opens anything.")
