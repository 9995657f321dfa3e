"""What the order history looks like: its weeks, its long tail, its repeats."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.interactions import DAY_SECONDS

WEEK_SECONDS = 7 * DAY_SECONDS
MAX_TAIL_POINTS = 200
FIFTH = 0.2

_BUYER_AND_MOMENT = pl.struct("user_id", "ordered_at")
ORDER = (
    pl.when(pl.col("order_id").is_not_null())
    .then(pl.col("order_id").hash())
    .when(pl.col("user_id").is_not_null() & pl.col("ordered_at").is_not_null())
    .then(_BUYER_AND_MOMENT.hash(seed=1))
    .otherwise(pl.int_range(pl.len()).cast(pl.UInt64))
)
"""What tells orders apart: the id, without one who bought when, without that each line by itself.

Hashes, because so many strings would take more memory than the lines themselves.
"""


@dataclass(frozen=True, eq=False)
class Weeks:
    """The history week by week, oldest first; weeks are counted back from the newest order.

    Attributes:
        starts: datetime64[s], shape (n_weeks,).
        orders: int64, shape (n_weeks,): of known shoppers and guests.
        repeat_share: float64, shape (n_weeks,): share of known shoppers' lines with an item that they had
            bought at an earlier moment; NaN for a week without any.
    """

    starts: NDArray[np.datetime64]
    orders: NDArray[np.int64]
    repeat_share: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, eq=False)
class LongTail:
    """How unevenly items sell.

    Attributes:
        item_share: float64, shape (n,): share of the catalogue, the best-selling items first; from 0 to 1.
        sales_share: float64, shape (n,): share of the order lines that these items make.
        n_items: size of the catalogue.
        n_items_of_half: so many items make half of the lines.
    """

    item_share: NDArray[np.float64]
    sales_share: NDArray[np.float64]
    n_items: int
    n_items_of_half: int

    @property
    def share_of_fifth(self) -> float:
        """The share of the lines that the best-selling fifth of the items makes."""
        return float(np.interp(FIFTH, self.item_share, self.sales_share))


@dataclass(frozen=True)
class Totals:
    """The history in a few numbers; ``one_order_share`` is that of the shoppers who ordered only once."""

    shoppers: int
    items: int
    orders: int
    lines: int
    one_order_share: float


@dataclass(frozen=True, eq=False)
class OrderFacts:
    """All of this of one history; ``weeks`` is None when the orders carry no dates."""

    weeks: Weeks | None
    tail: LongTail
    totals: Totals

    @classmethod
    def of(cls, lines: pl.DataFrame, guest_lines: pl.DataFrame) -> "OrderFacts":
        """Count."""
        return cls(weeks_of(lines, guest_lines), long_tail(lines, guest_lines), totals(lines, guest_lines))


def totals(lines: pl.DataFrame, guest_lines: pl.DataFrame) -> Totals:
    """Count shoppers, items, orders and lines, guests' included."""
    orders = lines.select("user_id", ORDER.alias("order")).group_by("user_id").agg(pl.col("order").n_unique())
    once = orders.filter(pl.col("order") == 1).height
    everything = pl.concat([lines, guest_lines])
    return Totals(
        shoppers=orders.height,
        items=everything["item_id"].n_unique(),
        orders=everything.select(ORDER.n_unique()).item(),
        lines=everything.height,
        one_order_share=once / max(orders.height, 1),
    )


def weeks_of(lines: pl.DataFrame, guest_lines: pl.DataFrame) -> Weeks | None:
    """Return the history week by week; None when the orders carry no dates."""
    everything = pl.concat([lines, guest_lines])
    dated = everything.filter(pl.col("ordered_at").is_not_null())
    if dated.is_empty():
        return None
    newest, oldest = (int(dated["ordered_at"].max()), int(dated["ordered_at"].min()))  # type: ignore[arg-type]  # an Int64 column has int bounds
    n_weeks = (newest - oldest) // WEEK_SECONDS + 1
    week = (n_weeks - 1 - (newest - pl.col("ordered_at")) // WEEK_SECONDS).alias("week")
    orders = (
        dated.select(week, ORDER.alias("order"))
        .group_by("week")
        .agg(pl.col("order").n_unique().alias("value"))
    )
    ends = newest - WEEK_SECONDS * np.arange(n_weeks - 1, -1, -1)
    return Weeks(
        (ends - WEEK_SECONDS).astype("datetime64[s]"),
        _by_week(orders, n_weeks, 0).astype(np.int64),
        _by_week(_repeats(lines, week), n_weeks, np.nan),
    )


def long_tail(lines: pl.DataFrame, guest_lines: pl.DataFrame) -> LongTail:
    """Return how much of the sales the best-selling items make, in at most ``MAX_TAIL_POINTS`` points."""
    items = pl.concat([lines["item_id"], guest_lines["item_id"]])
    sales = items.value_counts()["count"].sort(descending=True).to_numpy()
    share = np.concatenate([[0], sales.cumsum() / max(sales.sum(), 1)])
    n_items = len(sales)
    points = np.unique(np.linspace(0, n_items, min(n_items + 1, MAX_TAIL_POINTS)).round().astype(np.int64))
    of_half = int(np.searchsorted(share, 0.5))
    return LongTail(points / max(n_items, 1), share[points], n_items, min(of_half, n_items))


def _repeats(lines: pl.DataFrame, week: pl.Expr) -> pl.DataFrame:
    """Return the share of repeats in each week: week, value."""
    dated = lines.filter(pl.col("ordered_at").is_not_null())
    first = pl.col("ordered_at").min().over("user_id", "item_id")
    repeats = dated.select(week, (pl.col("ordered_at") > first).alias("is_repeat"))
    return repeats.group_by("week").agg(pl.col("is_repeat").mean().alias("value"))


def _by_week(values: pl.DataFrame, n_weeks: int, missing: float) -> NDArray[np.float64]:
    found = np.full(n_weeks, missing, dtype=np.float64)
    found[values["week"].to_numpy()] = values["value"].to_numpy()
    return found
