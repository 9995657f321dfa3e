"""Whether audiences find who buys an item: beside simple answers, and beside what was promised of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recsvc.errors import ConflictError
from recsvc.model.model import Model
from recsvc.ranking.audience.audience import Audiences, size_for
from recsvc.ranking.audience.shoppers import Shoppers
from recsvc.ranking.audience.wanted import WantedItem
from recsvc.ranking.sources.sales import sales
from training.audience.panel import LATELY_DAYS, Panel, bought_next, drawn_items, hidden_panel, learned_panel
from training.history.catalogue import ShopCatalogue

N = 100
"""Audiences of so many shoppers are compared."""

ITEMS_A_KIND, LEAST_ITEMS = 60, 10
WISHED = (0.02, 0.05, 0.1, 0.2)
"""Precisions that are wished for."""

EDGES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Promised probabilities are told apart at these."""

RECSVC, ACTIVE, CATEGORY, ALS = "recsvc", "most active", "bought from the category", "ALS score"


@dataclass(frozen=True)
class Found:
    """How the audiences of one kind of items did.

    Attributes:
        kind: which items.
        items: how many.
        base_rate: share of all shoppers who could be in an audience and buy the item, a mean over items.
        precision: by what chose them, the share of ``N`` shoppers who buy it.
        promised: what recsvc promised of its own.
    """

    kind: str
    items: int
    base_rate: float
    precision: Mapping[str, float | None]
    promised: float

    def lift(self, name: str = RECSVC) -> float | None:
        """Return how many times as often they buy as any shopper."""
        precision = self.precision[name]
        return None if precision is None or self.base_rate <= 0 else precision / self.base_rate


@dataclass(frozen=True)
class Band:
    """Pairs of a shopper and an item with like promised probabilities.

    Attributes:
        pairs: how many there are.
        promised, bought: mean probability, and share who bought.
    """

    pairs: int
    promised: float
    bought: float


@dataclass(frozen=True)
class Sized:
    """Audiences that are as large as a wished precision lets them be.

    Attributes:
        wished: the precision.
        items: of so many items an audience is not empty.
        shoppers: in all these audiences.
        precision: the share who bought; None of nobody.
    """

    wished: float
    items: int
    shoppers: int
    precision: float | None


@dataclass(frozen=True)
class AudienceCheck:
    """What was found; ``bands`` and ``sized`` are of items that the model knows."""

    n: int
    horizon_days: float
    found: tuple[Found, ...]
    bands: tuple[Band, ...]
    sized: tuple[Sized, ...]

    @property
    def calibration_error(self) -> float:
        """The mean distance of what was promised and what was bought, over the shoppers of audiences of ``n``."""
        return float(np.mean([abs(one.promised - (one.precision[RECSVC] or 0)) for one in self.found]))

    def as_dict(self) -> dict[str, Any]:
        """Return everything in plain dictionaries."""
        lifts = {one.kind: one.lift() for one in self.found}
        return asdict(self) | {"lift": lifts, "calibration_error": self.calibration_error}


@dataclass(frozen=True, eq=False)
class _Ranked:
    """One item: who may be in its audience, and what each ranking says of them."""

    is_candidate: NDArray[np.bool_]
    bought: NDArray[np.bool_]
    probabilities: NDArray[np.float64]
    orders: Mapping[str, NDArray[np.floating[Any]] | None]

    def precision(self, name: str, n: int) -> float | None:
        order = self.orders[name]
        if order is None:
            return None
        places = np.flatnonzero(self.is_candidate)
        first = places[np.argsort(-order[places], kind="stable")[:n]]
        return float(self.bought[first].mean()) if len(first) else None


def check_audiences(
    model: Model,
    catalogue: ShopCatalogue,
    held_back: pl.DataFrame | None,
    seed: int = 0,
    n_items: int = ITEMS_A_KIND,
) -> AudienceCheck | None:
    """Look for the shoppers who buy some items in ``held_back``, which ``model`` has not seen.

    Of items that sell well (the first quarter by the sales of four weeks), of slow ones (the second half, what an
    overstock is), and of some that are hidden from the model, ``n_items`` of each. Return None where the model learned
    nothing of it.
    """
    if held_back is None or not model.audience:
        return None
    rng, buyers = np.random.default_rng(seed), bought_next(model, held_back)
    with threadpool_limits(1, "blas"):
        audiences = Audiences(Shoppers(model))
        known: list[_Ranked] = []
        found = []
        for kind, items in _kinds(model, n_items, rng).items():
            panel = Panel(audiences.shoppers, list(learned_panel(audiences.shoppers, items, buyers)))
            ranked = list(_ranked(audiences, panel))
            known += ranked
            found.append(_found(kind, ranked))
        hidden = drawn_items(model, n_items, rng)
        if len(model.content_features):
            cold = hidden_panel(model, hidden, buyers, catalogue, rng)
            found.append(_found("hidden", list(_ranked(Audiences(cold.shoppers), cold))))
        kept = tuple(one for one in found if one is not None)
        if not kept or audiences.likelihood is None:
            return None
        sized = tuple(_sized(wished, known) for wished in WISHED)
        return AudienceCheck(N, audiences.likelihood.horizon_days, kept, tuple(_bands(known)), sized)


