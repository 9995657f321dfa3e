"""What the ranker knows of a user and a candidate; computed here alone, offline and online.

The first features are the scores of the candidate sources, as each source gives them; then come those of ``_ROWS``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsvc.model.arrays import ITEM_STATISTICS
from recsvc.model.model import Model
from recsvc.ranking.candidates import Candidates
from recsvc.ranking.sources.all import SOURCES, Sources
from recsvc.ranking.sources.category import NEVER_DAYS, Category, category_columns
from recsvc.ranking.sources.sales import SalesSource, mean_sales, positive, sales
from recsvc.ranking.user_state import UserState

NEVER_ORDERS = 999.0
"""Stands for the age, in orders, of what never happened."""

Column = NDArray[np.generic]


def features(model: Model, user: UserState, candidates: Candidates) -> NDArray[np.float32]:
    """Return one row for each candidate; float32, shape (n, len(FEATURES))."""
    n_sources = len(candidates.sources)
    table: NDArray[np.float32] = np.empty((len(candidates.items), n_sources + len(_ROWS)), dtype=np.float32)
    for place, source in enumerate(candidates.sources):
        table[:, place] = source.feature(candidates.scores[:, place])
    # The ranker learned from purchases alone.
    inputs = _Inputs(model, replace(user, history=user.history.bought()), candidates.items)
    for place, row in enumerate(_ROWS, start=n_sources):
        table[:, place] = row.column(inputs)
    return table


@dataclass(frozen=True, eq=False)
class _Inputs:
    """What features are computed from; columns are of ``items``, one value each."""

    model: Model
    user: UserState
    items: NDArray[np.int32]

    @cached_property
    def _own(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where items of the history are among the candidates, ascending ones: places in both."""
        history, items = self.user.history, self.items
        place = np.searchsorted(items, history.items)
        known = np.flatnonzero(place < len(items))
        known = known[items[place[known]] == history.items[known]]
        return known, place[known]

    def own(self, values: Column, missing: float) -> NDArray[np.float32]:
        """Return the value that the history has for each item; ``missing`` where it was never bought."""
        known, place = self._own
        found = np.full(len(self.items), missing, dtype=np.float32)
        found[place] = values[known]
        return found

    @cached_property
    def orders(self) -> NDArray[np.float32]:
        return self.own(self.user.history.orders, 0)

    @cached_property
    def last_days(self) -> NDArray[np.float32]:
        return self.own(self.user.history.age_days, NEVER_DAYS)

    @cached_property
    def first_days(self) -> NDArray[np.float32]:
        return self.own(self.user.history.first_age_days, NEVER_DAYS)

    @cached_property
    def interval_days(self) -> NDArray[np.floating]:
        between = (self.first_days - self.last_days) / np.maximum(self.orders - 1, 1)
        return np.where(self.orders > 1, between, np.nan)

    @cached_property
    def quantity(self) -> NDArray[np.float32]:
        return self.own(self.user.history.quantity, 0)

    def statistic(self, name: str) -> NDArray[np.float32]:
        """Return a statistic of each item."""
        return self.model.item_statistic(name)[self.items]

    def per_mean(self, name: str) -> NDArray[np.float32]:
        """Return a statistic against that of the mean item."""
        return self.statistic(name) / positive(self.model.mean_statistics[ITEM_STATISTICS.index(name)])

    def sales(self, days: int) -> NDArray[np.float32]:
        """Return the sales of each item in a window."""
        return sales(self.model, days)[self.items]

    @cached_property
    def month(self) -> NDArray[np.float32]:
        return self.sales(28)

    @cached_property
    def quarter(self) -> NDArray[np.float32]:
        return self.sales(90)

    @cached_property
    def lines(self) -> float:
        """Items bought in all orders of the user, one counting once an order."""
        return float(self.user.history.orders.sum())

    @cached_property
    def newest_days(self) -> float:
        return float(self.user.history.age_days.min(initial=NEVER_DAYS))

    @cached_property
    def oldest_days(self) -> float:
        return float(self.user.history.first_age_days.max(initial=0))

    def usual(self, name: str) -> float:
        """Return the mean of a statistic over the items that the user buys."""
        items = self.user.history.items
        return float(self.model.item_statistic(name)[items].mean()) if len(items) else 0.0

    @cached_property
    def category(self) -> Mapping[str, NDArray[np.float32]]:
        return category_columns(self.model, self.user.history, self.items)


@dataclass(frozen=True)
class _Row:
    """A feature: its name, by what it is mentioned ("" where it says nothing of an item), and its values."""

    name: str
    words: str
    column: Callable[[_Inputs], Column | float]


_OWN = "how often, how lately and how much of it you bought"
_SALES = SalesSource.words
_PRICE = "its price and its usual quantity"
_OTHERS = "how others buy it"
_USER = ""  # what is the same for all items of a list says nothing of one

