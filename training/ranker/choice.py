"""Learns the second stage: how to order candidates, from what users bought next at moments in the past."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.appeal import AppealWeight
from recsvc.ranking.dcg import discounts, ideal_dcg
from recsvc.ranking.personal_places import PersonalPlaces
from recsvc.ranking.ranker import Blend, read_ranker
from training.history.sorting import falling, joined
from training.ranker.click_choice import fit_choices
from training.ranker.examples import Examples
from training.ranker.fitted import Aim, AppealTrial, FittedRanker
from training.ranker.trees import KINDS, PLENTY_OF_POSITIVES, fit_trees
from training.settings import TrainingSettings

MIN_POSITIVES = 300
"""With fewer purchases to learn from, trees learn noise."""

MANY_POSITIVES = 8_000

COMPARED_SHARE = 1 / 3
"""So many of the trees show that they are ahead of the blends, where there is plenty and they are learned once more."""

MOST_PLACES = 4
"""At most so many of the first ten places are personal, and no more than it takes."""

TASTES = ({"category": 1.0, "forward_new": 1.0}, {"forward_new": 1.0, "basket_neighbours": 1.0})
"""What may say who gets what there. Chosen on windows before those that are reported."""

LEVEL = 1.96
"""A ranker that shows more different items may be so many standard errors behind what needs no learning: in 95 of 100
cases chance does as much."""

MOST_LOST = 0.1
"""It may lose this share of the quality of the best, as may one that adds what clicks say."""

COMPARED_LISTS, SHOWN = 300, 10
"""So many items of so many users are compared."""

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

BEYOND_CHANCE = 2.0
"""What appeal adds to clicks has to be so many standard errors above nothing."""

MOST_APPEAL = 2.0
"""Appeal counts at most so many of the usual differences between scores of a list."""

PARTS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.125)
"""So much of what clicks say that appeal should count is tried, until purchases do not lose too much: not all of these
come from lists in the old order."""

TIE_BREAK = 1e-3
"""Weight of all-time sales in a single, so that what it cannot tell apart is in the order of sales."""


def choose_ranker(
    examples: list[Examples], settings: TrainingSettings, *, aim: Aim, is_final: bool = True
) -> FittedRanker:
    """Learn from windows before the newest, compare on that, and return the winner.

    A window that shares days with the newest is left out of the comparison: it would know the answers.

    Args:
        examples: of each window, newest first; with a single one, half of its users are held back.
        settings: of the trees, seed and threads.
        aim: what it is learned for.
        is_final: whether the winner stays as it is; one that is learned once more may have but some of its trees.
    """
    held, learned = _held_and_learned(examples, settings)
    contest = _Contest(held)
    for name, weights in _weights().items():
        contest.enter(FittedRanker(json.dumps({"blend": weights}), name, {}))
    best = contest.first
    n_positives = sum(int(part.bought.sum()) for part in learned)
    if n_positives >= MIN_POSITIVES:
        kinds = _trees_for(n_positives)
        # From plenty, trees are ahead of the blends by far, and that is seen early.
        share = COMPARED_SHARE if n_positives > PLENTY_OF_POSITIVES and not is_final else 1

        for kind in kinds:
            ranker = FittedRanker("", kind, {})
            contest.enter(
                challenger := replace(ranker, text=fit_trees(learned, settings, ranker, aim, share))
            )
            if is_better(contest.quality[challenger.name], contest.quality[best.name]):
                best = challenger
        if aim.is_varied:
            best = _varied(contest, best)
        best = _with_appeal(contest, best)
    return replace(best, quality=contest.means())


def _with_appeal(contest: "_Contest", best: FittedRanker) -> FittedRanker:
    """Return the ``best`` with the appeal of items, where that says beyond chance what was clicked afterwards."""
    held = contest.held
    if held.appeal is None or held.choices is None:
        return best
    scores = read_ranker(best.text).score(held.features)
    fit = fit_choices(held.choices, scores, held.appeal)
    if fit is None:
        return replace(best, trial=AppealTrial(len(held.choices)))
    trial = AppealTrial(len(held.choices), fit.by_appeal, fit.error)
    usual = _usual_spread(scores, held)
    if fit.by_appeal <= BEYOND_CHANCE * fit.error or usual <= 0:
        return replace(best, trial=trial)
    # Where scores say little of clicks, appeal would be all that counts.
    share = min(fit.by_appeal / (usual * max(fit.by_score, 1e-9)), MOST_APPEAL)
    for part in PARTS:
        challenger = replace(best, trial=trial, appeal=AppealWeight(part * share, part * share * usual))
        contest.enter(challenger)
        if contest.is_level(challenger, (1 - MOST_LOST) * contest.quality[best.name].mean()):
            return challenger
    return replace(best, trial=replace(trial, loses=True))


def _usual_spread(scores: NDArray[np.float32], examples: Examples) -> float:
    """Return the standard deviation of the scores of a list, in the middle of all lists."""
    user = np.repeat(np.arange(examples.n_users), examples.groups)
    n = np.maximum(examples.groups, 1)
    means = np.bincount(user, scores, examples.n_users) / n
    spread = np.sqrt(np.bincount(user, (scores - means[user]) ** 2, examples.n_users) / n)
    return float(np.median(spread)) if len(spread) else 0.0


def _varied(contest: "_Contest", best: FittedRanker) -> FittedRanker:
    """Return the ``best`` where it shows enough different items; else a ranker that does, or the one with the most.

    Trees that are level take the place of a blend that shows less. Then as few places as it takes become personal, by
    the taste that loses least.
    """
    if contest.n_different[best.name] >= contest.n_wanted:
        return best
    least = (1 - MOST_LOST) * contest.quality[best.name].mean()

    def is_worth_it(challenger: FittedRanker) -> bool:
        more = contest.n_different[challenger.name] > contest.n_different[best.name]
        return more and contest.is_level(challenger, least)

    for trees in contest.of_trees:
        if best.kind not in KINDS and is_worth_it(trees):
            best = trees
    plain = best
    for n in range(1, MOST_PLACES + 1):
        if contest.n_different[best.name] >= contest.n_wanted:
            break
        tried = [replace(plain, places=PersonalPlaces(n, taste)) for taste in TASTES]
        for challenger in tried:
            contest.enter(challenger)
        worth_it = [challenger for challenger in tried if is_worth_it(challenger)]
        enough = [one for one in worth_it if contest.n_different[one.name] >= contest.n_wanted]
        if enough:
            return max(enough, key=lambda one: contest.quality[one.name].mean())
        best = max([best, *worth_it], key=lambda one: contest.n_different[one.name])
    return best


class _Contest:
    """Rankers that are compared on the same examples.

    Attributes:
        quality: by the name of each, of each user, float64, shape (n_users,).
        n_different: by the name of each, how many items are in the first ten of some users.
        n_wanted: as many as these users, or half of what could be shown where that is less.
    """

    def __init__(self, held: Examples) -> None:
        self.held = self._held = held
        self._rankers: dict[str, FittedRanker] = {}
        self._scores: dict[str, NDArray[np.float32]] = {}
        self.quality: dict[str, NDArray[np.float64]] = {}
        self.n_different: dict[str, int] = {}
        n_lists = min(held.n_users, COMPARED_LISTS)
        self._compared = np.arange(int(held.groups[:n_lists].sum()))
        self.n_wanted = min(n_lists, len(np.unique(held.items[self._compared])) // 2)

    def enter(self, ranker: FittedRanker) -> None:
        """Compare ``ranker`` with those that entered before."""
        scores = scores_of(ranker, self._held, self._scores.get(ranker.kind))
        if ranker.places is None and ranker.appeal is None:
            self._scores[ranker.kind] = scores
        self._rankers[ranker.name] = ranker
        self.quality[ranker.name] = user_quality(scores, self._held)
        first = _places(scores, self._held)[self._compared] < SHOWN
        self.n_different[ranker.name] = len(np.unique(self._held.items[self._compared][first]))

    @property
    def first(self) -> FittedRanker:
        """The one with the highest mean quality; of equals the first that entered."""
        return self._rankers[max(self.quality, key=lambda name: self.quality[name].mean())]

    @property
    def best_blend(self) -> str:
        """The name of the best of those that need no learning."""
        blends = (
            name
            for name, ranker in self._rankers.items()
            if ranker.kind not in KINDS and ranker.places is None and ranker.appeal is None
        )
        return max(blends, key=lambda name: self.quality[name].mean())

    @property
    def of_trees(self) -> list[FittedRanker]:
        """Those that were learned, without personal places and appeal."""
        return [
            one
            for one in self._rankers.values()
            if one.kind in KINDS and one.places is None and one.appeal is None
        ]

    def is_level(self, ranker: FittedRanker, least: float) -> bool:
        """Return whether it is level with the best that needs no learning, and has a quality of at ``least`` that."""
        quality = self.quality[ranker.name]
        behind = self.quality[self.best_blend] - quality
        most = LEVEL * behind.std() / np.sqrt(len(behind))
        return bool(quality.mean() >= least and behind.mean() <= most)

    def means(self) -> dict[str, float]:
        """Return the mean quality of each, the best first."""
        means = {name: round(float(values.mean()), 4) for name, values in self.quality.items()}
        return dict(sorted(means.items(), key=lambda pair: -pair[1]))


def relearn_ranker(
    ranker: FittedRanker, examples: list[Examples], settings: TrainingSettings, *, aim: Aim
) -> FittedRanker:
    """Return a ranker of the same kind, learned from ``examples``, those of each window, newest first."""
    if ranker.kind not in KINDS:
        return replace(ranker, text=json.dumps({"blend": _weights()[ranker.kind]}))
    again = replace(ranker, text=fit_trees(examples, settings, ranker, aim))
    if ranker.appeal is None:
        return again
    whole = next((part for part in examples if not part.is_thinned), examples[0])
    usual = _usual_spread(read_ranker(again.text).score(whole.features), whole)
    weight = ranker.appeal.share * usual
    return replace(again, appeal=AppealWeight(ranker.appeal.share, weight) if weight > 0 else None)


def is_better(challenger: NDArray[np.float64], holder: NDArray[np.float64]) -> bool:
    """Return whether the challenger is ahead by more than half a standard error of the paired difference.

    Where there are no users to compare on, it is not.
    """
    ahead = challenger - holder
    return len(ahead) > 0 and bool(ahead.mean() > 0.5 * ahead.std() / np.sqrt(len(ahead)))


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


def _trees_for(n_positives: int) -> dict[str, dict[str, Any]]:
    """Return the trees that are worth a try: with very much to learn from, small ones are not."""
    return {name: KINDS[name] for name in KINDS if n_positives < MANY_POSITIVES or name != "small trees"}


def scores_of(
    ranker: FittedRanker, examples: Examples, scores: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Return what ``ranker`` gives each candidate; float32, shape (n,).

    ``scores``: what it would without appeal and personal places, if that is known.
    """
    if scores is None:
        scores = read_ranker(ranker.text).score(examples.features)
    if ranker.appeal is not None and examples.appeal is not None:
        scores = scores + np.float32(ranker.appeal.weight) * examples.appeal
    if ranker.places is None:
        return scores
    taste = Blend(ranker.places.taste)
    lists = np.cumsum(examples.groups)[:-1]
    placed = [
        ranker.places.placed(of_list, taste.score(features))
        for of_list, features in zip(np.split(scores, lists), np.split(examples.features, lists), strict=True)
    ]
    return np.concatenate(placed)


def user_quality(scores: NDArray[np.float32], examples: Examples) -> NDArray[np.float64]:
    """Return (recall at 20 + NDCG at 10) / 2 of each user; float64, shape (n_users,)."""
    user = np.repeat(np.arange(examples.n_users), examples.groups)
    place = _places(scores, examples)
    hit = examples.bought
    hits_20 = np.bincount(user[hit & (place < 20)], minlength=examples.n_users)
    gain = np.where(hit & (place < 10), discounts(place), 0)
    recall = hits_20 / np.minimum(examples.targets, 20)
    ndcg = np.bincount(user, gain, examples.n_users) / ideal_dcg(examples.targets, 10)
    return np.asarray((recall + ndcg) / 2)


def _places(scores: NDArray[np.float32], examples: Examples) -> NDArray[np.int64]:
    """Return the place of each candidate in the list of its user, 0 for the first; int64, shape (n,)."""
    starts = np.cumsum(examples.groups) - examples.groups
    user = np.repeat(np.arange(examples.n_users), examples.groups)
    order = np.argsort(joined(user, falling(scores)), kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - starts[user]
    return place
