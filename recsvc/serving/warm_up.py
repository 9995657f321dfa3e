"""Lists made before anybody asks for them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsvc.cache.bulk import BulkList, BulkRedis
from recsvc.cache.finished_list import FinishedList
from recsvc.errors import SettingsError
from recsvc.model.model import Model
from recsvc.ranking.query import Placement, Query
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.resolved_query import ResolvedQuery
from recsvc.serving.rules_in_force import RulesInForce
from recsvc.serving.shop import Shop

MAX_BATCH_SHOPPERS = 50
BATCHES_PER_SECOND = 4


@dataclass(frozen=True)
class WarmUpPlan:
    """What to make.

    Attributes:
        active_days: for shoppers with an order in so many days before the newest one of all.
        placements: personal ones, or the shop's own that are ranked by one.
        n: items of a list.
        lists_per_second: at most so many are made.
    """

    active_days: float = 90.0
    placements: tuple[str, ...] = (Placement.FOR_YOU,)
    n: int = 10
    lists_per_second: float = 500.0

    @property
    def batch_shoppers(self) -> int:
        """For how many shoppers lists are written at once: few where the pace is slow."""
        wanted = self.lists_per_second / BATCHES_PER_SECOND / len(self.placements)
        return max(1, min(MAX_BATCH_SHOPPERS, int(wanted)))


@dataclass
class WarmUpProgress:
    """How far it is.

    Attributes:
        n_lists: all there are to look at.
        n_shoppers: whose lists were looked at.
        written: lists made and written.
        skipped: lists that were there.
        invalidated: lists made, but not taken: those of the shopper were invalidated meanwhile.
        redis_bytes: what Redis needs for all lists of the shoppers so far.
        seconds: since the beginning.
    """

    n_lists: int
    n_shoppers: int = 0
    written: int = 0
    skipped: int = 0
    invalidated: int = 0
    redis_bytes: int = 0
    seconds: float = 0.0

    @property
    def done(self) -> int:
        """Lists that were looked at."""
        return self.written + self.skipped + self.invalidated


class WarmUp:
    """Fills Redis with what ``version`` answers; those who came last are first.

    What is there is left as it is, so that another run goes on where one ended.
    """

    def __init__(
        self, version: LiveVersion, redis: BulkRedis, plan: WarmUpPlan, shop: Shop | None = None
    ) -> None:
        """Raise UnknownPlacementError, or SettingsError for a placement that needs more than a user."""
        self._shop = shop or Shop()
        self._queries = [personal_query(self._shop.rules, name, plan.n) for name in plan.placements]
        self._version = version
        self._redis = redis
        self._plan = plan
        self._users = active_users(version.recommender.model, plan.active_days)
        self.progress = WarmUpProgress(n_lists=len(self._users) * len(plan.placements))

    def run(self, on_batch: Callable[[WarmUpProgress], None]) -> None:
        """Make all lists; raises CacheError when Redis is lost or full, and ``progress`` says how far it is."""
        started, size = time.monotonic(), self._plan.batch_shoppers
        for first in range(0, len(self._users), size):
            self._fill(self._users[first : first + size])
            self.progress.seconds = time.monotonic() - started
            on_batch(self.progress)
            made = self.progress.written + self.progress.invalidated
            time.sleep(max(0.0, made / self._plan.lists_per_second - self.progress.seconds))

    def _fill(self, users: NDArray[np.intp]) -> None:
        id_of = self._version.recommender.model.users.id_of
        resolved = [
            ResolvedQuery.of(self._version, replace(query, user_id=id_of(int(user))), self._shop)
            for user in users
            for query in self._queries
        ]
        keys = [wanted.key for wanted in resolved]
        looks = zip(resolved, self._redis.look(keys), strict=True)
        missing = [(wanted, miss) for wanted, miss in looks if miss is not None]
        written = self._redis.put(
            [BulkList(wanted.key, FinishedList.of(wanted.make()), miss) for wanted, miss in missing]
        )
        self.progress.written += written
        self.progress.invalidated += len(missing) - written
        self.progress.skipped += len(resolved) - len(missing)
        self.progress.n_shoppers += len(users)
        self.progress.redis_bytes += self._redis.size_bytes(keys)


def personal_query(rules: RulesInForce, name: str, n: int) -> Query:
    """Return the query for a list of a placement that depends on the shopper alone, of nobody yet.

    Raises UnknownPlacementError, or SettingsError for a placement that needs more than a user.
    """
    if not rules.base_of(name).is_personal:
        known = ", ".join(sorted(placement for placement in Placement if placement.is_personal))
        raise SettingsError(
            f"{name} does not depend on the shopper alone: lists are made beforehand for {known}, "
            "and for your own placements with one of these as their base"
        )
    return rules.query_for(name, n=n)


def active_users(model: Model, days: float) -> NDArray[np.intp]:
    """Return the users who ordered in the last ``days`` of the history, latest first; everyone where it is undated.

    intp, shape (n_active,).
    """
    users = np.flatnonzero(np.diff(model.history.indptr))
    if not model.is_dated or not len(users):
        return users
    last_days_ago = np.minimum.reduceat(model.history_columns["age_days"], model.history.indptr[users])
    order = np.argsort(last_days_ago, kind="stable")
    return users[order[last_days_ago[order] <= days]]
