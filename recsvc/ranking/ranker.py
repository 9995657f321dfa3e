"""Candidates and their features -> scores: a LightGBM model, or a blend where there was too little to learn from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import lightgbm
import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.ranking.appeal import APPEAL, AppealWeight
from recsvc.ranking.features import FEATURES
from recsvc.ranking.personal_places import PersonalPlaces
from recsvc.ranking.trees_text import strict

DEFAULT_BLEND: Mapping[str, float] = {
    "als": 1.0,
    "item_neighbours": 1.0,
    "own_confidence": 1.0,
    "month_sales": 0.1,
}
"""What ranks where nothing was learned: taste, what goes with it, habit, and a little of what sells."""


FIRST_TREES = 20
"""So many trees tell which candidates the others are asked about."""

RIDGE = 0.05
"""Weight of the penalty of a linear model of the trees, whose columns have a variance of 1."""

SMALLEST = 1e-12
"""A feature that varies less is the same for all candidates."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """What a score is the sum of.

    Attributes:
        base: what every row gets.
        of_features: float64, shape (n_features,): what each feature adds.
    """

    base: float
    of_features: NDArray[np.float64]


class Ranker(Protocol):
    """Scores candidates from their features."""

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one score a row; float32, shape (n,), larger is better."""

    def score_best(self, features: NDArray[np.float32], n: int) -> NDArray[np.float32]:
        """Return the scores of the ``n`` best rows and, below them, about those of the others; float32, (n_rows,)."""

    def score_altered(
        self, rows: NDArray[np.float32], features: NDArray[np.float32], scores: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return what ``rows`` would get in a list of these ``features``, which got ``scores``; float32, (n_rows,)."""

    def slopes(self, features: NDArray[np.float64], scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return by how much each feature raises the ``scores`` of a list; float64, shape (n_features,)."""

    def contributions(self, features: NDArray[np.float32], row: int) -> Contributions:
        """Return what each feature adds to the score of ``row``: the sum is its score."""


class Blend:
    """A weighted sum of features, each scaled to at most 1 within the list.

    Raises DamagedModelError for weights of features that are not among ``names``, the columns of the table.
    """

    def __init__(self, weights: Mapping[str, float], names: Sequence[str] = FEATURES) -> None:
        unknown = set(weights) - set(names)
        if unknown:
            raise DamagedModelError(
                f"a blend weighs features that do not exist: {', '.join(sorted(unknown))}"
            )
        self._columns = [names.index(name) for name in weights]
        self._n_features = len(names)
        self._weights = np.asarray(list(weights.values()), dtype=np.float32)

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the weighted sum."""
        return self.score_altered(features, features)

    def score_best(self, features: NDArray[np.float32], n: int) -> NDArray[np.float32]:  # noqa: ARG002  # it is quick
        """Return the weighted sum."""
        return self.score(features)

    def score_altered(
        self,
        rows: NDArray[np.float32],
        features: NDArray[np.float32],
        scores: NDArray[np.float32] | None = None,  # noqa: ARG002  # features say it all
    ) -> NDArray[np.float32]:
        """Return the weighted sums of ``rows``, scaled as those of ``features`` are."""
        return np.asarray(self._scaled(rows, features) @ self._weights, dtype=np.float32)

    def slopes(self, features: NDArray[np.float64], scores: NDArray[np.float32]) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the weights, as they are for these features."""
        slopes = np.zeros(self._n_features)
        slopes[self._columns] = self._weights / np.maximum(
            features[:, self._columns].max(axis=0, initial=0), 1e-9
        )
        return slopes

    def contributions(self, features: NDArray[np.float32], row: int) -> Contributions:
        """Return the terms of the sum."""
        of_features = np.zeros(self._n_features)
        of_features[self._columns] = self._scaled(features, features)[row] * self._weights
        return Contributions(0.0, of_features)

    def _scaled(self, rows: NDArray[np.float32], features: NDArray[np.float32]) -> NDArray[np.float32]:
        largest = np.maximum(features[:, self._columns], 0).max(axis=0, initial=0)
        return np.asarray(np.maximum(rows[:, self._columns], 0) / np.maximum(largest, 1e-9), dtype=np.float32)


class Trees:
    """Gradient-boosted trees.

    Ke et al.: LightGBM: A Highly Efficient Gradient Boosting Decision Tree (NIPS 2017). Raises DamagedModelError for
    a text that is none, or that was learned from another number of features.
    """

    def __init__(self, text: str, n_features: int = len(FEATURES)) -> None:
        try:
            self._booster = lightgbm.Booster(model_str=strict(text))
        except lightgbm.basic.LightGBMError as error:
            raise DamagedModelError(f"a ranker cannot be read: {error}") from error
        if (found := self._booster.num_feature()) != n_features:
            raise DamagedModelError(
                f"a ranker was learned from {found} features; this program has {n_features}"
            )
        self._first = self._others = None
        if self._booster.num_trees() > FIRST_TREES:
            self._first, self._others = self._part(0, FIRST_TREES), self._part(FIRST_TREES)

    def score(self, features: NDArray[np.float32], threads: int = 1) -> NDArray[np.float32]:
        """Return the sum over the trees; on one thread (0: all cores), because requests are what runs in parallel."""
        return _sums(self._booster, features, threads)

    def score_best(self, features: NDArray[np.float32], n: int) -> NDArray[np.float32]:
        """Return the sum over the trees for the ``n`` best rows by the first trees, and of the first for the others.

        The first trees, which learn most, put the best in nearly the order of all trees; the others come behind.
        """
        if len(features) <= n or self._first is None or self._others is None:
            return self.score(features)
        scores = _sums(self._first, features)
        best = np.argpartition(-scores, n)[:n]
        is_other = np.ones(len(scores), dtype=bool)
        is_other[best] = False
        scores[best] += _sums(self._others, features[best])
        scores[is_other] += scores[best].min() - scores[is_other].max()
        return scores

    def _part(self, first: int, n: int = -1) -> lightgbm.Booster:
        """Return ``n`` trees (-1: all) from the ``first`` on.

        LightGBM notes in a booster which of its trees a prediction asks: threads that ask one booster for different
        trees get each other's. So each is asked for all that it has.
        """
        text = self._booster.model_to_string(start_iteration=first, num_iteration=n)
        return lightgbm.Booster(model_str=text)

    def score_altered(
        self,
        rows: NDArray[np.float32],
        features: NDArray[np.float32],  # noqa: ARG002  # trees look at each row alone
        scores: NDArray[np.float32],  # noqa: ARG002
    ) -> NDArray[np.float32]:
        """Return the sums over the trees."""
        return self.score(rows)

    def slopes(self, features: NDArray[np.float64], scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return those of a linear model that is fitted to the list: ridge regression on scaled features."""
        slopes = np.zeros(features.shape[1])
        centred = features - features.mean(axis=0)
        spread = np.sqrt(np.einsum("nf,nf->f", centred, centred) / max(len(features), 1))
        varies = np.flatnonzero(spread > SMALLEST)
        scaled = centred[:, varies] / spread[varies]
        system = scaled.T @ scaled
        system.flat[:: len(varies) + 1] += RIDGE * len(scaled)
        slopes[varies] = np.linalg.solve(system, scaled.T @ (scores - scores.mean())) / spread[varies]
        return slopes

    def contributions(self, features: NDArray[np.float32], row: int) -> Contributions:
        """Return the Shapley value of each feature.

        Lundberg, Erion, Lee: Consistent Individualized Feature Attribution for Tree Ensembles (2018).
        """
        of_row = self._booster.predict(features[row : row + 1], pred_contrib=True, num_threads=1)
        *values, base = np.asarray(of_row, dtype=np.float64)[0]
        return Contributions(float(base), np.asarray(values))


class WithAppeal:
    """A ranker of all features but the last, and a weight for that one: the appeal of the item."""

    def __init__(self, ranker: Ranker, weight: float) -> None:
        self._ranker = ranker
        self._weight = weight

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores of the ranker, and what appeal adds."""
        return self._ranker.score(features[:, :-1]) + self._added(features)

    def score_best(self, features: NDArray[np.float32], n: int) -> NDArray[np.float32]:
        """Return the scores of the ranker, and what appeal adds."""
        return self._ranker.score_best(features[:, :-1], n) + self._added(features)

    def score_altered(
        self, rows: NDArray[np.float32], features: NDArray[np.float32], scores: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return what ``rows`` would get from the ranker, and what their appeal adds."""
        of_list = scores - self._added(features)
        return self._ranker.score_altered(rows[:, :-1], features[:, :-1], of_list) + self._added(rows)

    def slopes(self, features: NDArray[np.float64], scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return those of the ranker, and the weight."""
        of_list = scores - self._added(features.astype(np.float32))
        return np.append(self._ranker.slopes(features[:, :-1], of_list), self._weight)

    def contributions(self, features: NDArray[np.float32], row: int) -> Contributions:
        """Return those of the ranker, and what appeal adds."""
        of_ranker = self._ranker.contributions(features[:, :-1], row)
        added = float(self._added(features)[row])
        return Contributions(of_ranker.base, np.append(of_ranker.of_features, added))

    def _added(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        return features[:, -1] * np.float32(self._weight)


class WithPersonalPlaces:
    """A ranker, some of whose first ten places go to what a taste says."""

    def __init__(self, ranker: Ranker, places: PersonalPlaces, names: Sequence[str] = FEATURES) -> None:
        self.places = places
        self._ranker = ranker
        self._taste = Blend(places.taste, names)

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores of the ranker, but for these places."""
        return self.places.placed(self._ranker.score(features), self._taste.score(features))

    def score_best(self, features: NDArray[np.float32], n: int) -> NDArray[np.float32]:
        """Return the scores of the ranker, but for these places."""
        return self.places.placed(self._ranker.score_best(features, n), self._taste.score(features))

    def score_altered(
        self, rows: NDArray[np.float32], features: NDArray[np.float32], scores: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return what ``rows`` would get: in one of these places if taste says as much of them as of what is there."""
        of_rows = self._ranker.score_altered(rows, features, scores)
        says = self._taste.score_altered(rows, features)
        return self.places.placed_in(of_rows, says, scores, self._taste.score(features))

    def slopes(self, features: NDArray[np.float64], scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return those of the ranker."""
        return self._ranker.slopes(features, scores)

    def taste_slopes(
        self, features: NDArray[np.float64], scores: NDArray[np.float32]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the places of a list, best first, that it has by taste, and by how much each feature lifts these.

        intp, shape (n_chosen,) and float64, shape (n_features,): an item of which taste says nothing any more falls
        below all others.
        """
        says = self._taste.score(features.astype(np.float32))
        chosen = self.places.chosen(says)
        span = float(scores.max(initial=0) - scores.min(initial=0)) / float(
            says[chosen].max(initial=SMALLEST)
        )
        return chosen, span * self._taste.slopes(features, scores)

    def contributions(self, features: NDArray[np.float32], row: int) -> Contributions:
        """Return those of the ranker, and what a place by taste adds as that of the features of taste."""
        of_ranker = self._ranker.contributions(features, row)
        added = float(self.score(features)[row] - self._ranker.score(features)[row])
        by_taste = self._taste.contributions(features, row).of_features
        if added <= 0 or not by_taste.any():
            return Contributions(of_ranker.base + added, of_ranker.of_features)
        lifted = of_ranker.of_features + added * by_taste / by_taste.sum()
        return Contributions(of_ranker.base, lifted)


def _sums(booster: lightgbm.Booster, features: NDArray[np.float32], threads: int = 1) -> NDArray[np.float32]:
    """Return the sum over all trees for each row."""
    if not len(features):
        return np.empty(0, dtype=np.float32)
    return np.asarray(booster.predict(features, raw_score=True, num_threads=threads), dtype=np.float32)


def read_ranker(text: str, names: Sequence[str] = FEATURES) -> Ranker:
    """Return the ranker of the features ``names`` that ``text`` describes.

    Where the appeal of items is not among these, its weight counts for nothing.

    Raises DamagedModelError when it describes none, or one of other features.
    """
    places, text = PersonalPlaces.parted(text)
    appeal, text = AppealWeight.parted(text)
    if names[-1] == APPEAL:
        ranker: Ranker = WithAppeal(_read(text, names[:-1]), 0.0 if appeal is None else appeal.weight)
    else:
        ranker = _read(text, names)
    return ranker if places is None else WithPersonalPlaces(ranker, places, names)


def _read(text: str, names: Sequence[str]) -> Ranker:
    if not text.startswith("{"):
        return Trees(text, len(names))
    try:
        weights = json.loads(text).get("blend", DEFAULT_BLEND)
        return Blend({name: float(weight) for name, weight in weights.items()}, names)
    except (ValueError, AttributeError, TypeError) as error:
        raise DamagedModelError(f"a ranker cannot be read: {error}") from error
