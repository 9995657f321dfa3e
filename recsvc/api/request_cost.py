"""What a request counts as in the rate limit: as much as it asks the service to do."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ENTRIES = 100
"""So many events or items in a body count as one request."""

Count = Callable[[int], Response | None]
"""Counts so many requests more of a client; returns the refusal where these are too many."""

_COUNT = "recsvc.count"


def count_with(environ: "WSGIEnvironment", count: Count) -> None:
    """Let what a request asks for be counted by ``count``; as one request, it was already."""
    environ[_COUNT] = count


def charge(cost: int) -> None:
    """Count this request as ``cost`` requests; raises TooManyRequests, with the refusal, where that is too much."""
    count: Count | None = request.environ.get(_COUNT)
    refusal = count(cost - 1) if count is not None and cost > 1 else None
    if refusal is not None:
        raise TooManyRequests(response=refusal)


def cost_of_entries(n: int) -> int:
    """Return what a body with ``n`` events or items counts as."""
    return -(-n // ENTRIES)
