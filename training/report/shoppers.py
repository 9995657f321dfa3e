"""A few shoppers, so that the lists behind the figures can be seen."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.history import History, history_of
from recsvc.ranking.query import Query, Reason, ReasonType
from recsvc.ranking.recommender import Recommender
from training.history.split import Split

N_BOUGHT = 6
N_SUGGESTED = 10
N_NEXT = 10
N_BECAUSE = 2
MAX_DRAWN_FROM = 5_000
FEW_ORDERS = (1, 4)
"""Shoppers with up to so many orders are of the first and the second kind; those with more are of the third."""

_REASONS = {
    ReasonType.YOU_BUY_THIS_REGULARLY: "bought regularly",
    ReasonType.YOU_BOUGHT_THIS: "bought before",
    ReasonType.TRENDING: "on the rise",
    ReasonType.POPULAR: "sells well",
}


@dataclass(frozen=True)
class Bought:
    """An item of the history; ``n_orders`` says how many orders had it."""

    title: str
    n_orders: int


@dataclass(frozen=True)
class Suggested:
    """An item of the list, why it is there, and whether it was bought next."""

    title: str
    reason: str
    is_hit: bool


@dataclass(frozen=True)
class BoughtNext:
    """An item bought in the part held back: whether it was in the list, and bought before."""

    title: str
    is_hit: bool
    is_repeat: bool


@dataclass(frozen=True)
class SampleShopper:
    """One shopper without a name: what was known, what is suggested, and what came to pass.

    Attributes:
        n_orders: orders that the model knew of.
        n_bought: distinct items in them.
        bought: the newest of these; undated, the most frequent.
        suggested: the ``for_you`` list.
        n_next: distinct items in the part held back.
        bought_next: some of these, those of the list first.
    """

    n_orders: int
    n_bought: int
    bought: tuple[Bought, ...]
    suggested: tuple[Suggested, ...]
    n_next: int
    bought_next: tuple[BoughtNext, ...]

    @property
    def n_hits(self) -> int:
        """How many of the suggestions were bought next."""
        return sum(suggestion.is_hit for suggestion in self.suggested)


def sample_shoppers(model: Model, split: Split, n: int = 10, seed: int = 0) -> list[SampleShopper]:
    """Draw ``n`` shoppers at random, a third each with one, with two to four, and with more orders.

    Where a kind has too few, the others fill up. Shoppers are sorted by their number of orders; what they bought
    next plays no part in the draw.

    Args:
        model: learned from the training part of ``split``.
        split: whose test users are drawn from.
        n: how many.
        seed: starts the random numbers.
    """
    recommender = Recommender(model)
    chosen = _chosen(model, split, n, np.random.default_rng(seed))
    targets = split.targets.filter(pl.col("user_id").is_in(chosen))
    return [
        _shopper(recommender, user_id, targets.filter(pl.col("user_id") == user_id)) for user_id in chosen
    ]


def item_titles(model: Model, item_ids: Iterable[str]) -> list[str]:
    """Return the title of each item, its id where none is known."""
    indices = ((item_id, model.items.index_of(item_id)) for item_id in item_ids)
    return [(model.titles[index] if index is not None else "") or item_id for item_id, index in indices]


def _chosen(model: Model, split: Split, n: int, rng: np.random.Generator) -> list[str]:
    """Return ids of test users, by their number of orders."""
    test_users = np.asarray(split.targets["user_id"].unique().sort().to_list(), dtype=object)
    user_ids = rng.permutation(test_users)[:MAX_DRAWN_FROM]
    orders = model.user_orders[model.users.indices_of(user_ids)]
    kinds = np.digitize(orders, FEW_ORDERS, right=True)
    # The first of each kind come first, then the second of each …: any beginning is spread evenly.
    place = np.empty(len(user_ids), dtype=np.int64)
    for kind in range(len(FEW_ORDERS) + 1):
        place[kinds == kind] = np.arange((kinds == kind).sum())
    chosen = np.lexsort((-kinds, place))[:n]
    return [str(user_ids[i]) for i in chosen[np.argsort(orders[chosen], kind="stable")]]


def _shopper(recommender: Recommender, user_id: str, targets: pl.DataFrame) -> SampleShopper:
    model = recommender.model
    history = history_of(model, model.users.indices_of([user_id])[0])
    wanted = dict(zip(targets["item_id"], targets["is_new"], strict=True))
    answer = recommender.recommend(Query(n=N_SUGGESTED, user_id=user_id))
    shown = [item.item_id for item in answer.items]
    suggested = tuple(
        Suggested(title, _reason(model, item.reason), item.item_id in wanted)
        for title, item in zip(item_titles(model, shown), answer.items, strict=True)
    )
    first = sorted(wanted, key=lambda item_id: (item_id not in shown, item_id))[:N_NEXT]
    bought_next = tuple(
        BoughtNext(title, item_id in shown, not wanted[item_id])
        for title, item_id in zip(item_titles(model, first), first, strict=True)
    )
    return SampleShopper(
        history.n_orders, len(history), _bought(model, history), suggested, len(wanted), bought_next
    )


def _bought(model: Model, history: History) -> tuple[Bought, ...]:
    newest: NDArray[np.intp] = np.lexsort((history.items, -history.orders, history.age_days))[:N_BOUGHT]
    titles = item_titles(model, (model.items.id_of(int(history.items[i])) for i in newest))
    return tuple(Bought(title, int(history.orders[i])) for title, i in zip(titles, newest, strict=True))


def _reason(model: Model, reason: Reason) -> str:
    if reason.item_ids:
        return f"because of {', '.join(item_titles(model, reason.item_ids[:N_BECAUSE]))}"
    return _REASONS.get(reason.type, reason.type.replace("_", " "))
