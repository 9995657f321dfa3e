"""The texts, flags and lists in columns, each under a number."""

from collections import Counter
from collections.abc import Iterable
from threading import RLock
from typing import TypeAlias

from recsvc.catalogue.item import Scalar

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
        self.size_bytes: Counter[str] = Counter()
        """About how much memory values take, by the field that had each first."""
        for flag in (False, True):  # conditions may compare them where no column holds any
            self.add(flag)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, number: int) -> Value:
        return self._values[number]

    def add(self, value: Value, field: str = "") -> int:
        """Return the number of ``value`` of a field, which is given one where it is new; so is each part of a list."""
        key = tuple(map(_key, value)) if isinstance(value, tuple) else _key(value)
        known = self._numbers.get(key)
        if known is None:
            with self._lock:
                known = self._numbers.get(key)  # another thread may have been quicker
                return self._add(value, key, field) if known is None else known
        return known

    def number_of(self, value: Scalar) -> int | None:
        """Return the number of ``value`` itself, or None where no column holds it."""
        return self._numbers.get(_key(value))

    def holding(self, values: Iterable[Scalar]) -> list[int]:
        """Return the numbers of all that are one of ``values``, or lists that hold one."""
        return sorted({number for value in values for number in tuple(self._holding.get(_key(value), ()))})

    def _add(self, value: Value, key: _Key | tuple[_Key, ...], field: str) -> int:
        parts = value if isinstance(value, tuple) else (value,)
        if isinstance(value, tuple):
            for part in parts:
                self.add(part, field)
        self.size_bytes[field] += _VALUE_BYTES + sum(map(_size, parts))
        number = len(self._values)
        # In this order: a thread that finds the number finds its value, too.
        self._values.append(value)
        self._numbers[key] = number
        if isinstance(value, tuple):
            self.lists.append(number)
        for part_key in {_key(part) for part in parts}:
            self._holding.setdefault(part_key, []).append(number)
        return number


_VALUE_BYTES = 400
"""Of the tables that hold a value, at most."""

_PART_BYTES = 100


def _size(part: Scalar) -> int:
    return _PART_BYTES + (2 * len(part) if isinstance(part, str) else 0)


def _key(value: Scalar) -> _Key:
    return value if isinstance(value, str) else (isinstance(value, bool), value)
