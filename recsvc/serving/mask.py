"""Which items may not be shown now."""

from collections.abc import Iterable
from dataclasses import dataclass

from recsvc.store.item import Item


@dataclass(frozen=True, eq=False)
class Mask:
    """Items out of stock, withdrawn, not yet or no longer available; one object stands until another set does.

    ``hidden``: their ids.
    """

    hidden: frozenset[str] = frozenset()


NOTHING_HIDDEN = Mask()


class Restrictions:
    """Items that cannot, or one day could not, be shown: all others are not kept."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    def take(self, items: Iterable[Item]) -> None:
        """Take up what was said of ``items``."""
        for item in items:
            self._items.pop(item.item_id, None)
            if not item.in_stock or item.available_from_us is not None or item.available_until_us is not None:
                self._items[item.item_id] = item

    def get(self, item_id: str) -> Item | None:
        """Return the item if it is one of those that are kept."""
        return self._items.get(item_id)

    def hidden_at(self, now_us: int) -> frozenset[str]:
        """Return the items that must not be shown at ``now_us``, in microseconds since 1970."""
        return frozenset(item_id for item_id, item in self._items.items() if not item.is_sold_at(now_us))
