"""Every address as every role (reliability 6 and 33; house: Rights).

The resolver is walked, so that a new page or endpoint cannot be forgotten: one without a
declared right, or that a stranger gets anything but 404 from, fails here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from crmprogram.program import policy
from crmprogram.program.models import Role
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.views import ProgramView
from tests.factories import MembershipFactory, UserFactory

OPEN = {"home", "readyz", "login", "logout", "join", "api-schema", "api-docs"}
PERSONAL = {"programs", "program-new", "profile", "password", "components", "favicon"}
MISSING = {"int": "999999999", "uuid": "00000000-0000-4000-8000-000000000000"}


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver, with every argument but the slug filled by a value nothing has."""

    route: str
    name: str
    view: type | None
    actions: dict[str, str]

    def url(self, slug: str) -> str:
        def fill(match: re.Match[str]) -> str:
            kind, name = match["kind"] or "str", match["name"]
            return slug if name == "slug" else MISSING.get(kind, "999999999")

        url = re.sub(r"\(\?P<(?P<name>\w+)>[^)]*\)", r"<\g<name>>", self.route)  # the router's patterns
        url = re.sub(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>", fill, url)
        return "/" + url.replace("^", "").replace("$", "").replace("\\.", ".").lstrip("/")

    def rights(self) -> dict[str, str]:
        """The policy action by HTTP method, as the view declares it."""
        if issubclass(self.view, ProgramView):
            named = {"get": self.view.action, "post": self.view.post_action}
            return {method: key for method, key in named.items() if key and hasattr(self.view, method)}
        return {method: self.view.rights.get(action, "") for method, action in self.actions.items()}


def walk(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
            yield Address(route, pattern.name or "", view, getattr(pattern.callback, "actions", None) or {})


ADDRESSES = list(walk(get_resolver().url_patterns))
OF_PROGRAM = [one for one in ADDRESSES if "slug" in one.route and "static" not in one.route]
IDS = [f"{one.route}" for one in OF_PROGRAM]


def test_every_address_outside_programs_is_known():
    names = {one.name for one in ADDRESSES if one not in OF_PROGRAM}

    assert names - OPEN - PERSONAL - {"program-list"} == set()


@pytest.mark.parametrize("address", OF_PROGRAM, ids=IDS)
def test_address_of_a_program_declares_its_rights(address):
    assert address.view is not None
    assert issubclass(address.view, ProgramView | ProgramViewSet) or address.view.__name__ == "ProgramsViewSet"
    for key in address.rights().values():
        assert key in policy.ACTIONS


@pytest.mark.django_db
@pytest.mark.parametrize("address", OF_PROGRAM, ids=IDS)
def test_stranger_finds_nothing(client, address):
    program = MembershipFactory().program
    client.force_login(MembershipFactory().user)  # a member of another program

    for method in address.rights():
        assert getattr(client, method)(address.url(program.slug)).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("address", OF_PROGRAM, ids=IDS)
def test_nobody_gets_in_without_signing_in(client, address):
    program = MembershipFactory().program

    for method in address.rights():
        answer = getattr(client, method)(address.url(program.slug))
        assert answer.status_code in {302, 401}, method
        if answer.status_code == 302:
            assert answer["Location"].startswith("/login")


@pytest.mark.django_db
@pytest.mark.parametrize("address", OF_PROGRAM, ids=IDS)
def test_superuser_is_no_member(client, address):  # G8
    program = MembershipFactory().program
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    for method in address.rights():
        assert getattr(client, method)(address.url(program.slug)).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_the_policy_says(client, role):
    member = MembershipFactory(role=role)
    client.force_login(member.user)
    wrong = []

    for address in OF_PROGRAM:
        for method, key in address.rights().items():
            status = getattr(client, method)(address.url(member.program.slug)).status_code
            may = role in policy.ACTIONS[key].roles
            if (not may and status != 403) or status >= 500 or (may and method == "get" and status == 401):
                wrong.append(f"{method} {address.route}: {status}, although {key} is {'' if may else 'not '}allowed")

    assert wrong == []
