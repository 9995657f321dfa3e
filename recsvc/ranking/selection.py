"""What placement rules say of the items of one list, as arrays: which may be in it, and how they are ordered."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

MAX_OVER_FETCH = 200
"""However many items are unavailable, a list is at most so much longer than ``Query.n``."""


@dataclass(frozen=True, eq=False)
class OverFetch:
    """What is added to a list.

    Attributes:
        spare: so many more items for each ten that the query wants, but at least once.
        unavailable: int32, shape (n,): unavailable items; each of them in the list makes it one longer.
    """

    spare: int = 0
    unavailable: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))

    def length(self, items: NDArray[np.int32], n: int) -> int:
        """Return how many of ``items``, best first, hold ``n`` and the spare ones beside those unavailable."""
        wanted = n + max(self.spare, self.spare * n // 10)
        if not len(self.unavailable):
            return wanted
        available = np.cumsum(~np.isin(items[: wanted + MAX_OVER_FETCH], self.unavailable))
        missing = wanted - int(available[-1]) if len(available) else wanted
        if missing > 0:
            return min(len(available) + missing + len(self.unavailable), wanted + MAX_OVER_FETCH)
        return int(np.searchsorted(available, wanted)) + 1


EXACTLY_N = OverFetch()


T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Pinned:
    """An item at a fixed position, 1 for the first."""

    item: int
    position: int


@dataclass(frozen=True, eq=False)
class Capped:
    """Lets at most ``at_most`` items of a list belong to one group.

    ``groups``: int32, shape (n_items,): the group of each item; -1 for none, which is not capped.
    """

    groups: NDArray[np.int32]
    at_most: int


@dataclass(frozen=True, eq=False)
class Selection:
    """What placement rules say of a list; an empty one says nothing.

    Arrays are of the items of the model, and with ``joined`` of cold-start items behind them.

    Attributes:
        allowed: bool, shape (n_items,): which items may be in the list; None: all.
        factors: float32, shape (n_items,): multiplies the scores; None: all 1.
        pinned: items at fixed positions; they must be allowed too.
        caps: limits of items of a group.
        variants: int32, shape (n_items,): the product of which each item is a variant, -1 for none; a list holds one
            of its variants, and none where it starts from one, or holds nothing that was bought and one was. None:
            what the model learned.
        one_of_variants: whether that holds; else a list may show all variants.
        last: int32, shape (n,): items that come behind all others.
        exclude_bought_days: what was bought so few days before the newest order is left out; None: nothing.
        is_filled: whether a list that is too short is filled with what sells (of what is allowed); None: as its
            placement is.
    """

    allowed: NDArray[np.bool_] | None = None
    factors: NDArray[np.float32] | None = None
    pinned: tuple[Pinned, ...] = ()
    caps: tuple[Capped, ...] = ()
    variants: NDArray[np.int32] | None = None
    one_of_variants: bool = True
    last: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    exclude_bought_days: float | None = None
    is_filled: bool | None = None

    def variants_among(self, learned: NDArray[np.int32] | None) -> NDArray[np.int32] | None:
        """Return the product of which each item is a variant, -1 for none; None where that does not matter.

        ``learned``: what the model says; None where it knows no variants.
        """
        if not self.one_of_variants:
            return None
        return learned if self.variants is None else self.variants

    def variants_of(self, items: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return all variants of the products of ``items``, these among them; int32, shape (n,), ascending."""
        if self.variants is None or not len(items):
            return np.empty(0, dtype=np.int32)
        groups = self.variants[items]
        return np.flatnonzero(np.isin(self.variants, groups[groups >= 0])).astype(np.int32)

    def joined(self, new: "Selection", first_index: int) -> "Selection":
        """Return the same rules for a model's items and, from ``first_index`` on, for cold-start items."""
        pairs = zip(self.caps, new.caps, strict=True)
        pins = (Pinned(first_index + pin.item, pin.position) for pin in new.pinned)
        return replace(
            self,
            allowed=_both(self.allowed, new.allowed),
            factors=_both(self.factors, new.factors),
            pinned=(*self.pinned, *pins),
            caps=tuple(Capped(np.concatenate([a.groups, b.groups]), a.at_most) for a, b in pairs),
        )


EVERYTHING = Selection()


def _both(learned: NDArray[T] | None, new: NDArray[T] | None) -> NDArray[T] | None:
    return None if learned is None or new is None else np.concatenate([learned, new])
