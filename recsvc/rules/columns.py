"""What the catalogue says of the items, field by field, as arrays by item index."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from recsvc.catalogue.item import AttributeValue, Item, Scalar
from recsvc.model.categories import names_of
from recsvc.rules.dictionary import Dictionary, Value
from recsvc.rules.expression import ATTRIBUTE, CATEGORIES, IN_STOCK, PRICE

_BATCH = 10_000
NONE = -1
"""In place of a number of the dictionary: nothing is known, or it is a number in its own right."""


@dataclass(frozen=True, eq=False)
class Column:
    """One field of all items.

    Attributes:
        numbers: float64, shape (n_items,): NaN where the field is unknown or no number.
        codes: int32, shape (n_items,): which text, flag or list of the dictionary it is; ``NONE`` where it is none.
    """

    numbers: NDArray[np.float64]
    codes: NDArray[np.int32]

    @classmethod
    def constant(cls, n_items: int, code: int = NONE) -> "Column":
        """Return a column in which every item has the same code and no number; it takes no memory."""
        return cls(np.broadcast_to(np.float64(np.nan), n_items), np.broadcast_to(np.int32(code), n_items))

    @property
    def is_constant(self) -> bool:
        """Whether every item has the same."""
        return _is_constant(self.numbers) and _is_constant(self.codes)

    def with_values(
        self, places: Sequence[int], numbers: NDArray[np.float64], codes: NDArray[np.int32]
    ) -> "Column":
        """Return the column with other values at ``places``; what stays as it is is not copied."""
        return Column(_written(self.numbers, places, numbers), _written(self.codes, places, codes))

    def placed(self, start: "Column", indices: NDArray[np.intp], known: NDArray[np.intp]) -> "Column":
        """Return ``start`` with the values at ``known`` of this column, each at its index in ``indices``."""
        places = indices[known]
        return Column(
            _placed(start.numbers, self.numbers, places, known),
            _placed(start.codes, self.codes, places, known),
        )

    def placed_earlier(self, field: str, before: "Columns", placed: "Columns") -> "Column | None":
        """Return the column of ``placed`` where that of ``before``, from which it was made, is this one."""
        if not (field in before.fields and field in placed.fields):
            return None
        old = before[field]
        is_same = old.numbers is self.numbers and old.codes is self.codes
        return placed[field] if is_same else None

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Which items have a value; bool, shape (n_items,)."""
        is_known: NDArray[np.bool_] = ~np.isnan(self.numbers) | (self.codes != NONE)
        return is_known


