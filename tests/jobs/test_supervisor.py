import os
import signal
import sys
import time
from pathlib import Path

import pytest

from crmprogram.jobs.supervisor import Child, Patience, Supervisor

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


@pytest.fixture
def said():
    return []


@pytest.fixture
def keep(said):
    """Supervise commands; whatever a test leaves running is stopped."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    kept = []

    def start(*children: Child, grace_seconds: float = 5) -> Supervisor:
        supervisor = Supervisor(children, say=said.append, grace_seconds=grace_seconds)
        kept.append(supervisor)
        supervisor.start()
        return supervisor

    yield start
    for supervisor in kept:
        supervisor.stop()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(path: Path) -> str:
    end = time.monotonic() + 10
    while not (path.exists() and path.read_text().strip()):
        assert time.monotonic() < end, f"{path} stayed empty"
        time.sleep(0.02)
    return path.read_text().strip()


def test_dead_child_is_started_again(keep, said):
    child = Child("web", SLEEPER)
    supervisor = keep(child)
    first = child.process.pid
    os.kill(first, signal.SIGKILL)

    supervisor.watch(until=lambda: child.process is not None and child.process.pid != first, seconds=10)

    assert is_alive(child.process.pid)
    assert said == ["web ended (killed by signal 9); it is started again in 1 s."]


def test_pauses_grow_while_a_child_keeps_dying(keep, said):
    supervisor = keep(Child("beat", [sys.executable, "-c", "raise SystemExit(3)"]))

    supervisor.watch(until=lambda: len(said) == 2, seconds=15)

    assert said == [
        "beat ended (exit status 3); it is started again in 1 s.",
        "beat ended (exit status 3); it is started again in 2 s.",
    ]


def test_last_words_of_a_child_are_passed_on(keep, said, tmp_path):
    log = tmp_path / "worker.log"
    supervisor = keep(Child("worker", [sys.executable, "-c", "print('no disk left'); raise SystemExit(1)"], log))

    supervisor.watch(until=lambda: len(said) >= 2, seconds=10)

    assert said[1] == "no disk left"


def test_stop_ends_every_child(keep):
    one, two = Child("web", SLEEPER), Child("beat", SLEEPER)
    supervisor = keep(one, two)

    supervisor.stop()

    assert [child.process.returncode for child in (one, two)] == [-signal.SIGTERM, -signal.SIGTERM]


def test_stop_ends_a_child_that_does_not_listen(keep, tmp_path):
    child = Child("worker", STUBBORN, tmp_path / "worker.log")
    supervisor = keep(child, grace_seconds=0.3)
    wait_for(tmp_path / "worker.log")
    began = time.monotonic()

    supervisor.stop()

    assert child.process.returncode == -signal.SIGKILL
    assert time.monotonic() - began < 3


def test_signal_asks_to_stop(keep):
    supervisor = keep(Child("web", SLEEPER))

    os.kill(os.getpid(), signal.SIGTERM)

    assert supervisor.watch(until=lambda: False, seconds=5) is False
    assert supervisor.stopping.is_set()


def test_log_that_grew_large_is_put_aside(keep, tmp_path):
    log = tmp_path / "web.log"
    with log.open("wb") as file:
        file.truncate(10 * 1024 * 1024 + 1)

    keep(Child("web", STUBBORN, log), grace_seconds=0.2)

    assert wait_for(log) == "up"
    assert log.with_suffix(".log.1").stat().st_size == 10 * 1024 * 1024 + 1


def test_patience_ends_after_an_unbroken_wrong_and_begins_anew():
    patience = Patience(90)
    told = [(True, 0), (True, 60), (False, 80), (True, 100), (True, 189), (True, 190), (True, 200), (True, 290)]

    assert [patience.is_over(wrong, now) for wrong, now in told] == [False] * 5 + [True, False, True]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_children_end_with_a_killed_supervisor(tmp_path):
    import subprocess

    told = tmp_path / "pid"
    program = (
        "import sys; from crmprogram.jobs.supervisor import Child, Supervisor\n"
        "child = Child('web', [sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "keeper = Supervisor([child], say=print); keeper.start()\n"
        f"open({str(told)!r}, 'w').write(str(child.process.pid)); keeper.watch()"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as keeper:
        pid = int(wait_for(told))
        time.sleep(0.3)  # until the child has asked to be told
        keeper.kill()
        keeper.wait()
        end = time.monotonic() + 5
        while is_alive(pid) and time.monotonic() < end and "Z" not in state_of(pid):
            time.sleep(0.05)

    assert not is_alive(pid) or "Z" in state_of(pid)


def state_of(pid: int) -> str:
    """The process state as Linux gives it; Z is dead and not yet buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "Z"
