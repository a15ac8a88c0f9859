"""kombu's filesystem transport whose files appear whole: the broker of an installation without Redis.

kombu opens a message's file under its final name and fills it then, and empties the table of queues before it
writes it anew. A worker that looks in between reads half of it and ends with a JSON error. Here both are
written beside their place and renamed into it.
"""

import fcntl
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

SCHEME = "letterbox"
PART = ".part"  # readers take names that end with their queue's


class Channel(filesystem.Channel):
    """Reads as kombu's does."""

    def _put(  # type: ignore[override]  # kombu gives it two names
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        """Put a message onto `queue`; names sort by time, and the clock is the machine's for all processes."""
        name = f"{time.monotonic_ns()}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, payload)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Add a queue to the table of an exchange; two processes that start together both stand in it."""
        table = self._exchange_file(exchange)
        table.parent.mkdir(exist_ok=True)
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with (table.parent / "lock").open("wb") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            queues = self.get_table(exchange)
            if bound not in queues:
                _write_whole(table, [bound, *queues])


class Transport(filesystem.Transport):
    """For `letterbox://`; the options are those of kombu's `filesystem://`."""

    Channel = Channel


def _write_whole(path: Path, content: Any) -> None:
    part = path.with_name(path.name + PART)
    part.write_text(dumps(content), encoding="utf-8")
    part.replace(path)