_ROWS = (
    _Row("own_orders", _OWN, lambda of: of.orders),
    _Row("own_confidence", _OWN, lambda of: of.own(of.user.history.confidence, 0)),
    _Row("own_recent", _OWN, lambda of: of.own(of.user.history.recent, 0)),
    _Row("own_age_days", _OWN, lambda of: of.last_days),
    _Row("own_first_age_days", _OWN, lambda of: of.first_days),
    _Row("own_orders_ago", _OWN, lambda of: of.own(of.user.history.orders_ago, NEVER_ORDERS)),
    _Row(
        "own_taken_share",
        _OWN,
        lambda of: of.orders / (of.own(of.user.history.first_orders_ago, NEVER_ORDERS) + 1),
    ),
    _Row("own_order_share", _OWN, lambda of: of.orders / max(of.user.history.n_orders, 1)),
    _Row("own_interval_days", _OWN, lambda of: of.interval_days),
    _Row("own_due", _OWN, lambda of: of.last_days / np.maximum(of.interval_days, 1)),
    _Row(
        "usual_due",
        _OWN,
        lambda of: np.where(of.orders > 0, of.last_days / np.maximum(of.statistic("interval_days"), 1), -1),
    ),
    _Row("own_quantity", _OWN, lambda of: np.log1p(of.quantity)),
    _Row("own_last_quantity", _OWN, lambda of: np.log1p(of.own(of.user.history.last_quantity, 0))),
    _Row(
        "own_quantity_difference",
        _OWN,
        lambda of: np.where(
            of.orders > 0,
            np.log1p(of.quantity / np.maximum(of.orders, 1)) - of.statistic("log_quantity"),
            np.nan,
        ),
    ),
    _Row("item_buyers", _SALES, lambda of: of.per_mean("buyers")),
    _Row("item_new_buyers", _SALES, lambda of: of.per_mean("new_buyers")),
    _Row("item_age_days", _OTHERS, lambda of: of.statistic("age_days")),
    _Row("item_last_age_days", _OTHERS, lambda of: of.statistic("last_age_days")),
    _Row("item_log_price", _PRICE, lambda of: of.statistic("log_price")),
    _Row("item_log_quantity", _PRICE, lambda of: of.statistic("log_quantity")),
    _Row("item_repeat_share", _OTHERS, lambda of: of.statistic("repeat_share")),
    _Row("item_interval_days", _OTHERS, lambda of: of.statistic("interval_days")),
    _Row("item_basket_size", _OTHERS, lambda of: of.statistic("basket_size")),
    _Row("sales_quarter", _SALES, lambda of: of.quarter / positive(mean_sales(of.model, 90))),
    _Row("trend_week", _SALES, lambda of: (4 * of.sales(7) + 1) / (of.month + 1)),
    _Row("trend_month", _SALES, lambda of: (of.month + 1) / (np.maximum(of.sales(56) - of.month, 0) + 1)),
    _Row("trend_quarter", _SALES, lambda of: (of.month + 1) / (of.quarter / 3 + 1)),
    _Row("new_share", _SALES, lambda of: (of.statistic("new_buyers") + 1) / (of.month + 1)),
    _Row("month_share", _SALES, lambda of: np.log((of.month + 1) / (mean_sales(of.model, 28) + 1))),
    _Row("user_orders", _USER, lambda of: of.user.history.n_orders),
    _Row("user_breadth", _USER, lambda of: len(of.user.history)),
    _Row("user_basket", _USER, lambda of: of.lines / max(of.user.history.n_orders, 1)),
    _Row("user_age_days", _USER, lambda of: of.newest_days),
    _Row("user_tenure_days", _USER, lambda of: of.oldest_days),
    _Row(
        "user_interval_days",
        _USER,
        lambda of: max(of.oldest_days - of.newest_days, 0) / max(of.user.history.n_orders - 1, 1),
    ),
    _Row("user_repeat_share", _USER, lambda of: 1 - len(of.user.history) / max(of.lines, 1)),
    _Row("user_log_price", _USER, lambda of: of.usual("log_price")),
    _Row("price_difference", _PRICE, lambda of: of.statistic("log_price") - of.usual("log_price")),
    _Row("quantity_difference", _PRICE, lambda of: of.statistic("log_quantity") - of.usual("log_quantity")),
    _Row("category_narrow", Category.words, lambda of: of.category["category_narrow"]),
    _Row("category_broad", Category.words, lambda of: of.category["category_broad"]),
    _Row("category_item_share", Category.words, lambda of: of.category["category_item_share"]),
    _Row("category_age_days", Category.words, lambda of: of.category["category_age_days"]),
)


def feature_words(sources: Sources = SOURCES) -> dict[str, str]:
    """Return by what each feature is mentioned to the shopper, by its name, in the order of the columns."""
    of_sources = {source.name: source.words for source in sources}
    return of_sources | {row.name: row.words for row in _ROWS}


FEATURES = tuple(feature_words())
"""Names of the columns of ``features``, in their order."""
