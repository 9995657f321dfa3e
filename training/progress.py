"""How a long run says where it is."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Progress(Protocol):
    """Is told of each step of a run; the caller decides how a step looks."""

    def step(self, title: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a step; the function it yields takes how many of ``total`` parts are done."""


class Silent:
    """Progress that is not shown."""

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:  # noqa: ARG002 - the contract
        """Say nothing."""
        yield lambda _done: None
