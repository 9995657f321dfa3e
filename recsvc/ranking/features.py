"""What the ranker knows of a user and a candidate; computed here alone, offline and online.

The first features are the scores of the candidate sources, as each source gives them; then come those of ``_ROWS``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.candidates import Candidates
from recsvc.ranking.explain.topics import TOPICS, Topic
from recsvc.ranking.feature_inputs import NEVER_ORDERS, Column, FeatureInputs
from recsvc.ranking.sources.all import SOURCES, Sources
from recsvc.ranking.sources.sales import mean_sales, positive
from recsvc.ranking.user_state import UserState

LARGEST = np.float32(1e30)
"""No feature is beyond this number, so that a threshold may stand for infinity; one that is not known stays NaN."""


def features(model: Model, user: UserState, candidates: Candidates) -> NDArray[np.float32]:
    """Return one row for each candidate; float32, shape (n, len(FEATURES))."""
    n_sources = len(candidates.sources)
    table: NDArray[np.float32] = np.empty((len(candidates.items), n_sources + len(_ROWS)), dtype=np.float32)
    for place, source in enumerate(candidates.sources):
        table[:, place] = source.feature(candidates.scores[:, place])
    # The ranker learned from purchases alone.
    inputs = FeatureInputs(model, replace(user, history=user.history.bought()), candidates.items)
    for place, row in enumerate(_ROWS, start=n_sources):
        table[:, place] = row.column(inputs)
    # An item that no known shopper bought has an infinite age: below a threshold at infinity, as long as it is one.
    np.clip(table, -LARGEST, LARGEST, out=table)
    return table


@dataclass(frozen=True)
class _Row:
    """A feature: its name, what it is about, words as those of a ``CandidateSource``, and its values."""

    name: str
    topic: Topic
    words: str
    column: Callable[[FeatureInputs], Column | float]


_OWN, _SALES, _PRICE, _CATEGORY = Topic.OWN, Topic.SALES, Topic.PRICE, Topic.CATEGORY
_QUANTITY, _LOYALTY = Topic.QUANTITY, Topic.LOYALTY
_UNSAID = Topic.UNSAID  # nothing that a shopper would understand, or the same for all items of a list

OF_CATEGORY = ("category_narrow", "category_broad")
"""Features that lose what the score of ``Category`` loses where a purchase is left out."""

_AGAINST_USUAL = {"price_difference", "quantity_difference"}

_ROWS = (
    _Row("own_orders", _OWN, "how often the shopper bought it", lambda of: of.orders),
    _Row(
        "own_confidence",
        _OWN,
        "how often, old orders counting less",
        lambda of: of.own(of.user.history.confidence, 0),
    ),
    _Row("own_recent", _OWN, "how often lately", lambda of: of.own(of.user.history.recent, 0)),
    _Row("own_age_days", _OWN, "days since the shopper last bought it", lambda of: of.last_days),
    _Row("own_first_age_days", _OWN, "days since the shopper first bought it", lambda of: of.first_days),
    _Row(
        "own_orders_ago",
        _OWN,
        "orders since the shopper last bought it",
        lambda of: of.own(of.user.history.orders_ago, NEVER_ORDERS),
    ),
    _Row(
        "own_taken_share",
        _OWN,
        "share of orders with it since the first",
        lambda of: of.orders / (of.own(of.user.history.first_orders_ago, NEVER_ORDERS) + 1),
    ),
    _Row(
        "own_order_share",
        _OWN,
        "share of all the shopper's orders with it",
        lambda of: of.orders / max(of.user.history.n_orders, 1),
    ),
    _Row(
        "own_interval_days", _OWN, "days between the shopper's purchases of it", lambda of: of.interval_days
    ),
    _Row(
        "own_due",
        _OWN,
        "how due it is, by the shopper's rhythm",
        lambda of: of.last_days / np.maximum(of.interval_days, 1),
    ),
    _Row(
        "usual_due",
        _OWN,
        "how due it is, by everybody's rhythm",
        lambda of: np.where(of.orders > 0, of.last_days / np.maximum(of.statistic("interval_days"), 1), -1),
    ),
    _Row(
        "own_quantity", _OWN, "pieces of it that the shopper bought in all", lambda of: np.log1p(of.quantity)
    ),
    _Row(
        "own_last_quantity",
        _OWN,
        "pieces when the shopper last bought it",
        lambda of: np.log1p(of.own(of.user.history.last_quantity, 0)),
    ),
    _Row(
        "own_quantity_difference",
        _OWN,
        "pieces the shopper takes of it, against others",
        lambda of: np.where(
            of.orders > 0,
            np.log1p(of.quantity / np.maximum(of.orders, 1)) - of.statistic("log_quantity"),
            np.nan,
        ),
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
        lambda of: of.quarter / positive(mean_sales(of.model, 90)),
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
        lambda of: np.log((of.month + 1) / (mean_sales(of.model, 28) + 1)),
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
        lambda of: of.lines / max(of.user.history.n_orders, 1),
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
    _Row("user_log_price", _UNSAID, "what the shopper usually pays", lambda of: of.usual("log_price")),
    _Row(
        "price_difference",
        _PRICE,
        "price against what the shopper usually pays",
        lambda of: of.statistic("log_price") - of.usual("log_price"),
    ),
    _Row(
        "quantity_difference",
        _QUANTITY,
        "pieces against what the shopper usually takes",
        lambda of: of.statistic("log_quantity") - of.usual("log_quantity"),
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
        of_sources | {row.name for row in _ROWS if row.topic in (_OWN, _CATEGORY)} | _AGAINST_USUAL
    )


def feature_topics(sources: Sources = SOURCES) -> dict[str, Topic]:
    """Return what each feature is about, by its name, in the order of the columns."""
    of_sources = {source.name: TOPICS[source.public_name] for source in sources}
    return of_sources | {row.name: row.topic for row in _ROWS}


FEATURES = tuple(feature_topics())
"""Names of the columns of ``features``, in their order."""

FEATURE_WORDS: Mapping[str, str] = {source.name: source.words for source in SOURCES} | {
    row.name: row.words for row in _ROWS
}
"""What each feature is called when people read of it."""
