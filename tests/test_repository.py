"""What must be true of the files themselves."""

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve()
ROOT = HERE.parent.parent
LOCKS = ["bootstrap.lock", "base.lock", "dev.lock"]
PYTHON_LINES = 450  # at about 400 a file becomes a package
APPS = ["crmprogram", "phases", "scorecard", "migration", "adoption", "governance"]
INLINE = re.compile(r"<style\b|\sstyle=|\son[a-z]+=[\"']|\shx-on|javascript:", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE)
UNESCAPED = re.compile(r"\|\s*safe\b|\{%\s*autoescape off")


def files(*patterns: str) -> list[Path]:
    """The files that git knows or would take, so that a forgotten `git add` is seen too."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [ROOT / name for name in sorted(set(listed)) if (ROOT / name).is_file()]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def pins(lock: str) -> dict[str, str]:
    """Package → version (with its marker) of a lock."""
    found = re.findall(r"^([a-z0-9._-]+(?:\[[a-z0-9,._-]+\])?)==(.+?) \\$", (ROOT / lock).read_text(), re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_host(lock):
    assert re.findall(r"://|index-url|find-links|trusted-host", (ROOT / lock).read_text()) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_a_hash_for_every_package(lock):
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]

    assert blocks
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_dev_lock_holds_all_of_the_base_lock():
    base, dev = pins("base.lock"), pins("dev.lock")

    assert len(base) > 50
    assert {package: dev.get(package) for package in base} == base


def test_lock_has_one_django_and_it_is_the_lts():
    assert pins("base.lock")["django"].startswith("5.2.")


def test_dependencies_are_all_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower() for line in wanted}

    assert names - {re.sub(r"\[.*", "", package) for package in pins("dev.lock")} == set()


def test_python_files_stay_short():
    lengths = {name(path): len(path.read_text().splitlines()) for path in files("*.py")}

    assert {path: lines for path, lines in lengths.items() if lines > PYTHON_LINES and "/migrations/" not in path} == {}


def test_no_file_has_a_catch_all_name():
    bad = {"utils.py", "helpers.py", "managers.py", "mixins.py"}

    assert [name(path) for path in files("*.py") if path.name in bad] == []


def test_tests_have_no_packages():
    assert [name(path) for path in files("tests/*__init__.py")] == []


@pytest.mark.parametrize("pattern", [INLINE, SCRIPT, UNESCAPED], ids=["inline", "script", "unescaped"])
def test_templates_have_nothing_inline_or_unescaped(pattern):
    templates = files("templates/*.html")

    assert templates
    assert [(name(path), hit) for path in templates for hit in pattern.findall(path.read_text())] == []


def test_data_is_never_marked_safe():
    assert [name(path) for path in files(*(f"{app}/*.py" for app in APPS)) if "mark_safe" in path.read_text()] == []


def test_time_comes_from_the_clock_alone():
    asked = re.compile(r"timezone\.now\(|auto_now|datetime\.now\(|\.utcnow\(|date\.today\(")
    sources = [path for path in files(*(f"{app}/*.py" for app in APPS)) if name(path) != "crmprogram/program/clock.py"]

    assert [(name(path), hit) for path in sources for hit in asked.findall(path.read_text())] == []


def test_no_work_is_left_marked():
    left = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    texts = [
        path for path in files("*.py", "*.html", "*.css", "*.js", "*.md", "run", ".ci/*") if path != Path(__file__)
    ]

    assert [(name(path), hit) for path in texts for hit in left.findall(path.read_text())] == []


def test_project_speaks_of_itself_alone():
    """No path of the machine it was written on, no number of a tracker, no address of a package index."""
    folder = "/".join(("", "work", ""))
    foreign = re.compile(rf"{folder}|/(?:root|home)/\w|\bissue #?\d+|(?:index-url|registry)[ =]+http", re.IGNORECASE)
    texts = [
        path
        for path in files()
        if path != HERE and not name(path).startswith("tests/data/") and path.suffix not in {".png", ".lock"}
    ]

    assert [(name(path), hit) for path in texts for hit in foreign.findall(path.read_text(errors="replace"))] == []


def test_no_third_party_front_end_file_is_committed():
    fetched = [name(path) for path in files("static/*") if ".min." in path.name or path.suffix.startswith(".woff")]

    assert fetched == []


def test_every_setting_is_explained():
    settings = "\n".join(path.read_text() for path in files("crmprogram/settings/*.py"))
    asked = set(re.findall(r"env(?:\.[a-z_]+)?\(\s*\"([A-Z_]+)\"", settings))
    composed = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    explained = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert asked
    assert composed
    assert explained == asked | composed | {"HOST", "PORT"}  # these two are read by ./run and `up`


def test_compose_hands_over_what_the_example_explains():
    """A value set in .env has an effect; the rest is made by compose or belongs to `./run` alone."""
    apart = {"HOST", "ROLLOUT_DATA_DIR", "DATABASE_URL", "REDIS_URL", "STATIC_ROOT", "DEMO", "TEMPLATE_RELOAD"}
    explained = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text())) == explained - apart


def test_compose_file_is_sound():
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_script_is_sound_and_executable(script):
    shell = "bash" if script == ".ci/run" else "sh"

    assert subprocess.run([shell, "-n", script], cwd=ROOT, check=False).returncode == 0
    assert (ROOT / script).stat().st_mode & 0o111


def pure_modules() -> list[str]:
    found = files("migration/hygiene/*.py", "crmprogram/intake/formats/*.py")
    return [name(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__") for path in found]


@pytest.mark.parametrize("module", pure_modules())
def test_examples_in_docstrings_are_true(module):
    import doctest

    assert doctest.testmod(importlib.import_module(module)).failed == 0
