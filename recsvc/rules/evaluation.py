"""Which items meet a condition: evaluated on whole columns at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsvc.rules.columns import NONE, Columns
from recsvc.rules.expression import (
    ASKED_CATEGORIES,
    BOUGHT_CATEGORIES,
    CATEGORIES,
    IS_KNOWN,
    ORDERS,
    Compare,
    Condition,
    ContextField,
    Every,
    Field,
    Holds,
    ItemIs,
    Listing,
    Literal,
    Member,
    Not,
    Operand,
    Operator,
    Scalar,
    Some,
)


@dataclass(frozen=True)
class ListContext:
    """What is known of the user and the page that a list is for; by default nothing.

    Attributes:
        n_orders: how many orders of the shopper are known.
        is_known: whether anything is known of the shopper.
        bought_categories: of what the shopper bought.
        asked_categories: of the product page or cart that the user looks at.
    """

    n_orders: int = 0
    is_known: bool = False
    bought_categories: frozenset[str] = frozenset()
    asked_categories: frozenset[str] = frozenset()

    def scalar(self, name: str) -> Scalar:
        """Return what ``name`` in an expression stands for, where that is one value."""
        return {ORDERS: float(self.n_orders), IS_KNOWN: self.is_known}[name]

    def values(self, name: str) -> frozenset[str]:
        """Return what ``name`` in an expression stands for, where that is several values."""
        return {BOUGHT_CATEGORIES: self.bought_categories, ASKED_CATEGORIES: self.asked_categories}[name]


NOBODY = ListContext()


Truth: TypeAlias = NDArray[np.bool_] | np.bool_
"""For each item; bool, shape (n_items,), or one for all of them."""

IndexOf: TypeAlias = Callable[[str], int | None]
"""Returns the index of an item id, or None where there is none."""

_ELSEWHERE = -2
"""A text or flag that no item has; it equals nothing, but it is known."""

_ORDERINGS: Mapping[str, np.ufunc] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


@dataclass(frozen=True, eq=False)
class _Single:
    """One value of each item, or one for all: as in ``Column``, but a list is no single value."""

    numbers: NDArray[np.float64] | np.float64
    codes: NDArray[np.int32] | np.int32

    @property
    def is_known(self) -> Truth:
        is_known: Truth = ~np.isnan(self.numbers) | (self.codes != NONE)
        return is_known

    def equals(self, other: "_Single") -> Truth:
        is_equal: Truth = (self.numbers == other.numbers) | (self.codes == other.codes) & (self.codes >= 0)
        return is_equal


@dataclass(frozen=True, eq=False)
class ConditionEvaluation:
    """Evaluates conditions for one list, or for all.

    Attributes:
        columns: what is known of the items, in all fields that the conditions name.
        index_of: where an item is.
        context: what is known of the list.
        known: conditions that were evaluated already.
    """

    columns: Columns
    index_of: IndexOf
    context: ListContext = NOBODY
    known: Mapping[Condition, Truth] = field(default_factory=dict)

    def items(self, condition: Condition) -> NDArray[np.bool_]:
        """Return which items meet ``condition``; bool, shape (n_items,)."""
        return np.array(np.broadcast_to(self.truth(condition), self.columns.n_items))

    def truth(self, condition: Condition) -> Truth:
        """Return which items meet ``condition``, or whether all do."""
        known = self.known.get(condition)
        if known is not None:
            return known
        match condition:
            case Every(parts):
                return reduce(np.logical_and, map(self.truth, parts))
            case Some(parts):
                return reduce(np.logical_or, map(self.truth, parts))
            case Not(inner):
                return np.logical_not(self.truth(inner))
        return self._comparison(condition)

    def _comparison(self, condition: Compare | Member | ItemIs | Holds) -> Truth:
        match condition:
            case Holds(operand):
                return self._single(operand).equals(self._scalar(value=True))
            case Compare(left, operator, right):
                return _compare(self._single(left), operator, self._single(right))
            case ItemIs(item_ids):
                return self._are(item_ids)
            case Member(left, right, is_negated):
                found, is_known = self._member(left, right)
                return is_known & ~found if is_negated else found

    def _member(self, left: Operand, right: Operand) -> tuple[Truth, Truth]:
        """Return whether one of the values of ``left`` is among those of ``right``, and whether that is known."""
        match left, right:
            case Literal(value), Field(name):  # in what an item does not have, nothing is
                return self._among(name, [value]), np.True_
            case Field(name), _:
                is_known = np.True_ if name == CATEGORIES else self.columns[name].is_known
                return self._among(name, self._values(right)), is_known
        value = left.value if isinstance(left, Literal) else self._asked(left)
        return np.bool_(
            (type(value), value) in [(type(other), other) for other in self._values(right)]
        ), np.True_

    def _among(self, name: str, values: Sequence[Scalar]) -> NDArray[np.bool_]:
        """Return which items have one of ``values``, alone or in a list; bool, shape (n_items,)."""
        column, codes = self.columns[name], self.columns.dictionary.holding(values)
        found = self._marks(codes)[column.codes]
        numbers = [value for value in values if isinstance(value, float)]
        return found | np.isin(column.numbers, numbers) if numbers else found

    def _are(self, item_ids: tuple[str, ...]) -> NDArray[np.bool_]:
        found = np.zeros(self.columns.n_items, dtype=np.bool_)
        found[[index for index in map(self.index_of, item_ids) if index is not None]] = True
        return found

    def _single(self, operand: Operand) -> _Single:
        if isinstance(operand, Field):
            column, lists = self.columns[operand.name], list(self.columns.dictionary.lists)
            is_list = self._marks(lists)[column.codes] if lists else np.False_
            return _Single(column.numbers, np.where(is_list, np.int32(NONE), column.codes))
        return self._scalar(operand.value if isinstance(operand, Literal) else self._asked(operand))

    def _scalar(self, value: Scalar) -> _Single:
        if isinstance(value, float):
            return _Single(np.float64(value), np.int32(NONE))
        code = self.columns.dictionary.number_of(value)
        return _Single(np.float64(np.nan), np.int32(_ELSEWHERE if code is None else code))

    def _marks(self, codes: list[int]) -> NDArray[np.bool_]:
        """Return a table of the dictionary that is true at ``codes``; its last entry is where ``NONE`` points."""
        marks = np.zeros(len(self.columns.dictionary) + 1, dtype=np.bool_)
        marks[codes] = True
        return marks

    def _asked(self, operand: Operand) -> Scalar:
        return self.context.scalar(operand.name) if isinstance(operand, ContextField) else False

    def _values(self, operand: Operand) -> Sequence[Scalar]:
        if isinstance(operand, ContextField):
            return sorted(self.context.values(operand.name))
        return operand.values if isinstance(operand, Listing) else ()


def _compare(left: _Single, operator: Operator, right: _Single) -> Truth:
    if operator == "==":
        return left.equals(right)
    if operator == "!=":
        return left.is_known & right.is_known & ~left.equals(right)
    found: Truth = _ORDERINGS[operator](left.numbers, right.numbers)  # nothing is less or greater than NaN
    return found
