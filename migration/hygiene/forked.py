"""A `map` over processes that share the memory of this one."""

from collections.abc import Callable, Iterable
from typing import Any

from migration.hygiene.crew import Crew, Line, can_fork

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


def forked(processes: int) -> Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]]:
    """A `map` over `processes`, this one among them: the others begin at each call, and see all that is in memory.

    Nothing is sent to them: a table of a million rows is shared, not copied. With one
    process it is the built-in map. Results come back in the order of the items. Raises
    OSError when one of them ends too early.
    """

    def spread(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        tasks = list(items)
        count = min(processes, len(tasks))
        if count < 2 or not can_fork():
            return [function(one) for one in tasks]
        found: list[Any] = [None] * len(tasks)

        def share(line: Line, number: int) -> None:
            line.give([function(one) for one in tasks[number + 1 :: count]])

        with Crew(count - 1, share) as crew:
            found[::count] = [function(one) for one in tasks[::count]]
            for number, line in enumerate(crew.lines, 1):
                try:
                    found[number::count] = line.take()
                except EOFError as error:
                    raise OSError("One of the processes that share the work has ended.") from error
        return found

    return spread
