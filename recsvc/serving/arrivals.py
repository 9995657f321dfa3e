"""Items of the catalogue that one model does not know."""

from collections.abc import Iterable, Iterator

from recsvc.model.vocabulary import Vocabulary
from recsvc.store.item import Item

MAX_ARRIVALS = 2_000
"""At most so many are kept: those that the shop spoke of last."""


class Arrivals:
    """Keeps what was said of them; ``left_out`` counts those that there was no room for.

    ``learned`` are the items that the model knows.
    """

    def __init__(self, learned: Vocabulary, items: Iterable[Item] = ()) -> None:
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
        excess = len(self._items) - MAX_ARRIVALS
        if excess > 0:
            oldest = sorted(self._items.values(), key=lambda item: item.updated_at_us)[:excess]
            for item in oldest:
                del self._items[item.item_id]
            self.left_out += excess
