"""Finished lists: from a cache when one is there, else ranked and kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from recsvc.cache.cache import Cache, Lease, Miss, Tier
from recsvc.cache.key import EVERYONE, ListKey, Owner, owner_of
from recsvc.metrics import Metrics
from recsvc.ranking.query import Query, RecommendationList
from recsvc.serving.kept_list import KeptList, render
from recsvc.serving.live_model import LiveModel
from recsvc.serving.placements import Placements
from recsvc.serving.resolved_query import ResolvedQuery, Reuse
from recsvc.serving.shop import NoShop, Shop
from recsvc.serving.waiting_line import Refresher, SingleFlight, WaitingLine


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
    asked: ResolvedQuery
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
        shop: Shop | None = None,
    ) -> None:
        limits = limits or Limits()
        self._live_model = live_model
        self._cache = cache
        self._metrics = metrics or Metrics()
        self._shop = shop or NoShop()
        self._stale_seconds = limits.stale_seconds
        self._flights: SingleFlight[KeptList] = SingleFlight(limits.wait_seconds)
        self._refresher = Refresher()
        self.line = WaitingLine(limits.slots, limits.max_waiting, limits.wait_seconds)

    @property
    def placements(self) -> Placements:
        """What the shop calls its placements, and their rules."""
        return self._shop.placements

    def look(self, query: Query) -> Look:
        """Ask the caches for the list for ``query``; raises NoModelError until a model is loaded."""
        asked = ResolvedQuery.of(self._live_model.current(), query, self._shop)
        landed = self._flights.landed
        found = self._find(asked.key)
        if isinstance(found, Miss):
            return Look(query, asked, found, landed, None)
        return Look(query, asked, Miss(), landed, self._answer(asked, query, found))

    def key_of(self, query: Query) -> ListKey:
        """Return what the list for ``query`` is kept under; raises NoModelError until a model is loaded."""
        return ResolvedQuery.of(self._live_model.current(), query, self._shop).key

    def answer(self, query: Query, look: Look | None = None, *, is_kept: bool = True) -> Answer:
        """Return the list for ``query``; ``look`` is what the caches said a moment ago, if they were asked.

        Of one that is not to be kept nothing is, nor of the question; what is nobody's is kept all the same.
        Raises NoModelError until a model is loaded, OverloadedError when too many wait already, and what
        ``Recommender.recommend`` raises.
        """
        if look is None or look.question != query:
            look = self.look(query)
        if look.answer is None and self._must_forget(look.asked.query):
            look = self.look(query)
        if not is_kept:
            return self._once(look)
        if look.answer is not None:
            return look.answer
        return self._stale(look) or self._answer(look.asked, query, self._make(look, self._in_line))

    def _once(self, look: Look) -> Answer:
        if look.answer is not None:
            return replace(look.answer, reuse=None)
        is_nobodys = not look.asked.key.bucket
        found = (
            self._make(look, self._in_line) if is_nobodys else _Found(KeptList.of(self._in_line(look.asked)))
        )
        return self._answer(look.asked, look.question, found)

    def invalidate(self, external_id: str, kind: Literal["user", "session"] = "user") -> None:
        """Let no worker give a list of the shopper that was made until now, after a second at the latest."""
        self.drop(owner_of(external_id, kind))
        self._metrics.dropped.labels(kind).inc()

    def invalidate_all(self) -> None:
        """Do the same for the lists of everyone."""
        self.drop(EVERYONE)
        self._metrics.dropped.labels("all").inc()

    def close(self) -> None:
        """Make no more lists in the background."""
        self._refresher.close()

    def drop(self, owner: Owner) -> None:
        """Do the same for the lists of ``owner``."""
        self._cache.drop(owner, self._live_model.versions())

    def _must_forget(self, query: Query) -> bool:
        """Return whether the shopper was erased while nobody had told us yet."""
        return query.user_id is not None and self._shop.was_erased_by_now(query.user_id)

    def _stale(self, look: Look) -> Answer | None:
        """Return the list of the version before while that may still be given, and have the new one made."""
        previous = self._live_model.previous(self._stale_seconds)
        if previous is None or previous is look.asked.live:
            return None
        before = ResolvedQuery.of(previous, look.question, self._shop)
        found = self._find(before.key)
        if isinstance(found, Miss):
            return None
        self._refresher.submit(look.asked.key, lambda: self._make(look, self._at_once))
        self._metrics.stale.inc()
        return replace(self._answer(before, look.question, found), reuse=None)

    def _find(self, key: ListKey) -> "_Found | Miss":
        found = self._cache.get(key)
        if isinstance(found, Miss):
            return found
        kept = KeptList.read(found.value)
        return Miss() if kept is None else _Found(kept, found.tier, found.lease)

    def _make(self, look: Look, make: Callable[[ResolvedQuery], RecommendationList]) -> "_Found":
        """Make and keep a list; whoever asks for it in the meantime gets the same, unless it was dropped."""
        key = look.asked.key

        def work() -> KeptList:
            again: _Found | Miss = look.miss
            if self._flights.landed != look.landed:  # perhaps with this very list
                again = self._find(key)
            if isinstance(again, _Found):
                return again.kept
            made = KeptList.of(make(look.asked))
            self._cache.put(key, made.to_bytes(), again)
            return made

        return _Found(self._flights.do((key, look.miss.stamp), work))

    def _in_line(self, asked: ResolvedQuery) -> RecommendationList:
        with self.line.turn():
            return self._at_once(asked)

    def _at_once(self, asked: ResolvedQuery) -> RecommendationList:
        with self._metrics.timing_list(asked.query.asked_for):
            return asked.make(self._shop)

    def _answer(self, asked: ResolvedQuery, query: Query, found: "_Found") -> Answer:
        mask = self._shop.mask
        # A worker that heard of an item before this one did may have made a list with it.
        body = render(found.kept, query, asked.key, mask.hidden | asked.unknown)
        reuse = asked.reuse(found.lease, mask) if found.lease else None
        return Answer(body, found.tier, asked.live.manifest.model_version, reuse)


@dataclass(frozen=True)
class _Found:
    """A list, and where it was."""

    kept: KeptList
    tier: Tier | Literal["miss"] = "miss"
    lease: Lease | None = None
