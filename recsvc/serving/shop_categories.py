"""Which items are in which of the shop's categories, as the catalogue says now, else as the model learned."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from recsvc.catalogue.item import Item
from recsvc.model.categories import JOINT, names_of
from recsvc.model.model import Model
from recsvc.serving.live_model import LiveVersion

_NONE: frozenset[str] = frozenset()

MAX_KEPT = 64
"""The items of so many categories are kept ready."""


@dataclass(frozen=True, eq=False)
class Members:
    """The items of one category.

    Attributes:
        mask: bool, shape (n_items,): which of the model's items are in it.
        digest: of these items.
    """

    mask: NDArray[np.bool_]
    digest: str


class ShopCategories:
    """Follows the catalogue; an item of which it says no category is in those that the model learned.

    A category is called as the shop calls it, ``Kitchen > Baking``, or by its last level alone, ``Baking``; what is
    in it is in those above it too.
    """

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str]] = {}
        self._kept: dict[str, Members] = {}
        self._kept_for: LiveVersion | None = None
        self._lock = Lock()

    def take(self, items: Iterable[Item]) -> None:
        """Take up what was said of ``items``."""
        with self._lock:
            for item in items:
                names = _NONE if item.withdrawn else frozenset(names_of(item.categories))
                if names != self._names.get(item.item_id, _NONE):
                    self._put(item.item_id, names)

    def members(self, live: LiveVersion, category: str) -> Members:
        """Return the items of ``live`` that are in ``category``."""
        with self._lock:
            if self._kept_for is not live or len(self._kept) >= MAX_KEPT:
                self._kept, self._kept_for = {}, live
            if category not in self._kept:
                self._kept[category] = self._find(live.recommender.model, category)
            return self._kept[category]

    def is_in(self, item_id: str, category: str) -> bool:
        """Return whether the catalogue says that an item is in ``category``."""
        return category in self._names.get(item_id, _NONE)

    def of(self, live: LiveVersion, item_ids: Iterable[str]) -> frozenset[str]:
        """Return the categories that any of the items is in; the catalogue may know some that ``live`` does not."""
        model, found = live.recommender.model, set[str]()
        for item_id in item_ids:
            index = model.items.index_of(item_id)
            learned = () if index is None else learned_names(model, index)
            found |= self._names.get(item_id) or frozenset(learned)
        return frozenset(found)

    def _put(self, item_id: str, names: frozenset[str]) -> None:
        self._kept = {}
        self._names.pop(item_id, None)
        if names:
            self._names[item_id] = names

    def _find(self, model: Model, category: str) -> Members:
        mask = np.zeros(model.n_items, dtype=bool)
        for number, name in enumerate(model.categories):
            if category in (name, name.rpartition(JOINT)[2]):
                learned = model.category_items.row(number)[0].tolist()
                mask[[item for item in learned if model.items.id_of(item) not in self._names]] = True
        said = (item_id for item_id, names in self._names.items() if category in names)
        mask[model.items.indices_of(said)] = True
        return Members(mask, hashlib.blake2b(np.packbits(mask).tobytes(), digest_size=12).hexdigest())


def learned_names(model: Model, item: int) -> tuple[str, ...]:
    """Return what the categories that the model learned for an item, and those above them, are called."""
    numbers = model.item_categories.row(item)[0].tolist()
    return names_of(tuple(model.categories[number] for number in numbers))
