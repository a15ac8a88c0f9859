"""A real installation, and pages that must keep quiet.

    def test_x(site, page, accessible): site.sign_in(page, "sponsor"); page.goto(site.url + "/…"); accessible(page)

Every page is watched: a message on its console, an uncaught error or a request to another
host fails the test that caused it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.clicks import press

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 300  # a cold start with every migration, beside whatever else the machine does
PASSWORD = "correct horse battery staple"
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)
WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """Debian's Chromium; nothing is downloaded."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "Chromium is not installed: apt-get install chromium"
    return {**browser_type_launch_args, "executable_path": chromium, "args": list(QUIET)}


@dataclass(frozen=True)
class Site:
    """An installation as `./run empty` starts it: web, worker, beat and reaper on SQLite."""

    url: str
    environment: dict[str, str]

    def manage(self, *arguments: str, given: str = "") -> str:
        """Run manage.py on the site's data; `given` is its standard input."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def add_user(self, username: str, title: str) -> None:
        """Make an account without any membership; its password is PASSWORD."""
        known = {"username": username, "email": f"{username}@orrery.example", "password": PASSWORD, "first_name": title}
        story = f"from crmprogram.program.models import User\nUser.objects.create_user(**{known!r})\n"
        self.manage("shell", "--no-imports", given=story)

    def sign_in(self, page: Page, username: str) -> None:
        page.goto(f"{self.url}/login/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        press(page, "Sign in")
        assert "/login/" not in page.url, page.url


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[Site]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("site")
    kept = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL", "DEMO"}}
    environment = kept | {
        "DJANGO_SETTINGS_MODULE": "crmprogram.settings.prod",
        "SECRET_KEY": "a key of these tests only, long enough to be taken for one",
        "LOOPBACK": "1",
        "ROLLOUT_DATA_DIR": str(folder / "var"),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "JOB_REAP_SECONDS": "2",
    }
    with (folder / "up.log").open("wb") as log:
        up = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + START_SECONDS
        while not answers(f"{url}/healthz"):
            gone = up.poll() is not None or time.monotonic() > end
            assert not gone, (folder / "up.log").read_text()
            time.sleep(0.1)
        yield Site(url, environment)
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(30)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (OSError, urllib.error.HTTPError):
        return False


@pytest.fixture
def watch(site) -> Iterator[Callable[[Page], Page]]:
    """Watch a page, also one of a second person's context; at the end nothing must have been said."""
    heard: list[str] = []

    def start(page: Page) -> Page:
        page.on("console", lambda message: heard.append(f"{message.type}: {message.text} ({page.url})"))
        page.on("pageerror", lambda error: heard.append(f"error: {error} ({page.url})"))
        page.on("request", lambda asked: None if _ours(asked.url, site.url) else heard.append(f"asked {asked.url}"))
        return page

    yield start
    # a refusal is an answer, and Chromium says every answer of 400 and up on the console; it also
    # notes when a test typed into a field before the page had put the focus there
    expected = ("Failed to load resource", "info: Autofocus processing was blocked")
    assert [said for said in heard if not any(words in said for words in expected)] == []


def _ours(url: str, site: str) -> bool:
    return urlsplit(url).netloc == urlsplit(site).netloc or url.startswith(("data:", "blob:", "about:"))


@pytest.fixture(autouse=True)
def watched(page: Page, watch) -> Page:
    return watch(page)


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Assert that axe finds nothing against WCAG 2.2 AA."""

    def check(page: Page) -> None:
        page.wait_for_load_state()
        found = Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]}).response["violations"]
        said = [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found]
        assert said == [], page.url

    return check
