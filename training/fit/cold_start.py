"""What the features of items say of who buys them, so that items that were never sold find their shoppers.

A linear map leads from features to the factors of the items that were sold: Gantner et al., Learning
Attribute-to-Feature Mappings for Cold-Start Recommendations (ICDM 2010). Beside it counts how much of what a shopper
bought has the same features. How the two are weighed is learned by hiding some items that sell well.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsvc.model.content import OF_TEXT, features_of
from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import Vocabulary
from recsvc.ranking.content_map import weighted_rows
from recsvc.ranking.sources.cold_start import content_evidence
from training.fit.als import Factors, fold_in, unit_rows
from training.fit.counted import Arrays
from training.fit.item_content import titles_of
from training.history.interactions import Interactions
from training.history.user_items import UserItems
from training.settings import TrainingSettings

MAX_FEATURES = 20_000
"""At most so many features are learned: those of most items."""

SHARE_OF_TEXT = 0.2
"""How much a word counts that is neither of a title nor of a category: many are sizes, or names of makers."""

FEWEST_ITEMS = 2
"""A feature of fewer items says nothing of others."""

MAX_ITEMS = 200_000
"""The map is learned from at most so many items: those with the most buyers."""

MOST_BUYERS, TEN_BUYERS, REGULARIZATION = 50.0, 10.0, 5.0
"""An item counts by its buyers, at most so many; ten of them count one. The regularization is that of the map."""

STEPS = 15
"""Steps of conjugate gradients."""

TASTES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""What the foretold taste may count."""

LEVEL = 0.97
"""What is bought so often as with the best counts as level with it; of those that are, the taste counts least."""

USUAL_TASTE = 0.5
"""What it counts where nothing can be tried."""

MAX_HIDDEN, MAX_USERS, PANELS, PANEL = 600, 1_500, 40, 60
"""So many items are hidden and users asked; each panel is of so many of the items."""

LEAST_HIDDEN, LEAST_BUYERS, SOLD_SHARE = 20, 5, 0.2
"""Items are hidden of this share that sells best, which have so many buyers; nothing is tried with fewer of them."""


@dataclass(frozen=True, eq=False)
class _Content:
    """The features of items: their names, rarity, and rows of length 1, shape (n_items, n_content)."""

    features: Vocabulary
    rarity: NDArray[np.float32]
    rows: SparseRows

    @property
    def matrix(self) -> sparse.csr_matrix:
        """The rows."""
        shape = (len(self.rows), self.rows.n_columns)
        return sparse.csr_matrix((self.rows.values, self.rows.indices, self.rows.indptr), shape=shape)


@dataclass(frozen=True, eq=False)
class SoldItems:
    """What the histories of all users say of each item, and of users.

    Attributes:
        n_buyers: int64, shape (n_items,).
        weights: float64, shape (n_items,): how much the purchases say, summed up.
        direction: float32, shape (n_factors,): the mean direction of the factors of a user.
    """

    n_buyers: NDArray[np.int64]
    weights: NDArray[np.float64]
    direction: NDArray[np.float32]

    @classmethod
    def of(cls, bought: sparse.csr_matrix, users: NDArray[np.float32]) -> "SoldItems":
        """Sum them up; ``bought``: shape (n_users, n_items), ``users``: float32, shape (n_users, n_factors)."""
        return cls(
            np.bincount(bought.indices, minlength=bought.shape[1]).astype(np.int64),
            np.asarray(bought.sum(axis=0), dtype=np.float64).ravel(),
            unit_rows(users).mean(axis=0),
        )


def cold_start_arrays(
    interactions: Interactions,
    user_items: UserItems,
    factors: Factors,
    settings: TrainingSettings,
    sold: SoldItems | None = None,
) -> Arrays:
    """Return the arrays of ``Model`` that say whom items suit by what they are.

    ``user_items`` may be those of a random part of the users, where ``sold`` is of all of them.
    """
    content = _content_of(interactions)
    weights, confidence = how_much_it_says(user_items), settings.alpha * user_items.decayed
    bought = user_items.matrix(weights)
    sold = sold or SoldItems.of(bought, factors.users)
    purchases = _Purchases(bought, user_items.matrix(confidence), content.matrix, factors, sold)
    nothing = np.empty(0, dtype=np.intp)
    table = purchases.map_without(nothing)
    mean = purchases.mean_taste(table)
    return {
        "content_features": content.features,
        "content_rarity": content.rarity,
        "content_factors": table,
        "content_sold": purchases.sold_without(nothing),
        "item_content": content.rows,
        "cold_start_weights": np.asarray([_chosen_taste(purchases, settings), mean], dtype=np.float32),
    }


