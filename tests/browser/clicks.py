"""Pressing a button as a person does, who sees the answer before the next person looks."""

import re

from playwright.sync_api import Locator, Page

POSTS = """button => button.type === "submit" && button.form !== null
    && (button.getAttribute("formmethod") || button.form.method).toLowerCase() === "post"
    && (button.formNoValidate || button.form.checkValidity())"""


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press the first button of the page's main part that a person sees under this name.

    A click does not wait for the answer: what another page or the story itself does next would run ahead of it.
    """
    shown = page.get_by_role("main").get_by_role("button", name=name)
    push(page, shown.and_(page.locator(":not(.vh)")).first)  # the hidden one is there for Enter


def push(page: Page, button: Locator) -> None:
    """Click it; what it posts has been answered when this returns."""
    if button.evaluate(POSTS):
        with page.expect_response(lambda response: response.request.method == "POST"):
            button.click()
    else:
        button.click()
