"""An item that shoppers are looked for, as their tastes and histories meet it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.content_map import products
from recsvc.ranking.sources.cold_start import trust
from recsvc.ranking.sources.sales import sales

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class WantedItem:
    """An item, learned or of the catalogue alone.

    Attributes:
        item: its index; from ``n_items`` on it is a cold-start item.
        taste: float32, shape (n_factors,): its factors, or those that its features foretell.
        buyers: float32, shape (n_factors,): the direction of those who bought it of late, its first buyers where it is
            new; shorter where these are few.
        alike: float32, shape (n_items,): how like it each item of the model is.
        sold_alike: how much of all purchases is like it.
        is_of_kind: bool, shape (n_items,): which items share one of its narrowest categories.
        log_price: NaN where the price is not known.
        next: float32, shape (n_factors + 1,): its row of ``forward_all``; None of a cold-start item, as what follows.
        near, in_baskets: float32, shape (n_items,): how near it each item is over histories, and within orders.
        log_sales: logarithm of the share of users who bought it in four weeks.
        log_trend: of the last week's sales against four weeks'.
    """

    item: int
    taste: Floats
    buyers: Floats
    alike: Floats
    sold_alike: float
    is_of_kind: NDArray[np.bool_]
    log_price: float
    next: Floats | None = None
    near: Floats | None = None
    in_baskets: Floats | None = None
    log_sales: float = 0.0
    log_trend: float = 0.0

    @property
    def is_learned(self) -> bool:
        """Whether the model knows it."""
        return self.next is not None


def learned_item(model: Model, item: int) -> WantedItem:
    """Return the item of the model at the index ``item``."""
    columns, values = model.item_content.row(item)
    of_month, of_week = float(sales(model, 28)[item]), float(sales(model, 7)[item])
    return WantedItem(
        item,
        np.asarray(model.item_factors[item]),
        _direction(np.asarray(model.user_neighbours[item])),
        _alike(model, columns, values),
        float(model.content_sold[columns] @ values),
        _of_kind(model, model.item_categories.row(item)[0]),
        float(model.item_statistic("log_price")[item]),
        np.asarray(model.forward_all[item]),
        _towards(model.item_neighbours, item),
        _towards(model.basket_neighbours, item),
        float(np.log((of_month + 0.5) / max(model.n_users, 1))),
        float(np.log((4 * of_week + 1) / (of_month + 1))),
    )


def cold_start_item(
    model: Model, cold_start: ColdStartItems, place: int, price: float | None = None
) -> WantedItem:
    """Return the cold-start item at ``place``, 0 for the first."""
    columns, values = cold_start.content.row(place)
    return WantedItem(
        cold_start.first_index + place,
        np.asarray(cold_start.content_tastes[place]),
        np.asarray(cold_start.buyer_tastes[place] * trust(cold_start)[place], dtype=np.float32),
        _alike(model, columns, values),
        float(cold_start.content_sold[place]),
        _of_kind(model, cold_start.categories.row(place)[0]),
        float("nan") if not price else float(np.log(price)),
    )


def _direction(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


def _alike(model: Model, columns: NDArray[np.int32], values: Floats) -> Floats:
    said = np.zeros(model.item_content.n_columns, dtype=np.float32)
    said[columns] = values
    return products(model.item_content, said)


def _of_kind(model: Model, categories: NDArray[np.int32]) -> NDArray[np.bool_]:
    is_of_kind = np.zeros(model.n_items, dtype=np.bool_)
    levels = model.category_levels[categories]
    for category in categories[levels == levels.max(initial=0)].tolist():
        is_of_kind[model.category_items.row(category)[0]] = True
    return is_of_kind


def _towards(neighbours: SparseRows, item: int) -> Floats:
    """Return how near ``item`` is among the neighbours of each item; float32, shape (n_items,)."""
    found = np.flatnonzero(neighbours.indices == item)
    rows = neighbours.indptr.searchsorted(found, "right") - 1
    values = np.zeros(len(neighbours), dtype=np.float32)
    values[rows] = neighbours.values[found]
    return values
