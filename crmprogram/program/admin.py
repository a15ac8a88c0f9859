"""The admin of the ground floor: for support, not for running a program.

What services decide is read-only here; nothing can be added or removed past them.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from crmprogram.program import services
from crmprogram.program.models import (
    ApiToken,
    AuditEntry,
    AuditSeal,
    Invitation,
    KeptAnswer,
    Membership,
    Position,
    Program,
    ProgramDraft,
    Team,
    User,
)

admin.site.site_header = "Rollout support"
admin.site.site_title = "Rollout support"
admin.site.index_title = "Look things up; programs are run on their own pages"


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only services write."""

    view_on_site = False  # whoever helps out is no member of the program: its pages are not there

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):
    """Rows shown with the thing they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(ReadOnlyInline):
    model = Membership
    fk_name = "program"
    fields = ["user", "role", "function", "team", "is_active", "accepted_at", "left_at"]


class UserMembershipInline(ReadOnlyInline):
    model = Membership
    fk_name = "user"
    fields = ["program", "role", "function", "is_active", "accepted_at"]


class TeamInline(ReadOnlyInline):
    model = Team
    fields = ["name", "function", "region", "seats", "wave", "go_live_on"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """People can be helped in: password, active or not, staff. Roles in programs are the programs' own."""

    list_display = ["username", "email", "is_active", "is_staff", "last_login", "date_joined"]
    list_filter = ["is_active", "is_staff", "memberships__role"]
    search_fields = ["username", "email", "first_name", "last_name", "memberships__program__slug"]
    date_hierarchy = "date_joined"
    inlines = [UserMembershipInline]
    fieldsets = (
        *DjangoUserAdmin.fieldsets[:2],  # type: ignore[index]
        ("Support", {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
        ("Profile", {"fields": ("theme", "single_keys", "time_zone")}),
    )
    readonly_fields = ["last_login", "date_joined"]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """An account that is closed is closed by the service: who answered for a program does no longer (R3)."""
        closes = change and "is_active" in form.changed_data and not obj.is_active
        super().save_model(request, obj, form, change)
        if closes:
            services.close_account(user=obj, by=cast(User, request.user))


@admin.register(Program)
class ProgramAdmin(ReadOnlyAdmin):
    list_display = ["slug", "company", "name", "kind", "seats", "starts_on", "go_live_on", "on_hold"]
    list_filter = ["kind", "on_hold", "currency", "platform_chosen"]
    search_fields = ["slug", "company", "name"]
    date_hierarchy = "starts_on"
    inlines = [MembershipInline, TeamInline]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ["user", "program", "role", "function", "is_active", "accepted_at", "left_at"]
    list_filter = ["role", "function", "is_active"]
    search_fields = ["user__username", "user__email", "program__slug", "program__company"]
    list_select_related = ["user", "program"]
    date_hierarchy = "accepted_at"


@admin.register(Position)
class PositionAdmin(ReadOnlyAdmin):
    list_display = ["title", "program", "level", "membership"]
    list_filter = ["level"]
    search_fields = ["title", "program__slug"]
    list_select_related = ["program", "membership__user"]


@admin.register(Team)
class TeamAdmin(ReadOnlyAdmin):
    list_display = ["name", "program", "function", "region", "seats", "wave", "go_live_on"]
    list_filter = ["function", "wave"]
    search_fields = ["name", "program__slug"]
    list_select_related = ["program"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["email", "program", "role", "created_at", "expires_at", "used_at", "revoked_at"]
    list_filter = ["role"]
    search_fields = ["email", "program__slug"]
    list_select_related = ["program"]
    date_hierarchy = "created_at"
    exclude = ["token_hash"]


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ["name", "prefix", "program", "user", "is_read_only", "expires_at", "last_used_at", "revoked_at"]
    list_filter = ["is_read_only"]
    search_fields = ["name", "prefix", "user__username", "program__slug"]
    list_select_related = ["program", "user"]
    exclude = ["token_hash"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "program", "by", "verb", "subject_text", "request_id"]
    list_filter = ["verb"]
    search_fields = ["subject_text", "subject_id", "verb", "by__username", "program__slug", "request_id"]
    list_select_related = ["program", "by"]
    date_hierarchy = "at"
    show_full_result_count = False


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin):
    list_display = ["first_entry_id", "last_entry_id", "entries", "digest", "sealed_at"]


@admin.register(ProgramDraft)
class ProgramDraftAdmin(ReadOnlyAdmin):
    list_display = ("user", "page", "changed_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    date_hierarchy = "changed_at"


@admin.register(KeptAnswer)
class KeptAnswerAdmin(ReadOnlyAdmin):
    list_display = ("key", "user", "status", "kept_at")
    list_select_related = ("user",)
    search_fields = ("key", "user__username")
    date_hierarchy = "kept_at"
