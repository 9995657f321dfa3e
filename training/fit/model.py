"""Everything a version holds, learned from one history."""

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import TextColumn, Vocabulary
from training.fit.als import fit_als
from training.fit.counts import Counts
from training.fit.forward import ALL, NEW, DatedPurchases, fit_audience, fit_forward
from training.fit.heads import fit_heads
from training.history.interactions import Interactions
from training.progress import Progress
from training.settings import TrainingSettings

NO_RANKER = "{}"

FloatTable = NDArray[np.float32]


def fit_model(
    counts: Counts, settings: TrainingSettings, progress: Progress, start: Model | None = None
) -> Model:
    """Learn everything but the rankers from one history; ALS goes on from the factors of ``start``."""
    interactions, user_items = counts.interactions, counts.user_items
    popularity, categories = counts.popularity, counts.categories
    confidence = settings.alpha * user_items.decayed
    first = None if start is None else _factors_from(start, interactions, settings.seed)
    with progress.step("Fit ALS", settings.iterations) as done:
        factors = fit_als(user_items.matrix(confidence), settings, done, first)
    with progress.step("Fit what comes next"):
        purchases = DatedPurchases.of(interactions)
        forward_all, forward_new = (fit_forward(purchases, factors, steps, settings) for steps in (ALL, NEW))
        audience = fit_audience(purchases, factors.users)
    tables = {
        "item_factors": factors.items,
        "audience": audience,
        "forward_all": forward_all,
        "forward_new": forward_new,
    }
    return Model(
        users=interactions.users,
        items=interactions.items,
        titles=TextColumn.of(_titles(interactions)),
        user_factors=factors.users,
        **tables,
        item_gramian=factors.item_gramian,
        user_orders=user_items.user_orders,
        history=SparseRows(user_items.indptr, user_items.items, confidence, user_items.n_items),
        history_recent=user_items.recent,
        history_orders=user_items.orders,
        history_age_days=user_items.age_days,
        history_first_age_days=user_items.first_age_days,
        history_orders_ago=user_items.orders_ago,
        history_first_orders_ago=user_items.first_orders_ago,
        history_quantity=user_items.quantity,
        history_last_quantity=user_items.last_quantity,
        similar=counts.similar,
        together=counts.together,
        popularity_windows_days=popularity.windows_days,
        popularity=np.asarray(popularity.orders),
        trending=popularity.trending,
        item_statistics=counts.statistics,
        categories=categories.names,
        category_levels=categories.levels,
        item_categories=categories.by_item,
        category_items=categories.by_category,
        ranker_all=NO_RANKER,
        ranker_new=NO_RANKER,
        heads=fit_heads(tables, factors.users, settings),
    )


def _factors_from(
    start: Model, interactions: Interactions, seed: int
) -> tuple[FloatTable | None, FloatTable]:
    """Return the factors that ``start`` has for these users and items; small random ones for the others.

    None for users of whom it does not know half: they are solved first, from the items.
    """
    rng = np.random.default_rng(seed)
    users = None
    if 2 * len(start.users) >= len(interactions.users):
        users = _rows_for(interactions.users, start.users, start.user_factors, rng)
    return users, _rows_for(interactions.items, start.items, start.item_factors, rng)


def _rows_for(
    wanted: Vocabulary, known: Vocabulary, table: FloatTable, rng: np.random.Generator
) -> FloatTable:
    rows: FloatTable = (rng.random((len(wanted), table.shape[1])) * 0.01).astype(np.float32)
    position = {id_: i for i, id_ in enumerate(known.ids)}
    found = np.asarray([position.get(id_, -1) for id_ in wanted.ids])
    rows[found >= 0] = table[found[found >= 0]]
    return rows


def _titles(interactions: Interactions) -> list[str]:
    """Return what the catalogue calls each item, or else the orders."""
    titles = zip(interactions.items.ids, interactions.titles, strict=True)
    return [interactions.catalogue.titles.get(item_id, title) for item_id, title in titles]
