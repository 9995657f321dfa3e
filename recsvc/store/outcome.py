"""What lists led to: the figures of one shopper, and those of groups of shoppers."""

import hashlib
from typing import NamedTuple, TypeAlias

from recsvc.identity.external_id import IdKind

MEASURES = (
    "impressions", "seen", "clicks", "carts",
    "orders", "units", "revenue", "revenue_returned",
    "seen_orders", "seen_units", "seen_revenue", "seen_revenue_returned",
)  # fmt: skip
"""What is counted; those that begin with ``seen_`` are of orders after an impression in view and no click."""

BUCKETS = 64
"""Shoppers are told apart in so many groups: how much these differ says how sure a sum over all of them is."""

ITEM = "item"
"""The one dimension whose sums are not told apart by bucket: there are many items."""


class Shopper(NamedTuple):
    """A user, or the visit of a guest."""

    kind: IdKind
    shopper_id: str

    @property
    def bucket(self) -> int:
        """The group of the shopper, 0..BUCKETS - 1."""
        return hashlib.blake2b("\0".join(self).encode(), digest_size=1).digest()[0] % BUCKETS


class Cell(NamedTuple):
    """Names one row of figures: a day since 1970 in UTC, what they are told apart by, and which one."""

    day: int
    dimension: str
    key: str


Share: TypeAlias = dict[Cell, list[int]]
"""What one shopper adds to the figures, in the order of ``MEASURES``."""


class SumRow(NamedTuple):
    """Sums of one group of shoppers over some days, in the order of ``MEASURES``."""

    key: str
    bucket: int
    figures: tuple[int, ...]
