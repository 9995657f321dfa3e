"""Everything a version holds, learned from one history."""

import numpy as np

from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import TextColumn
from training.fit import fit_als, fit_similar, fit_together
from training.forward import ALL, NEW, fit_audience, fit_forward
from training.heads import fit_heads
from training.interactions import Interactions, UserItems
from training.item_statistics import item_statistics
from training.popularity import Popularity
from training.progress import Progress
from training.settings import TrainingSettings

NO_RANKER = "{}"


def fit_model(interactions: Interactions, settings: TrainingSettings, progress: Progress) -> Model:
    """Learn everything but the rankers from ``interactions``."""
    user_items = UserItems.of(
        interactions,
        half_life_days=settings.half_life_days,
        recent_half_life_days=settings.recent_half_life_days,
    )
    confidence = settings.alpha * user_items.decayed
    with progress.step("Fit ALS", settings.iterations) as done:
        factors = fit_als(user_items.matrix(confidence), settings, done)
    with progress.step("Fit what comes next"):
        forward_all, forward_new = (
            fit_forward(interactions, factors, steps, settings) for steps in (ALL, NEW)
        )
        audience = fit_audience(interactions, factors.users)
    tables = {
        "item_factors": factors.items,
        "audience": audience,
        "forward_all": forward_all,
        "forward_new": forward_new,
    }
    with progress.step("Fit co-purchase neighbours"):
        similar = fit_similar(user_items.matrix(user_items.decayed), settings)
        together = fit_together(interactions.baskets(), settings)
    popularity = Popularity.of(interactions)
    return Model(
        users=interactions.users,
        items=interactions.items,
        titles=TextColumn.of(interactions.titles),
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
        similar=similar,
        together=together,
        popularity_windows_days=popularity.windows_days,
        popularity=np.asarray(popularity.orders),
        trending=popularity.trending,
        item_statistics=item_statistics(interactions, user_items),
        ranker_all=NO_RANKER,
        ranker_new=NO_RANKER,
        heads=fit_heads(tables, factors.users, settings),
    )
