"""Which items a list may be made of: the best of each source, scored by all of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import ALL_TIME, Model
from recsvc.model.sparse import SparseRows
from recsvc.ranking.categories import category_shares
from recsvc.ranking.query import History, Source
from recsvc.ranking.scores import (
    DenseScores,
    HeadScores,
    Scores,
    SharedScores,
    SparseScores,
    Subset,
    among,
    best_positions,
    distinct,
)

PER_SOURCE = {
    "als": 80,
    "forward_all": 80,
    "forward_new": 80,
    "audience": 60,
    "similar": 60,
    "similar_recent": 60,
    "similar_even": 60,
    "together": 50,
    "week_sales": 40,
    "month_sales": 50,
    "all_sales": 30,
    "category": 40,
}
"""How many items each source proposes."""

MAX_MORE = 100
"""Where items must not be shown, a source proposes as many more as these keep it from, at most so many."""

MAX_OWN_ITEMS = 300
"""At most so many of the shopper's own items are candidates, the most and most recently bought."""

SOURCES = tuple(PER_SOURCE)

SALES_DAYS = {"week_sales": 7, "month_sales": 28, "all_sales": ALL_TIME}
"""Sources that are the sales of so many days."""


@dataclass(frozen=True, eq=False)
class Shopper:
    """Whom a list is for.

    Attributes:
        user_index: None for someone the model does not know.
        history: what the shopper bought, and showed interest in.
        hidden: int32, shape (n,): items that must not be shown.
        taste: float32, shape (n_factors,): folded in; None where the factors of the model still hold.
        allowed: the items that may be shown, hidden ones among them; None: all.
        looked_at: int32, shape (n,): newcomers that they look at, where nothing is known but that.
    """

    user_index: int | None
    history: History
    hidden: NDArray[np.int32]
    taste: NDArray[np.float32] | None = None
    allowed: Subset | None = None
    looked_at: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))

    def taste_in(self, model: Model) -> NDArray[np.float32] | None:
        """Return the shopper's factors; None for someone of whom nothing is known."""
        if self.taste is None and self.user_index is not None:
            return np.asarray(model.user_factors[self.user_index])
        return self.taste

    def may_see(self, items: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which of ``items`` may be shown; bool, shape (n,)."""
        shown = ~np.isin(items, self.hidden)
        return shown if self.allowed is None else shown & self.allowed.whole[items]


@dataclass(frozen=True, eq=False)
class Candidates:
    """Items that some source proposes, with the scores of all sources.

    Attributes:
        items: int32, shape (n,): distinct item indices, ascending.
        scores: float32, shape (n, len(SOURCES)).
    """

    items: NDArray[np.int32]
    scores: NDArray[np.float32]


def sales(model: Model, days: int) -> NDArray[np.float32]:
    """Return orders with each item in the last ``days``; float32, shape (n_items,).

    Ever, where the history is undated or too short for such a window.
    """
    return np.asarray(model.popularity[_window(model, days)])


def mean_sales(model: Model, days: int) -> np.float32:
    """Return the mean of ``sales`` over the catalogue."""
    return np.float32(model.mean_popularity[_window(model, days)])


def _window(model: Model, days: int) -> int:
    windows: list[int] = model.popularity_windows_days.tolist()
    return windows.index(days) if days in windows else 0


TABLES = {
    "als": "item_factors",
    "forward_all": "forward_all",
    "forward_new": "forward_new",
    "audience": "audience",
}
"""Sources that are products of an item table with the shopper's taste."""

SHOPPERS_AT_ONCE = 64
"""The item tables are multiplied with the tastes of so many."""

NOTHING = np.empty(0, dtype=np.int32)


class Proposer:
    """Proposes candidates from one model; made once, used by all threads."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._sales = {source: SharedScores(sales(model, days)) for source, days in SALES_DAYS.items()}

    def propose(self, shopper: Shopper, also: NDArray[np.int32] = NOTHING, *, repeats: bool) -> Candidates:
        """Return the best of each source, and ``also``; with ``repeats`` the shopper's own items too, else none."""
        scores = self.scores(shopper)
        proposed = self.proposed(shopper, scores, repeats=repeats)
        return scored(distinct(np.concatenate([*proposed.values(), also])), scores)

    def proposed(
        self, shopper: Shopper, scores: Mapping[str, Scores], *, repeats: bool
    ) -> dict[str, NDArray[np.int32]]:
        """Return what each source proposes; with ``repeats`` the shopper's own items too, as ``repurchase``."""
        history = shopper.history.bought()
        hidden = distinct(np.concatenate([shopper.hidden, NOTHING if repeats else history.items]))
        proposed = {
            source: _best(scores[source], n, hidden, shopper.allowed) for source, n in PER_SOURCE.items()
        }
        if repeats:
            own = _own_items(history, shopper.allowed)
            proposed[Source.REPURCHASE] = own[~among(own, hidden)]
        return proposed

    def scores(self, shopper: Shopper) -> Mapping[str, Scores]:
        """Return what each source thinks of the items."""
        return self._scores(shopper, _queries(shopper.taste_in(self._model)), {})

    def scores_of_all(self, shoppers: Sequence[Shopper]) -> Iterator[dict[str, Scores]]:
        """Yield the ``scores`` of each of ``shoppers``, who all have a taste; faster than one by one."""
        for start in range(0, len(shoppers), SHOPPERS_AT_ONCE):
            yield from self._scores_of_some(shoppers[start : start + SHOPPERS_AT_ONCE])

    def _scores_of_some(self, shoppers: Sequence[Shopper]) -> Iterator[dict[str, Scores]]:
        queries = [_queries(shopper.taste_in(self._model)) for shopper in shoppers]
        of_heads = {
            name: np.stack([query[name] for query in queries]) @ head.rows.T
            for name, head in self._model.heads.items()
        }
        for i, shopper in enumerate(shoppers):
            yield self._scores(shopper, queries[i], {name: rows[i] for name, rows in of_heads.items()})

    def _scores(
        self,
        shopper: Shopper,
        queries: Mapping[str, NDArray[np.float32]],
        of_heads: Mapping[str, NDArray[np.float32]],
    ) -> dict[str, Scores]:
        history = shopper.history
        return {
            **self._taste(queries, of_heads),
            **self._neighbours(history),
            **self._sales,
            "category": self._category(history),
        }

    def _taste(
        self, queries: Mapping[str, NDArray[np.float32]], of_heads: Mapping[str, NDArray[np.float32]]
    ) -> dict[str, Scores]:
        """Return the products of the item tables with ``queries``; nothing for someone without a taste."""
        nothing = SparseScores(NOTHING, np.empty(0, np.float32))
        return {
            source: self._product(table, queries[table], of_heads.get(table)) if queries else nothing
            for source, table in TABLES.items()
        }

    def _product(self, name: str, query: NDArray[np.float32], of_head: NDArray[np.float32] | None) -> Scores:
        table, head = getattr(self._model, name), self._model.heads.get(name)
        return DenseScores(table @ query) if head is None else HeadScores(head, table, query, of_head)

    def _neighbours(self, history: History) -> dict[str, Scores]:
        model, confidence = self._model, history.confidence
        weights = np.stack([confidence, history.recent, history.even])
        similar, recent, even = _sums(model.similar, history.items, weights)
        (together,) = _sums(model.together, history.items, history.shares[np.newaxis])
        return {"similar": similar, "similar_recent": recent, "similar_even": even, "together": together}

    def _category(self, history: History) -> Scores:
        """Return the shopper's share in each category times the item's, summed."""
        shares = category_shares(self._model, history)
        bought = np.flatnonzero(shares).astype(np.int32)
        return _sums(self._model.category_items, bought, shares[np.newaxis, bought])[0]


def _queries(taste: NDArray[np.float32] | None) -> dict[str, NDArray[np.float32]]:
    """Return what each item table is multiplied with; empty for someone without a taste."""
    if taste is None:
        return {}
    unit = taste / max(float(np.linalg.norm(taste)), 1e-9)
    with_one = np.append(unit, np.float32(1))
    return {"item_factors": taste, "forward_all": with_one, "forward_new": with_one, "audience": unit}


def scored(items: NDArray[np.int32], scores: Mapping[str, Scores]) -> Candidates:
    """Return ``items``, distinct and ascending, int32, shape (n,), with what each source thinks of them."""
    return Candidates(items, np.stack([scores[source].of(items) for source in SOURCES], axis=1))


def _sums(
    neighbours: SparseRows, items: NDArray[np.int32], weights: NDArray[np.float32]
) -> tuple[SparseScores, ...]:
    """Return the sum of the neighbours of ``items``, once for each row of ``weights``, shape (n_sums, n_items)."""
    found, sums = neighbours.weighted_sums(items, weights)
    return tuple(SparseScores(found, row) for row in sums)


def _best(scores: Scores, n: int, hidden: NDArray[np.int32], allowed: Subset | None) -> NDArray[np.int32]:
    """Return those of the best ``n + len(hidden)`` items that are not hidden, at most ``n + MAX_MORE`` of them.

    ``hidden``: int32, shape (n_hidden,): distinct and ascending.
    """
    if not len(hidden):
        return scores.best(n, allowed)
    best = np.sort(scores.best(n + len(hidden), allowed))
    shown: NDArray[np.int32] = best[~among(best, hidden)]
    if len(shown) <= n + MAX_MORE:
        return shown
    return shown[best_positions(scores.of(shown), n + MAX_MORE)]


def _own_items(history: History, allowed: Subset | None) -> NDArray[np.int32]:
    """Return the shopper's own items, the most and most recently bought ones where there are very many."""
    if allowed is not None:
        history = history.at(np.flatnonzero(allowed.mask[history.items]))
    order = np.argsort(-own_scores(history), kind="stable")[:MAX_OWN_ITEMS]
    return history.items[order]


def own_scores(history: History) -> NDArray[np.float32]:
    """Return by what the shopper's own items are put in order: how lately, then how often; float32, shape (n,)."""
    return np.asarray(history.recent + 0.01 * history.orders, dtype=np.float32)
