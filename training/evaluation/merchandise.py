"""What a merchandiser checks of the lists beside recall: alternatives, complements, and no two of one product."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recsvc.model.model import Model
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from training.evaluation.audience_check import AudienceCheck
from training.evaluation.cold_start_check import ColdStartCheck
from training.evaluation.metrics import NO_ITEM, Lists
from training.evaluation.reason_check import ReasonCheck, check_reasons
from training.history.split import order_key

SHOWN = 10
MAX_ITEMS = 300
"""The alternatives of at most so many items of each band are looked at."""

MAX_USERS = 300
"""The lists of so many users are compared with one another ..."""

CHECKED_USERS = 60
"""... and the reasons of so many checked, each by ranking anew."""

MAX_ORDERS = 1_000
FEWEST_ITEMS, MOST_ITEMS = 2, 50
"""Orders of so many items are completed."""

BANDS: Mapping[str, tuple[int, int | None]] = {
    "first 100": (0, 100),
    "next 400": (100, 500),
    "rest": (500, None),
}
"""Items by their rank in sales."""


@dataclass(frozen=True)
class AlternativesInBand:
    """How many of the first ten of ``similar`` are of the item's own narrowest category.

    Attributes:
        band: which items, by sales.
        items: how many items with a category were looked at.
        share: of what is shown, a mean over the items; None where there is none.
        possible: the same if nothing else came before the other items of the category, of which there may be few.
    """

    band: str
    items: int
    share: float | None
    possible: float | None


@dataclass(frozen=True)
class Completion:
    """Whether ``bought_together`` finds what was taken out of orders that the model has not seen.

    Attributes:
        orders: how many orders were completed.
        hit_rate: share of them in which the item is among the first ten.
        mean_length: of these lists, of at most ten; a list is short where little is bought together.
        empty_share: share of lists without an item.
    """

    orders: int
    hit_rate: float
    mean_length: float
    empty_share: float


@dataclass(frozen=True)
class Personal:
    """How personal the lists of a placement are; those of ``similar`` are of items, of ``bought_together`` of carts.

    Attributes:
        lists: how many lists' first ten were compared.
        distinct: how many items are in at least one of them.
        identical: largest number of lists that hold the same items in the same order; empty ones do not count.
        empty: how many have no item.
    """

    lists: int
    distinct: int
    identical: int
    empty: int

    @classmethod
    def of(cls, lists: Lists | Sequence[Sequence[int]]) -> "Personal":
        """Compare ``lists`` of item indices, best first; ``NO_ITEM`` fills short ones."""
        first = [tuple(item for item in map(int, row[:SHOWN]) if item != NO_ITEM) for row in lists]
        shown = [row for row in first if row]
        return cls(
            lists=len(first),
            distinct=len({item for row in shown for item in row}),
            identical=max(Counter(shown).values(), default=0),
            empty=len(first) - len(shown),
        )


@dataclass(frozen=True)
class Steady:
    """How much changes when the newest day of the orders is learned as well.

    Attributes:
        changed: by placement, the share of the first ten that changes for the average shopper.
        lines_share: share of the order lines that the day has.
    """

    changed: Mapping[str, float]
    lines_share: float


@dataclass(frozen=True)
class Merchandise:
    """What a merchandiser checks.

    Attributes:
        alternatives: by band of sales; empty without categories.
        completion: None where no order could be completed.
        variants: by placement, the share of lists with two variants of one product among the first ten, of which the
            shopper did not buy both.
        personal: by placement, how personal the lists are; ``trending`` is one list for everybody.
        reasons: by placement, whether the reasons hold.
        steady: None where it was not looked at, as in a run, whose lists are compared with those of the live version.
        cold_start: whether items that no model saw find their buyers; None where that cannot be measured.
        audiences: whether those who are most likely to buy an item do; None where that was not learned.
    """

    alternatives: tuple[AlternativesInBand, ...]
    completion: Completion | None
    variants: Mapping[str, float]
    personal: Mapping[str, Personal] = field(default_factory=dict)
    reasons: Mapping[str, ReasonCheck] = field(default_factory=dict)
    steady: Steady | None = None
    cold_start: ColdStartCheck | None = None
    audiences: AudienceCheck | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return everything in plain dictionaries."""
        return {
            "alternatives_in_own_category": {
                one.band: {"items": one.items, "share": one.share, "possible": one.possible}
                for one in self.alternatives
            },
            "basket_completion": None if self.completion is None else asdict(self.completion),
            "lists_with_two_variants": dict(self.variants),
            "personal": {name: asdict(one) for name, one in self.personal.items()},
            "reasons_that_hold": {
                name: asdict(one) | {"share": one.share} for name, one in self.reasons.items()
            },
            "changed_by_one_day": None if self.steady is None else asdict(self.steady),
            "cold_start_items": None if self.cold_start is None else self.cold_start.as_dict(),
            "audiences": None if self.audiences is None else self.audiences.as_dict(),
        }


