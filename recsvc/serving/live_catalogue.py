"""What the shop's catalogue says now: which items are unavailable, and which are in a category."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from recsvc.catalogue.item import Item
from recsvc.clock import now_us
from recsvc.identity.spelling import item_key
from recsvc.model.categories import JOINT, names_of
from recsvc.model.model import Model
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.variants import Variants
from recsvc.store.store import Position, Store

_NONE: frozenset[str] = frozenset()

MAX_READY_CATEGORIES = 64
"""The items of so many categories are kept ready."""


_numbers = count(1)


class Unavailable(NamedTuple):
    """Items that must not be shown, and a number that no other such set of the process has."""

    item_ids: frozenset[str] = frozenset()
    number: int = 0


@dataclass(frozen=True, eq=False)
class CategoryItems:
    """The items of one category.

    Attributes:
        is_in: bool, shape (n_items,): which of the model's items are in it.
        digest: of these items.
    """

    is_in: NDArray[np.bool_]
    digest: str


class LiveCatalogue:
    """Follows the catalogue of a store; without one, all items are available and in the categories of the model.

    An item of which the catalogue names no category is in those that the model learned. A category is called as the
    shop calls it, ``Kitchen > Baking``, or by its last level alone, ``Baking``; what is in it is in those above it too.

    ``is_fit`` says what can be shown where lists go; what cannot is unavailable.

    Attributes:
        unavailable: items out of stock, withdrawn, not yet or no longer available; another object once they change.
        variants: which items are of one product.
    """

    def __init__(self, is_fit: Callable[[Item], bool] = lambda _item: True) -> None:
        self._is_fit = is_fit
        self.unavailable = Unavailable()
        self.variants = Variants()
        self._restricted: dict[str, Item] = {}
        self._categories: dict[str, frozenset[str]] = {}
        self._ready: dict[str, CategoryItems] = {}
        self._ready_for: LiveVersion | None = None
        self._indices: tuple[Unavailable, LiveVersion | None, NDArray[np.int32]]
        self._indices = (self.unavailable, None, np.empty(0, dtype=np.int32))
        self._ids: WeakKeyDictionary[LiveVersion, Unavailable] = WeakKeyDictionary()
        self._revision = 0
        self._lock = Lock()

    def follow(self, store: Store, position: Position) -> bool:
        """Take up the next batch of what changed until ``position``; return whether that was all of it.

        Raises StoreError.
        """
        if self._revision < position.item:
            changes = store.catalogue.changes_since(self._revision)
            self.take(changes.items)
            self._revision = changes.revision if changes.items else position.item
        self.settle(now_us())
        return self._revision >= position.item

    def take(self, items: Sequence[Item]) -> None:
        """Take up what was said of ``items``; what is unavailable is so after ``settle``."""
        self.variants.take(items)
        with self._lock:
            for item in items:
                self._restrict(item)
                names = _NONE if item.withdrawn else frozenset(names_of(item.categories))
                key = item_key(item.item_id)
                if names != self._categories.get(key, _NONE):
                    self._categorise(key, names)

    def settle(self, now_us: int) -> None:
        """Find out what is unavailable at ``now_us``, in microseconds since 1970."""
        unavailable = frozenset(
            item.item_id
            for item in self._restricted.values()
            if not (item.is_sold_at(now_us) and self._is_fit(item))
        )
        if unavailable != self.unavailable.item_ids:
            self.unavailable = Unavailable(unavailable, next(_numbers))

    def unavailable_in(self, live: LiveVersion) -> NDArray[np.int32]:
        """Return the indices of the items of ``live`` that are unavailable; int32, shape (n,), ascending."""
        unavailable = self.unavailable
        known, known_live, indices = self._indices
        if known is not unavailable or known_live is not live:
            found = live.recommender.model.items.indices_of(unavailable.item_ids)
            indices = np.asarray(sorted(found), dtype=np.int32)
            self._indices = (unavailable, live, indices)
        return indices

    def unavailable_ids(self, live: LiveVersion) -> frozenset[str]:
        """Return the ids of the unavailable items, as the catalogue spells them and as ``live`` does."""
        unavailable = self.unavailable
        if not unavailable.item_ids:
            return unavailable.item_ids
        spelled = self._ids.get(live)
        if spelled is None or spelled.number != unavailable.number:
            items = live.recommender.model.items
            learned = frozenset(map(items.id_of, items.indices_of(unavailable.item_ids)))
            spelled = self._ids[live] = Unavailable(unavailable.item_ids | learned, unavailable.number)
        return spelled.item_ids

    def restricted(self, item_id: str) -> Item | None:
        """Return what is known of an item that is unavailable, or was or will be; None for all others."""
        return self._restricted.get(item_key(item_id))

    def items_in(self, live: LiveVersion, category: str) -> CategoryItems:
        """Return the items of ``live`` that are in ``category``."""
        with self._lock:
            if self._ready_for is not live or len(self._ready) >= MAX_READY_CATEGORIES:
                self._ready, self._ready_for = {}, live
            if category not in self._ready:
                self._ready[category] = self._find(live.recommender.model, category)
            return self._ready[category]

    def is_in(self, item_id: str, category: str) -> bool:
        """Return whether the catalogue says that an item is in ``category``."""
        return category in self._categories.get(item_key(item_id), _NONE)

    def categories_of(self, live: LiveVersion, item_ids: Iterable[str]) -> frozenset[str]:
        """Return the categories that any of the items is in; the catalogue may know some that ``live`` does not."""
        model, found = live.recommender.model, set[str]()
        for item_id in item_ids:
            index = model.items.index_of(item_id)
            learned = () if index is None else learned_names(model, index)
            found |= self._categories.get(item_key(item_id)) or frozenset(learned)
        return frozenset(found)

    def _restrict(self, item: Item) -> None:
        key = item_key(item.item_id)
        self._restricted.pop(key, None)
        is_bounded = item.available_from_us is not None or item.available_until_us is not None
        if not item.in_stock or is_bounded or not self._is_fit(item):
            self._restricted[key] = item

    def _categorise(self, key: str, names: frozenset[str]) -> None:
        self._ready = {}
        self._categories.pop(key, None)
        if names:
            self._categories[key] = names

    def _find(self, model: Model, category: str) -> CategoryItems:
        is_in = np.zeros(model.n_items, dtype=bool)
        for number, name in enumerate(model.categories):
            if category in (name, name.rpartition(JOINT)[2]):
                learned = model.category_items.row(number)[0].tolist()
                unsaid = [
                    item for item in learned if item_key(model.items.id_of(item)) not in self._categories
                ]
                is_in[unsaid] = True
        said = (key for key, names in self._categories.items() if category in names)
        is_in[model.items.indices_of(said)] = True
        digest = hashlib.blake2b(np.packbits(is_in).tobytes(), digest_size=12).hexdigest()
        return CategoryItems(is_in, digest)


def learned_names(model: Model, item: int) -> tuple[str, ...]:
    """Return what the categories that the model learned for an item, and those above them, are called."""
    numbers = model.item_categories.row(item)[0].tolist()
    return names_of(tuple(model.categories[number] for number in numbers))
