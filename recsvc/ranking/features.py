"""What the ranker knows of a shopper and a candidate; computed here alone, offline and online."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import ITEM_STATISTICS, Model
from recsvc.ranking.candidates import SALES_DAYS, SOURCES, Candidates, Shopper, mean_sales, sales
from recsvc.ranking.categories import NEVER_DAYS, Columns, category_columns
from recsvc.ranking.query import History

NEVER_ORDERS = 999.0
"""Stands for the age, in orders, of what never happened."""


def features(model: Model, shopper: Shopper, candidates: Candidates) -> NDArray[np.float32]:
    """Return one row for each candidate; float32, shape (n, len(FEATURES))."""
    n = len(candidates.items)
    shopper = replace(shopper, history=shopper.history.bought())  # all that the ranker learned from
    table: NDArray[np.float32] = np.empty((n, len(FEATURES)), dtype=np.float32)
    column = 0
    for group in _GROUPS:
        for values in group(model, shopper, candidates).values():
            table[:, column] = values
            column += 1
    return table


def _source_columns(model: Model, _shopper: Shopper, candidates: Candidates) -> Columns:
    """Return each source's score; sales against those of the mean item, which a growing shop leaves as they are."""
    columns = {source: candidates.scores[:, i] for i, source in enumerate(SOURCES)}
    for source, days in SALES_DAYS.items():
        columns[source] = columns[source] / _positive(mean_sales(model, days))
    return columns


def _own_columns(model: Model, shopper: Shopper, candidates: Candidates) -> Columns:
    """Return what the shopper has to do with the item: how often, how long ago, how due, how many pieces."""
    history, items = shopper.history, candidates.items
    own = _Own(history, items)
    orders = own.column(history.orders, 0)
    last, first = own.column(history.age_days, NEVER_DAYS), own.column(history.first_age_days, NEVER_DAYS)
    interval = np.where(orders > 1, (first - last) / np.maximum(orders - 1, 1), np.nan)
    usual = model.item_statistics[items, ITEM_STATISTICS.index("interval_days")]
    quantity = own.column(history.quantity, 0)
    usual_quantity = model.item_statistics[items, ITEM_STATISTICS.index("log_quantity")]
    return {
        "own_orders": orders,
        "own_confidence": own.column(history.confidence, 0),
        "own_recent": own.column(history.recent, 0),
        "own_age_days": last,
        "own_first_age_days": first,
        "own_orders_ago": own.column(history.orders_ago, NEVER_ORDERS),
        "own_taken_share": orders / (own.column(history.first_orders_ago, NEVER_ORDERS) + 1),
        "own_order_share": orders / max(history.n_orders, 1),
        "own_interval_days": interval,
        "own_due": last / np.maximum(interval, 1),
        "usual_due": np.where(orders > 0, last / np.maximum(usual, 1), -1),
        "own_quantity": np.log1p(quantity),
        "own_last_quantity": np.log1p(own.column(history.last_quantity, 0)),
        "own_quantity_difference": np.where(
            orders > 0, np.log1p(quantity / np.maximum(orders, 1)) - usual_quantity, np.nan
        ),
    }


def _item_columns(model: Model, _shopper: Shopper, candidates: Candidates) -> Columns:
    items = candidates.items
    statistics = model.item_statistics[items]
    week, month, quarter = (sales(model, days)[items] for days in (7, 28, 90))
    before = np.maximum(sales(model, 56)[items] - month, 0)
    columns = {f"item_{name}": statistics[:, i] for i, name in enumerate(ITEM_STATISTICS)}
    new_buyers = columns["item_new_buyers"]
    for name in ("buyers", "new_buyers"):
        mean = model.mean_statistics[ITEM_STATISTICS.index(name)]
        columns[f"item_{name}"] = columns[f"item_{name}"] / _positive(mean)
    return columns | {
        "sales_quarter": quarter / _positive(mean_sales(model, 90)),
        "trend_week": (4 * week + 1) / (month + 1),
        "trend_month": (month + 1) / (before + 1),
        "trend_quarter": (month + 1) / (quarter / 3 + 1),
        "new_share": (new_buyers + 1) / (month + 1),
        "month_share": np.log((month + 1) / (mean_sales(model, 28) + 1)),
    }


def _shopper_columns(model: Model, shopper: Shopper, candidates: Candidates) -> Columns:
    history = shopper.history
    statistics = model.item_statistics
    price = (
        float(statistics[history.items, ITEM_STATISTICS.index("log_price")].mean()) if len(history) else 0.0
    )
    quantity = (
        float(statistics[history.items, ITEM_STATISTICS.index("log_quantity")].mean())
        if len(history)
        else 0.0
    )
    item_price = statistics[candidates.items, ITEM_STATISTICS.index("log_price")]
    item_quantity = statistics[candidates.items, ITEM_STATISTICS.index("log_quantity")]
    lines = float(history.orders.sum())
    newest, oldest = (
        float(history.age_days.min(initial=NEVER_DAYS)),
        float(history.first_age_days.max(initial=0)),
    )
    ones = np.ones(len(candidates.items), dtype=np.float32)
    return {
        "user_orders": history.n_orders * ones,
        "user_breadth": len(history) * ones,
        "user_basket": lines / max(history.n_orders, 1) * ones,
        "user_age_days": newest * ones,
        "user_tenure_days": oldest * ones,
        "user_interval_days": max(oldest - newest, 0) / max(history.n_orders - 1, 1) * ones,
        "user_repeat_share": (1 - len(history) / max(lines, 1)) * ones,
        "user_log_price": price * ones,
        "price_difference": item_price - price,
        "quantity_difference": item_quantity - quantity,
    }


def _category_columns(model: Model, shopper: Shopper, candidates: Candidates) -> Columns:
    return category_columns(model, shopper.history, candidates.items)


def _positive(mean: np.float32) -> np.float32:
    return mean if mean > 0 else np.float32(1)


class _Own:
    """What a history says of ``items``, ascending ones."""

    def __init__(self, history: History, items: NDArray[np.int32]) -> None:
        place = np.searchsorted(items, history.items)
        self._known = np.flatnonzero(place < len(items))
        self._known = self._known[items[place[self._known]] == history.items[self._known]]
        self._place = place[self._known]
        self._n = len(items)

    def column(self, values: NDArray[np.generic], missing: float) -> NDArray[np.float32]:
        """Return the value of each item; ``missing`` where it was never bought."""
        found = np.full(self._n, missing, dtype=np.float32)
        found[self._place] = values[self._known]
        return found


_GROUPS: tuple[Callable[[Model, Shopper, Candidates], Columns], ...] = (
    _source_columns,
    _own_columns,
    _item_columns,
    _shopper_columns,
    _category_columns,
)

FEATURES = (
    *SOURCES,
    "own_orders",
    "own_confidence",
    "own_recent",
    "own_age_days",
    "own_first_age_days",
    "own_orders_ago",
    "own_taken_share",
    "own_order_share",
    "own_interval_days",
    "own_due",
    "usual_due",
    "own_quantity",
    "own_last_quantity",
    "own_quantity_difference",
    *(f"item_{name}" for name in ITEM_STATISTICS),
    "sales_quarter",
    "trend_week",
    "trend_month",
    "trend_quarter",
    "new_share",
    "month_share",
    "user_orders",
    "user_breadth",
    "user_basket",
    "user_age_days",
    "user_tenure_days",
    "user_interval_days",
    "user_repeat_share",
    "user_log_price",
    "price_difference",
    "quantity_difference",
    "category_narrow",
    "category_broad",
    "category_item_share",
    "category_age_days",
)
"""Names of the columns of ``features``, in their order."""
