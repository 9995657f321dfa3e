"""What tells who buys an item: one row a user, in units that compare between users and between items."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.model.arrays import HISTORY_COLUMNS
from recsvc.model.model import Model
from recsvc.ranking.audience.shoppers import ACTIVITY, Shoppers
from recsvc.ranking.audience.wanted import WantedItem
from recsvc.ranking.history import History
from recsvc.ranking.sources.cold_start import USUAL
from recsvc.ranking.sources.repurchase import due

Floats = NDArray[np.float32]

FEW, FEW_OF_KIND = 0.1, 0.02
"""Added to ratios and to shares, which may be 0, before a logarithm is taken."""

HIGHEST = 8.0
"""No signal is further from 0: what is beyond was learned from nobody."""

ONE = ("one",)
"""The intercept."""

BY_CONTENT = ("taste", "als", "buyers", "kind", "content", "price_gap")
BY_HISTORY = ("log_sales", "log_trend", "next", "near", "in_baskets")
BY_OWN = ("log_own_orders", "log_own_age_days", "log_due")

NEW = ONE + ACTIVITY + BY_CONTENT + BY_HISTORY
"""Signals of an item that a user never bought."""

AGAIN = NEW + BY_OWN
"""Of one that the user bought before."""

COLD_START = ONE + ACTIVITY + BY_CONTENT
"""Of a cold-start item, which has neither sales nor neighbours."""


@dataclass(frozen=True, eq=False)
class Owners:
    """Who bought an item before: ``entries`` of the histories, and the ``users`` they belong to; intp, shape (n,)."""

    entries: NDArray[np.intp]
    users: NDArray[np.intp]

    @classmethod
    def of(cls, shoppers: Shoppers, item: int) -> "Owners":
        """Return those of the item at an index; nobody owns a cold-start item."""
        history, columns = shoppers.model.history, shoppers.model.history_columns
        entries = np.flatnonzero(history.indices == item)
        entries = entries[columns["orders"][entries] > 0]
        return cls(entries, shoppers.users_of(entries))


def signals_of(shoppers: Shoppers, wanted: WantedItem) -> Floats:
    """Return a row for each user; float32, shape (n_users, n): columns as ``NEW``, of new items as ``COLD_START``."""
    columns = [np.ones((len(shoppers), 1), np.float32), shoppers.activity]
    columns += _by_content(shoppers, wanted)
    if wanted.is_learned:
        columns += _by_history(shoppers, wanted)
    table = np.column_stack(columns).astype(np.float32, copy=False)
    np.nan_to_num(table, copy=False, nan=0.0)
    return np.clip(table, -HIGHEST, HIGHEST, out=table)


def own_signals(shoppers: Shoppers, owners: Owners) -> Floats:
    """Return the columns ``BY_OWN`` of the owners; float32, shape (n_owners, 3)."""
    model, entries = shoppers.model, owners.entries
    history = _entries(model, entries)
    columns = (
        np.log(history.orders),
        np.log1p(history.age_days),
        np.log(due(model, history) + 1e-3),
    )
    table = np.column_stack(columns).astype(np.float32).reshape(len(entries), len(BY_OWN))
    return np.clip(np.nan_to_num(table, nan=0.0), -HIGHEST, HIGHEST)


def _by_content(shoppers: Shoppers, wanted: WantedItem) -> list[Floats]:
    model, history = shoppers.model, shoppers.model.history
    kind = _sum_where(shoppers, wanted.is_of_kind, model.history_columns["recent"])
    share = kind / np.maximum(shoppers.recent, 1e-9)
    content = np.zeros(len(shoppers), dtype=np.float32)
    if wanted.sold_alike > 0:
        said = np.log1p(model.history_columns["orders"]).astype(np.float32)
        alike = shoppers.sums(wanted.alike[history.indices] * said)
        content = np.log((alike / wanted.sold_alike + USUAL) / (shoppers.said + USUAL))
    gap = np.abs(wanted.log_price - shoppers.usual_log_price)
    products = shoppers.products(wanted.taste)
    return [
        shoppers.als.standard(products),
        _ratio(np.maximum(products, 0)),
        shoppers.products(wanted.buyers) / shoppers.lengths,
        np.log((share + FEW_OF_KIND) / (share.mean() + FEW_OF_KIND)),
        content,
        np.minimum(np.nan_to_num(gap, nan=0.0), 3.0),
    ]


def _by_history(shoppers: Shoppers, wanted: WantedItem) -> list[Floats]:
    assert wanted.next is not None and wanted.near is not None and wanted.in_baskets is not None  # noqa: S101, PT018 - learned
    confidence = shoppers.model.history.values
    n = shoppers.model.n_factors
    products = shoppers.products(wanted.next[:n]) / shoppers.lengths + wanted.next[n:].sum()
    everybody = np.ones(len(shoppers), dtype=np.float32)
    return [
        np.float32(wanted.log_sales) * everybody,
        np.float32(wanted.log_trend) * everybody,
        shoppers.next.standard(products.astype(np.float32)),
        _ratio(_sum_where(shoppers, wanted.near, confidence) / np.maximum(shoppers.near, 1e-9)),
        _ratio(_sum_where(shoppers, wanted.in_baskets, confidence) / np.maximum(shoppers.in_baskets, 1e-9)),
    ]


def _ratio(values: NDArray[np.floating[Any]]) -> Floats:
    """Return the logarithm of ``values``, none below 0, against the mean user's."""
    return np.asarray(np.log(values / max(float(values.mean()), 1e-9) + FEW), dtype=np.float32)


def _sum_where(shoppers: Shoppers, of_items: NDArray[Any], weights: Floats) -> Floats:
    """Return the weighted sums of a vector that is 0 for most items, for each user; float32, shape (n_users,)."""
    indices = shoppers.model.history.indices
    entries = np.flatnonzero((of_items > 0)[indices])
    values = of_items[indices[entries]] * weights[entries]
    return np.bincount(shoppers.users_of(entries), values, len(shoppers)).astype(np.float32)


def _entries(model: Model, entries: NDArray[np.intp]) -> History:
    """Return entries of several users as one history: what is asked of it is asked of each entry alone."""
    columns = {column.name: model.history_columns[column.name][entries] for column in HISTORY_COLUMNS}
    return History(model.history.indices[entries], model.history.values[entries], **columns, n_orders=0)
