"""Everything a version holds, learned from one history."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from recsvc.model.arrays import ITEM_TABLES
from recsvc.model.model import Model
from recsvc.model.vocabulary import TextColumn, Vocabulary
from training.fit.als import Factors, fit_als
from training.fit.alternatives import no_content_arrays
from training.fit.cold_start import cold_start_arrays, no_cold_start_arrays
from training.fit.counted import Arrays
from training.fit.counts import Counts
from training.fit.forward import forward
from training.fit.heads import fit_heads
from training.fit.item_content import titles_of
from training.fit.purchases import Purchases
from training.fit.user_neighbours import user_neighbours
from training.fit.variant_sharing import with_variants
from training.history.interactions import Interactions
from training.progress import Progress
from training.settings import TrainingSettings

NO_RANKER = "{}"

FROM_FACTORS: tuple[Callable[[Purchases, Factors, TrainingSettings], Arrays], ...] = (
    forward,
    user_neighbours,
)
"""What fits arrays from the factors: whoever adds such an array adds its file to this room and a line here."""

FloatTable = NDArray[np.float32]


def fit_model(
    counts: Counts,
    settings: TrainingSettings,
    progress: Progress,
    start: Model | None = None,
    content: Arrays | None = None,
) -> Model:
    """Learn everything but the rankers from one history; ALS goes on from the factors of ``start``.

    ``content``: see ``content_arrays``; None where nobody will ask for alternatives or items that were never sold.
    """
    interactions, user_items = counts.interactions, counts.user_items
    confidence = with_variants(user_items.matrix(settings.alpha * user_items.decayed), interactions)
    first = None if start is None else _factors_from(start, interactions, settings.seed)
    with progress.step("Fit ALS", settings.iterations) as done:
        factors = fit_als(confidence, settings, done, first)
    arrays = counts.arrays | factors.arrays() | (content or no_content_arrays(len(interactions.items)))
    with progress.step("Fit what comes next"):
        purchases = Purchases.of(interactions)
        for fit in FROM_FACTORS:
            arrays |= fit(purchases, factors, settings)
    if content is None:
        arrays |= no_cold_start_arrays(len(interactions.items), factors.items.shape[1])
    else:
        with progress.step("Fit what items are"):
            arrays |= cold_start_arrays(interactions, user_items, factors, settings)
    return assembled(interactions, arrays, factors, settings)


def assembled(
    interactions: Interactions, arrays: Arrays, factors: Factors, settings: TrainingSettings
) -> Model:
    """Return the model of these ``arrays``, without rankers; of the ``interactions`` only ids and titles count."""
    return Model(
        users=interactions.users,
        items=interactions.items,
        titles=TextColumn.of(titles_of(interactions)),
        **arrays,
        ranker_all=NO_RANKER,
        ranker_new=NO_RANKER,
        heads=fit_heads({table.name: arrays[table.name] for table in ITEM_TABLES}, factors.users, settings),
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