class Columns:
    """The fields that rules look at, for all items of a model; never changed once made.

    Items that were never taken are as the service treats them elsewhere: in stock, and nothing else is known of them.

    Attributes:
        n_items: how many items there are.
        dictionary: the texts, flags and lists in the columns; shared with those that were made from these.
    """

    def __init__(self, n_items: int, dictionary: Dictionary, columns: Mapping[str, Column]) -> None:
        self.n_items = n_items
        self.dictionary = dictionary
        self._columns = dict(columns)
        self._lasts: dict[str, NDArray[np.int32]] = {}

    @classmethod
    def of(
        cls,
        items: Iterable[tuple[int, Item]],
        n_items: int,
        fields: Iterable[str],
        dictionary: Dictionary | None = None,
    ) -> "Columns":
        """Return the columns of ``fields`` (``fields_of`` says which) of ``items``, each with its index."""
        dictionary = dictionary or Dictionary()
        columns = {field: Column.constant(n_items) for field in sorted(fields)}
        if IN_STOCK in columns:
            columns[IN_STOCK] = Column.constant(n_items, dictionary.add(value=True))
        return cls(n_items, dictionary, columns).with_changes(items)

    def with_changes(self, items: Iterable[tuple[int, Item]]) -> "Columns":
        """Return the columns after ``items`` changed, those that stay as they are shared; by one thread at a time."""
        columns, rest = dict(self._columns), iter(items)
        while batch := list(islice(rest, _BATCH)):
            places = [index for index, _ in batch]
            values = _values_of([item for _, item in batch], columns.keys())
            for field, column in columns.items():
                if field not in values and column.is_constant:
                    continue
                numbers, codes = self._halves(field, values.get(field, {}), len(batch))
                columns[field] = column.with_values(places, numbers, codes)
        return Columns(self.n_items, self.dictionary, columns)

    def _halves(
        self, field: str, values: Mapping[int, Value], n: int
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Return the two halves of a column of ``n`` items, from the values of those that have one."""
        numbers, codes = np.full(n, np.nan), np.full(n, NONE, dtype=np.int32)
        for number, value in values.items():
            if isinstance(value, float):
                numbers[number] = value
            else:
                codes[number] = self.dictionary.add(value, field)
        return numbers, codes

    def of_fields(self, fields: frozenset[str]) -> "Columns":
        """Return the columns of ``fields`` alone."""
        kept = {field: column for field, column in self._columns.items() if field in fields}
        return Columns(self.n_items, self.dictionary, kept)

    def completed(self, field: str, values: Iterable[tuple[int, Value]]) -> "Columns":
        """Return the columns with ``values``, by item index, where nothing is known of ``field``."""
        column = self._columns[field]
        codes = column.codes.copy()
        for index, value in values:
            if codes[index] == NONE and np.isnan(column.numbers[index]):
                codes[index] = self.dictionary.add(value, field)
        return Columns(self.n_items, self.dictionary, {**self._columns, field: Column(column.numbers, codes)})

    def placed(
        self, indices: NDArray[np.intp], n_items: int, earlier: "tuple[Columns, Columns] | None" = None
    ) -> "Columns":
        """Return the columns by other item indices; of items that are not among these nothing is known.

        Args:
            indices: shape (self.n_items,): the new index of each item, distinct; -1 leaves it out.
            n_items: how many items there are by these indices.
            earlier: columns that these were made from, and these by the same indices: what did not change is shared.
        """
        known = np.flatnonzero(indices != NONE)
        start = Columns.of((), n_items, self.fields, self.dictionary)
        columns = {}
        for field, column in self._columns.items():
            made = None if earlier is None else column.placed_earlier(field, *earlier)
            columns[field] = made or column.placed(start[field], indices, known)
        return Columns(n_items, self.dictionary, columns)

    def __getitem__(self, field: str) -> Column:
        return self._columns[field]

    @property
    def fields(self) -> frozenset[str]:
        """The fields that there are columns of."""
        return frozenset(self._columns)

    def lasts(self, field: str) -> NDArray[np.int32]:
        """Return the number of each value of a field, of a list that of its last value; int32, shape (n_items,).

        By the dictionary, so that columns that share it agree; -1 where the value is unknown. Made once.
        """
        if field not in self._lasts:
            self._lasts[field] = self._find_lasts(field)
        return self._lasts[field]

    def _find_lasts(self, field: str) -> NDArray[np.int32]:
        column = self._columns[field]
        last = np.arange(len(self.dictionary) + 1)
        for code in np.unique(column.codes).tolist():
            value = self.dictionary[code] if code != NONE else ()
            if isinstance(value, tuple):
                last[code] = self._number_of_last(value)
        groups = last[column.codes]
        is_number = ~np.isnan(column.numbers)
        values, places = np.unique(column.numbers[is_number], return_inverse=True)
        groups[is_number] = np.asarray(
            [self.dictionary.add(value, field) for value in values.tolist()], np.int64
        )[places]
        return np.asarray(groups, dtype=np.int32)

    def digest(self, fields: Iterable[str]) -> bytes:
        """Return a hash of what the columns of ``fields`` say, the same wherever they say the same."""
        found = blake2b(digest_size=16)
        for field in sorted(fields):
            column = self._columns[field]
            values = [self.dictionary[code] for code in appearing(column.codes).tolist()]
            found.update(json.dumps([field, values]).encode())
            found.update(column.numbers.tobytes())
            found.update(in_order_of_appearance(column.codes).tobytes())
        return found.digest()

    def _number_of_last(self, value: tuple[Scalar, ...]) -> int:
        number = self.dictionary.number_of(value[-1]) if value else None
        return NONE if number is None else number


T = TypeVar("T", bound=np.generic)


def _is_constant(array: NDArray[np.generic]) -> bool:
    return array.strides == (0,)


def _written(array: NDArray[T], places: Sequence[int], values: NDArray[T]) -> NDArray[T]:
    if np.array_equal(array[places], values, equal_nan=array.dtype.kind == "f"):
        return array
    changed = array.copy()
    changed[places] = values
    return changed


def _placed(
    start: NDArray[T], array: NDArray[T], places: NDArray[np.intp], known: NDArray[np.intp]
) -> NDArray[T]:
    if _is_constant(array):  # as ``start`` is: whatever is written makes an array of its own
        return start
    placed = start.copy()
    placed[places] = array[known]
    return placed


def _values_of(items: Sequence[Item], fields: Collection[str]) -> dict[str, dict[int, Value]]:
    """Return what ``items`` say, by field and by their number; takes as long as there are values, not fields."""
    found: dict[str, dict[int, Value]] = {}
    readers = [(field, _READERS[field]) for field in fields if field in _READERS]
    for number, item in enumerate(items):
        for field, read in readers:
            value = read(item)
            if value is not None:
                found.setdefault(field, {})[number] = value
        for name, attribute in item.attributes.items():
            if ATTRIBUTE + name in fields:
                found.setdefault(ATTRIBUTE + name, {})[number] = _plain(attribute)
    return found


def appearing(codes: NDArray[np.integer]) -> NDArray[np.intp]:
    """Return the distinct ``codes`` but -1, in the order in which they first appear.

    ``codes``: integers of at least -1, shape (n,).
    """
    first = np.full(int(codes.max(initial=NONE)) + 2, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # of several, the one written last stays: the first
    found = np.flatnonzero(first[:-1] < len(codes))
    return found[np.argsort(first[found])]


def in_order_of_appearance(codes: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return ``codes`` with other numbers: 0 for what comes first, 1 for what is new next; -1 stays.

    ``codes``: integers of at least -1, shape (n,). Returns int32, shape (n,).
    """
    ordered = appearing(codes)
    rank = np.full(int(codes.max(initial=NONE)) + 2, NONE, dtype=np.int32)
    rank[ordered] = np.arange(len(ordered), dtype=np.int32)
    return np.asarray(rank[codes], dtype=np.int32)


_READERS: Mapping[str, Callable[[Item], Value | None]] = {
    IN_STOCK: lambda item: item.in_stock,
    PRICE: lambda item: None if item.price is None else float(item.price),
    CATEGORIES: lambda item: names_of(item.categories) or None,
}
"""What reads the fields that are no attributes, with numbers as floats and lists as tuples."""


def _plain(value: AttributeValue) -> Value:
    return tuple(map(_scalar, value)) if isinstance(value, list) else _scalar(value)


def _scalar(value: Scalar) -> Scalar:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
