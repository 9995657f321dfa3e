"""Follows the items of the catalogue that the live model never saw, and who buys them."""

import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

import structlog

from recsvc.errors import StoreError
from recsvc.ranking.newcomers import NewcomerMaker, Newcomers, NewItem
from recsvc.repeating import Repeating
from recsvc.serving.arrivals import Arrivals
from recsvc.serving.first_buyers import FirstBuyers
from recsvc.serving.live_model import LiveVersion
from recsvc.store.item import Item
from recsvc.store.store import Position, Store

POLL_SECONDS = 0.3
ITEMS_A_LOOK = 5_000

_log = structlog.get_logger(__name__)


class NewcomerWatch:
    """Asks the store every ``POLL_SECONDS``; reads a bounded part of what is new at each look.

    What is followed belongs to one version: with a new one the catalogue is gone through again, and until that
    is done the newcomers of the version before stand in, without those that the new one knows. While the store
    does not answer, what was last known stays.

    Args:
        store: where items and purchases are.
        live: tells the version that answers are made with, or None.
        share: of the places of a personal list, at most so many are the newcomers'.
        stale_seconds: how long those of the version before are kept, for its lists; they keep it in memory.
    """

    def __init__(
        self,
        store: Store,
        live: Callable[[], LiveVersion | None],
        share: float,
        stale_seconds: float = 30.0,
    ) -> None:
        self._store = store
        self._live = live
        self._share = share
        self._stale_seconds = stale_seconds
        self._current: _Following | None = None
        self._before: _Following | None = None
        self._begun_at = 0.0
        self._lock = Lock()
        self._repeating = Repeating("newcomer-watch", POLL_SECONDS, self._try)

    def of(self, live: LiveVersion) -> Newcomers:
        """Return the newcomers of the live version or of the one before; of any other none are known."""
        current = self._current
        if current is not None and current.live is live:
            return current.newcomers
        with self._lock:
            if live is self._live():
                return self._follow(live).newcomers
            before = self._before
        return before.newcomers if before and before.live is live else live.recommender.no_newcomers

    def refresh(self) -> bool:
        """Look once, and return whether nothing is left to read; raises StoreError when the store is lost."""
        live = self._live()
        if live is None:
            return True
        position = self._store.position()
        with self._lock:
            following = self._follow(live)
            if time.monotonic() - self._begun_at > self._stale_seconds:
                self._before = None
        return following.look(self._store, position)

    def start(self) -> None:
        """Look now, and from now on."""
        self._try()
        self._repeating.start()

    def stop(self) -> None:
        """Stop looking."""
        self._repeating.stop()

    def _follow(self, live: LiveVersion) -> "_Following":
        """Return what follows for ``live``, begun anew where another version was live until now."""
        if self._current is None or self._current.live is not live:
            self._before, self._begun_at = self._current, time.monotonic()
            self._current = _Following(live, self._share, self._before)
        return self._current

    def _try(self) -> None:
        with suppress(StoreError):  # logged where it happened
            self.refresh()


class _Following:
    """The newcomers of one version."""

    def __init__(self, live: LiveVersion, share: float, before: "_Following | None") -> None:
        model = live.recommender.model
        self.live = live
        self._share = share
        self._maker = NewcomerMaker(model)
        self._arrivals = Arrivals(model.items, before.arrivals() if before else ())
        self._buyers = FirstBuyers(model.users)
        self._revision = 0
        self._n_tombstones = 0
        self._has_said = False
        self._sold = self._arrivals.sold_at(_now_us())
        self.newcomers = self._make()

    def arrivals(self) -> list[Item]:
        """Return what the catalogue says of them."""
        return list(self._arrivals)

    def look(self, store: Store, position: Position) -> bool:
        """Read on until ``position``, as far as one look goes; return whether nothing is left to read."""
        has_changed = self._read_items(store, position)
        item_ids = {item.item_id for item in self._arrivals}
        has_changed |= self._buyers.look(item_ids, store.events, position.event)
        has_changed |= self._forget_erased(store, position)
        sold = self._arrivals.sold_at(_now_us())
        if has_changed or sold != self._sold:
            self._sold = sold
            self.newcomers = self._make()
        return self._revision >= position.item and self._buyers.is_current

    def _read_items(self, store: Store, position: Position) -> bool:
        if self._revision >= position.item:
            self._say_who_is_left_out()
            return False
        changes = store.catalogue.changes_since(self._revision, ITEMS_A_LOOK)
        self._revision = changes.revision if changes.items else position.item
        self._arrivals.take(changes.items)
        return bool(changes.items)

    def _forget_erased(self, store: Store, position: Position) -> bool:
        if position.tombstone <= self._n_tombstones:
            return False
        self._buyers.forget(store.shoppers.tombstones().holds)
        self._n_tombstones = position.tombstone
        return True

    def _say_who_is_left_out(self) -> None:
        if self._arrivals.left_out and not self._has_said:
            self._has_said = True
            _log.warning("newcomers_left_out", kept=len(self._arrivals), left_out=self._arrivals.left_out)

    def _make(self) -> Newcomers:
        items = [
            NewItem(one.item_id, one.categories, self._buyers.of(one.item_id), one.item_id in self._sold)
            for one in self._arrivals
        ]
        return self._maker.make(items, self._share)


def _now_us() -> int:
    return time.time_ns() // 1000
