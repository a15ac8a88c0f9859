"""The broker without a server: no reader meets a file that is half written."""

import threading
from pathlib import Path
from queue import Empty

import pytest
from django.conf import settings
from kombu import Connection

from crmprogram.celery import app


@pytest.fixture
def channel(tmp_path):
    """A channel of the transport that an installation without Redis uses."""
    for name in ("messages", "done", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "processed_folder": str(tmp_path / "done"),
        "control_folder": str(tmp_path / "control"),
        "store_processed": True,
    }
    with Connection("letterbox://", transport_options=options) as connection:
        yield connection.channel()


def test_installation_without_redis_uses_it():
    assert settings.CELERY_BROKER_URL == "letterbox://"
    with app.connection_for_write() as connection:
        assert type(connection.transport).__module__ == "crmprogram.jobs.letterbox"


def test_messages_arrive_once_in_order(channel):
    for number in range(3):
        channel._put("celery", {"number": number})
    channel._put("other", {"number": 9})

    assert [channel._get("celery")["number"] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Empty):
        channel._get("celery")


def test_half_a_message_is_not_read(channel, monkeypatch):
    write = Path.write_text

    def slowly(path: Path, text: str, **how: str) -> int:
        write(path, text[: len(text) // 2], **how)
        with pytest.raises(Empty):
            channel._get("celery")
        return write(path, text, **how)

    monkeypatch.setattr(Path, "write_text", slowly)
    channel._put("celery", {"body": "look at the jobs"})

    assert channel._get("celery") == {"body": "look at the jobs"}


def test_table_of_queues_is_whole_while_others_bind(channel):
    queues = [f"queue-{number}" for number in range(40)]
    binders = [threading.Thread(target=channel._queue_bind, args=("celery", "celery", "", name)) for name in queues]
    for binder in binders:
        binder.start()
    while any(binder.is_alive() for binder in binders):
        channel.get_table("celery")  # half a table is no JSON
    channel._queue_bind("celery", "celery", "", queues[0])  # again

    assert sorted(bound.queue for bound in channel.get_table("celery")) == sorted(queues)
