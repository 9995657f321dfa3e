"""The items of the catalogue that the live model never saw, and who buys them."""

import time
from collections.abc import Callable, Iterable, Iterator, Set
from threading import Lock

import structlog

from recsvc.catalogue.item import Item, words_in
from recsvc.clock import now_us
from recsvc.model.vocabulary import ItemVocabulary, Vocabulary
from recsvc.ranking.cold_start import ColdStartItem, ColdStartItems, ColdStartMaker
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.renamed_items import RenamedItems
from recsvc.store.event import EventColumns
from recsvc.store.event_log import EventLog
from recsvc.store.store import Position, Store

MAX_UNLEARNED = 2_000
"""At most so many are kept: those that the catalogue changed last."""


class UnlearnedItems:
    """What the catalogue says of items that are not among ``learned``, those of the model.

    Attributes:
        left_out: how many were not kept, because there were too many.
    """

    def __init__(self, learned: ItemVocabulary, items: Iterable[Item] = ()) -> None:
        self._learned = learned
        self._items: dict[str, Item] = {}
        self.left_out = 0
        self.take(items)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def take(self, items: Iterable[Item]) -> None:
        """Take up what was said of ``items``, oldest first."""
        for item in items:
            self._items.pop(item.item_id, None)
            if not item.withdrawn and self._learned.index_of(item.item_id) is None:
                self._items[item.item_id] = item
        self._leave_out()

    def sold_at(self, now_us: int) -> frozenset[str]:
        """Return those that may be shown at ``now_us``, in microseconds since 1970."""
        return frozenset(item_id for item_id, item in self._items.items() if item.is_sold_at(now_us))

    def _leave_out(self) -> None:
        excess = len(self._items) - MAX_UNLEARNED
        if excess > 0:
            oldest = sorted(self._items.values(), key=lambda item: item.updated_at_us)[:excess]
            for item in oldest:
                del self._items[item.item_id]
            self.left_out += excess


MAX_BUYERS = 20
"""So many of each item are known; later ones say little that is new."""

EVENTS_A_LOOK = 5_000


class FirstBuyers:
    """Follows the purchases of some items, a bounded number of events at each look.

    Only buyers among ``users``, those that the model knows, count: the model has no taste of others.
    """

    def __init__(self, users: Vocabulary) -> None:
        self._users = users
        self._buyers: dict[str, dict[int, None]] = {}
        self._followed: set[str] = set()
        self._cursor = 0
        self._joining: frozenset[str] = frozenset()
        self._joined_to = 0
        self.is_current = True

    def of(self, item_id: str) -> tuple[int, ...]:
        """Return the indices of the first buyers of an item, first come first."""
        return tuple(self._buyers.get(item_id, ()))

    def look(self, item_ids: Set[str], log: EventLog, newest: int) -> bool:
        """Read on in ``log``, whose last event is ``newest``, and return whether a buyer was found.

        ``is_current`` then says whether nothing is left to read. Raises StoreError.
        """
        self._leave(item_ids)
        found = self._read_on(log, newest)
        found |= self._catch_up(item_ids, log)
        self.is_current = self._cursor >= newest and item_ids <= self._followed
        return found

    def leave_out_erased(self, is_erased: Callable[[str], bool]) -> None:
        """Leave out the buyers who were erased."""
        for buyers in self._buyers.values():
            for user in [buyer for buyer in buyers if is_erased(self._users.id_of(buyer))]:
                del buyers[user]

    def _leave(self, item_ids: Set[str]) -> None:
        """Follow no other items than these."""
        self._followed &= item_ids
        for item_id in self._buyers.keys() - item_ids:
            del self._buyers[item_id]

    def _read_on(self, log: EventLog, newest: int) -> bool:
        """Read what happened to the items that are followed since the last look."""
        wanted = [item_id for item_id in self._followed if len(self._buyers.get(item_id, ())) < MAX_BUYERS]
        if newest <= self._cursor or not wanted:
            self._cursor = newest
            return False
        batch = log.purchases_of(wanted, self._cursor, EVENTS_A_LOOK)
        self._cursor = newest if len(batch) < EVENTS_A_LOOK else int(batch.numbers[-1])
        return self._take(batch)

    def _catch_up(self, item_ids: Set[str], log: EventLog) -> bool:
        """Read all that ever happened to the items that are not followed yet; from then on they are."""
        if not self._joining:
            self._joining, self._joined_to = frozenset(item_ids - self._followed), 0
        if not self._joining:
            return False
        batch = log.purchases_of(self._joining, self._joined_to, EVENTS_A_LOOK)
        if len(batch) < EVENTS_A_LOOK:
            self._followed |= self._joining & item_ids
            self._joining = frozenset()
        else:
            self._joined_to = int(batch.numbers[-1])
        return self._take(batch)

    def _take(self, batch: EventColumns) -> bool:
        found = False
        for item_id, user_id in zip(batch.item_ids, batch.user_ids, strict=True):
            index = None if user_id is None else self._users.index_of(user_id)
            buyers = self._buyers.setdefault(item_id, {})
            if index is not None and len(buyers) < MAX_BUYERS and index not in buyers:
                buyers[index] = None
                found = True
        return found


ITEMS_A_LOOK = 5_000

_log = structlog.get_logger(__name__)


