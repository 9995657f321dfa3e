"""Who bought newcomers first."""

from collections.abc import Callable, Set

from recsvc.model.vocabulary import Vocabulary
from recsvc.store.event import EventBatch
from recsvc.store.store import EventLog

MAX_BUYERS = 20
"""So many of each item are known; later ones say little that is new."""

EVENTS_A_LOOK = 5_000


class FirstBuyers:
    """Follows the purchases of some items, a bounded number of events at each look.

    ``users`` are those that the model knows: of others it has no taste.
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

    def forget(self, is_erased: Callable[[str], bool]) -> None:
        """Forget the buyers who asked for it."""
        for buyers in self._buyers.values():
            for user in [one for one in buyers if is_erased(self._users.id_of(one))]:
                del buyers[user]

    def _leave(self, item_ids: Set[str]) -> None:
        """Follow no other items than these."""
        self._followed &= item_ids
        for item_id in self._buyers.keys() - item_ids:
            del self._buyers[item_id]

    def _read_on(self, log: EventLog, newest: int) -> bool:
        """Read what happened to the items that are followed since the last look."""
        wanted = [one for one in self._followed if len(self._buyers.get(one, ())) < MAX_BUYERS]
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

    def _take(self, batch: EventBatch) -> bool:
        found = False
        for item_id, user_id in zip(batch.item_ids, batch.user_ids, strict=True):
            index = None if user_id is None else self._users.index_of(user_id)
            buyers = self._buyers.setdefault(item_id, {})
            if index is not None and len(buyers) < MAX_BUYERS and index not in buyers:
                buyers[index] = None
                found = True
        return found
