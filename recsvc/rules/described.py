"""What the catalogue says of items, whichever of them a model knows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from recsvc.catalogue.item import Item
from recsvc.rules.columns import NONE, Columns

_BATCH = 10_000
_SMALLEST = 1_000

PlacesOf = Callable[[Sequence[str]], NDArray[np.intp]]


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
                columns = columns.placed(np.arange(columns.n_items), len(self.places) * 5 // 4 + _SMALLEST)
            columns = columns.with_changes(placed)
        return Described(self.places, columns)

    def of_fields(self, fields: frozenset[str]) -> "Described":
        """Return the columns of ``fields`` alone."""
        return Described(self.places, self.columns.of_fields(fields))

    def placed(self, places_of: PlacesOf, n_items: int, earlier: "Placed | None" = None) -> "Placed":
        """Return the columns by the item indices of a model, and what makes it quick to return those after a change.

        Of items that are not described nothing is known. ``places_of`` returns the index of each item, or -1.

        ``earlier``: by the same indices; what did not change since is shared.
        """
        places, known = self.places, np.empty(0, dtype=np.intp)
        if earlier is not None and earlier.described.places is places:
            known = earlier.indices
        if not self.fields:  # where the other items are is found out when it matters
            return Placed(self, known, Columns.of((), n_items, (), self.columns.dictionary))
        n_places = min(len(places), self.columns.n_items)
        new = places_of(list(islice(list(places), len(known), n_places)))
        indices = np.concatenate([known, new])
        all_indices = np.full(self.columns.n_items, NONE)
        all_indices[: len(indices)] = indices[: self.columns.n_items]
        before = None if earlier is None else (earlier.described.columns, earlier.columns)
        return Placed(self, indices, self.columns.placed(all_indices, n_items, before))

    def columns_by(self, item_ids: Sequence[str], fields: frozenset[str]) -> Columns:
        """Return the columns of ``fields`` of a few items, in their order."""
        indices = np.full(self.columns.n_items, NONE)
        for index, item_id in enumerate(item_ids):
            place = self.places.get(item_id, self.columns.n_items)
            if place < self.columns.n_items:
                indices[place] = index
        return self.columns.of_fields(fields).placed(indices, len(item_ids))


@dataclass(frozen=True, eq=False)
class Placed:
    """Columns by the item indices of a model.

    Attributes:
        described: what they were made of.
        indices: intp, shape (n_places,): for each place of ``described``, the index of its item, or -1.
        columns: what the model's items are like.
    """

    described: Described
    indices: NDArray[np.intp]
    columns: Columns