def how_much_it_says(user_items: UserItems) -> NDArray[np.float32]:
    """Return how much each entry of the histories says; float32, shape (nnz,)."""
    return np.asarray(np.log1p(user_items.orders), dtype=np.float32)


def without_items(model: Model, hidden: NDArray[np.int32]) -> Model:
    """Return ``model`` as if nothing were known of the items ``hidden`` where cold-start items are ranked.

    The factors of users are those of all purchases still: they have to be folded in again.
    """
    shape = (model.n_users, model.n_items)
    history, content = model.history, model.item_content
    weights = np.log1p(model.history_columns["orders"])
    bought = sparse.csr_matrix((weights, history.indices, history.indptr), shape=shape)
    rows = sparse.csr_matrix(
        (content.values, content.indices, content.indptr), shape=(model.n_items, content.n_columns)
    )
    known = Factors(model.user_factors, model.item_factors, model.item_gramian)
    sold = SoldItems.of(bought, known.users)
    purchases, places = _Purchases(bought, bought, rows, known, sold), hidden.astype(np.intp)
    factors = model.item_factors.copy()
    factors[places] = 0
    lost = model.item_factors[places]
    return replace(
        model,
        item_factors=factors,
        item_gramian=(model.item_gramian - lost.T @ lost).astype(np.float32),
        content_factors=purchases.map_without(places),
        content_sold=purchases.sold_without(places),
        heads={},
    )


def no_cold_start_arrays(n_items: int, n_factors: int) -> Arrays:
    """Return the same arrays where nobody will ask for items that were never sold."""
    nothing = np.empty(0, dtype=np.float32)
    return {
        "content_features": Vocabulary.of([]),
        "content_rarity": nothing,
        "content_factors": np.empty((0, n_factors), dtype=np.float32),
        "content_sold": nothing,
        "item_content": weighted_rows([()] * n_items, nothing),
        "cold_start_weights": np.asarray([USUAL_TASTE, 0], dtype=np.float32),
    }


def _content_of(interactions: Interactions) -> _Content:
    shop, titles = interactions.catalogue, titles_of(interactions)
    same: dict[str, str] = {}  # of equal features one is held: a large catalogue has very many
    found = [
        tuple(
            same.setdefault(feature, feature)
            for feature in features_of(title, shop.categories.get(item_id, ()), shop.texts.get(item_id, ""))
        )
        for item_id, title in zip(interactions.items.ids, titles, strict=True)
    ]
    n_items = Counter(feature for of_item in found for feature in of_item)
    wanted = sorted((feature for feature, n in n_items.items() if n >= FEWEST_ITEMS), key=str.encode)
    kept = sorted(wanted, key=lambda feature: -n_items[feature])[:MAX_FEATURES]
    features = Vocabulary.of(kept)
    names = list(features.ids)
    columns = {feature: column for column, feature in enumerate(names)}
    n_with = np.asarray([n_items[feature] for feature in names], dtype=np.float64)
    share = np.where([feature.startswith(OF_TEXT) for feature in names], SHARE_OF_TEXT, 1.0)
    rarity = (share * (np.log((1 + len(found)) / (1 + n_with)) + 1)).astype(np.float32)
    known = [[columns[feature] for feature in of_item if feature in columns] for of_item in found]
    return _Content(features, rarity, weighted_rows(known, rarity))


