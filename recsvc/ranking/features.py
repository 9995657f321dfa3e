"""What the ranker knows of a user and a candidate; computed here alone, offline and online.

The first features are the scores of the candidate sources, as each source gives them; then come those of ``_ROWS``,
and the appeal of the items, where the model knows that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.appeal import APPEAL, APPEAL_WORDS
from recsvc.ranking.candidates import Candidates
from recsvc.ranking.explain.topics import TOPICS, Topic
from recsvc.ranking.feature_inputs import Column, FeatureInputs, OwnInputs
from recsvc.ranking.sources.all import SOURCES, Sources
from recsvc.ranking.sources.category import NEVER_DAYS
from recsvc.ranking.sources.sales import positive
from recsvc.ranking.user_state import UserState

LARGEST = np.float32(1e30)
"""No feature is beyond this number, so that a threshold may stand for infinity; one that is not known stays NaN."""


def features(model: Model, user: UserState, candidates: Candidates) -> NDArray[np.float32]:
    """Return one row for each candidate; float32, shape (n, len(FEATURES)), one more where items have an appeal."""
    n_sources, appeal = len(candidates.sources), model.item_appeal
    width = n_sources + len(_ROWS) + (appeal is not None)
    table: NDArray[np.float32] = np.empty((len(candidates.items), width), dtype=np.float32)
    for place, source in enumerate(candidates.sources):
        table[:, place] = source.feature(candidates.scores[:, place])
    # The ranker learned from purchases alone.
    bought = user.history.bought()
    inputs = FeatureInputs(
        model, user if bought is user.history else replace(user, history=bought), candidates.items
    )
    own = OwnInputs.of(inputs)
    for place, row in enumerate(_ROWS, start=n_sources):
        row.fill(table[:, place], inputs, own)
    if appeal is not None:
        table[:, -1] = appeal[candidates.items]
    # An item that no known shopper bought has an infinite age: below a threshold at infinity, as long as it is one.
    np.minimum(table, LARGEST, out=table)
    np.maximum(table, -LARGEST, out=table)
    return table


@dataclass(frozen=True)
class _Row:
    """A feature: its name, what it is about, words as those of a ``CandidateSource``, and its values."""

    name: str
    topic: Topic
    words: str
    column: Callable[[FeatureInputs], Column | float]

    def fill(self, column: NDArray[np.float32], inputs: FeatureInputs, own: OwnInputs) -> None:  # noqa: ARG002
        """Write the values of all candidates into ``column``: float32, shape (n,)."""
        column[:] = self.column(inputs)


@dataclass(frozen=True)
class _OwnRow:
    """A feature of what the user bought: the same, and what it is for all else."""

    name: str
    words: str
    column: Callable[[OwnInputs], Column | float]
    never: float = 0.0
    topic: Topic = Topic.OWN

    def fill(self, column: NDArray[np.float32], inputs: FeatureInputs, own: OwnInputs) -> None:  # noqa: ARG002
        """Write the values of all candidates into ``column``: float32, shape (n,)."""
        column.fill(self.never)
        if len(own.rows):
            column[own.rows] = self.column(own)


NEVER_ORDERS = 999.0
"""Stands for the age, in orders, of what never happened."""

_SALES, _PRICE, _CATEGORY = Topic.SALES, Topic.PRICE, Topic.CATEGORY
_QUANTITY, _LOYALTY = Topic.QUANTITY, Topic.LOYALTY
_UNSAID = Topic.UNSAID  # nothing that a shopper would understand, or the same for all items of a list

OF_CATEGORY = ("category_narrow", "category_broad")
"""Features that lose what the score of ``Category`` loses where a purchase is left out."""

_AGAINST_USUAL = {"price_difference", "quantity_difference"}

_ROWS: tuple[_Row | _OwnRow, ...] = (
    _OwnRow("own_orders", "how often the shopper bought it", lambda of: of.orders),
    _OwnRow("own_confidence", "how often, old orders counting less", lambda of: of.own("confidence")),
    _OwnRow("own_recent", "how often lately", lambda of: of.own("recent")),
    _OwnRow(
        "own_age_days",
        "days since the shopper last bought it",
        lambda of: of.last_days,
        never=NEVER_DAYS,
    ),
    _OwnRow(
        "own_first_age_days",
        "days since the shopper first bought it",
        lambda of: of.own("first_age_days"),
        never=NEVER_DAYS,
    ),
    _OwnRow(
        "own_orders_ago",
        "orders since the shopper last bought it",
        lambda of: of.own("orders_ago"),
        never=NEVER_ORDERS,
    ),
    _OwnRow(
        "own_taken_share",
        "share of orders with it since the first",
        lambda of: of.orders / (of.own("first_orders_ago") + 1),
    ),
    _OwnRow(
        "own_order_share",
        "share of all the shopper's orders with it",
        lambda of: of.orders / of.n_orders,
    ),
    _OwnRow(
        "own_interval_days",
        "days between the shopper's purchases of it",
        lambda of: of.interval_days,
        never=np.nan,
    ),
    _OwnRow(
        "own_due",
        "how due it is, by the shopper's rhythm",
        lambda of: of.last_days / np.maximum(of.interval_days, 1),
        never=np.nan,
    ),
    _OwnRow(
        "usual_due",
        "how due it is, by everybody's rhythm",
        lambda of: of.last_days / np.maximum(of.statistic("interval_days"), 1),
        never=-1,
    ),
    _OwnRow("own_quantity", "pieces of it that the shopper bought in all", lambda of: np.log1p(of.quantity)),
    _OwnRow(
        "own_last_quantity",
        "pieces when the shopper last bought it",
        lambda of: np.log1p(of.own("last_quantity")),
    ),
    _OwnRow(
        "own_quantity_difference",
        "pieces the shopper takes of it, against others",
        lambda of: np.log1p(of.quantity / np.maximum(of.orders, 1)) - of.statistic("log_quantity"),
        never=np.nan,
    ),
    _Row("item_buyers", _SALES, "number of buyers", lambda of: of.per_mean("buyers")),
    _Row(
        "item_new_buyers",
        _SALES,
        "first-time buyers in the last 28 days",
        lambda of: of.per_mean("new_buyers"),
    ),
    _Row("item_age_days", _UNSAID, "days since its first sale", lambda of: of.statistic("age_days")),
    _Row("item_last_age_days", _SALES, "days since its last sale", lambda of: of.statistic("last_age_days")),
    _Row("item_log_price", _PRICE, "price", lambda of: of.statistic("log_price")),
    _Row("item_log_quantity", _QUANTITY, "pieces bought at once", lambda of: of.statistic("log_quantity")),
    _Row(
        "item_repeat_share",
        _LOYALTY,
        "share of buyers who buy it again",
        lambda of: of.statistic("repeat_share"),
    ),
    _Row(
        "item_interval_days",
        _LOYALTY,
        "days until it is usually bought again",
        lambda of: of.statistic("interval_days"),
    ),
    _Row("item_basket_size", _UNSAID, "size of the orders it is in", lambda of: of.statistic("basket_size")),
    _Row(
        "sales_quarter",
        _SALES,
        "sales of the last 90 days",
        lambda of: of.quarter / positive(of.mean_sales(90)),
    ),
    _Row(
        "trend_week",
        _SALES,
        "sales: last 7 days against 28",
        lambda of: (4 * of.sales(7) + 1) / (of.month + 1),
    ),
    _Row(
        "trend_month",
        _SALES,
        "sales: last 28 days against the 28 before",
        lambda of: (of.month + 1) / (np.maximum(of.sales(56) - of.month, 0) + 1),
    ),
    _Row(
        "trend_quarter",
        _SALES,
        "sales: last 28 days against 90",
        lambda of: (of.month + 1) / (of.quarter / 3 + 1),
    ),
    _Row(
        "new_share",
        _SALES,
        "share of its buyers who are new to it",
        lambda of: (of.statistic("new_buyers") + 1) / (of.month + 1),
    ),
    _Row(
        "month_share",
        _SALES,
        "sales of 28 days against other items",
        lambda of: np.log((of.month + 1) / (of.mean_sales(28) + 1)),
    ),
    _Row("user_orders", _UNSAID, "the shopper's number of orders", lambda of: of.user.history.n_orders),
    _Row(
        "user_breadth",
        _UNSAID,
        "how many different items the shopper bought",
        lambda of: len(of.user.history),
    ),
    _Row(
        "user_basket",
        _UNSAID,
        "items in an order of the shopper",
        lambda of: of.lines / of.n_orders,
    ),
    _Row("user_age_days", _UNSAID, "days since the shopper's last order", lambda of: of.newest_days),
    _Row("user_tenure_days", _UNSAID, "days since the shopper's first order", lambda of: of.oldest_days),
    _Row(
        "user_interval_days",
        _UNSAID,
        "days between the shopper's orders",
        lambda of: max(of.oldest_days - of.newest_days, 0) / max(of.user.history.n_orders - 1, 1),
    ),
    _Row(
        "user_repeat_share",
        _UNSAID,
        "share of repeats among the shopper's purchases",
        lambda of: 1 - len(of.user.history) / max(of.lines, 1),
    ),
    _Row("user_log_price", _UNSAID, "what the shopper usually pays", lambda of: of.usual_log_price),
    _Row(
        "price_difference",
        _PRICE,
        "price against what the shopper usually pays",
        lambda of: of.statistic("log_price") - of.usual_log_price,
    ),
    _Row(
        "quantity_difference",
        _QUANTITY,
        "pieces against what the shopper usually takes",
        lambda of: of.statistic("log_quantity") - of.usual_log_quantity,
    ),
    _Row(
        "category_narrow",
        _CATEGORY,
        "their share in its narrowest category",
        lambda of: of.category["category_narrow"],
    ),
    _Row(
        "category_broad",
        _CATEGORY,
        "their share in its broadest category",
        lambda of: of.category["category_broad"],
    ),
    _Row(
        "category_item_share",
        _CATEGORY,
        "its share of what its category sells",
        lambda of: of.category["category_item_share"],
    ),
    _Row(
        "category_age_days",
        _CATEGORY,
        "days since they bought in its category",
        lambda of: of.category["category_age_days"],
    ),
)


def personal_features(sources: Sources = SOURCES) -> frozenset[str]:
    """Return the features that say what an item has to do with what the user bought."""
    of_sources = {source.name for source in sources if source.is_personal}
    return frozenset(
        of_sources | {row.name for row in _ROWS if row.topic in (Topic.OWN, _CATEGORY)} | _AGAINST_USUAL
    )


def feature_topics(sources: Sources = SOURCES, *, has_appeal: bool = False) -> dict[str, Topic]:
    """Return what each feature is about, by its name, in the order of the columns."""
    of_sources = {source.name: TOPICS[source.public_name] for source in sources}
    of_rows = {row.name: row.topic for row in _ROWS}
    return of_sources | of_rows | ({APPEAL: _SALES} if has_appeal else {})


FEATURES = tuple(feature_topics())
"""Names of the columns of ``features``, in their order, but for that of appeal."""

FEATURE_WORDS: Mapping[str, str] = (
    {source.name: source.words for source in SOURCES}
    | {row.name: row.words for row in _ROWS}
    | {APPEAL: APPEAL_WORDS}
)
"""What each feature is called when people read of it."""
