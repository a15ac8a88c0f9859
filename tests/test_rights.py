"""Every address as every role (reliability 6 and 33; house: Rights).

The resolver is walked, so that a new page or endpoint cannot be forgotten: one without a
declared right, or that a stranger gets anything but 404 from, fails here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from crmprogram.program import policy, services
from crmprogram.program.models import Role
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.views import ProgramView
from tests.factories import MembershipFactory, UserFactory

OPEN = {"home", "readyz", "login", "logout", "join", "api-schema", "api-docs"}
PERSONAL = {
    "portfolio",
    "portfolio-csv",
    "programs",
    "program-new",
    "program-new-page",
    "program-new-drop",
    "profile",
    "password",
    "components",
    "favicon",
}
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

        # the router's patterns; a gate's or phase's number has to be one, a stage's order a digit
        url = re.sub(r"\\d(\{1,\d\})?\)", "9)", self.route.replace("[1-5]", "1"))
        url = re.sub(r"\(\?P<\w+>([19])\)", r"\1", url)
        url = re.sub(r"\(\?P<(?P<name>\w+)>[^)]*\)", r"<\g<name>>", url)
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

    assert names - OPEN - PERSONAL - {"program-list", "portfolio-row-list"} == set()


@pytest.mark.parametrize("address", OF_PROGRAM, ids=IDS)
def test_address_of_a_program_declares_its_rights(address):
    assert address.view is not None
    assert issubclass(address.view, ProgramView | ProgramViewSet) or address.view.__name__ == "ProgramsViewSet"
    for key in address.rights().values():
        assert key in policy.ACTIONS


@pytest.fixture
def program(db):
    """A program as its service makes it, with what every floor furnishes."""
    return services.create_program(
        by=UserFactory(), name="CRM rollout", company="Orrery Instruments", seats=60, starts_on="2026-01-05"
    )


@pytest.fixture
def sign_in(monkeypatch):
    """Be a person, without a look for their session and account at each of nine hundred requests."""
    return lambda user: monkeypatch.setattr("django.contrib.auth.get_user", lambda request: user)


def answers(client, program, *, refused=lambda key: False, whole=False):
    """(method, address, status, where it sends) of every address of `program`, each asked once.

    What will be `refused`, or names a thing that is not there, is asked for as a fragment unless
    all are to come `whole`: the page around a refusal is the same each time.
    """
    for address in OF_PROGRAM:
        missing = address.route.count("<") > 1  # more than the slug
        for method, key in address.rights().items():
            headers = {"HX-Request": "true"} if not whole and (missing or refused(key)) else None
            answer = getattr(client, method)(address.url(program.slug), headers=headers)
            yield method, address, answer.status_code, answer.headers.get("Location", "")


def test_stranger_finds_nothing(client, program, sign_in):
    sign_in(MembershipFactory().user)  # a member of another program

    found = [f"{method} {one.route}: {status}" for method, one, status, _ in answers(client, program) if status != 404]

    assert found == []


def test_superuser_is_no_member(client, program, sign_in):  # G8
    sign_in(UserFactory(is_staff=True, is_superuser=True))

    found = [f"{method} {one.route}: {status}" for method, one, status, _ in answers(client, program) if status != 404]

    assert found == []


def test_nobody_gets_in_without_signing_in(client, program):
    wrong = [
        f"{method} {one.route}: {status} {to}"
        for method, one, status, to in answers(client, program)
        if not (status == 401 or (status == 302 and to.startswith("/login")))
    ]

    assert wrong == []


@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_the_policy_says(client, program, sign_in, role):
    sign_in(MembershipFactory(program=program, role=role).user)
    wrong = []

    told = answers(
        client,
        program,
        refused=lambda key: role not in policy.ACTIONS[key].roles,
        whole=role == Role.SALES_OPS,
    )
    for method, address, status, _ in told:
        key = address.rights()[method]
        may = role in policy.ACTIONS[key].roles
        if (not may and status != 403) or status >= 500 or (may and method == "get" and status == 401):
            wrong.append(f"{method} {address.route}: {status}, although {key} is {'' if may else 'not '}allowed")

    assert wrong == []
