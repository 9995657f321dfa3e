"""Candidates and their features -> scores: a LightGBM model, or a blend where there was too little to learn from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import lightgbm
import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.ranking.features import FEATURES

DEFAULT_BLEND: Mapping[str, float] = {"als": 1.0, "similar": 1.0, "own_confidence": 1.0, "month_sales": 0.1}
"""What ranks where nothing was learned: taste, what goes with it, habit, and a little of what sells."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """What a score is the sum of.

    Attributes:
        base: what every row gets.
        of_features: float64, shape (len(FEATURES),): what each feature adds.
    """

    base: float
    of_features: NDArray[np.float64]


class Ranker(Protocol):
    """Scores candidates from their features."""

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one score a row; float32, shape (n,), larger is better."""

    def contributions(self, features: NDArray[np.float32], row: int) -> Contributions:
        """Return what each feature adds to the score of ``row``: the sum is its score."""


class Blend:
    """A weighted sum of features, each scaled to at most 1 within the list."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        unknown = set(weights) - set(FEATURES)
        if unknown:
            raise DamagedModelError(
                f"a blend weighs features that do not exist: {', '.join(sorted(unknown))}"
            )
        self._columns = [FEATURES.index(name) for name in weights]
        self._weights = np.asarray(list(weights.values()), dtype=np.float32)

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the weighted sum."""
        return np.asarray(self._scaled(features) @ self._weights, dtype=np.float32)

    def contributions(self, features: NDArray[np.float32], row: int) -> Contributions:
        """Return the terms of the sum."""
        of_features = np.zeros(len(FEATURES))
        of_features[self._columns] = self._scaled(features)[row] * self._weights
        return Contributions(0.0, of_features)

    def _scaled(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        chosen = np.maximum(features[:, self._columns], 0)
        return np.asarray(chosen / np.maximum(chosen.max(axis=0, initial=0), 1e-9), dtype=np.float32)


class Trees:
    """Gradient-boosted trees.

    Ke et al.: LightGBM: A Highly Efficient Gradient Boosting Decision Tree (NIPS 2017).
    """

    def __init__(self, text: str) -> None:
        try:
            self._booster = lightgbm.Booster(model_str=text)
        except lightgbm.basic.LightGBMError as error:
            raise DamagedModelError(f"a ranker cannot be read: {error}") from error
        if self._booster.num_feature() != len(FEATURES):
            found = self._booster.num_feature()
            raise DamagedModelError(
                f"a ranker was learned from {found} features; this program has {len(FEATURES)}"
            )

    def score(self, features: NDArray[np.float32], threads: int = 1) -> NDArray[np.float32]:
        """Return the sum over the trees; on one thread (0: all cores), because requests are what runs in parallel."""
        if not len(features):
            return np.empty(0, dtype=np.float32)
        return np.asarray(
            self._booster.predict(features, raw_score=True, num_threads=threads), dtype=np.float32
        )

    def contributions(self, features: NDArray[np.float32], row: int) -> Contributions:
        """Return the Shapley value of each feature.

        Lundberg, Erion, Lee: Consistent Individualized Feature Attribution for Tree Ensembles (2018).
        """
        of_row = self._booster.predict(features[row : row + 1], pred_contrib=True, num_threads=1)
        *values, base = np.asarray(of_row, dtype=np.float64)[0]
        return Contributions(float(base), np.asarray(values))


def read_ranker(text: str) -> Ranker:
    """Return the ranker that ``text`` describes; raises DamagedModelError when it describes none."""
    if not text.startswith("{"):
        return Trees(text)
    try:
        weights = json.loads(text).get("blend", DEFAULT_BLEND)
        return Blend({name: float(weight) for name, weight in weights.items()})
    except (ValueError, AttributeError, TypeError) as error:
        raise DamagedModelError(f"a ranker cannot be read: {error}") from error
