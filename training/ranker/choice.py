"""Learns the second stage: how to order candidates, from what users bought next at moments in the past."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.dcg import discounts, ideal_dcg
from recsvc.ranking.features import FEATURES
from recsvc.ranking.ranker import Blend, Trees
from training.history.sampling import with_fewer_trees
from training.history.sorting import falling, joined
from training.ranker.examples import Examples
from training.settings import TrainingSettings

MIN_POSITIVES = 300
"""With fewer purchases to learn from, trees learn noise."""

MANY_POSITIVES = 8_000

PLENTY_OF_POSITIVES = 50_000
"""With more than this, fewer trees that add more learn as much. Chosen on windows before those that are reported."""

COMPARED_SHARE = 1 / 3
"""So many of the trees show whether they are ahead of the blends, where they are learned once more afterwards."""

WINDOW_WEIGHT = 0.93
"""What a window counts against the one after it. Chosen on windows before those that are reported."""

SINGLES = (
    "own_confidence",
    "own_orders",
    "month_sales",
    "all_sales",
    "als",
    "item_neighbours",
    "item_neighbours_even",
    "forward_all",
    "forward_new",
)
"""What each would rank by alone: the baselines that a ranker has to beat."""

BLENDS = (
    {"als": 1.0, "item_neighbours": 1.0, "own_confidence": 1.0, "month_sales": 0.2},
    {"als": 1.0, "own_confidence": 2.0, "month_sales": 0.2},
    {"own_confidence": 1.0, "month_sales": 0.3, "als": 0.3},
    {"month_sales": 1.0, "als": 0.3},
    {"month_sales": 1.0, "own_confidence": 3.0},
    {"forward_all": 1.0, "user_neighbours": 1.0, "basket_neighbours": 0.5, "own_confidence": 1.0},
    {"item_neighbours": 1.0, "basket_neighbours": 1.0, "own_confidence": 0.5, "month_sales": 0.2},
)
"""Mixtures that need no learning; the weights only choose between them."""

TIE_BREAK = 1e-3
"""Weight of all-time sales in a single, so that what it cannot tell apart is in the order of sales."""

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


@dataclass(frozen=True)
class FittedRanker:
    """A ranker, and how it was chosen.

    Attributes:
        text: what ``recsvc.ranking.ranker.read_ranker`` reads.
        kind: ``trees`` or what the blend is of.
        quality: mean of recall at 20 and NDCG at 10 of each contender on the newest window, best first.
        since: when it was learned; None: in this run.
    """

    text: str
    kind: str
    quality: dict[str, float]
    since: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        moment = {} if self.since is None else {"since": self.since.isoformat(timespec="seconds")}
        return {"kind": self.kind, "validation": self.quality, **moment}


def choose_ranker(
    examples: list[Examples], settings: TrainingSettings, *, objective: str, is_final: bool = True
) -> FittedRanker:
    """Learn from windows before the newest, compare on that, and return the winner.

    A window that shares days with the newest is left out of the comparison: it would know the answers.

    Args:
        examples: of each window, newest first; with a single one, half of its users are held back.
        settings: of the trees, seed and threads.
        objective: of the trees.
        is_final: whether the winner stays as it is; one that is learned once more may have but some of its trees.
    """
    held, learned = _held_and_learned(examples, settings)
    texts = {name: json.dumps({"blend": weights}) for name, weights in _weights().items()}
    quality = {
        name: user_quality(Blend(weights).score(held.features), held) for name, weights in _weights().items()
    }
    best = max(quality, key=lambda name: quality[name].mean())
    n_positives = sum(int(part.bought.sum()) for part in learned)
    if n_positives >= MIN_POSITIVES:
        kinds = _trees_for(n_positives)
        # Whether trees are ahead of the blends is seen early; which of two kinds is ahead is not.
        share = 1 if is_final or len(kinds) > 1 else COMPARED_SHARE
        for name, parameters in kinds.items():
            texts[name] = _fit_trees(learned, settings, parameters | {"objective": objective}, share)
            scores = Trees(texts[name]).score(held.features, settings.threads)
            quality[name] = user_quality(scores, held)
            best = name if is_better(quality[name], quality[best]) else best
    means = {name: round(float(values.mean()), 4) for name, values in quality.items()}
    ordered = dict(sorted(means.items(), key=lambda pair: -pair[1]))
    return FittedRanker(texts[best], best, ordered)


def relearn_ranker(
    ranker: FittedRanker, examples: list[Examples], settings: TrainingSettings, *, objective: str
) -> FittedRanker:
    """Return a ranker of the same kind, learned from ``examples``, those of each window, newest first."""
    if ranker.kind not in _TREES:
        return replace(ranker, text=json.dumps({"blend": _weights()[ranker.kind]}))
    text = _fit_trees(examples, settings, _TREES[ranker.kind] | {"objective": objective})
    return replace(ranker, text=text)


def is_better(challenger: NDArray[np.float64], holder: NDArray[np.float64]) -> bool:
    """Return whether the challenger is ahead by more than half a standard error of the paired difference."""
    ahead = challenger - holder
    return bool(ahead.mean() > 0.5 * ahead.std() / np.sqrt(len(ahead)))


def _held_and_learned(
    examples: list[Examples], settings: TrainingSettings
) -> tuple[Examples, list[Examples]]:
    before = examples[1 + settings.overlapping_windows :]
    if before or examples[0].n_users < 2:
        return examples[0], before
    held, learned = examples[0].halves()
    return held, [learned]


def _weights() -> dict[str, dict[str, float]]:
    singles = {name: {name: 1.0, "all_sales": TIE_BREAK} for name in SINGLES if name != "all_sales"}
    blends = {"+".join(weights): weights for weights in BLENDS}
    return singles | {"all_sales": {"all_sales": 1.0}} | blends


def _fit_trees(
    windows: list[Examples], settings: TrainingSettings, parameters: Mapping[str, Any], share: float = 1
) -> str:
    """Return a LightGBM model as text, learned from ``windows``, newest first, without most of what was not bought.

    ``share``: of the trees, so many are learned, the first ones.
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
    n_trees = math.ceil(share * settings.trees)
    text: str = lightgbm.train({**PARAMETERS, **own, **parameters}, data, n_trees).model_to_string()
    return text


def _trees_for(n_positives: int) -> dict[str, dict[str, Any]]:
    """Return the trees that are worth a try: with very much to learn from, small ones are not."""
    return {name: _TREES[name] for name in _TREES if n_positives < MANY_POSITIVES or name != "small trees"}


_TREES: dict[str, dict[str, Any]] = {"small trees": SMALL, "trees": {}}
"""Trees that are learned, the simpler first: the next one has to be clearly better."""


def user_quality(scores: NDArray[np.float32], examples: Examples) -> NDArray[np.float64]:
    """Return (recall at 20 + NDCG at 10) / 2 of each user; float64, shape (n_users,)."""
    starts = np.cumsum(examples.groups) - examples.groups
    user = np.repeat(np.arange(examples.n_users), examples.groups)
    order = np.argsort(joined(user, falling(scores)), kind="stable")
    place = np.arange(len(order)) - starts[user]
    hit = examples.bought[order]
    hits_20 = np.bincount(user[hit & (place < 20)], minlength=examples.n_users)
    gain = np.where(hit & (place < 10), discounts(place), 0)
    recall = hits_20 / np.minimum(examples.targets, 20)
    ndcg = np.bincount(user, gain, examples.n_users) / ideal_dcg(examples.targets, 10)
    return np.asarray((recall + ndcg) / 2)
