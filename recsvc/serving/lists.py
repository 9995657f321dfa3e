"""Finished lists: from a cache when one is there, else ranked and kept."""

from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from typing import Any, Literal

from recsvc.cache.cache import Cache, Hit, Lease, Miss, Tier
from recsvc.cache.finished_list import FinishedList, Kept
from recsvc.cache.key import EVERYONE, ListKey, tag_of
from recsvc.cache.near import Reuse
from recsvc.metrics import Metrics
from recsvc.ranking.query import Query, RecommendationList, UserKey
from recsvc.serving.live_model import LiveModel
from recsvc.serving.resolved_query import ResolvedQuery
from recsvc.serving.shop import Basis, Shop
from recsvc.serving.waiting_line import Refresher, SingleFlight, Slots, WaitingLine


@dataclass(frozen=True)
class Limits:
    """How much may be made at once, and how old a list may be.

    Attributes:
        slots: lists made at the same time.
        max_waiting: requests that may wait for a slot.
        wait_seconds: how long each may wait, for a slot or for a list that another request makes.
        stale_seconds: how long after a new version came the lists of the one before are still given.
        shared_slots: the slots, where other shops have them too.
    """

    slots: int = 4
    max_waiting: int = 32
    wait_seconds: float = 2.0
    stale_seconds: float = 30.0
    shared_slots: Slots | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """The answer to a query: a finished list, cut to what was asked and may be shown.

    Attributes:
        query: as it was asked.
        made: the list; its ``rows`` are those that are shown.
        key: what the list is kept under.
        cache: where it came from.
        reuse: until when the same query has the same answer; None where each query has to look.
    """

    query: Query
    made: FinishedList
    key: ListKey
    cache: Tier | Literal["miss"]
    reuse: Reuse | None = None

    @property
    def item_ids(self) -> list[str]:
        """The items, best first."""
        return [row[0] for row in self.made.rows]

    def document(self) -> dict[str, Any]:
        """Return the answer as values of JSON."""
        made = self.made
        return {
            "user_id": self.query.known_as,
            "recommendation_id": made.recommendation_id,
            "placement": self.query.asked_for,
            "strategy": made.strategy,
            "model_version": self.key.model_version,
            "items": [made.item(row, rank) for rank, row in enumerate(made.rows, start=1)],
        }

    @classmethod
    def of(cls, found: "Found", asked: ResolvedQuery, unavailable: Set[str], reuse: Reuse | None) -> "Answer":
        """Return the first items of a list that are not ``unavailable``, as many as were asked for."""
        rows = found.made.available(unavailable)[: asked.asked.n]
        name = asked.shop.ids.name(asked.key, asked.asked.asked_for, asked.variant, found.made, rows)
        shown = FinishedList(found.made.strategy, found.made.words, rows, name)
        return cls(asked.asked, shown, asked.key, found.cache, reuse)


@dataclass(frozen=True)
class Found:
    """A list, and where it was."""

    made: FinishedList
    cache: Tier | Literal["miss"] = "miss"
    lease: Lease | None = None


@dataclass(frozen=True)
class Look:
    """What the caches knew of a query: the answer, or what is needed to make and keep it."""

    resolved: ResolvedQuery
    miss: Miss
    landed: int
    answer: Answer | None


