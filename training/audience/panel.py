"""Some items of a model, and who bought them after the moment that the model knows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.model.vocabulary import Vocabulary
from recsvc.ranking.audience.shoppers import Shoppers
from recsvc.ranking.audience.signals import Owners
from recsvc.ranking.audience.wanted import WantedItem, cold_start_item, learned_item
from recsvc.ranking.cold_start import ColdStartItem, ColdStartMaker
from recsvc.ranking.sources.sales import sales
from training.fit.cold_start import without_items
from training.history.catalogue import ShopCatalogue

FIRST_BUYERS = (0, 0, 1, 3, 10)
"""Of hidden items so many buyers are known, in turns."""

LATELY_DAYS = 90


@dataclass(frozen=True, eq=False)
class PanelItem:
    """One item, and what became of it.

    Attributes:
        wanted: the item.
        buyers: intp, shape (n,): the users who bought it next.
        owners: who bought it before; of a hidden item too, although nothing else of it is known.
    """

    wanted: WantedItem
    buyers: NDArray[np.intp]
    owners: Owners


@dataclass(frozen=True, eq=False)
class Panel:
    """Items of one model that shoppers are looked for.

    Attributes:
        shoppers: the users.
        items: the items.
    """

    shoppers: Shoppers
    items: Sequence[PanelItem]


def bought_next(model: Model, lines: pl.DataFrame) -> dict[int, NDArray[np.intp]]:
    """Return by item who bought it in ``lines`` (user_id, item_id), as far as ``model`` knows both."""
    pairs = lines.select(pl.col("user_id", "item_id").cast(pl.String)).drop_nulls().unique()
    pairs = (
        pairs.join(_indexed(model.users, "user_id"), on="user_id")
        .join(_indexed(model.items, "item_id"), on="item_id")
        .sort("item_id_index", "user_id_index")
        .group_by("item_id_index", maintain_order=True)
        .agg("user_id_index")
    )
    return {item: np.asarray(users, dtype=np.intp) for item, users in pairs.iter_rows()}


def drawn_items(model: Model, n: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Draw items that sold of late, half of them by how well; int32, shape (n,), ascending, distinct.

    Nothing but what was known before is looked at: items that are chosen by what they went on to sell would be foreseen
    too low.
    """
    sold = np.flatnonzero(sales(model, LATELY_DAYS) > 0)
    if len(sold) <= n:
        return sold.astype(np.int32)
    weights = np.sqrt(sales(model, LATELY_DAYS)[sold].astype(np.float64))
    by_sales = rng.choice(sold, n // 2, replace=False, p=weights / weights.sum())
    others = np.setdiff1d(sold, by_sales)
    return np.sort(np.concatenate([by_sales, rng.permutation(others)[: n - n // 2]])).astype(np.int32)


def learned_panel(
    shoppers: Shoppers, items: NDArray[np.int32], buyers: Mapping[int, NDArray[np.intp]]
) -> Iterator[PanelItem]:
    """Yield ``items`` as the model knows them."""
    nobody = np.empty(0, dtype=np.intp)
    for item in items.tolist():
        wanted = learned_item(shoppers.model, item)
        yield PanelItem(wanted, buyers.get(item, nobody), Owners.of(shoppers, item))


def hidden_panel(
    model: Model,
    items: NDArray[np.int32],
    buyers: Mapping[int, NDArray[np.intp]],
    catalogue: ShopCatalogue,
    rng: np.random.Generator,
) -> Panel:
    """Return ``items`` as if they had never been sold, but to a few first buyers.

    Nothing of their factors, sales and neighbours is left; whoever bought them keeps the factors of all purchases, and
    is left out as an owner.
    """
    left = without_items(model, items)
    shoppers, owned, cold = Shoppers(left), {}, []
    for place, item in enumerate(items.tolist()):
        item_id = model.items.id_of(item)
        owned[item_id] = Owners.of(shoppers, item)
        first = rng.permutation(owned[item_id].users)[: FIRST_BUYERS[place % len(FIRST_BUYERS)]]
        cold.append(
            ColdStartItem(
                item_id,
                catalogue.categories.get(item_id, ()),
                tuple(first.tolist()),
                title=model.titles[item],
                text=catalogue.texts.get(item_id, ""),
            )
        )
    made, index = (
        ColdStartMaker(left).make(cold),
        dict(zip(map(model.items.id_of, items.tolist()), items.tolist(), strict=True)),
    )
    nobody, prices = np.empty(0, dtype=np.intp), np.exp(model.item_statistic("log_price"))
    found = []
    for place, item_id in enumerate(made.ids):
        item = index[item_id]
        wanted = cold_start_item(left, made, place, float(prices[item]))
        found.append(PanelItem(wanted, buyers.get(item, nobody), owned[item_id]))
    return Panel(shoppers, found)


def _indexed(vocabulary: Vocabulary, name: str) -> pl.DataFrame:
    return pl.DataFrame(
        {name: list(vocabulary.ids), f"{name}_index": range(len(vocabulary))},
        schema={name: pl.String, f"{name}_index": pl.Int64},
    )
