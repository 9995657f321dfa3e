"""Which items are variants of one product, as the catalogue says now."""

from collections.abc import Iterable
from hashlib import blake2b
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from recsvc.catalogue.item import Item
from recsvc.identity.spelling import item_key
from recsvc.ranking.cold_start import ColdStartItems

_DIGEST_BYTES = 12


class Variants:
    """Follows the groups of the items of the catalogue.

    Attributes:
        digest: of all groups; another one once any item is in another group, and empty where no item is in one.
    """

    def __init__(self) -> None:
        self.digest = ""
        self._groups: dict[str, str] = {}
        self._sum = 0
        # Nothing here keeps a version that is no longer live.
        self._placed: WeakKeyDictionary[ColdStartItems, tuple[str, NDArray[np.int32] | None]]
        self._placed = WeakKeyDictionary()
        self._lock = Lock()

    def take(self, items: Iterable[Item]) -> None:
        """Take up what was said of ``items``."""
        with self._lock:
            for item in items:
                group_id, key = None if item.withdrawn else item.group_id, item_key(item.item_id)
                if group_id != self._groups.get(key):
                    self._move(key, group_id)
            self.digest = f"{self._sum:0{2 * _DIGEST_BYTES}x}" if self._groups else ""

    def groups_of(self, item_ids: Iterable[str]) -> frozenset[str]:
        """Return the groups that any of the items is in."""
        if not self.digest:
            return frozenset()
        found = (self._groups.get(item_key(item_id)) for item_id in item_ids)
        return frozenset(group_id for group_id in found if group_id is not None)

    def among(self, items: ColdStartItems) -> NDArray[np.int32] | None:
        """Return the group of each item of a model and of those beside it, -1 for none; int32, shape (n_items,).

        What the catalogue does not put into a group is where the model puts it, by its title. Return None where the
        catalogue puts no two of them into one group, and the model none.
        """
        if not self.digest:
            return None
        digest, placed = self._placed.get(items, ("", None))
        if digest != self.digest:
            with self._lock:
                placed = _placed(self._groups, items)
                self._placed[items] = (self.digest, placed)
        return placed

    def _move(self, key: str, group_id: str | None) -> None:
        before = self._groups.pop(key, None)
        if before is not None:
            self._sum ^= _number_of(key, before)
        if group_id is not None:
            self._groups[key] = group_id
            self._sum ^= _number_of(key, group_id)


def _number_of(key: str, group_id: str) -> int:
    """Return a hash as a number: the sum of all tells groups apart, in whatever order the items come."""
    # The lengths of ids are bounded, and neither holds NUL.
    digest = blake2b(f"{key}\0{group_id}".encode(), digest_size=_DIGEST_BYTES).digest()
    return int.from_bytes(digest)


def _placed(groups: dict[str, str], items: ColdStartItems) -> NDArray[np.int32] | None:
    learned, numbers = items.variant_groups, dict[str, int]()
    placed = np.full(len(items.known), -1, dtype=np.int32) if learned is None else learned.copy()
    first = int(placed.max(initial=-1)) + 1
    for key, group_id in groups.items():
        index = items.known.index_of(key)
        if index is not None:
            placed[index] = numbers.setdefault(group_id, first + len(numbers))
    n_placed = int((placed >= first).sum())
    return placed if learned is not None or n_placed > len(numbers) else None
