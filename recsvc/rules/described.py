"""What the catalogue says of items, whichever of them a model knows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from recsvc.catalogue.item import Item
from recsvc.rules.columns import NONE, Columns

_BATCH = 10_000
_SMALLEST = 1_000


@dataclass(frozen=True, eq=False)
class Described:
    """Columns in the order in which items were first heard of; what was made from another shares its places.

    Attributes:
        places: by item id, where the item is in ``columns``.
        columns: longer than there are items, so that it need not grow with each.
    """

    places: dict[str, int]
    columns: Columns

    @classmethod
    def of(cls, fields: Iterable[str]) -> "Described":
        """Return the columns of ``fields``, of no items yet."""
        return cls({}, Columns.of((), _SMALLEST, fields))

    @property
    def fields(self) -> frozenset[str]:
        """What there are columns of."""
        return self.columns.fields

    def with_changes(self, items: Iterable[Item]) -> "Described":
        """Return what is known after ``items`` changed; by one thread at a time."""
        columns, rest = self.columns, iter(items)
        while batch := list(islice(rest, _BATCH)):
            placed = [(self.places.setdefault(item.item_id, len(self.places)), item) for item in batch]
            if len(self.places) > columns.n_items:
                columns = columns.placed(np.arange(columns.n_items), 2 * len(self.places))
            columns = columns.with_changes(placed)
        return Described(self.places, columns)

    def columns_of(self, index_of: Callable[[str], int | None], n_items: int) -> Columns:
        """Return the columns by the item indices of a model; of items that are not described nothing is known."""
        indices = np.full(self.columns.n_items, NONE)
        for item_id, place in list(self.places.items())[: self.columns.n_items]:
            index = index_of(item_id)
            indices[place] = NONE if index is None else index
        return self.columns.placed(indices, n_items)
