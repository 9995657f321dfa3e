"""What one candidate source thinks of the items of a catalogue."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from recsvc.model.head import TableHead

Integer = TypeVar("Integer", bound=np.integer)

NO_ITEMS = np.empty(0, dtype=np.int32)


def distinct(values: NDArray[Integer]) -> NDArray[Integer]:
    """Return the distinct ``values``, shape (n,), ascending."""
    ascending = np.sort(values)
    is_first = np.ones(len(ascending), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=is_first[1:])
    return ascending[is_first]


def among(items: NDArray[np.int32], ascending: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which of ``items`` are in ``ascending``; bool, shape (n_items,)."""
    if not len(ascending):
        return np.zeros(len(items), dtype=bool)
    place = ascending.searchsorted(items)
    np.minimum(place, len(ascending) - 1, out=place)
    return np.asarray(ascending[place] == items)


@dataclass(frozen=True, eq=False)
class Subset:
    """Some items of a catalogue, in the forms in which they are looked up.

    Attributes:
        mask: bool, shape (n_items,): of the items of the model.
        items: int32, shape (n,): the same items, ascending.
        whole: bool, shape (n_items + n_new,): of cold-start items too.
    """

    mask: NDArray[np.bool_]
    items: NDArray[np.int32]
    whole: NDArray[np.bool_]

    @classmethod
    def of(cls, whole: NDArray[np.bool_], n_items: int) -> "Subset":
        """Return the items for which ``whole`` is true; those from ``n_items`` on are cold-start items."""
        mask = whole[:n_items]
        return cls(mask, np.flatnonzero(mask).astype(np.int32), whole)


KEPT = 2048
"""How many of the best are kept in order where scores do not depend on the user; whoever wants more sorts anew."""


