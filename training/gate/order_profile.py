"""What a run's orders look like at a glance: kept in the manifest, for the next run to compare with."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from training.history.interactions import DAY_SECONDS, Interactions
from training.orders.dates import iso_moment

RECENT_DAYS = 56
"""Orders are counted day by day for so many days up to the newest order."""


@dataclass(frozen=True)
class OrderProfile:
    """Figures of cleaned orders.

    Attributes:
        users, items: how many have a purchase; guests are no users.
        purchases: one for each item of each order, guests' included.
        priced_share: share of the purchases with a price above 0.
        data_through: the newest, ISO 8601 in UTC; None when undated.
        orders_by_day: ISO day in UTC -> number of orders, zeros included; of the last 56 days; empty when undated.
    """

    users: int
    items: int
    purchases: int
    priced_share: float
    data_through: str | None
    orders_by_day: dict[str, int]

    @classmethod
    def of(cls, known: Interactions) -> "OrderProfile":
        """Count the cleaned orders ``known``."""
        purchases = known.purchases
        priced = purchases["unit_price"].fill_null(0) > 0
        return cls(
            users=len(known.users),
            items=len(known.items),
            purchases=purchases.height,
            priced_share=round(float(priced.mean() or 0), 4),  # type: ignore[arg-type]  # a mean of booleans is a float
            data_through=iso_moment(known.data_through),
            orders_by_day=_orders_by_day(known),
        )

    @classmethod
    def from_dict(cls, fields: object) -> "OrderProfile | None":
        """Read what ``as_dict`` wrote; None for anything else, such as a manifest of an earlier release."""
        if not isinstance(fields, dict) or set(fields) != set(cls.__dataclass_fields__):
            return None
        return cls(**fields)

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says."""
        return asdict(self)


def _orders_by_day(known: Interactions) -> dict[str, int]:
    if known.data_through is None:
        return {}
    last = known.data_through // DAY_SECONDS
    order = pl.coalesce("basket", -1 - pl.int_range(pl.len()))
    counted = (
        known.purchases.select((pl.col("ordered_at") // DAY_SECONDS).alias("day"), order.alias("order"))
        .filter(pl.col("day") > last - RECENT_DAYS)
        .group_by("day")
        .agg(pl.col("order").n_unique())
    )
    return by_date(dict(counted.iter_rows()), last)


def by_date(orders: Mapping[int, int], last: int) -> dict[str, int]:
    """Return the number of orders by ISO day, zeros included, for orders by day since 1970 up to ``last``."""
    first = max(min(orders), last - RECENT_DAYS + 1)
    return {_day(day).isoformat(): orders.get(day, 0) for day in range(first, last + 1)}


def _day(days: int) -> date:
    return datetime.fromtimestamp(days * DAY_SECONDS, UTC).date()
