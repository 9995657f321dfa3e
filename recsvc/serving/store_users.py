"""What users did, as the store knows it."""

import time
from collections.abc import Callable, Collection
from threading import Lock

import numpy as np
from cachetools import TTLCache
from numpy.typing import NDArray

from recsvc.cache.cache import Lease
from recsvc.cache.epochs import Epochs
from recsvc.cache.key import EVERYONE, UserTag, tag_of
from recsvc.clock import now_us
from recsvc.identity.external_id import is_storable
from recsvc.metrics import Metrics
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.query import UserKey
from recsvc.rules.placement_rules import Rotation
from recsvc.serving.follower import GuardedStore
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.shop import Facts
from recsvc.serving.user_events import READ, SHOWN, live_events, shown_in_vain
from recsvc.store.event import Event, EventType
from recsvc.store.event_log import HISTORY_LIMIT, EventLog

MAX_FACTS = 50_000
"""Of so many users it is remembered whether they did something; about 20 MB."""

MAX_UNSURE = 10_000

MAX_DISLIKES = 10_000
"""So many dislikes of one user are heeded, however much they did since: the newest."""


class StoreUsers:
    """Asks the store once for each user, and again when their lists were invalidated.

    The lists of users who were answered without the store are invalidated when it is back.

    Args:
        guarded: where events are.
        epochs: which lists, and so which facts, are still valid.
        metrics: counts the answers that were given without the store.
        ttl_seconds: how long facts are remembered at most.
        invalidate: ends the lists of a user, or of everyone.
    """

    def __init__(
        self,
        guarded: GuardedStore,
        epochs: Epochs,
        metrics: Metrics,
        ttl_seconds: float,
        invalidate: Callable[[UserTag], None],
    ) -> None:
        self.guarded = guarded
        self._epochs = epochs
        self._metrics = metrics
        self._facts: TTLCache[UserKey, Facts] = TTLCache(MAX_FACTS, ttl_seconds)
        self._invalidate = invalidate
        self._lock = Lock()
        self._unsure: set[UserTag] = set()

    def facts(self, user: UserKey) -> Facts:
        """Return whether the user did something; where the store does not answer, that they did not."""
        with self._lock:
            known = self._facts.get(user)
        if known is not None and known.lease is not None and self._epochs.allows(known.lease):
            return known
        bucket = tag_of(user).bucket
        lease = Lease(bucket, self._epochs.stamp(bucket), time.monotonic() + self._facts.ttl)
        events = self._ask(user, _read)
        if events is None:
            return Facts(lease=lease)
        has_dislikes = any(event.type is EventType.DISLIKE for event in events)
        found = Facts(bool(events), has_dislikes, lease)
        with self._lock:
            self._facts[user] = found
        return found

    def events(self, user: UserKey, live: LiveVersion, cold_start: ColdStartItems) -> LiveEvents | None:
        """Return what ``live`` has not seen of the user; None also where the store does not answer."""
        events = self._ask(user, _read)
        if not events:
            return None
        is_known = user.kind == "user" and live.recommender.model.users.index_of(user.external_id) is not None
        return live_events(events, live, cold_start, is_known=is_known)

    def shown_in_vain(self, user: UserKey, live: LiveVersion, rotation: Rotation) -> NDArray[np.int32]:
        """Return the items that the user was shown that often and never turned to; int32, shape (n,)."""
        events = self._ask(user, _read_shown)
        return shown_in_vain(events or (), live, rotation, now_us())

    def store_has_answered(self) -> None:
        """Invalidate the lists of users who were answered without the store."""
        if self._unsure:
            with self._lock:
                unsure, self._unsure = self._unsure, set()
            for tag in {EVERYONE} if EVERYONE in unsure else unsure:
                self._invalidate(tag)

    def _ask(self, user: UserKey, read: Callable[[EventLog, UserKey], list[Event]]) -> list[Event] | None:
        """Return the user's events that ``read`` reads; None when the store does not answer."""
        if not is_storable(user.external_id):
            return []
        events = self.guarded.ask(lambda store: read(store.events, user))
        if events is None:
            self._metrics.without_events.inc()
            self._answered_without(tag_of(user))
        return events

    def _answered_without(self, tag: UserTag) -> None:
        with self._lock:
            self._unsure.add(tag if len(self._unsure) < MAX_UNSURE else EVERYONE)


def _read(log: EventLog, user: UserKey) -> list[Event]:
    """Return the newest events that lists are made from, and the dislikes beyond them."""
    events = _newest(log, user, READ)
    if len(events) == HISTORY_LIMIT:
        return events + _newest(log, user, {EventType.DISLIKE}, MAX_DISLIKES)
    return events


def _read_shown(log: EventLog, user: UserKey) -> list[Event]:
    return _newest(log, user, SHOWN)


def _newest(
    log: EventLog, user: UserKey, types: Collection[EventType], limit: int = HISTORY_LIMIT
) -> list[Event]:
    newest = log.history_of if user.kind == "user" else log.history_of_session
    return newest(user.external_id, limit, types)
