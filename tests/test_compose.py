"""The compose file as far as it can be proved without an engine: what it names is there, and works together."""

import json
import os
import re
import shlex
import string
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from celery.bin.base import CLIContext
from celery.bin.celery import celery
from django.core.management import get_commands, load_command_class
from ruamel.yaml import YAML

from crmprogram.celery import app

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = YAML(typ="safe").load(TEXT)
SERVICES = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
DOCKERFILE = (ROOT / "Dockerfile").read_text()
ANSWERS = {"SECRET_KEY": string.ascii_letters, "POSTGRES_PASSWORD": "letters1", "ALLOWED_HOSTS": "rollout.example.com"}


def command_of(name):
    """The words of a service's command; the image's own when it names none."""
    if "command" in SERVICES[name]:
        return shlex.split(filled_in(SERVICES[name]["command"]))
    return json.loads(DOCKERFILE.rpartition("CMD ")[2])


def filled_in(text):
    """The text as compose reads it, with `ANSWERS` in .env and nothing else."""

    def value(found):
        if found["kind"] == ":?":
            return ANSWERS[found["name"]]
        return ANSWERS.get(found["name"], found["rest"])

    return re.sub(r"\$\{(?P<name>[A-Z_]+)(?P<kind>:\?|:-)(?P<rest>[^}]*)\}", value, text)


def environment_of(name):
    """What a service's processes are told."""
    image = dict(re.findall(r"^(?:ENV|   ) ([A-Z_]+)=(\S+)", DOCKERFILE.rpartition("FROM ")[2], re.MULTILINE))
    own = {key: filled_in(str(text)) for key, text in SERVICES[name]["environment"].items()}
    return image | own


def test_services_are_those_that_the_roles_need():
    assert sorted(SERVICES) == ["beat", "db", "migrate", "redis", "web", "worker"]
    assert OURS == ["beat", "migrate", "web", "worker"]


def test_value_that_must_be_given_is_named_in_the_example():
    needed = set(re.findall(r"\$\{([A-Z_]+):\?", TEXT))
    explained = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert needed == set(ANSWERS)
    assert needed <= explained


@pytest.mark.parametrize("name", OURS)
def test_command_is_one_that_exists(name):
    program, *words = command_of(name)

    if program == "gunicorn":
        module, _, attribute = words[0].partition(":")
        assert callable(getattr(import_module(module), attribute))
    elif program == "celery":
        assert words[:2] == ["-A", "crmprogram"]
        told = CLIContext(app=app, no_color=True, workdir=None)
        celery.commands[words[2]].make_context(words[2], words[3:], obj=told)  # raises for an option it has not
    else:
        assert (program, words[0]) == ("python", "manage.py")
        command = load_command_class(get_commands()[words[1]], words[1])
        command.create_parser("manage.py", words[1]).parse_args(words[2:])


def test_settings_load_with_the_environment_and_the_deployment_check_is_clean(tmp_path):
    told = environment_of("web")
    assert all(environment_of(name) == told for name in OURS)
    assert told["DJANGO_SETTINGS_MODULE"] == "crmprogram.settings.prod"
    assert told["DATABASE_URL"] == "postgres://rollout:letters1@db:5432/rollout"
    told |= {"PATH": os.environ["PATH"], "ROLLOUT_DATA_DIR": str(tmp_path), "STATIC_ROOT": str(tmp_path)}
    told["TMPDIR"] = str(tmp_path)
    show = "from django.conf import settings as s; print(s.CELERY_BROKER_URL, s.DEBUG, s.SECURE_HSTS_SECONDS)"

    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=told, capture_output=True, text=True, check=False,
    )  # fmt: skip
    shown = subprocess.run([sys.executable, "-c", show], cwd=ROOT, env=told, capture_output=True, text=True, check=True)

    assert checked.returncode == 0, checked.stderr
    assert shown.stdout.split() == ["redis://redis:6379/0", "False", "31536000"]


def test_start_without_an_answer_is_refused(tmp_path):
    told = environment_of("web") | {"PATH": os.environ["PATH"], "ROLLOUT_DATA_DIR": str(tmp_path)}
    del told["SECRET_KEY"]

    checked = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=told, capture_output=True, text=True, check=False
    )

    assert checked.returncode != 0
    assert "SECRET_KEY" in checked.stderr


@pytest.mark.parametrize("name", OURS)
def test_containers_of_ours_may_do_little(name):
    service = SERVICES[name]

    assert int(service["user"]) > 0
    assert (service["read_only"], service["init"], service["cap_drop"]) == (True, True, ["ALL"])
    assert "/tmp" in service["tmpfs"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["volumes"] == ["data:/data"]
    assert f"--uid {service['user']} " in DOCKERFILE


def test_exactly_one_beat_rings():
    beats = [name for name in OURS if "beat" in command_of(name)]

    assert beats == ["beat"]
    assert not {"deploy", "scale"} & SERVICES["beat"].keys()
    assert not any({"-B", "--beat"} & set(command_of(name)) for name in OURS)
    assert command_of("beat")[command_of("beat").index("--schedule") + 1].startswith("/tmp/")


def test_worker_can_run_as_often_as_wanted():
    assert not {"container_name", "ports", "hostname"} & SERVICES["worker"].keys()
    assert not {"-n", "--hostname"} & set(command_of("worker"))  # a name of its own in each container
    assert SERVICES["worker"]["stop_grace_period"] == "120s"


def test_database_is_migrated_once_before_anything_else_starts():
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "redis": {"condition": "service_healthy"},
        }


def test_data_outlives_the_containers():
    assert set(COMPOSE["volumes"]) == {"data", "db", "redis"}
    assert SERVICES["db"]["image"] == "postgres:18"
    assert SERVICES["db"]["volumes"] == ["db:/var/lib/postgresql"]
    words = command_of("redis")
    assert words[words.index("--appendonly") + 1] == "yes"
    assert words[words.index("--maxmemory-policy") + 1] == "noeviction"


def test_health_of_web_is_asked_of_the_page_that_answers_it(client):
    kind, python, flag, code = SERVICES["web"]["healthcheck"]["test"]

    assert (kind, python, flag) == ("CMD", "python", "-c")
    compile(code, "healthcheck", "exec")
    path = re.search(r"http://127\.0\.0\.1:8000(/\w+)", code)[1]
    assert client.get(path, headers={"host": "localhost"}).status_code == 200
    assert "0.0.0.0:8000" in command_of("web")


def test_health_of_worker_is_asked_by_a_command_that_exists():
    kind, python, manage, command = SERVICES["worker"]["healthcheck"]["test"]

    assert (kind, python, manage) == ("CMD", "python", "manage.py")
    assert get_commands()[command] == "crmprogram.jobs"


@pytest.mark.parametrize("name", ["web", "worker", "db", "redis"])
def test_health_is_asked_again_and_again(name):
    assert {"interval", "timeout", "retries"} <= SERVICES[name]["healthcheck"].keys()
