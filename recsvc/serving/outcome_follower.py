"""The one thread that makes outcomes of events."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from threading import Event

import structlog

from recsvc.errors import StoreError, UnreadableRowError
from recsvc.metrics import Metrics
from recsvc.outcomes.share import OUTCOME_TYPES, OriginOf, Windows, share_of, share_of_nobody
from recsvc.repeating import Repeating
from recsvc.store.outcome import Shopper
from recsvc.store.outcome_records import QUEUED_AT_ONCE, Outcomes

POLL_SECONDS = 1.0
SHOPPERS_AT_ONCE = 50
"""Nobody else writes to SQLite while what so many add is stored: a tenth of a second."""

_MAX_TRIES = 20

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Manners:
    """What counting leaves to others.

    Attributes:
        leaves_to_others: returns whether another process counts so many events.
        rests: after each part of the work, so many times as long as that took.
    """

    leaves_to_others: Callable[[int], bool] = lambda _n_pending: False
    rests: float = 0.0


class OutcomeFollower:
    """Makes what shoppers add to the figures anew where they did something, at most some seconds later.

    Several services may do so at once: what is kept does not depend on who was faster.

    Args:
        outcomes: of the store.
        origin_of: returns what made the list of an id, or None.
        windows: how long before an order a click or a view may have been.
        metrics: shows how many events are not counted yet.
        manners: towards whoever else has work to do.
    """

    def __init__(
        self,
        outcomes: Outcomes,
        origin_of: OriginOf,
        windows: Windows,
        metrics: Metrics,
        manners: Manners = Manners(),
    ) -> None:
        self._manners = manners
        self._outcomes = outcomes
        self._origin_of = origin_of
        self._windows = windows
        self._n_pending = 0
        self._stopped = Event()
        self._following = Repeating("outcomes", POLL_SECONDS, self._try)
        metrics.watch(
            "recsvc_outcomes_pending_events",
            "Events that are not in the figures of outcomes yet, and shoppers who are to be counted anew.",
            lambda: self._n_pending,
            combine="max",
        )

    def start(self) -> None:
        """Follow the store from now on."""
        self._following.start()

    def stop(self) -> None:
        """Stop after what is being counted."""
        self._stopped.set()
        self._following.stop()

    def catch_up(self) -> int:
        """Count everything that is stored now; return how many shoppers that were. Raises StoreError."""
        n_counted = 0
        while n_now := self._count_next():
            n_counted += n_now
        return n_counted

    def _try(self) -> None:
        with suppress(StoreError):  # logged where it happened
            self._n_pending = self._outcomes.lag().n_pending
            if self._n_pending and not self._manners.leaves_to_others(self._n_pending):
                self._count_next()

    def _count_next(self) -> int:
        """Count whoever is queued, or did something since; return how many shoppers that were."""
        while self._outcomes.queue_new(OUTCOME_TYPES, share_of_nobody):
            if self._stopped.is_set():
                return 0
            if self._outcomes.n_queued() >= QUEUED_AT_ONCE:  # the more there are, the fewer are counted twice
                break
        queued = self._outcomes.queued()
        self._n_pending = self._outcomes.lag().n_pending
        return len(queued) if self._count(queued) else 0

    def _count(self, queued: Mapping[Shopper, Sequence[int]]) -> bool:
        """Count all that are ``queued``; return False where some still are."""
        left = iter(sorted(queued))
        while part := list(islice(left, SHOPPERS_AT_ONCE)):
            began = time.monotonic()
            if self._stopped.is_set() or not self._put_or_skip({one: queued[one] for one in part}):
                return False
            self._n_pending = max(0, self._n_pending - sum(len(queued[one]) for one in part))
            if self._manners.rests and len(part) == SHOPPERS_AT_ONCE:
                self._stopped.wait(self._manners.rests * (time.monotonic() - began))
        return True

    def _put_or_skip(self, queued: Mapping[Shopper, Sequence[int]]) -> bool:
        """Count the deeds of shoppers, without those of whom nothing can be made: nobody waits for them."""
        try:
            return self._put(queued)
        except Exception as error:
            if isinstance(error, StoreError) and not isinstance(error, UnreadableRowError):
                raise
            if len(queued) == 1:
                _log.error("outcomes_skipped", error=type(error).__name__, exc_info=error)
                self._outcomes.drop(queued)
                return True
        return all(self._put_or_skip({one: numbers}) for one, numbers in queued.items())

    def _put(self, queued: Mapping[Shopper, Sequence[int]]) -> bool:
        """Count the deeds of shoppers; return False where others changed shares again and again meanwhile."""
        for _ in range(_MAX_TRIES):
            moment = self._outcomes.moment()
            shares, first_days = {}, {}
            for shopper in queued:
                deeds = self._outcomes.deeds_of(shopper, OUTCOME_TYPES)
                shares[shopper] = share_of(deeds.events, deeds.beside, self._origin_of, self._windows)
                first_days[shopper] = deeds.first_day
            if self._outcomes.put(moment, shares, first_days, queued):
                return True
        _log.warning("outcomes_late", shoppers=len(queued))
        return False
