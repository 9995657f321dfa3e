"""How a long run says where it is."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Progress(Protocol):
    """Told of each step; the caller decides how that looks."""

    def step(self, title: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a step; the function it yields takes how many of ``total`` parts are done."""


class Silent:
    """Progress that nobody wants to see."""

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:  # noqa: ARG002 - the contract
        """Say nothing."""
        yield lambda _done: None
