"""Who may do what: actions × membership roles, as data.

Every page, fragment, endpoint, download and task asks here. Each app registers its
actions in `<app>/rights.py`. Denied by default; a superuser is no bypass (G8: there is
no other way past a gate, for admins neither). What a person may not see at all answers
404, what a person sees but may not do answers 403.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from crmprogram.program.errors import NotYours
from crmprogram.program.models import Membership, Program, Role

Rule = Callable[[Any, Model, Membership], str]
EVERYONE = frozenset(Role)


@dataclass(frozen=True)
class Action:
    """One thing a member can do. `rule` answers "" or the sentence that refuses."""

    key: str
    label: str
    roles: frozenset[Role]
    rule: Rule | None = None


ACTIONS: dict[str, Action] = {}


def action(key: str, *, label: str, roles: Iterable[Role], rule: Rule | None = None) -> Action:
    """Register an action; a second registration of the same key is a programming error."""
    if key in ACTIONS:
        raise ValueError(f"The action {key} is registered twice.")
    ACTIONS[key] = Action(key, label, frozenset(roles), rule)
    return ACTIONS[key]


def program_of(obj: Model) -> Program:
    """The program an object belongs to, along its class's `program_path`."""
    if isinstance(obj, Program):
        return obj
    for name in getattr(type(obj), "program_path", "program").split("__"):
        obj = getattr(obj, name)
    return obj  # type: ignore[return-value]


def membership_of(user: Any, program: Program) -> Membership | None:
    """The person's active membership, or None; read once per user object and program."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return None
    cache = user.__dict__.setdefault("_memberships", {})
    if program.pk not in cache:
        cache[program.pk] = Membership.objects.filter(program=program, user=user, is_active=True).first()
    return cache[program.pk]


def program_for(user: Any, slug: str) -> Program | None:
    """The program at `slug` that the person is an active member of, or None; one query finds both."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return None
    mine = Membership.objects.filter(user=user, is_active=True, program__slug=slug)
    membership = mine.select_related("program__accountable").first()
    if membership is None:
        return None
    user.__dict__.setdefault("_memberships", {})[membership.program_id] = membership
    return membership.program


def refusal(user: Any, key: str, obj: Model) -> str:
    """Why `user` may not do `key` to `obj`: one sentence, or "" when it is allowed."""
    act = ACTIONS[key]
    membership = membership_of(user, program_of(obj))
    if membership is None:
        return "You are not a member of this program."
    if membership.role not in act.roles:
        who = ", ".join(sorted(role.label for role in act.roles)) or "nobody"
        return f"{act.label} is for: {who}. Your role here is {membership.get_role_display()}."
    return act.rule(user, obj, membership) if act.rule else ""


def can(user: Any, key: str, obj: Model) -> bool:
    """May `user` do `key` to `obj`?"""
    return not refusal(user, key, obj)


def require(user: Any, key: str, obj: Model) -> None:
    """Raise NotYours with the reason when `user` may not do `key` to `obj`."""
    if why := refusal(user, key, obj):
        raise NotYours(why, action=key)
