"""Lists made before anybody asks for them."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.cache.bulk import BulkList, BulkRedis
from recsvc.errors import SettingsError
from recsvc.model.model import Model
from recsvc.ranking.query import PERSONAL, Placement, Query
from recsvc.serving.kept_list import KeptList
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.placements import Placements, placed
from recsvc.serving.resolved_query import ResolvedQuery
from recsvc.serving.shop import NoShop, Shop

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
        dropped: lists made, but not taken: those of the shopper were dropped meanwhile.
        redis_bytes: what Redis needs for all lists of the shoppers so far.
        seconds: since the beginning.
    """

    n_lists: int
    n_shoppers: int = 0
    written: int = 0
    skipped: int = 0
    dropped: int = 0
    redis_bytes: int = 0
    seconds: float = 0.0

    @property
    def done(self) -> int:
        """Lists that were looked at."""
        return self.written + self.skipped + self.dropped


class WarmUp:
    """Fills Redis with what ``version`` answers; those who came last are first.

    What is there is left as it is, so that another run goes on where one ended.
    """

    def __init__(
        self, version: LiveVersion, redis: BulkRedis, plan: WarmUpPlan, shop: Shop | None = None
    ) -> None:
        """Raise UnknownPlacementError, or SettingsError for a placement that asks for more than a shopper."""
        self._shop = shop or NoShop()
        self._placements = [_personal(self._shop.placements, asked) for asked in plan.placements]
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
            made = self.progress.written + self.progress.dropped
            time.sleep(max(0.0, made / self._plan.lists_per_second - self.progress.seconds))

    def _fill(self, users: NDArray[np.intp]) -> None:
        asked = [
            ResolvedQuery.of(self._version, query, self._shop)
            for user in users
            for query in self._queries(int(user))
        ]
        keys = [one.key for one in asked]
        missing = [
            (one, miss) for one, miss in zip(asked, self._redis.look(keys), strict=True) if miss is not None
        ]
        written = self._redis.put(
            [BulkList(one.key, KeptList.of(one.make(self._shop)).to_bytes(), miss) for one, miss in missing]
        )
        self.progress.written += written
        self.progress.dropped += len(missing) - written
        self.progress.skipped += len(asked) - len(missing)
        self.progress.n_shoppers += len(users)
        self.progress.redis_bytes += self._redis.size_bytes(keys)

    def _queries(self, user: int) -> list[Query]:
        user_id = self._version.recommender.model.users.id_of(user)
        n = self._plan.n
        return [Query(placement, n, user_id, name=name) for placement, name in self._placements]


def _personal(placements: Placements, asked: str) -> tuple[Placement, str | None]:
    placement, name = placed(placements, asked)
    if placement not in PERSONAL:
        known = ", ".join(sorted(PERSONAL))
        raise SettingsError(
            f"{asked} does not depend on the shopper alone: lists are made beforehand for {known}, "
            "and for your own placements with one of these as their base"
        )
    return placement, name


def active_users(model: Model, days: float) -> NDArray[np.intp]:
    """Return who ordered in the last ``days`` of the history, latest first; everyone where it is undated.

    intp, shape (n_active,).
    """
    users = np.flatnonzero(np.diff(model.history.indptr))
    if not model.is_dated or not len(users):
        return users
    last_days_ago = np.minimum.reduceat(model.history_columns["age_days"], model.history.indptr[users])
    order = np.argsort(last_days_ago, kind="stable")
    return users[order[last_days_ago[order] <= days]]
