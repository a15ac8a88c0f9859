"""Pressing a button and following a link as a person does, who sees the answer before looking on.

A click does not wait for what it brings about: what the test reads or does next would run ahead of it.
So a submit goes through `press` or `push`, a link through `follow`, a key that decides through `strike`.
Afterwards the page is the one that answered, whole, and may be read at once.
"""

import contextlib
import re
from collections.abc import Iterator

from playwright.sync_api import Locator, Page, Response

LEFT = "data-left"  # on the document that is about to be left; the next one does not have it
SWAPPED = "html:not(:has(.htmx-request, .htmx-swapping, .htmx-settling))"
# what comes of pressing it: another document, a part of this one from the server, or nothing from there
BRINGS = """button => {
    const { form } = button;
    if (button.type !== "submit" || form === null) return "nothing";
    if (!(button.formNoValidate || form.noValidate || form.checkValidity())) return "nothing";
    if ((button.getAttribute("formmethod") || form.method).toLowerCase() === "dialog") return "nothing";
    return form.hasAttribute("hx-post") || form.hasAttribute("hx-get") ? "part" : "document";
}"""


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press the first button of the page's main part that a person sees under this name."""
    shown = page.get_by_role("main").get_by_role("button", name=name)
    push(page, shown.and_(page.locator(":not(.vh)")).first)  # the hidden one is there for Enter


def push(page: Page, button: Locator) -> None:
    """Click it; what it brings about is there when this returns."""
    brings = button.evaluate(BRINGS)
    if brings == "document":
        follow(page, button)
    elif brings == "part":
        with _part(page):
            button.click()
    else:
        button.click()


def follow(page: Page, link: Locator) -> None:
    """Click what leads to another document; that one is loaded when this returns."""
    with _document(page):
        link.click()


def strike(page: Page, key: str) -> None:
    """Press a key that sends a decision; it is answered when this returns."""
    with _part(page):
        page.keyboard.press(key)


@contextlib.contextmanager
def _document(page: Page) -> Iterator[None]:
    page.evaluate("name => document.documentElement.setAttribute(name, '')", LEFT)
    yield
    page.locator(f"html:not([{LEFT}])").wait_for(state="attached")
    page.wait_for_load_state()


@contextlib.contextmanager
def _part(page: Page) -> Iterator[None]:
    """What is sent is answered, and the answer is in the page; htmx is told by a header to open another."""
    page.evaluate("name => document.documentElement.setAttribute(name, '')", LEFT)
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        yield
    if _leads_on(answer.value):
        page.locator(f"html:not([{LEFT}])").wait_for(state="attached")
        page.wait_for_load_state()
    else:
        page.locator(SWAPPED).wait_for(state="attached")


def _leads_on(answer: Response) -> bool:
    return answer.request.is_navigation_request() or bool({"hx-redirect", "hx-refresh"} & answer.headers.keys())
