"""Processes that work side by side and tell each other what they found: arrays as bytes, nothing else copied."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import pickle
import struct
import traceback
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self

import numpy as np

try:
    import fcntl
except ImportError:  # not on Windows, where no process forks either
    fcntl = None  # type: ignore[assignment]

_HEAD = struct.Struct("<QI")
PIPE = 1_048_576  # bytes that a pipe may hold, where the system lets it be told


class Line:
    """One end of the talk between two processes. `take` raises EOFError when the other has gone."""

    def __init__(self, reads: int, writes: int) -> None:
        self.inward = io.FileIO(reads, "rb")
        self.outward = io.FileIO(writes, "wb")

    def give(self, what: Any) -> None:
        """Send anything that can be pickled; arrays go as they lie in memory."""
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(what, protocol=5, buffer_callback=buffers.append)
        parts = [memoryview(head), *(one.raw() for one in buffers)]
        sizes = struct.pack(f"<{len(parts)}Q", *(part.nbytes for part in parts))
        for part in (_HEAD.pack(len(sizes), len(parts)), sizes, *parts):
            left = memoryview(part)  # type: ignore[arg-type]
            while left.nbytes:
                left = left[self.outward.write(left) :]

    def take(self) -> Any:
        """What the other end gave next."""
        length, count = _HEAD.unpack(self._bytes(_HEAD.size))
        sizes = struct.unpack(f"<{count}Q", self._bytes(length))
        head, *buffers = [self._bytes(size) for size in sizes]
        return pickle.loads(head, buffers=buffers)  # noqa: S301 - it comes from a process of our own

    def _bytes(self, size: int) -> memoryview:
        made = memoryview(np.empty(size, dtype=np.uint8))  # type: ignore[arg-type]
        left = made
        while left.nbytes:
            found = self.inward.readinto(left)
            if not found:
                raise EOFError
            left = left[found:]
        return made

    def close(self) -> None:
        """End the talk."""
        self.inward.close()
        self.outward.close()


class Child:
    """A process that begins with all that is in memory, does one thing and ends; it may begin in any other.

    What the standard library offers is refused to processes that a worker's own parent
    counts among its daemons. It ends without the last words of the process it came from:
    connections, files and buffers of that one are not its own.
    """

    def __init__(self, do: Callable[[], None]) -> None:
        with warnings.catch_warnings():
            # it takes no lock that another thread may have held
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid:
            return
        code = 1
        try:
            gc.disable()  # looking through what is shared would copy it
            do()
            code = 0
        except BaseException:  # noqa: BLE001 - whatever it is, it must not go on as the process it came from
            traceback.print_exc()
        finally:
            os._exit(code)

    def is_alive(self) -> bool:
        """Does it still run?"""
        if self.pid and os.waitpid(self.pid, os.WNOHANG) != (0, 0):
            self.pid = 0
        return self.pid != 0

    def join(self) -> None:
        """Wait for its end."""
        if self.pid:
            os.waitpid(self.pid, 0)
            self.pid = 0


class Crew:
    """Forked processes, each of which does `work(line, number)`; `lines` leads to them, in their order."""

    def __init__(self, count: int, work: Callable[[Line, int], None]) -> None:
        self.lines: list[Line] = []
        self.children: list[Child] = []
        for number in range(count):
            ours, theirs = _pair()
            child = Child(partial(self._run, work, theirs, number, [*self.lines, ours]))
            theirs.close()
            self.lines.append(ours)
            self.children.append(child)

    @staticmethod
    def _run(work: Callable[[Line, int], None], line: Line, number: int, others: Sequence[Line]) -> None:
        for one in others:
            one.close()
        with contextlib.suppress(BrokenPipeError, EOFError):  # nobody wants it any more
            work(line, number)
        line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for line in self.lines:
            line.close()
        for child in self.children:
            child.join()


def can_fork() -> bool:
    """Can processes begin with all that is in memory?"""
    return hasattr(os, "fork")


def _pair() -> tuple[Line, Line]:
    down, up = os.pipe(), os.pipe()
    if fcntl is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        for one in (down[1], up[1]):
            with contextlib.suppress(OSError):  # a smaller one does, too
                fcntl.fcntl(one, fcntl.F_SETPIPE_SZ, PIPE)
    return Line(up[0], down[1]), Line(down[0], up[1])
