"""What the catalogue says of the items, field by field, as arrays by item index."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from threading import RLock
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsvc.catalogue.item import AttributeValue, Item, Scalar
from recsvc.model.categories import names_of
from recsvc.rules.expression import ATTRIBUTE, IN_STOCK

Value: TypeAlias = Scalar | tuple[Scalar, ...]
_Key: TypeAlias = str | tuple[bool, Scalar]
"""True and 1 are equal in Python; here they are not."""


class Dictionary:
    """Grows while others look values up; a number that was given stays."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._numbers: dict[_Key | tuple[_Key, ...], int] = {}
        self._holding: dict[_Key, list[int]] = {}
        self._values: list[Value] = []
        self.lists: list[int] = []
        """The numbers of all lists."""
        for flag in (False, True):  # conditions may compare them where no column holds any
            self.add(flag)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, number: int) -> Value:
        return self._values[number]

    def add(self, value: Value) -> int:
        """Return the number of ``value``, which is given one where it is new; so is each part of a list."""
        key = tuple(map(_key, value)) if isinstance(value, tuple) else _key(value)
        known = self._numbers.get(key)
        if known is None:
            with self._lock:
                known = self._numbers.get(key)  # another thread may have been quicker
                return self._add(value, key) if known is None else known
        return known

    def number_of(self, value: Scalar) -> int | None:
        """Return the number of ``value`` itself, or None where no column holds it."""
        return self._numbers.get(_key(value))

    def holding(self, values: Iterable[Scalar]) -> list[int]:
        """Return the numbers of all that are one of ``values``, or lists that hold one."""
        return sorted({number for value in values for number in tuple(self._holding.get(_key(value), ()))})

    def _add(self, value: Value, key: _Key | tuple[_Key, ...]) -> int:
        parts = value if isinstance(value, tuple) else (value,)
        if isinstance(value, tuple):
            for part in parts:
                self.add(part)
        number = len(self._values)
        # In this order: a thread that finds the number finds its value, too.
        self._values.append(value)
        self._numbers[key] = number
        if isinstance(value, tuple):
            self.lists.append(number)
        for part_key in {_key(part) for part in parts}:
            self._holding.setdefault(part_key, []).append(number)
        return number


def _key(value: Scalar) -> _Key:
    return value if isinstance(value, str) else (isinstance(value, bool), value)


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
    def empty(cls, n_items: int) -> "Column":
        """Return a column of which nothing is known."""
        return cls(np.full(n_items, np.nan), np.full(n_items, NONE, dtype=np.int32))

    def copy(self) -> "Column":
        """Return a column that can be changed without changing this one."""
        return Column(self.numbers.copy(), self.codes.copy())

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
        columns = {field: Column.empty(n_items) for field in sorted(fields)}
        if IN_STOCK in columns:
            columns[IN_STOCK].codes[:] = dictionary.add(value=True)
        return cls(n_items, dictionary, columns)._take(items)

    def with_changes(self, items: Iterable[tuple[int, Item]]) -> "Columns":
        """Return the columns after ``items`` changed; by one thread at a time."""
        copies = {name: column.copy() for name, column in self._columns.items()}
        return Columns(self.n_items, self.dictionary, copies)._take(items)

    def completed(self, field: str, values: Iterable[tuple[int, Value]]) -> "Columns":
        """Return the columns with ``values``, by item index, where nothing is known of ``field``."""
        column = self._columns[field].copy()
        for index, value in values:
            if column.codes[index] == NONE and np.isnan(column.numbers[index]):
                column.codes[index] = self.dictionary.add(value)
        return Columns(self.n_items, self.dictionary, {**self._columns, field: column})

    def placed(self, indices: NDArray[np.intp], n_items: int) -> "Columns":
        """Return the columns by other item indices; of items that are not among these nothing is known.

        ``indices``: shape (self.n_items,): the new index of each item, distinct; -1 leaves it out.
        """
        known = np.flatnonzero(indices != NONE)
        empty = Columns.of((), n_items, self.fields, self.dictionary)
        for field, column in self._columns.items():
            target = empty[field]
            target.numbers[indices[known]] = column.numbers[known]
            target.codes[indices[known]] = column.codes[known]
        return empty

    def __getitem__(self, field: str) -> Column:
        return self._columns[field]

    @property
    def fields(self) -> frozenset[str]:
        """The fields that there are columns of."""
        return frozenset(self._columns)

    def lasts(self, field: str) -> NDArray[np.int32]:
        """Return the number of each value of a field, of a list that of its last value; int32, shape (n_items,).

        By the dictionary, so that columns that share it agree; -1 where the value is unknown.
        """
        column = self._columns[field]
        last = np.arange(len(self.dictionary) + 1)
        for code in np.unique(column.codes).tolist():
            value = self.dictionary[code] if code != NONE else ()
            if isinstance(value, tuple):
                last[code] = self._number_of_last(value)
        groups = last[column.codes]
        is_number = ~np.isnan(column.numbers)
        values, places = np.unique(column.numbers[is_number], return_inverse=True)
        groups[is_number] = np.asarray([self.dictionary.add(value) for value in values.tolist()], np.int64)[
            places
        ]
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

    def _take(self, items: Iterable[tuple[int, Item]]) -> "Columns":
        rest = iter(items)
        while batch := list(islice(rest, _BATCH)):
            places = [index for index, _ in batch]
            for field, column in self._columns.items():
                read = _reader_of(field)
                values = [read(item) for _, item in batch]
                column.numbers[places] = [value if isinstance(value, float) else np.nan for value in values]
                column.codes[places] = [
                    NONE if value is None or isinstance(value, float) else self.dictionary.add(value)
                    for value in values
                ]
        return self


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


def _reader_of(field: str) -> Callable[[Item], Value | None]:
    """Return what reads ``field``, with numbers as floats and lists as tuples."""
    match field:
        case "in_stock":
            return lambda item: item.in_stock
        case "price":
            return lambda item: None if item.price is None else float(item.price)
        case "categories":
            return lambda item: names_of(item.categories) or None
    name = field.removeprefix(ATTRIBUTE)
    return lambda item: _plain(item.attributes.get(name))


def _plain(value: AttributeValue | None) -> Value | None:
    if isinstance(value, list):
        return tuple(map(_scalar, value))
    return None if value is None else _scalar(value)


def _scalar(value: Scalar) -> Scalar:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
