"""Routes of one kind, which are described when somebody asks for the description."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask_openapi3 import APIBlueprint

_are_described: ContextVar[bool] = ContextVar("routes_are_described", default=False)


class Routes(APIBlueprint):
    """Routes of one kind.

    To describe them takes as long as all else of an application, and hardly any is ever asked to: so they are
    described where they are made within ``described``. They answer alike.
    """

    def __init__(self, name: str, import_name: str, **options: Any) -> None:  # noqa: ANN401 - those of the library
        super().__init__(name, import_name, doc_ui=_are_described.get(), **options)


@contextmanager
def described() -> Iterator[None]:
    """Let the routes that are made meanwhile be described."""
    token = _are_described.set(True)
    try:
        yield
    finally:
        _are_described.reset(token)
