"""Whether items that no model ever saw find their buyers: some are hidden from the model that is measured."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recsvc.model.model import Model
from recsvc.ranking.cold_start import ColdStartItem, ColdStartItems, ColdStartMaker
from recsvc.ranking.history import History, history_of
from recsvc.ranking.sources.als import fold_in
from recsvc.ranking.sources.cold_start import affinity_of
from recsvc.ranking.user_state import UserState
from training.fit.cold_start import without_items
from training.history.catalogue import ShopCatalogue

MAX_ITEMS, LEAST_ITEMS, LEAST_BUYERS = 60, 10, 5
"""So many items are hidden, of those that so many known shoppers bought in the part held back; else nothing is."""

MAX_USERS, LEAST_USERS = 1_000, 20
"""So many of the shoppers who bought any of them are asked; nothing is said of fewer."""

FIRST_BUYERS = (0, 1, 3, 10)


@dataclass(frozen=True)
class FirstRanked:
    """How often the first-ranked of some cold-start items is bought.

    Attributes:
        first_buyers: so many buyers of each item are known.
        users: how many shoppers, who buy any of the items later, were asked.
        hit_rate: share of them who buy the one that is ranked first.
        chance: the same of any of the items.
    """

    first_buyers: int
    users: int
    hit_rate: float
    chance: float

    @property
    def ratio(self) -> float:
        """How many times as often the first-ranked is bought as any."""
        return self.hit_rate / self.chance


@dataclass(frozen=True)
class ColdStartCheck:
    """How often cold-start items are ranked right; ``rows``: by how many of their buyers are known."""

    items: int
    rows: tuple[FirstRanked, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return everything in plain dictionaries."""
        rows = {str(row.first_buyers): asdict(row) | {"ratio": row.ratio} for row in self.rows}
        return {"items": self.items, "by_first_buyers": rows}


def check_cold_start(
    model: Model, catalogue: ShopCatalogue, held_back: pl.DataFrame | None, seed: int = 0
) -> ColdStartCheck | None:
    """Hide some items that are bought in ``held_back`` from ``model``, and rank them for those who buy them there.

    The map from features, the shoppers' histories and their factors are made anew without the hidden items; the
    factors of the other items stay. Return None where too few items have buyers enough.
    """
    rng = np.random.default_rng(seed)
    buyers = _buyers(model, held_back, rng)
    if len(buyers) < LEAST_ITEMS:
        return None
    hidden = np.asarray(sorted(buyers), dtype=np.int32)
    asked = np.unique(np.concatenate([buyers[item] for item in hidden.tolist()]))
    asked = np.sort(rng.permutation(asked)[:MAX_USERS])
    left = without_items(model, hidden)
    with threadpool_limits(1, "blas"):
        shoppers = [_without(left, hidden, user) for user in asked.tolist()]
        panel = _Panel(left, catalogue, buyers, asked, shoppers)
        rows = [panel.first_ranked(k) for k in FIRST_BUYERS]
    found = tuple(row for row in rows if row is not None)
    return ColdStartCheck(len(hidden), found) if found else None


def _buyers(model: Model, held_back: pl.DataFrame | None, rng: np.random.Generator) -> dict[int, list[int]]:
    """Return the shoppers who bought each item that is hidden, in the order of time."""
    if held_back is None:
        return {}
    lines = held_back.select("user_id", "item_id", "ordered_at").drop_nulls(["user_id", "item_id"])
    lines = lines.sort("ordered_at", maintain_order=True)
    found: dict[int, dict[int, None]] = {}
    users = {user_id: model.users.index_of(user_id) for user_id in lines["user_id"].unique()}
    items = {item_id: model.items.index_of(item_id) for item_id in lines["item_id"].unique()}
    for user_id, item_id in lines.select("user_id", "item_id").iter_rows():
        user, item = users[user_id], items[item_id]
        if user is not None and item is not None:
            found.setdefault(item, {})[user] = None
    wanted = sorted(item for item, of_item in found.items() if len(of_item) >= LEAST_BUYERS)
    chosen = np.sort(rng.permutation(wanted)[:MAX_ITEMS]).tolist() if wanted else []
    return {item: list(found[item]) for item in chosen}


def _without(model: Model, hidden: NDArray[np.int32], user: int) -> UserState:
    """Return a shopper who never bought the hidden items."""
    history: History = history_of(model, user)
    history = history.at(np.flatnonzero(~np.isin(history.items, hidden)))
    return UserState(user, history, folded_in=fold_in(model, history))


@dataclass(frozen=True, eq=False)
class _Panel:
    """Hidden items, their ``buyers`` in the order of time, and the shoppers who are ``asked``."""

    model: Model
    catalogue: ShopCatalogue
    buyers: Mapping[int, Sequence[int]]
    asked: NDArray[np.intp]
    shoppers: Sequence[UserState]

    def first_ranked(self, k: int) -> FirstRanked | None:
        """Return how often the first-ranked is bought where ``k`` buyers are known; None for too few shoppers."""
        new = self._made(k)
        order = [self.model.items.index_of(item_id) or 0 for item_id in new.ids]
        have = np.stack([np.isin(self.asked, self.buyers[item][:k]) for item in order], axis=1)
        will = np.stack([np.isin(self.asked, self.buyers[item][k:]) for item in order], axis=1)
        buys = np.flatnonzero(will.any(axis=1))
        if len(buys) < LEAST_USERS:
            return None
        affinity = np.stack([affinity_of(self.model, new, self.shoppers[place]) for place in buys.tolist()])
        first = np.where(have[buys], -1, affinity).argmax(axis=1)
        hits = will[buys, first]
        chance = will[buys].sum(axis=1) / (~have[buys]).sum(axis=1)
        return FirstRanked(k, len(buys), float(hits.mean()), float(chance.mean()))

    def _made(self, k: int) -> ColdStartItems:
        shop, items = self.catalogue, list(self.buyers)
        ids = [self.model.items.id_of(item) for item in items]
        return ColdStartMaker(self.model).make(
            [
                ColdStartItem(
                    item_id,
                    shop.categories.get(item_id, ()),
                    tuple(self.buyers[item][:k]),
                    title=self.model.titles[item],
                    text=shop.texts.get(item_id, ""),
                )
                for item, item_id in zip(items, ids, strict=True)
            ]
        )


def in_words(check: ColdStartCheck | None) -> str:
    """Return what was found, in a sentence."""
    if check is None:
        return (
            "How cold-start items are ranked does not apply: too few items were bought by enough known shoppers in the "
            "part held back."
        )
    said = ", ".join(f"{row.ratio:.1f} with {row.first_buyers or 'no'}" for row in check.rows)
    return (
        f"Of {check.items} items that were hidden from the model, the first-ranked is bought so many times as often as "
        f"any, by the number of first buyers that are known: {said}."
    )
