"""The live shop as the store knows it."""

import time
from collections.abc import Callable, Collection
from threading import Lock

import numpy as np
from cachetools import TTLCache
from numpy.typing import NDArray

from recsvc.cache.breaker import Breaker
from recsvc.cache.cache import Lease
from recsvc.cache.epochs import Epochs
from recsvc.cache.key import EVERYONE, Owner, owner_of
from recsvc.catalogue.item import Item
from recsvc.errors import StoreError
from recsvc.identity.external_id import is_storable
from recsvc.metrics import Metrics
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.query import UserKey
from recsvc.rules.placement_rules import Rotation
from recsvc.rules.rule_book import NO_RULES, RuleBook
from recsvc.serving.cold_start import ColdStartWatch
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.placements import Placements
from recsvc.serving.shop import Facts
from recsvc.serving.shop_categories import ShopCategories
from recsvc.serving.store_watch import NOTHING_HIDDEN, Mask, StoreWatch
from recsvc.serving.user_events import READ, SHOWN, live_events, shown_in_vain
from recsvc.store.event import Event, EventType
from recsvc.store.event_log import HISTORY_LIMIT
from recsvc.store.store import Store

MAX_FACTS = 50_000
"""Shoppers of whom it is remembered that they did nothing, or what; about 20 MB."""

MAX_UNSURE = 10_000
PAUSE_SECONDS = 1.0


class StoreShop:
    """Asks the store once for each shopper, and again when their lists were dropped.

    After a failure the store is left alone for ``PAUSE_SECONDS``. Whoever was answered without it has their lists
    dropped, with ``drop``, when it is back. ``newcomers`` follows the items that the model never saw; without it there
    are none.
    """

    def __init__(
        self,
        store: Store,
        epochs: Epochs,
        metrics: Metrics,
        ttl_seconds: float,
        book: RuleBook = NO_RULES,
    ) -> None:
        self._store = store
        self._epochs = epochs
        self._metrics = metrics
        self.cold_start_watch: ColdStartWatch | None = None
        self._facts: TTLCache[UserKey, Facts] = TTLCache(MAX_FACTS, ttl_seconds)
        self._lock = Lock()
        self._breaker = Breaker(PAUSE_SECONDS)
        self._unsure: set[Owner] = set()
        nothing: NDArray[np.int32] = np.empty(0, dtype=np.int32)
        self._unavailable: tuple[Mask, LiveVersion | None, NDArray[np.int32]] = (
            NOTHING_HIDDEN,
            None,
            nothing,
        )
        self.watch = StoreWatch(store, self._answered, book)
        self.drop: Callable[[Owner], None] = lambda _owner: None

    @property
    def mask(self) -> Mask:
        """What must not be shown now."""
        return self.watch.mask

    @property
    def placements(self) -> Placements:
        """What the shop calls its placements, and their rules."""
        return self.watch.placements

    @property
    def categories(self) -> ShopCategories:
        """Which items are in which category."""
        return self.watch.categories

    def facts(self, who: UserKey) -> Facts:
        """Return whether the shopper did something; of whom the store does not tell, that they did not."""
        with self._lock:
            known = self._facts.get(who)
        if known is not None and known.lease is not None and self._epochs.allows(known.lease):
            return known
        owner = owner_of(who.external_id, who.kind)
        lease = Lease(owner.bucket, self._epochs.stamp(owner.bucket), time.monotonic() + self._facts.ttl)
        events = self._ask(who, self._read)
        if events is None:
            return Facts(lease=lease)
        has_dislikes = any(one.type is EventType.DISLIKE for one in events)
        found = Facts(bool(events), has_dislikes, lease)
        with self._lock:
            self._facts[who] = found
        return found

    def cold_start(self, live: LiveVersion) -> ColdStartItems:
        """Return the items that may be shown beside those of ``live``."""
        return (
            live.recommender.no_cold_start
            if self.cold_start_watch is None
            else self.cold_start_watch.of(live)
        )

    def events(self, who: UserKey, live: LiveVersion, cold_start: ColdStartItems) -> LiveEvents | None:
        """Return what ``live`` has not seen of the shopper; None also where the store does not tell."""
        events = self._ask(who, self._read)
        if not events:
            return None
        is_known = who.kind == "user" and live.recommender.model.users.index_of(who.external_id) is not None
        return live_events(events, live, cold_start, is_known=is_known)

    def shown_in_vain(self, who: UserKey, live: LiveVersion, rotation: Rotation) -> NDArray[np.int32]:
        """Return what the shopper was shown that often and never turned to; none where the store does not tell."""
        events = self._ask(who, self._read_shown)
        return shown_in_vain(events or (), live, rotation, time.time_ns() // 1000)

    def is_erased(self, user_id: str) -> bool:
        """Return whether the shopper asked to be forgotten, as far as was heard."""
        return self.watch.is_erased(user_id)

    def was_erased_by_now(self, user_id: str) -> bool:
        """Return whether the shopper asked to be forgotten, also a moment ago, if the store tells."""
        if self._breaker.allows():
            try:
                self.watch.refresh()
            except StoreError:
                self._breaker.failed()
        return self.watch.is_erased(user_id)

    def unavailable(self, live: LiveVersion) -> NDArray[np.int32]:
        """Return the items that must not be shown now; int32, shape (n,)."""
        mask = self.watch.mask
        known_mask, known_live, items = self._unavailable
        if known_mask is not mask or known_live is not live:
            indices = live.recommender.model.items.indices_of(mask.hidden)
            items = np.asarray(sorted(indices), dtype=np.int32)
            self._unavailable = (mask, live, items)
        return items

    def restricted(self, item_id: str) -> Item | None:
        """Return what is known of an item that cannot, or one day could not, be shown; None for all others."""
        return self.watch.restricted(item_id)

    def _ask(self, who: UserKey, read: Callable[[UserKey], list[Event]]) -> list[Event] | None:
        """Return the shopper's events that ``read`` reads; None when the store does not answer."""
        if not is_storable(who.external_id):
            return []
        if self._breaker.allows():
            try:
                events = read(who)
            except StoreError:
                self._breaker.failed()
            else:
                self._breaker.succeeded()
                return events
        self._metrics.without_events.inc()
        self._answered_without(owner_of(who.external_id, who.kind))
        return None

    def _read(self, who: UserKey) -> list[Event]:
        """Return the newest events that lists are made from, and all dislikes."""
        events = self._newest(who, READ)
        if len(events) == HISTORY_LIMIT:
            return events + self._newest(who, {EventType.DISLIKE})
        return events

    def _read_shown(self, who: UserKey) -> list[Event]:
        return self._newest(who, SHOWN)

    def _newest(self, who: UserKey, types: Collection[EventType]) -> list[Event]:
        log = self._store.events
        newest = log.history_of if who.kind == "user" else log.history_of_session
        return newest(who.external_id, HISTORY_LIMIT, types)

    def _answered_without(self, owner: Owner) -> None:
        with self._lock:
            self._unsure.add(owner if len(self._unsure) < MAX_UNSURE else EVERYONE)

    def _answered(self) -> None:
        self._breaker.succeeded()
        if not self._unsure:
            return
        with self._lock:
            unsure, self._unsure = self._unsure, set()
        for owner in {EVERYONE} if EVERYONE in unsure else unsure:
            self.drop(owner)
