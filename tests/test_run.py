"""What ./run says before it can do anything; what it then does is in tests/jobs/test_up.py."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def fresh(tmp_path):
    """A copy of the script where nothing was set up yet, and a PATH that holds only what a test puts there."""
    for name in ("run", "bootstrap.lock", "base.lock"):
        shutil.copy2(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "dirname", "cmp", "printf", "cat", "tail"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    return tmp_path


def run(fresh: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [fresh / "run", *arguments],
        env={"PATH": str(fresh / "bin")},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def put_python(fresh: Path, story: str) -> None:
    python = fresh / "bin" / "python3"
    python.write_text(f"#!/bin/sh\n{story}\n")
    python.chmod(0o755)


def test_help_needs_nothing(fresh):
    done = run(fresh, "help")

    assert done.returncode == 0
    assert "./run test" in done.stdout


def test_unknown_command_is_refused_with_the_known_ones(fresh):
    done = run(fresh, "strat")

    assert done.returncode == 1
    assert "./run does not know 'strat'." in done.stderr
    assert "./run empty" in done.stderr


def test_missing_python_is_named(fresh):
    done = run(fresh)

    assert done.returncode == 1
    assert "Rollout needs Python 3.11 or newer" in done.stderr


def test_old_python_is_no_python(fresh):
    put_python(fresh, "exit 1")  # what `sys.exit(sys.version_info < (3, 11))` says in an older one

    assert "Rollout needs Python 3.11 or newer" in run(fresh).stderr


def test_python_without_ensurepip_is_told_what_to_install(fresh):
    put_python(fresh, f'case "$*" in *ensurepip*) exit 1 ;; esac; exec {sys.executable} "$@"')

    done = run(fresh, "manage", "check")

    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert not (fresh / ".venv").exists()
