"""How many requests a client may send, counted by the ``limits`` library in Redis, or in each worker."""

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import structlog
from cachetools import LRUCache
from flask import request
from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from recsvc.api.problems import later, problem
from recsvc.cache.redis_connection import connect
from recsvc.cache.redis_names import LateNames
from recsvc.cache.redis_trouble import trouble_of
from recsvc.cache.refusals import LATELY_SECONDS, Concern, concern_of
from recsvc.settings.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PARTS = 50
"""A worker takes the limit in so many parts, so that not every request needs Redis."""

MAX_CLIENTS = 10_000
_CREDIT_SECONDS = 1.0
_PAUSE_SECONDS = 1.0

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Credit:
    """How many more requests a client may send until a moment.

    Where none are left, ``is_last`` says that the client gets no more before that moment.
    """

    requests: int
    until: float
    is_last: bool = False


class RateLimit:
    """Admits at most ``limit`` requests of each client in a window; its first window begins with its first request.

    A worker takes a fiftieth of the limit at a time and gives it out within a second: for each worker, a client gets up
    to a fiftieth more or less. Where ``shared`` returns None, and while what it returns fails, each worker counts
    for itself.
    """

    def __init__(self, limit: RateLimitItem, shared: Callable[[], Storage | None] = lambda: None) -> None:
        self._limit = limit
        self._part = max(1, limit.amount // PARTS)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._find_shared = shared
        self._shared: FixedWindowRateLimiter | None = None
        self._shared_again = 0.0
        self._trouble: str | None = None
        self._credits: LRUCache[str, _Credit] = LRUCache(MAX_CLIENTS)
        self._lock = Lock()

    def problem(self) -> str | None:
        """Return why Redis did not count a request lately, though it is to, or None."""
        if self._trouble is None or time.monotonic() > self._shared_again + LATELY_SECONDS:
            return None
        return f"each worker counts requests alone: {self._trouble}"

    def refusal_of(self, client: str, cost: int = 1) -> Response | None:
        """Count ``cost`` requests of ``client``; return the refusal where these are too many, otherwise None."""
        now = time.monotonic()
        with self._lock:
            credit = self._credits.get(client)
            if credit and now < credit.until:
                if credit.requests >= cost:
                    credit.requests -= cost
                    return None
                if credit.is_last:
                    return self._refuse(credit.until - now)
                cost -= credit.requests
                credit.requests = 0
        return self._take_part(client, now, cost)

    def refusal_of_more(self, client: str, n: int) -> Response | None:
        """Count ``n`` requests more for one that was counted: altogether at most a whole window."""
        n = min(n, self._limit.amount - 1)
        return self.refusal_of(client, n) if n else None

    def _take_part(self, client: str, now: float, cost: int) -> Response | None:
        shared = self._shared_limiter()
        if shared is None or now < self._shared_again:
            return self._take_from(self._own, client, now, cost)
        try:
            refusal = self._take_from(shared, client, now, cost)
        except _ForeignCountError:
            self._begin_anew(shared, client)
        except Exception as error:  # noqa: BLE001 - a server may answer anything, and the library believes it
            cause = error.storage_error if isinstance(error, StorageError) else error
            if concern_of(cause) is Concern.KEY:
                self._begin_anew(shared, client)
            else:
                if self._trouble is None:
                    _log.warning(
                        "rate_limit_not_shared", error=type(cause).__name__, detail=trouble_of(cause)
                    )
                self._trouble = trouble_of(cause) or "Redis does not answer"
                self._shared_again = now + _PAUSE_SECONDS
                # It may have believed a wrong answer for good, such as the digest of a script.
                self._shared = None
        else:
            if self._trouble is not None:
                self._trouble = None
                _log.info("rate_limit_shared_again")
            return refusal
        return self._take_from(self._own, client, now, cost)

    def _shared_limiter(self) -> FixedWindowRateLimiter | None:
        if self._shared is None:
            storage = self._find_shared()
            self._shared = None if storage is None else FixedWindowRateLimiter(storage)
        return self._shared

    def _begin_anew(self, shared: FixedWindowRateLimiter, client: str) -> None:
        """Remove what something else wrote where the requests of ``client`` are counted."""
        with suppress(Exception):  # the next request tries again
            shared.clear(self._limit, client)

    def _take_from(
        self, limiter: FixedWindowRateLimiter, client: str, now: float, cost: int
    ) -> Response | None:
        taken = max(self._part, cost)
        # A refused hit counts too; one that asks for much must not take the rest of the window from others.
        is_hopeless = taken > self._part and not limiter.test(self._limit, client, cost=taken)
        if not is_hopeless and limiter.hit(self._limit, client, cost=taken):
            self._put(client, _Credit(taken - cost, now + _CREDIT_SECONDS))
            return None
        seconds = limiter.get_window_stats(self._limit, client).reset_time - time.time()
        if limiter is not self._own and not 0 < seconds <= self._limit.get_expiry() + 1:
            raise _ForeignCountError
        seconds = max(0.01, seconds)
        if taken == self._part:  # what costs less than this request may still be admitted
            self._put(client, _Credit(0, now + seconds, is_last=True))
        return self._refuse(seconds)

    def _put(self, client: str, credit: _Credit) -> None:
        with self._lock:
            self._credits[client] = credit

    def _refuse(self, seconds: float) -> Response:
        whole, window = math.ceil(seconds), self._limit.get_expiry()
        refusal = problem(
            429,
            f"more than {self._limit.amount} requests in {window} s; go on in {whole} s",
            "urn:recsvc:problem:rate-limited",
        )
        # The header fields of the IETF draft "RateLimit header fields for HTTP".
        refusal.headers["RateLimit-Policy"] = f'"client";q={self._limit.amount};w={window}'
        refusal.headers["RateLimit"] = f'"client";r=0;t={whole}'
        return later(refusal, whole)


class _ForeignCountError(Exception):
    """A count never ends, or ends later than ours do: something else wrote it."""


def make_rate_limit(limit: RateLimitItem | None, settings: Settings, names: LateNames) -> RateLimit | None:
    """Return what counts requests up to ``limit``, in Redis where the settings name one; None without a limit.

    Until ``names`` are known, each worker counts for itself.
    """
    if limit is None:
        return None
    if settings.redis_url is None:
        return RateLimit(limit)
    client = connect(
        settings.redis_url.get_secret_value(),
        timeout_seconds=settings.redis_timeout_seconds,
        max_connections=settings.server_threads,
    )

    def shared() -> Storage | None:
        known = names()
        if known is None:
            return None
        pool = client.connection_pool
        # Asked for again after a failure: idle connections may lead to a server that is the primary no more.
        pool.disconnect(inuse_connections=False)
        # The library asks for an address as well, and does not use it.
        return RedisStorage("redis://", connection_pool=pool, key_prefix=known.limits, wrap_exceptions=True)

    return RateLimit(limit, shared)


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


def cost_of_entries(n: int, entries: int = ENTRIES) -> int:
    """Return what a body with ``n`` events or items counts as, where ``entries`` count as one request."""
    return -(-n // entries)
