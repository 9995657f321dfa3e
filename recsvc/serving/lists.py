"""Finished lists: from a cache when one is there, else ranked and kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from recsvc.cache.cache import Cache, Hit, Lease, Miss, Tier
from recsvc.cache.key import EVERYONE, Owner, owner_of
from recsvc.metrics import Metrics
from recsvc.ranking.query import Query
from recsvc.serving.asked import Asked
from recsvc.serving.live_model import LiveModel
from recsvc.serving.refresher import Refresher
from recsvc.serving.rendering import addressed
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
    """Until when the same bytes answer the same question: while their version is live and the lease holds.

    ``familiar`` says that every id in the question is one that the model knows.
    """

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
class Look:
    """What the caches knew of a query: the answer, or what is needed to make and keep it."""

    question: Query
    asked: Asked
    miss: Miss
    landed: int
    answer: Answer | None


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

    def look(self, query: Query) -> Look:
        """Ask the caches for the list for ``query``; raises NoModelError until a model is loaded."""
        asked = Asked.of(self._live_model.current(), query)
        landed = self._flights.landed
        found = self._cache.get(asked.key)
        if isinstance(found, Miss):
            return Look(query, asked, found, landed, None)
        reuse = found.lease and Reuse(found.lease, asked.familiar)
        return Look(query, asked, Miss(), landed, _answer(asked, query, found.value, found.tier, reuse))

    def answer(self, query: Query, look: Look | None = None) -> Answer:
        """Return the list for ``query``; ``look`` is what the caches said a moment ago, if they were asked.

        Raises NoModelError until a model is loaded, OverloadedError when too many wait already, and what
        ``Recommender.recommend`` raises.
        """
        if look is None or look.question != query:
            look = self.look(query)
        if look.answer is not None:
            return look.answer
        return self._stale(look) or _answer(look.asked, query, self._make(look, self._in_line), "miss")

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

    def _stale(self, look: Look) -> Answer | None:
        """Return the list of the version before while that may still be given, and have the new one made."""
        previous = self._live_model.previous(self._stale_seconds)
        if previous is None or previous is look.asked.live:
            return None
        before = Asked.of(previous, look.question)
        found = self._cache.get(before.key)
        if not isinstance(found, Hit):
            return None
        self._refresher.submit(look.asked.key, lambda: self._make(look, self._at_once))
        self._metrics.stale.inc()
        return _answer(before, look.question, found.value, found.tier)

    def _make(self, look: Look, make: Callable[[Asked], bytes]) -> bytes:
        """Make and keep a list; whoever asks for it in the meantime gets the same, unless it was dropped."""
        key = look.asked.key

        def work() -> bytes:
            again: Hit | Miss = look.miss
            if self._flights.landed != look.landed:  # perhaps with this very list
                again = self._cache.get(key)
            if isinstance(again, Hit):
                return again.value
            body = make(look.asked)
            self._cache.put(key, body, again)
            return body

        return self._flights.do((key, look.miss.stamp), work)

    def _in_line(self, asked: Asked) -> bytes:
        with self.line.turn():
            return self._at_once(asked)

    def _at_once(self, asked: Asked) -> bytes:
        with self._metrics.timing_list(asked.query.placement):
            return asked.make()


def _answer(
    asked: Asked, query: Query, body: bytes, tier: Tier | Literal["miss"], reuse: Reuse | None = None
) -> Answer:
    return Answer(addressed(body, asked.query, query), tier, asked.live.manifest.model_version, reuse)
