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

    @classmethod
    def counted(
        cls,
        newest: int,
        orders: NDArray[np.integer],
        of_known: NDArray[np.integer],
        repeats: NDArray[np.number],
    ) -> "Weeks":
        """Return the weeks up to the ``newest`` moment.

        Args:
            newest: unix seconds.
            orders: shape (n_weeks,): as kept.
            of_known: shape (n_weeks,): purchases of known shoppers.
            repeats: shape (n_weeks,): those of them that are repeats.
        """
        ends = newest - WEEK_SECONDS * np.arange(len(orders) - 1, -1, -1)
        with np.errstate(invalid="ignore"):
            share = np.asarray(repeats / of_known, dtype=np.float64)
        return cls((ends - WEEK_SECONDS).astype("datetime64[s]"), orders.astype(np.int64), share)

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
    n_weeks = weeks_between(int(moments.min()), newest)
    week = week_of(moments, newest, n_weeks)
    orders = np.bincount(distinct(_orders(dated) * n_weeks + week) % n_weeks, minlength=n_weeks)
    users = dated["user_index"]
    is_known = users.is_not_null().to_numpy()
    pairs = (
        users.drop_nulls().to_numpy() * np.int64(len(known.items)) + dated["item_index"].to_numpy()[is_known]
    )
    repeats = are_repeats(pairs, moments[is_known], len(known.users) * len(known.items))
    of_known = np.bincount(week[is_known], minlength=n_weeks)
    return Weeks.counted(newest, orders, of_known, np.bincount(week[is_known], repeats, n_weeks))


def weeks_between(oldest: int, newest: int) -> int:
    """Return how many weeks, counted back from the ``newest`` moment, it takes to reach the ``oldest``."""
    return (newest - oldest) // WEEK_SECONDS + 1


def week_of(moments: NDArray[np.int64], newest: int, n_weeks: int) -> NDArray[np.int64]:
    """Return the week of each moment, 0 for the oldest of ``n_weeks``; int64, the same shape."""
    return n_weeks - 1 - (newest - moments) // WEEK_SECONDS


def long_tail(known: Interactions) -> LongTail:
    """Return how much of the sales the best-selling items make, in at most ``MAX_TAIL_POINTS`` points."""
    return tail_of(np.bincount(known.purchases["item_index"].to_numpy()))


def tail_of(sales: NDArray[np.integer]) -> LongTail:
    """Return the same; ``sales``: purchases of each item, shape (n_items,)."""
    sales = -np.sort(-sales)
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


def are_repeats(pairs: NDArray[np.int64], moments: NDArray[np.int64], limit: int) -> NDArray[np.bool_]:
    """Return whether each purchase comes after the first of the same user and item, a pair below ``limit``."""
    order = stable_order(pairs, limit)
    ascending = pairs[order]
    starts = np.flatnonzero(begins_run(ascending))
    first = np.minimum.reduceat(moments[order], starts) if len(starts) else moments
    repeats = np.empty(len(pairs), dtype=bool)
    repeats[order] = moments[order] > np.repeat(first, np.diff(np.append(starts, len(pairs))))
    return repeats