class Scores(Protocol):
    """Scores of items, larger is better; what has none, or one below 0, is not proposed."""

    def best(self, n: int, among: Subset | None = None) -> NDArray[np.int32]:
        """Return the ``n`` items with the highest positive scores, in no order; of equals the lower indices.

        With ``among``, of those items alone.
        """

    def of(self, items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the scores of ``items``; float32, shape (n,)."""


class DenseScores:
    """One score for each item of the catalogue, float32, shape (n_items,)."""

    def __init__(self, values: NDArray[np.float32]) -> None:
        self._values = values

    def best(self, n: int, among: Subset | None = None) -> NDArray[np.int32]:
        """Return the best."""
        if among is None:
            return best_positions(self._values, n)
        return among.items[best_positions(self._values[among.items], n)]

    def of(self, items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the scores of ``items``."""
        return self._values[items]


class SparseScores:
    """Scores of a few items; all others have 0.

    ``items``: int32, shape (n,), ascending. ``values``: float32, shape (n,).
    """

    def __init__(self, items: NDArray[np.int32], values: NDArray[np.float32]) -> None:
        self.items = items
        self.values = values

    def best(self, n: int, among: Subset | None = None) -> NDArray[np.int32]:
        """Return the best."""
        if among is None:
            return self.items[best_positions(self.values, n)]
        meant = among.mask[self.items]
        return self.items[meant][best_positions(self.values[meant], n)]

    def of(self, items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the scores of ``items``."""
        if not len(self.items):
            return np.zeros(len(items), dtype=np.float32)
        position = np.minimum(np.searchsorted(self.items, items), len(self.items) - 1)
        known = self.items[position] == items
        return np.where(known, self.values[position], np.float32(0))


def scores_of_sums(found: NDArray[np.int32] | None, sums: NDArray[np.float32]) -> Scores:
    """Return what one row of ``SparseRows.sums`` thinks of the items."""
    return DenseScores(sums) if found is None else SparseScores(found, sums)


NO_SCORES = SparseScores(NO_ITEMS, np.empty(0, dtype=np.float32))


class HeadScores:
    """Products of an item table with a query; the best are looked for in the head of the table alone.

    Among a few items they are looked for in all of these.

    ``table``: float32, shape (n_items, width). ``query``: float32, shape (width,). ``of_head``: the product with the
    head, float32, shape (n_head,), where it is known already.
    """

    def __init__(
        self,
        head: TableHead,
        table: NDArray[np.float32],
        query: NDArray[np.float32],
        of_head: NDArray[np.float32] | None = None,
    ) -> None:
        self._head = head
        self._table = table
        self._query = query
        self._known_of_head = of_head

    def best(self, n: int, among: Subset | None = None) -> NDArray[np.int32]:
        """Return the best of the head."""
        head = self._head
        if among is None:
            return head.items[best_positions(self._of_head, n)]
        meant = np.flatnonzero(among.mask[head.items])
        if len(among.items) <= len(head.items) or len(meant) < n:
            return among.items[best_positions(self.of(among.items), n)]
        return head.items[meant][best_positions(self._of_head[meant], n)]

    def of(self, items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the scores of ``items``, in the head or not."""
        return self._table[items] @ self._query

    @cached_property
    def _of_head(self) -> NDArray[np.float32]:
        known = self._known_of_head
        return self._head.rows @ self._query if known is None else known


class SharedScores:
    """Scores that are the same for all users, float32, shape (n_items,): the best are found once."""

    def __init__(self, values: NDArray[np.float32]) -> None:
        self._values = values
        self._kept = best_first(values, KEPT)
        self._lowest = _lowest(values)

    def best(self, n: int, among: Subset | None = None) -> NDArray[np.int32]:
        """Return the best, best first."""
        if among is not None:
            return self._best_among(n, among)
        # Fewer than KEPT were kept where fewer have a positive score: then there are no more.
        enough = n <= len(self._kept) or len(self._kept) < KEPT
        return self._kept[:n] if enough else best_first(self._values, n)

    def of(self, items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the scores of ``items``."""
        return self._values[items]

    def lowest(self, excluded: NDArray[np.int32], among: Subset | None = None) -> NDArray[np.int32]:
        """Return an item with the lowest positive score that is not ``excluded``, shape (1,), or none, (0,).

        Cold-start items, which have no score here, can be among ``excluded``.
        """
        if among is None and not np.isin(self._lowest, excluded).any():
            return self._lowest
        shown = self._values.copy() if among is None else np.where(among.mask, self._values, np.float32(0))
        shown[excluded[excluded < len(shown)]] = 0
        return _lowest(shown)

    def _best_among(self, n: int, among: Subset) -> NDArray[np.int32]:
        kept = self._kept[among.mask[self._kept]]
        if n <= len(kept) or len(self._kept) < KEPT:
            return kept[:n]
        return among.items[best_first(self._values[among.items], n)]


def best_positions(values: NDArray[np.float32], n: int) -> NDArray[np.int32]:
    """Return where the ``n`` highest positive values are, in no order; of equal ones the first."""
    bound = _surpassed(values, n)
    found = (values >= bound if bound > 0 else values > 0).nonzero()[0]
    if len(found) > n:
        high = values[found]
        lowest = np.partition(high, len(high) - n)[len(high) - n] if n else np.inf
        is_above = high > lowest
        equal = (high == lowest).nonzero()[0][: n - int(np.count_nonzero(is_above))]
        is_above[equal] = True
        found = found[is_above]
    return found.astype(np.int32)


GROUPS = 4
"""For each of the values wanted the others are parted into so many groups: few are then above the bound."""


def _surpassed(values: NDArray[np.float32], n: int) -> float:
    """Return what at least ``n`` of ``values`` reach; 0 where to find that would take longer than it spares.

    The ``n`` best groups have one such value each.
    """
    n_groups = GROUPS * n
    size = len(values) // n_groups if n else 0
    if size < GROUPS:
        return 0.0
    highest = values[: size * n_groups].reshape(size, n_groups).max(axis=0)
    return float(np.partition(highest, n_groups - n)[n_groups - n])


def best_first(values: NDArray[np.float32], n: int) -> NDArray[np.int32]:
    """Return where the ``n`` highest positive values are, best first; of equal ones the first first."""
    found = best_positions(values, n)
    return found[np.lexsort((found, -values[found]))]


def best_first_of_each(rows: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return for each row where its values are, best first, of equal ones the first first; shape (n_rows, n).

    ``rows``: float32, shape (n_rows, n): none is negative. The bits of such numbers ascend as the numbers do; with the
    place behind them they are distinct integers, which numpy sorts several times faster than it sorts stably.
    """
    keys = rows.view(np.int32).astype(np.int64)
    keys *= -(1 << 32)
    keys |= np.arange(rows.shape[1])
    keys.sort(axis=1)
    keys &= (1 << 32) - 1
    return keys


def _lowest(values: NDArray[np.float32]) -> NDArray[np.int32]:
    lowest = values.min(where=values > 0, initial=np.inf)
    return np.flatnonzero(values == lowest)[:1].astype(np.int32)
