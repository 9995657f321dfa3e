"""Which items a list may be made of: the best of each source, scored by all of them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.ranking.candidates import (
    MAX_MORE,
    MAX_OWN_ITEMS,
    PER_SOURCE,
    SALES_DAYS,
    SOURCES,
    Candidates,
    Shopper,
    sales,
)
from recsvc.ranking.categories import category_shares
from recsvc.ranking.query import History, Source
from recsvc.ranking.scores import DenseScores, HeadScores, Scores, SharedScores, SparseScores, best_positions
from recsvc.ranking.subset import Subset

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
        return scored(np.unique(np.concatenate([*proposed.values(), also])), scores)

    def proposed(
        self, shopper: Shopper, scores: Mapping[str, Scores], *, repeats: bool
    ) -> dict[str, NDArray[np.int32]]:
        """Return what each source proposes; with ``repeats`` the shopper's own items too, as ``repurchase``."""
        history = shopper.history.bought()
        hidden = np.union1d(shopper.hidden, NOTHING if repeats else history.items)
        proposed = {
            source: _best(scores[source], n, hidden, shopper.allowed) for source, n in PER_SOURCE.items()
        }
        if repeats:
            proposed[Source.REPURCHASE] = np.setdiff1d(_own_items(history, shopper.allowed), hidden)
        return proposed

    def scores(self, shopper: Shopper) -> dict[str, Scores]:
        """Return what each source thinks of the items."""
        history = shopper.history
        return {
            **self._taste(shopper),
            **self._neighbours(history),
            **self._sales,
            "category": self._category(history),
        }

    def _taste(self, shopper: Shopper) -> dict[str, Scores]:
        """Return the products of the item tables with the shopper's taste; nothing for someone without one."""
        model = self._model
        taste = shopper.taste_in(model)
        if taste is None:
            nothing = SparseScores(NOTHING, np.empty(0, np.float32))
            return dict.fromkeys(("als", "forward_all", "forward_new", "audience"), nothing)
        unit = taste / max(float(np.linalg.norm(taste)), 1e-9)
        with_one = np.append(unit, np.float32(1))
        return {
            "als": self._product("item_factors", taste),
            "forward_all": self._product("forward_all", with_one),
            "forward_new": self._product("forward_new", with_one),
            "audience": self._product("audience", unit),
        }

    def _product(self, name: str, query: NDArray[np.float32]) -> Scores:
        table, head = getattr(self._model, name), self._model.heads.get(name)
        return DenseScores(table @ query) if head is None else HeadScores(head, table, query)

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
    place = np.minimum(np.searchsorted(hidden, best), len(hidden) - 1)
    shown: NDArray[np.int32] = best[hidden[place] != best]
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
