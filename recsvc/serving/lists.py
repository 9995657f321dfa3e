"""Finished lists: from a cache when one is there, else ranked and kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from recsvc.cache.cache import Cache, Hit, Lease, Miss, Tier
from recsvc.cache.key import EVERYONE, ListKey, Owner, list_key, owner_of
from recsvc.metrics import Metrics
from recsvc.ranking.query import PERSONAL, Query
from recsvc.serving.live_model import LiveModel, LiveVersion
from recsvc.serving.refresher import Refresher
from recsvc.serving.rendering import addressed, render
from recsvc.serving.single_flight import SingleFlight
from recsvc.serving.waiting_line import WaitingLine


@dataclass(frozen=True)
class Limits:
    """How much may be made at once, and how old a list may be.

    Attributes:
        slots: lists made at the same time.
        max_waiting: requests that may wait for a slot.
        wait_seconds: how long each may wait, for a slot or for a list that another request makes.
        stale_seconds: how long after a new version came the lists of the one before are still given.
    """

    slots: int = 4
    max_waiting: int = 32
    wait_seconds: float = 2.0
    stale_seconds: float = 30.0


@dataclass(frozen=True)
class Reuse:
    """Until when the same bytes answer the same question: while that version is live and the lease holds.

    ``familiar`` says that every id in the question is one that the model knows.
    """

    model_version: str
    lease: Lease
    familiar: bool


@dataclass(frozen=True)
class Answer:
    """A list as JSON bytes, where it came from, and the version it was made with."""

    body: bytes
    cache: Tier | Literal["miss"]
    model_version: str
    reuse: Reuse | None = None


@dataclass(frozen=True)
class _Asked:
    """A query as one version sees it: what is made for it, and the key it is kept under."""

    live: LiveVersion
    query: Query
    key: ListKey

    @classmethod
    def of(cls, live: LiveVersion, query: Query) -> "_Asked":
        """Find the query that all shoppers with the same answer share.

        A list that does not depend on the shopper, and that of a shopper nobody knows, is kept once:
        made-up ids fill no cache.
        """
        is_personal = query.placement in PERSONAL and query.user_id is not None
        shared = query if is_personal and _knows_user(live, query) else replace(query, user_id=None)
        items = live.recommender.model.items
        key = list_key(live.manifest.model_version, shared, lambda one: items.index_of(one) is not None)
        return cls(live, shared, key)


class Lists:
    """Answers queries from the live model through a cache."""

    def __init__(
        self,
        live_model: LiveModel,
        cache: Cache,
        limits: Limits | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        limits = limits or Limits()
        self._live_model = live_model
        self._cache = cache
        self._metrics = metrics or Metrics()
        self._stale_seconds = limits.stale_seconds
        self._flights = SingleFlight(limits.wait_seconds)
        self._refresher = Refresher()
        self.line = WaitingLine(limits.slots, limits.max_waiting, limits.wait_seconds)

    def answer(self, query: Query) -> Answer:
        """Return the list for ``query``.

        Raises NoModelError until a model is loaded, OverloadedError when too many wait already, and what
        ``Recommender.recommend`` raises.
        """
        asked = _Asked.of(self._live_model.current(), query)
        landed = self._flights.landed
        found = self._cache.get(asked.key)
        if isinstance(found, Hit):
            version, familiar = asked.live.manifest.model_version, _is_familiar(asked.live, query)
            reuse = found.lease and Reuse(version, found.lease, familiar)
            return _answer(asked, query, found.value, found.tier, reuse)
        stale = self._stale(asked, query, found)
        return stale or _answer(asked, query, self._make(asked, found, landed, self._in_line), "miss")

    def invalidate(self, user_id: str) -> None:
        """Let no worker give a list of ``user_id`` that was made until now, after a second at the latest."""
        self._drop(owner_of(user_id))
        self._metrics.dropped.labels("user").inc()

    def invalidate_all(self) -> None:
        """Do the same for the lists of everyone."""
        self._drop(EVERYONE)
        self._metrics.dropped.labels("all").inc()

    def close(self) -> None:
        """Make no more lists in the background."""
        self._refresher.close()

    def _drop(self, owner: Owner) -> None:
        self._cache.drop(owner, self._live_model.versions())

    def _stale(self, asked: _Asked, query: Query, miss: Miss) -> Answer | None:
        """Return the list of the version before while that may still be given, and have the new one made."""
        previous = self._live_model.previous(self._stale_seconds)
        if previous is None or previous is asked.live:
            return None
        before = _Asked.of(previous, query)
        found = self._cache.get(before.key)
        if not isinstance(found, Hit):
            return None
        landed = self._flights.landed
        self._refresher.submit(asked.key, lambda: self._make(asked, miss, landed, self._at_once))
        self._metrics.stale.inc()
        return _answer(before, query, found.value, found.tier)

    def _make(self, asked: _Asked, miss: Miss, landed: int, make: Callable[[_Asked], bytes]) -> bytes:
        """Make and keep a list; whoever asks for it in the meantime gets the same, unless it was dropped.

        ``landed`` was read before the cache was asked.
        """

        def work() -> bytes:
            again: Hit | Miss = miss
            if self._flights.landed != landed:  # perhaps with this very list
                again = self._cache.get(asked.key)
            if isinstance(again, Hit):
                return again.value
            body = make(asked)
            self._cache.put(asked.key, body, again)
            return body

        return self._flights.do((asked.key, miss.stamp), work)

    def _in_line(self, asked: _Asked) -> bytes:
        with self.line.turn():
            return self._at_once(asked)

    def _at_once(self, asked: _Asked) -> bytes:
        with self._metrics.timing_list(asked.query.placement):
            return render(asked.live, asked.query, asked.key)


def _answer(
    asked: _Asked, query: Query, body: bytes, tier: Tier | Literal["miss"], reuse: Reuse | None = None
) -> Answer:
    return Answer(addressed(body, asked.query, query), tier, asked.live.manifest.model_version, reuse)


def _knows_user(live: LiveVersion, query: Query) -> bool:
    return query.user_id is None or live.recommender.model.users.index_of(query.user_id) is not None


def _is_familiar(live: LiveVersion, query: Query) -> bool:
    items = live.recommender.model.items
    named = (*query.item_ids, *query.exclude)
    return _knows_user(live, query) and all(items.index_of(one) is not None for one in named)