def examine_lists(
    model: Model,
    ranks: NDArray[np.int64],
    personal: Mapping[Placement, Lists],
    held_back: pl.DataFrame | None,
    users: Mapping[Placement, Sequence[str]] | None = None,
) -> Merchandise:
    """Look at the lists of ``model``, made by the code that serves.

    Args:
        model: what is measured.
        ranks: int64, shape (n_items,): sales rank of each of its items; 1 sells best.
        personal: lists of users that were made already, as item indices.
        held_back: order lines that the model has not seen; None where none are at hand.
        users: whose lists those of ``personal`` are; the reasons of the first ``CHECKED_USERS`` are checked.
    """
    recommender = Recommender(model)
    with threadpool_limits(1, "blas"):
        similar = {band: _similar_in(recommender, ranks, *ends) for band, ends in BANDS.items()}
        carts = [] if held_back is None else list(_carts(model, held_back))
        reasons = {
            placement.value: check_reasons(recommender, placement, user_ids[:CHECKED_USERS])
            for placement, user_ids in (users or {}).items()
        }
        completed = [_shown(recommender, Placement.BOUGHT_TOGETHER, cart) for cart, _ in carts]
        alike = [row for lists in similar.values() for row in lists.values()]
        again = _bought_again(recommender, (users or {}).get(Placement.FOR_YOU, ())[:MAX_USERS])
    compared: dict[Placement, Lists | list[list[int]]] = {
        **{placement: lists[:MAX_USERS] for placement, lists in personal.items()},
        Placement.BUY_AGAIN: again,
        Placement.SIMILAR: alike,
        Placement.BOUGHT_TOGETHER: completed,
    }
    return Merchandise(
        tuple(_in_band(model, band, lists) for band, lists in similar.items())
        if len(model.categories)
        else (),
        _completion(carts, completed),
        {
            **{
                placement.value: _share_with_two(model, lists, (users or {}).get(placement))
                for placement, lists in personal.items()
            },
            Placement.SIMILAR.value: _share_with_two(model, alike),
            Placement.BOUGHT_TOGETHER.value: _share_with_two(model, completed),
        },
        {placement.value: Personal.of(lists) for placement, lists in compared.items() if len(lists)},
        reasons,
    )


def _similar_in(
    recommender: Recommender, ranks: NDArray[np.int64], start: int, end: int | None
) -> dict[int, list[int]]:
    """Return the first ten of ``similar`` of some items of a band, by item."""
    band = np.argsort(ranks, kind="stable")[start:end]
    some = band[:: max(-(-len(band) // MAX_ITEMS), 1)].tolist()
    return {item: _shown(recommender, Placement.SIMILAR, [item]) for item in some}


def _bought_again(recommender: Recommender, user_ids: Sequence[str]) -> list[list[int]]:
    known = recommender.model.items
    queries = (Query(Placement.BUY_AGAIN, SHOWN, user_id) for user_id in user_ids)
    return [known.indices_of(recommender.item_ids(query)) for query in queries]


def _shown(recommender: Recommender, placement: Placement, items: Sequence[int]) -> list[int]:
    known = recommender.model.items
    ids = tuple(known.id_of(item) for item in items)
    return known.indices_of(recommender.item_ids(Query(placement, SHOWN, item_ids=ids)))


def _in_band(model: Model, band: str, lists: Mapping[int, Sequence[int]]) -> AlternativesInBand:
    shares, possible = [], []
    for item, shown in lists.items():
        own = _narrowest(model, item)
        if own and shown:
            of_own = [bool(own.intersection(model.item_categories.row(other)[0].tolist())) for other in shown]
            shares.append(float(np.mean(of_own)))
            others = np.unique(np.concatenate([model.category_items.row(one)[0] for one in own])).size - 1
            possible.append(min(others / len(shown), 1.0))
    return AlternativesInBand(band, len(shares), _mean(shares), _mean(possible))


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _narrowest(model: Model, item: int) -> frozenset[int]:
    categories = model.item_categories.row(item)[0]
    levels = model.category_levels[categories]
    return frozenset(categories[levels == levels.max(initial=0)].tolist())


def _carts(model: Model, lines: pl.DataFrame) -> Iterator[tuple[list[int], int]]:
    """Yield known items of orders but for one each, and that one; the same ones each time."""
    rng = np.random.default_rng(0)
    key = pl.concat_str(pl.col("user_id").fill_null(""), pl.lit("@"), order_key())
    orders = (
        lines.with_columns(key.alias("order"))
        .drop_nulls("order")
        .group_by("order", maintain_order=True)
        .agg(pl.col("item_id").unique(maintain_order=True))
    )
    orders = orders.filter(pl.col("item_id").list.len().is_between(FEWEST_ITEMS, MOST_ITEMS))
    places = np.sort(rng.permutation(orders.height)[:MAX_ORDERS])
    for item_ids in orders["item_id"].gather(places):
        items = model.items.indices_of(item_ids)
        if len(items) >= FEWEST_ITEMS:
            hidden = items.pop(int(rng.integers(len(items))))
            yield items, hidden


def _completion(
    carts: Sequence[tuple[Sequence[int], int]], shown: Sequence[Sequence[int]]
) -> Completion | None:
    if not carts:
        return None
    lengths = np.asarray([len(row) for row in shown])
    hits = [hidden in row for (_, hidden), row in zip(carts, shown, strict=True)]
    return Completion(len(carts), float(np.mean(hits)), float(lengths.mean()), float((lengths == 0).mean()))


def _share_with_two(
    model: Model, lists: Lists | Sequence[Sequence[int]], user_ids: Sequence[str] | None = None
) -> float:
    """Return the share of lists in whose first ten two items are variants of one product, not both bought before."""
    found = []
    for place, row in enumerate(lists):
        items = np.asarray(row[:SHOWN], dtype=np.int32)
        items = items[items != NO_ITEM]
        groups = model.variant_groups[items]
        user = None if user_ids is None else model.users.index_of(user_ids[place])
        own = np.isin(items, [] if user is None else model.history.row(user)[0])
        is_one = groups >= 0
        known = np.unique(groups[is_one & own])
        new = groups[is_one & ~own]
        found.append(len(np.unique(new)) < len(new) or bool(np.isin(new, known).any()))
    return float(np.mean(found)) if found else 0.0
