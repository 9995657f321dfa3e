"""Gradient-boosted trees, learned by LightGBM from what users bought next."""

import math
from typing import Any

import lightgbm
import numpy as np

from recsvc.ranking.features import FEATURES
from training.history.sampling import with_fewer_trees
from training.ranker.examples import Examples
from training.ranker.fitted import Aim, FittedRanker
from training.settings import TrainingSettings

PLENTY_OF_POSITIVES = 50_000
"""With more than this, fewer trees that add more learn as much. Chosen on windows before those that are reported."""

WINDOW_WEIGHT = 0.93
"""What a window counts against the one after it. Chosen on windows before those that are reported."""

SMALL = {"num_leaves": 7, "min_data_in_leaf": 200}
"""Trees for histories of which large ones would learn the noise."""

PARAMETERS = {
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "deterministic": True,
    "force_col_wise": True,
    "verbose": -1,
}
"""Chosen on windows before those that are reported."""

KINDS: dict[str, dict[str, Any]] = {"small trees": SMALL, "trees": {}}
"""Trees that are learned, the simpler first: the next one has to be clearly better."""


def fit_trees(
    windows: list[Examples],
    settings: TrainingSettings,
    ranker: FittedRanker,
    aim: Aim,
    share: float = 1,
) -> str:
    """Return a LightGBM model as text, learned from ``windows``, newest first, without most of what was not bought.

    Args:
        windows: what to learn from.
        settings: of the trees, seed and threads.
        ranker: of which kind.
        aim: what it is learned for.
        share: of the trees, so many are learned, the first ones.
    """
    thinned = [part.thinned(settings.seed, settings.negatives_share) for part in windows]
    weights = [np.full(len(part.bought), WINDOW_WEIGHT**i) for i, part in enumerate(thinned)]
    examples = Examples.together(thinned)
    if examples.bought.sum() > PLENTY_OF_POSITIVES:
        settings = with_fewer_trees(settings)
    data = lightgbm.Dataset(
        examples.features,
        examples.bought.astype(np.int8),
        weight=np.concatenate(weights),
        group=examples.groups,
        feature_name=list(FEATURES),
    )
    own = {
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "seed": settings.seed,
        "num_threads": settings.threads,
    }
    # Parameters of a kind of trees win over the settings: small ones stay small.
    parameters = {**PARAMETERS, **own, **KINDS[ranker.kind], "objective": aim.objective}
    n_trees = math.ceil(share * settings.trees)
    text: str = lightgbm.train(parameters, data, n_trees).model_to_string()
    return text
