"""What the order history looks like: its weeks, its long tail, its repeats."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.ranking.scores import distinct
from training.history.interactions import DAY_SECONDS, Interactions
from training.history.sorting import begins_run, stable_order

WEEK_SECONDS = 7 * DAY_SECONDS
MAX_TAIL_POINTS = 200
FIFTH = 0.2


@dataclass(frozen=True, eq=False)
class Weeks:
    """The history week by week, oldest first; weeks are counted back from the newest order.

    Attributes:
        starts: datetime64[s], shape (n_weeks,).
        orders: int64, shape (n_weeks,): of known shoppers and guests.
        repeat_share: float64, shape (n_weeks,): share of known shoppers' purchases of an item that they had
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
        sales_share: float64, shape (n,): share of the purchases that these items make.
        n_items: size of the catalogue.
        n_items_of_half: so many items make half of the purchases.
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
    """Weeks, long tail and totals of one history; ``weeks`` is None when the orders carry no dates."""

    weeks: Weeks | None
    tail: LongTail
    totals: Totals

    @classmethod
    def of(cls, known: Interactions, n_lines: int) -> "OrderFacts":
        """Count the purchases ``known``; ``n_lines`` is the number of order lines that became them."""
        return cls(weeks_of(known), long_tail(known), totals(known, n_lines))


def totals(known: Interactions, n_lines: int) -> Totals:
    """Count shoppers, items, orders and lines, guests' included."""
    orders = _orders(known.purchases)
    n_orders = int(orders.max(initial=-1)) + 1
    users = known.purchases["user_index"]
    of_users = orders[users.is_not_null().to_numpy()] + users.drop_nulls().to_numpy() * np.int64(n_orders)
    n_orders_each = np.bincount(distinct(of_users) // n_orders, minlength=len(known.users))
    return Totals(
        shoppers=len(known.users),
        items=len(known.items),
        orders=n_orders,
        lines=n_lines,
        one_order_share=float((n_orders_each == 1).mean()),
    )


def weeks_of(known: Interactions) -> Weeks | None:
    """Return the history week by week; None when the orders carry no dates."""
    dated = known.purchases.filter(pl.col("ordered_at").is_not_null())
    if dated.is_empty():
        return None
    moments = dated["ordered_at"].to_numpy()
    newest = int(moments.max())
    n_weeks = (newest - int(moments.min())) // WEEK_SECONDS + 1
    week = n_weeks - 1 - (newest - moments) // WEEK_SECONDS
    orders = np.bincount(distinct(_orders(dated) * n_weeks + week) % n_weeks, minlength=n_weeks)
    ends = newest - WEEK_SECONDS * np.arange(n_weeks - 1, -1, -1)
    users = dated["user_index"]
    is_known = users.is_not_null().to_numpy()
    pairs = (
        users.drop_nulls().to_numpy() * np.int64(len(known.items)) + dated["item_index"].to_numpy()[is_known]
    )
    repeats = _are_repeats(pairs, moments[is_known], len(known.users) * len(known.items))
    return Weeks(
        (ends - WEEK_SECONDS).astype("datetime64[s]"),
        orders.astype(np.int64),
        _share_by_week(repeats, week[is_known], n_weeks),
    )


def long_tail(known: Interactions) -> LongTail:
    """Return how much of the sales the best-selling items make, in at most ``MAX_TAIL_POINTS`` points."""
    sales = -np.sort(-np.bincount(known.purchases["item_index"].to_numpy()))
    share = np.concatenate([[0], sales.cumsum() / max(sales.sum(), 1)])
    n_items = len(sales)
    points = np.unique(np.linspace(0, n_items, min(n_items + 1, MAX_TAIL_POINTS)).round().astype(np.int64))
    of_half = int(np.searchsorted(share, 0.5))
    return LongTail(points / max(n_items, 1), share[points], n_items, min(of_half, n_items))


def _orders(purchases: pl.DataFrame) -> NDArray[np.int64]:
    """Return the number of the order of each purchase, from 0; one in no order is an order of its own."""
    baskets = purchases["basket"].fill_null(-1).to_numpy()
    alone = baskets < 0
    return np.where(alone, baskets.max(initial=-1) + np.cumsum(alone), baskets)


def _are_repeats(pairs: NDArray[np.int64], moments: NDArray[np.int64], limit: int) -> NDArray[np.bool_]:
    """Return whether each purchase comes after the first of the same user and item, a pair below ``limit``."""
    order = stable_order(pairs, limit)
    ascending = pairs[order]
    starts = np.flatnonzero(begins_run(ascending))
    first = np.minimum.reduceat(moments[order], starts) if len(starts) else moments
    repeats = np.empty(len(pairs), dtype=bool)
    repeats[order] = moments[order] > np.repeat(first, np.diff(np.append(starts, len(pairs))))
    return repeats


def _share_by_week(found: NDArray[np.bool_], week: NDArray[np.int64], n_weeks: int) -> NDArray[np.float64]:
    """Return the share of ``found`` in each week; NaN for one without any."""
    counts = np.bincount(week, minlength=n_weeks)
    with np.errstate(invalid="ignore"):
        return np.bincount(week, found, n_weeks) / counts
