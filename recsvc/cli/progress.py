"""How far a long command is: a moving bar on a terminal, a line every few seconds elsewhere."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_SECONDS = 5.0


Count = Callable[[str, int, int | None], None]
"""Is told of what, how many are done, and of how many in all; None where nobody knows."""


@contextmanager
def counting(console: Console, titles: Mapping[str, str]) -> Iterator[Count]:
    """Yield what is told how far each of several things is; ``titles`` are those of their bars."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks = {what: bar.add_task(title, total=None) for what, title in titles.items()}
        yield lambda what, done, total: bar.update(tasks[what], completed=done, total=total)


@contextmanager
def shown(console: Console, title: str, total: int, what: str) -> Iterator[Callable[[int], None]]:
    """Yield what is told how many of ``total`` are done; ``what`` says what these are."""
    with counting(console, {what: title}) as count:
        yield lambda done: count(what, done, total)


class _Lines:
    """Progress as lines of a log."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = time.monotonic() + LINE_SECONDS

    def __call__(self, what: str, done: int, total: int | None) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LINE_SECONDS
            say(self._console, f"{done:,}{'' if total is None else f' of {total:,}'} {what}")


def say(console: Console, line: str) -> None:
    """Print a line as it is."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)