class Lists:
    """Answers queries from the live model through a cache.

    ``answer`` is ``resolve``, ``look`` and ``finish`` in a row, where nothing is to be done in between.
    """

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
        self._stale_seconds = limits.stale_seconds
        self._flights: SingleFlight[FinishedList] = SingleFlight(limits.wait_seconds)
        self._refresher = Refresher()
        self.shop = shop or Shop()
        self.line = WaitingLine(limits.slots, limits.max_waiting, limits.wait_seconds, limits.shared_slots)
        self._metrics.watch(
            "recsvc_waiting_requests",
            "Requests that wait for a turn to make a list.",
            lambda: self.line.waiting,
            combine="sum",
        )

    def basis(self) -> Basis:
        """Return what answers are based on now, beside their user."""
        return self.shop.basis(self._live_model.version)

    def resolve(self, query: Query) -> ResolvedQuery:
        """Return ``query`` as it is answered now; raises NoModelError until a model is loaded."""
        return ResolvedQuery.of(self._live_model.current(), query, self.shop)

    def look(self, resolved: ResolvedQuery) -> Look:
        """Ask the caches for the list."""
        landed = self._flights.landed
        found = self._find(resolved.key)
        if isinstance(found, Miss):
            return Look(resolved, found, landed, None)
        return Look(resolved, Miss(), landed, self._answer(resolved, found))

    def finish(self, look: Look, *, is_kept: bool = True) -> Answer:
        """Return the list that was found, or make and keep it.

        A user's list is not kept where ``is_kept`` is false, nor is the answer; a list that is nobody's is kept all the
        same. Raises OverloadedError when too many wait already, and what ``Recommender.recommend`` raises.
        """
        user_id = look.resolved.query.user_id
        if look.answer is None and user_id is not None and self.shop.was_erased_by_now(user_id):
            look = self.look(self.resolve(look.resolved.asked))
        if not is_kept:
            return self._finish_unkept(look)
        if look.answer is not None:
            return look.answer
        return self._stale(look) or self._answer(look.resolved, self._make(look, self._in_line))

    def answer(self, query: Query, *, is_kept: bool = True) -> Answer:
        """Return the list for ``query``.

        Raises NoModelError until a model is loaded, and what ``finish`` raises.
        """
        return self.finish(self.look(self.resolve(query)), is_kept=is_kept)

    def invalidate(self, user: UserKey | None) -> None:
        """Let no worker give a list of the user (None: of anybody) that was made until now, within a second."""
        self._cache.invalidate(EVERYONE if user is None else tag_of(user))
        self._metrics.invalidations.labels("all" if user is None else user.kind).inc()

    def close(self) -> None:
        """Make no more lists in the background."""
        self._refresher.close()

    def _finish_unkept(self, look: Look) -> Answer:
        if look.answer is not None:
            return replace(look.answer, reuse=None)
        if look.resolved.key.bucket:
            return self._answer(look.resolved, Found(FinishedList.of(self._in_line(look.resolved))))
        return self._answer(look.resolved, self._make(look, self._in_line))

    def _stale(self, look: Look) -> Answer | None:
        """Return the list of the version before while that may still be given, and have the new one made."""
        previous = self._live_model.previous(self._stale_seconds)
        if previous is None or previous is look.resolved.live:
            return None
        before = ResolvedQuery.of(previous, look.resolved.asked, self.shop)
        found = self._find(before.key)
        if isinstance(found, Miss):
            return None
        self._refresher.submit(look.resolved.key, lambda: self._make(look, self._at_once))
        self._metrics.stale.inc()
        return replace(self._answer(before, found), reuse=None)

    def _find(self, key: ListKey) -> Found | Miss:
        found = self._cache.get(key)
        return Found(found.lists[0], found.tier, found.lease) if isinstance(found, Hit) else found

    def _make(self, look: Look, make: Callable[[ResolvedQuery], RecommendationList]) -> Found:
        """Make and keep a list; requests for it in the meantime get the same, unless it was invalidated."""
        key = look.resolved.key

        def work() -> FinishedList:
            again: Found | Miss = look.miss
            if self._flights.landed != look.landed:  # perhaps with this very list
                again = self._find(key)
            if isinstance(again, Found):
                return again.made
            made = FinishedList.of(make(look.resolved))
            self._cache.put(key, Kept((made,)), again)
            return made

        return Found(self._flights.do((key, look.miss.stamp), work))

    def _in_line(self, resolved: ResolvedQuery) -> RecommendationList:
        with self.line.turn():
            return self._at_once(resolved)

    def _at_once(self, resolved: ResolvedQuery) -> RecommendationList:
        with self._metrics.timing_list(resolved.query.asked_for):
            return resolved.make()

    def _answer(self, resolved: ResolvedQuery, found: Found) -> Answer:
        # A worker that heard of an item before this one did may have made a list with it.
        catalogue = self.shop.catalogue
        is_as_resolved = catalogue.unavailable.number == resolved.basis.unavailable
        unavailable = catalogue.unavailable_ids(resolved.live)
        reuse = resolved.reuse(found.lease) if found.lease and is_as_resolved else None
        return Answer.of(found, resolved, unavailable | resolved.unknown, reuse)
