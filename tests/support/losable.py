from recsvc.errors import StoreError
from recsvc.store.store import Position, Store


class Losable:
    """A store that can be lost, and counts how often it is asked for events."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.catalogue, self.users, self.placements = store.catalogue, store.users, store.placements
        self.is_lost = False
        self.asked = 0

    @property
    def events(self):
        self.asked += 1
        self._check()
        return self._store.events

    def position(self) -> Position:
        self._check()
        return self._store.position()

    def _check(self) -> None:
        if self.is_lost:
            raise StoreError("lost")
