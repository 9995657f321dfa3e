"""The distinct texts, flags and lists that columns hold, each with a number."""

from collections.abc import Iterable
from threading import RLock
from typing import TypeAlias

from recsvc.rules.expression import Scalar

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
        # In this order: whoever finds the number in another thread finds its value, too.
        self._values.append(value)
        self._numbers[key] = number
        if isinstance(value, tuple):
            self.lists.append(number)
        for one in {_key(part) for part in parts}:
            self._holding.setdefault(one, []).append(number)
        return number


def _key(value: Scalar) -> _Key:
    return value if isinstance(value, str) else (isinstance(value, bool), value)