class _Purchases:
    """Who bought what, as if some of the items had never been sold.

    Args:
        bought: shape (n_users, n_items): how much each purchase says.
        confidence: the same as ALS weighs it.
        content: shape (n_items, n_content).
        factors: what ALS learned.
        sold: what all users bought.
    """

    def __init__(
        self,
        bought: sparse.csr_matrix,
        confidence: sparse.csr_matrix,
        content: sparse.csr_matrix,
        factors: Factors,
        sold: SoldItems,
    ) -> None:
        self.bought, self.confidence, self.content, self.factors = bought, confidence, content, factors
        self.sold, self.n_buyers = sold, sold.n_buyers

    def map_without(self, hidden: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the map from features to factors; float32, shape (n_content, n_factors)."""
        n_buyers = self.n_buyers.astype(np.float64)
        n_buyers[hidden] = 0
        some = np.sort(np.argsort(-n_buyers, kind="stable")[:MAX_ITEMS])
        weights = np.minimum(n_buyers[some], MOST_BUYERS) / TEN_BUYERS
        return _ridge(self.content[some], self.factors.items[some], weights)

    def mean_taste(self, table: NDArray[np.float32]) -> float:
        """Return the mean product of the direction of a user's factors with what ``table`` makes of an item."""
        return float(self.sold.direction @ (self.content @ table).mean(axis=0))

    def sold_without(self, hidden: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the mean features of all purchases; float32, shape (n_content,)."""
        by_item = self.sold.weights.copy()
        by_item[hidden] = 0
        return np.asarray(self.content.T @ by_item / max(by_item.sum(), 1e-9), dtype=np.float32)


def _ridge(
    rows: sparse.csr_matrix, wanted: NDArray[np.float32], weights: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return the ridge regression of ``wanted`` on ``rows``, each with its weight, by conjugate gradients."""
    weighted = sparse.csr_matrix(sparse.diags(weights) @ rows)
    solution = np.zeros((rows.shape[1], wanted.shape[1]))
    residual = np.asarray(weighted.T @ wanted.astype(np.float64))
    direction, length = residual.copy(), (residual**2).sum(axis=0)
    for _ in range(STEPS):
        image = weighted.T @ (rows @ direction) + REGULARIZATION * direction
        step = length / np.maximum((direction * image).sum(axis=0), 1e-30)
        solution += step * direction
        residual -= step * image
        before, length = length, (residual**2).sum(axis=0)
        direction = residual + length / np.maximum(before, 1e-30) * direction
    return solution.astype(np.float32)


def _chosen_taste(purchases: _Purchases, settings: TrainingSettings) -> float:
    """Return the least that the foretold taste may count so that the first of some hidden items is bought oftenest."""
    rng = np.random.default_rng(settings.seed)
    hidden = _hidden(purchases, rng)
    if len(hidden) < LEAST_HIDDEN:
        return USUAL_TASTE
    of_hidden = sparse.csr_matrix(purchases.bought[:, hidden])
    users = np.flatnonzero(np.diff(of_hidden.indptr))
    users = np.sort(rng.permutation(users)[:MAX_USERS])
    will = of_hidden[users].toarray() > 0
    rest = np.ones(purchases.bought.shape[1])
    rest[hidden] = 0
    items = purchases.factors.items * rest.astype(np.float32)[:, np.newaxis]
    bought = sparse.csr_matrix(purchases.bought[users] @ sparse.diags(rest))
    known = sparse.csr_matrix(purchases.confidence[users] @ sparse.diags(rest), dtype=np.float32)
    known.eliminate_zeros()
    rows = purchases.content[hidden]
    table, sold = purchases.map_without(hidden), purchases.sold_without(hidden)
    mean = purchases.mean_taste(table)
    alike = np.asarray(((bought @ purchases.content) @ rows.T).todense(), dtype=np.float32)
    total = np.asarray(bought.sum(axis=1), dtype=np.float32)
    product = unit_rows(fold_in(known, items, settings)) @ (rows @ table).T
    panels = [rng.permutation(len(hidden))[:PANEL] for _ in range(PANELS)]
    hits = [
        _hits(content_evidence(alike, rows @ sold, total, product, (taste, mean)), will, panels)
        for taste in TASTES
    ]
    return next(taste for taste, of_taste in zip(TASTES, hits, strict=True) if of_taste >= LEVEL * max(hits))


def _hidden(purchases: _Purchases, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw a quarter of the items that sell best and of which something is known; intp, ascending."""
    is_known = np.diff(purchases.content.indptr) > 0
    n_buyers = np.where(is_known, purchases.n_buyers, 0)
    best = np.argsort(-n_buyers, kind="stable")[: max(int(SOLD_SHARE * len(n_buyers)), 4 * PANEL)]
    pool = best[n_buyers[best] >= LEAST_BUYERS]
    return np.sort(rng.permutation(pool)[: min(len(pool) // 4, MAX_HIDDEN)])


def _hits(scores: NDArray[np.float32], will: NDArray[np.bool_], panels: Sequence[NDArray[np.intp]]) -> float:
    """Return how many times as often as any item of a panel the first-ranked one was bought, a mean over panels."""
    found = []
    for panel in panels:
        bought = will[:, panel]
        buys = bought.any(axis=1)
        first = scores[:, panel][buys].argmax(axis=1)
        found.append(
            bought[buys][np.arange(len(first)), first].mean() / bought[buys].mean() if len(first) else 0
        )
    return float(np.mean(found))