def _kinds(model: Model, n: int, rng: np.random.Generator) -> dict[str, NDArray[np.int32]]:
    sold = np.flatnonzero(sales(model, LATELY_DAYS) > 0)
    order = sold[np.argsort(-sales(model, 28)[sold], kind="stable")]
    parts = {"selling": order[: len(order) // 4], "slow": order[len(order) // 2 :]}
    return {kind: np.sort(rng.permutation(part)[:n]).astype(np.int32) for kind, part in parts.items()}


def _ranked(audiences: Audiences, panel: Panel) -> Iterator[_Ranked]:
    shoppers = panel.shoppers
    for one in panel.items:
        try:
            chances = audiences.chances([one.wanted])
        except ConflictError:
            return  # there was too little to learn from of such items
        bought = np.zeros(len(shoppers), dtype=bool)
        bought[one.buyers] = True
        is_candidate = np.ones(len(shoppers), dtype=bool)
        if chances.owners_left_out[0]:
            is_candidate[one.owners.users] = False
        order = np.full(len(shoppers), -np.inf)
        best = chances.best_first()
        order[best] = -np.arange(len(best))
        recent = shoppers.recent.astype(np.float64)
        orders = {
            RECSVC: order,
            ACTIVE: recent,
            CATEGORY: _from_category(shoppers, one.wanted),
            ALS: shoppers.products(one.wanted.taste),
        }
        yield _Ranked(is_candidate, bought, np.where(is_candidate, chances.probabilities, 0), orders)


def _from_category(shoppers: Shoppers, wanted: WantedItem) -> NDArray[np.float64] | None:
    """Return how much each bought of the kind of late, then how much at all; None where no category is known."""
    if not wanted.is_of_kind.any():
        return None
    model = shoppers.model
    of_kind = shoppers.sums(wanted.is_of_kind[model.history.indices] * model.history_columns["recent"])
    return of_kind.astype(np.float64) + 1e-6 * shoppers.recent


def _found(kind: str, ranked: Sequence[_Ranked]) -> Found | None:
    if len(ranked) < LEAST_ITEMS:
        return None
    rates = [float(one.bought[one.is_candidate].mean()) for one in ranked if one.is_candidate.any()]
    precision = {}
    for name in (RECSVC, ACTIVE, CATEGORY, ALS):
        values = [value for one in ranked if (value := one.precision(name, N)) is not None]
        precision[name] = float(np.mean(values)) if values else None
    promised = [float(np.sort(one.probabilities)[::-1][:N].mean()) for one in ranked]
    return Found(kind, len(ranked), float(np.mean(rates)), precision, float(np.mean(promised)))


def _bands(ranked: Sequence[_Ranked]) -> Iterator[Band]:
    probabilities = np.concatenate([one.probabilities[one.is_candidate] for one in ranked])
    bought = np.concatenate([one.bought[one.is_candidate] for one in ranked])
    bands = np.digitize(probabilities, EDGES[1:-1])
    for band in range(len(EDGES) - 1):
        some = bands == band
        if some.any():
            yield Band(int(some.sum()), float(probabilities[some].mean()), float(bought[some].mean()))


def _sized(wished: float, ranked: Sequence[_Ranked]) -> Sized:
    n_items = n_shoppers = n_bought = 0
    for one in ranked:
        order = np.argsort(-one.probabilities, kind="stable")
        size = size_for(wished, one.probabilities[order])
        n_items += size > 0
        n_shoppers += size
        n_bought += int(one.bought[order[:size]].sum())
    return Sized(wished, n_items, n_shoppers, n_bought / n_shoppers if n_shoppers else None)


def in_words(check: AudienceCheck | None) -> str:
    """Return what was found, in a sentence."""
    if check is None:
        return (
            "Audiences do not apply: without dates, or from too few purchases, it is not learned who is most likely to "
            "buy an item."
        )
    said = "; ".join(
        f"{one.kind}: {one.precision[RECSVC]:.3f} (promised {one.promised:.3f}, any shopper {one.base_rate:.4f}, most "
        f"active {one.precision[ACTIVE]:.3f}, ALS {one.precision[ALS]:.3f})"
        for one in check.found
    )
    return (
        f"Of the {check.n} shoppers who are most likely to buy an item, this share does so within "
        f"{check.horizon_days:g} days: {said}."
    )
