"""The REST API in the session of an open page: what a script of that person may ask and say."""

from typing import Any

from playwright.sync_api import Page


class Rest:
    """Addresses are those below the program."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base

    def get(self, path: str) -> Any:
        answer = self.page.request.get(path if path.startswith("http") else self.base + path)
        assert answer.ok, (answer.url, answer.text())
        return answer.json()

    def every(self, path: str) -> list[dict[str, Any]]:
        """All of a list, page after page."""
        part = self.get(f"{path}{'&' if '?' in path else '?'}page_size=500")
        found = part["results"]
        while part["next"]:
            part = self.get(part["next"])
            found += part["results"]
        return found

    def post(self, path: str, body: dict[str, Any]) -> Any:
        token = next(one["value"] for one in self.page.context.cookies() if "csrf" in one["name"])
        told = {"X-CSRFToken": token, "Referer": self.base}
        answer = self.page.request.post(self.base + path, data=body, headers=told)
        assert answer.ok, (answer.url, answer.text())
        return answer.json() if answer.body() else None