class ColdStart:
    """Follows the items that a version does not know; reads a bounded part of what is new at each look.

    What is known belongs to one version: with a new one the catalogue is read again, and until that is done the
    cold-start items of the version before stand in, without those that the new one knows. The version beside the live
    one that an experiment shows has its own, as the live one has.

    Args:
        live: returns the version that answers are made with, or None.
        share: of the places of a personal list, at most so many are cold-start items.
        stale_seconds: how long those of the version before are kept, for its lists; they keep it in memory.
        second: returns the version beside the live one that an experiment shows, or None.
    """

    def __init__(
        self,
        live: Callable[[], LiveVersion | None],
        share: float,
        stale_seconds: float = 30.0,
        second: Callable[[], LiveVersion | None] = lambda: None,
    ) -> None:
        self._live = live
        self._wanted_beside = second
        self._beside: _OfVersion | None = None
        self._share = share
        self._stale_seconds = stale_seconds
        self._current: _OfVersion | None = None
        self._before: _OfVersion | None = None
        self._begun_at = 0.0
        self._lock = Lock()

    def of(self, live: LiveVersion) -> ColdStartItems:
        """Return the cold-start items of the live version, the one beside it or the one before; none of any other."""
        for known in (self._current, self._beside):
            if known is not None and known.live is live:
                return known.items
        with self._lock:
            if live is self._live():
                return self._begin(live).items
            beside = self._begin_beside()
            if beside is not None and beside.live is live:
                return beside.items
            before = self._before
        return before.items if before and before.live is live else live.recommender.no_cold_start

    def follow(self, store: Store, position: Position) -> bool:
        """Read on, as far as one look goes; return whether nothing is left to read. Raises StoreError."""
        live = self._live()
        if live is None:
            return True
        with self._lock:
            current, beside = self._begin(live), self._begin_beside()
            if time.monotonic() - self._begun_at > self._stale_seconds:
                self._before = None
        is_read = current.look(store, position)
        return (beside is None or beside.look(store, position)) and is_read

    def _begin(self, live: LiveVersion) -> "_OfVersion":
        """Return what is known for ``live``, begun anew where another version was live until now."""
        if self._current is None or self._current.live is not live:
            self._before, self._begun_at = self._current, time.monotonic()
            self._current = _OfVersion(live, self._share, self._before)
        return self._current

    def _begin_beside(self) -> "_OfVersion | None":
        """Return what is known for the version beside the live one; None where there is none, or it is the live one."""
        wanted = self._wanted_beside()
        if wanted is None or (self._current is not None and wanted is self._current.live):
            self._beside = None
        elif self._beside is None or self._beside.live is not wanted:
            was_live = self._before is not None and self._before.live is wanted
            self._beside = self._before if was_live else _OfVersion(wanted, self._share, self._current)
        return self._beside


class _OfVersion:
    """The cold-start items of one version."""

    def __init__(self, live: LiveVersion, share: float, before: "_OfVersion | None") -> None:
        model = live.recommender.model
        self.live = live
        self._share = share
        self._maker = ColdStartMaker(model)
        self._unlearned = UnlearnedItems(model.items, before.unlearned() if before else ())
        self._renamed = RenamedItems(self._maker.variants)
        self._buyers = FirstBuyers(model.users)
        self._revision = 0
        self._n_tombstones = 0
        self._has_said = False
        self._sold = self._unlearned.sold_at(now_us())
        self.items = self._make()

    def unlearned(self) -> list[Item]:
        """Return what the catalogue says of the cold-start items."""
        return list(self._unlearned)

    def look(self, store: Store, position: Position) -> bool:
        """Read on until ``position``, as far as one look goes; return whether nothing is left to read."""
        has_changed = self._read_items(store, position)
        item_ids = {item.item_id for item in self._unlearned}
        has_changed |= self._buyers.look(item_ids, store.events, position.event)
        has_changed |= self._leave_out_erased(store, position)
        sold = self._unlearned.sold_at(now_us())
        if has_changed or sold != self._sold:
            self._sold = sold
            self.items = self._make()
        return self._revision >= position.item and self._buyers.is_current

    def _read_items(self, store: Store, position: Position) -> bool:
        if self._revision >= position.item:
            self._say_who_is_left_out()
            return False
        changes = store.catalogue.changes_since(self._revision, ITEMS_A_LOOK)
        self._revision = changes.revision if changes.items else position.item
        self._unlearned.take(changes.items)
        self._renamed.take(changes.items)
        return bool(changes.items)

    def _leave_out_erased(self, store: Store, position: Position) -> bool:
        if position.tombstone <= self._n_tombstones:
            return False
        self._buyers.leave_out_erased(store.users.tombstones().holds)
        self._n_tombstones = position.tombstone
        return True

    def _say_who_is_left_out(self) -> None:
        if self._unlearned.left_out and not self._has_said:
            self._has_said = True
            _log.warning(
                "cold_start_items_left_out", kept=len(self._unlearned), left_out=self._unlearned.left_out
            )

    def _make(self) -> ColdStartItems:
        items = [
            ColdStartItem(
                item.item_id,
                item.categories,
                self._buyers.of(item.item_id),
                item.item_id in self._sold,
                item.title or "",
                words_in(item.attributes),
                item.price,
            )
            for item in self._unlearned
        ]
        return self._maker.make(items, self._share, self._renamed.titles)
