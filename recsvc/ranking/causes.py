"""Which purchases put an item where it is: without them it would be further down.

To leave out purchases and rank anew would take longer than the list itself, so that is foreseen. Each source says what
its scores would lose without each purchase, and a linear model of the ranker, fitted to this very list, what that means
for the order (Ribeiro, Singh, Guestrin: "Why Should I Trust You?", KDD 2016). What it finds is tried with the ranker
itself. ``recsvc-train evaluate`` does leave the purchases out, and says how many reasons hold.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.judge import BEST, Judge, Judged
from recsvc.ranking.ranker import WithPersonalPlaces
from recsvc.ranking.scores import among
from recsvc.ranking.sources.base import Terms
from recsvc.ranking.sources.category import Category
from recsvc.ranking.user_state import UserState

MAX_CAUSES = 3
"""At most so many purchases are named behind an item."""

LEAST_SHARE = 0.5
"""What lifts an item by less than this part of what lifts it most is not named: it would sound odd."""

COMPARED = 30
"""The items that are asked for are compared with one another and with the first so many of the list."""

PLACES = 6
"""The linear model has to foresee a fall by so many places, for it errs."""

NEAR = 3
"""The ranker then looks at the items that are at most so many places away ..."""

NEAR_PLACES = 1
"""... and so many more of them have to come before the item."""


@dataclass(frozen=True)
class Cause:
    """Why an item is where it is.

    Attributes:
        places: of the purchases in the history without which it would be further down, strongest first.
        is_personal: whether what the user bought lifts it more than all else does.
    """

    places: tuple[int, ...]
    is_personal: bool


class Causes:
    """What the items of a list owe to the user's purchases.

    Its arrays have a row for each item that is compared, best first.

    Args:
        judge: what judged the candidates.
        user: whose list it is.
        judged: the candidates.
        items: int32, shape (n_items,): those of the candidates that are asked for.
        repeats: which ranker put them in order.
    """

    def __init__(
        self, judge: Judge, user: UserState, judged: Judged, items: NDArray[np.int32], *, repeats: bool
    ) -> None:
        order = np.argsort(-judged.scores, kind="stable")
        is_compared = among(judged.candidates.items, np.sort(items))
        is_compared[order[:COMPARED]] = True
        rows = order[is_compared[order]]
        self._judge, self._judged, self._user, self._history = judge, judged, user, user.history
        self._ranker = judge.rankers[repeats]
        self._items = judged.candidates.items[rows]
        self._features = judged.features[rows]
        self._scores = judged.scores[rows].astype(np.float64)
        self._personal = tuple(
            place for place, source in enumerate(judged.candidates.sources) if source.is_personal
        )
        self._of_sources = judged.candidates.scores[rows]
        features = _known(judged.features[order[:BEST]])
        self._slopes = self._slopes_of(features, judged.scores[order[:BEST]])
        added = (_known(self._features) - features.mean(axis=0)) * self._slopes
        by_personal = added @ judge.is_personal
        by_all_else = np.maximum(added @ ~judge.is_personal, 0)
        self._is_personal: NDArray[np.bool_] = by_personal > by_all_else
        by_item = np.argsort(self._items)
        self._asked = by_item[np.searchsorted(self._items, items, sorter=by_item)]

    def _slopes_of(self, features: NDArray[np.float64], scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return by how much each feature raises each item; float64, shape (n, n_features).

        ``features``, ``scores``: of the best candidates, in order; the first of them are the first items.
        """
        slopes = np.tile(self._ranker.slopes(features, scores), (len(self._items), 1))
        if isinstance(self._ranker, WithPersonalPlaces):
            places, by_taste = self._ranker.taste_slopes(features, scores)
            slopes[places] = by_taste
        return slopes

    def of(self, may_be_named: NDArray[np.bool_]) -> list[Cause]:
        """Return the cause of each item that is asked for; none is its own.

        ``may_be_named``: bool, shape (n_history,): the purchases that may be a cause.
        """
        if not (may_be_named.any() and self._is_personal[self._asked].any()):
            return [Cause((), bool(self._is_personal[row])) for row in self._asked]
        falls = self._falls()
        named, counts = self._foreseen(falls, may_be_named)
        counts[~self._is_personal[self._asked]] = 0
        holds = counts > 0
        # Without all that it was ranked by, a list is another one.
        if not self._is_short:
            holds[holds] = self._ranker_agrees(self._asked[holds], named[holds], counts[holds])
        return [
            Cause(tuple(places[:count].tolist()) if is_held else (), bool(self._is_personal[row]))
            for row, places, count, is_held in zip(self._asked, named, counts, holds, strict=True)
        ]

    @property
    def _is_short(self) -> bool:
        """Whether the user bought so little that all of it may be named."""
        return len(self._history) <= MAX_CAUSES

    @cached_property
    def _losses(self) -> NDArray[np.float64]:
        """What each personal source takes from the items without each purchase.

        float64, shape (n_personal, n, n_history). Of two purchases that say the same, neither would be missed; where
        they are all that there is, they count each for itself.
        """
        losses = np.empty((len(self._personal), len(self._items), len(self._history)))
        for lost, place in zip(losses, self._personal, strict=True):
            source = self._judged.candidates.sources[place]
            lost[:] = (
                source.terms(self._user, self._items)
                if self._is_short
                else source.losses(self._user, self._items, self._of_sources[:, place])
            )
        return losses

    def lifts(self) -> Terms:
        """Return by how much each purchase lifts each item that is asked for; float64, shape (n_asked, n_history)."""
        return np.maximum(self._falls()[self._asked], 0)

    def _foreseen(
        self, falls: Terms, may_be_named: NDArray[np.bool_]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return for each item the purchases that lift it most above others, and how many make it fall far enough.

        intp, shape (n_asked, MAX_CAUSES) and (n_asked,): 0 of them where nothing lifts it. Of a user with hardly any
        purchases, all that lift it.
        """
        asked = self._asked
        of_asked = falls[asked]
        above_others = of_asked - (0 if self._is_short else _middle(falls))
        is_own = self._history.items[np.newaxis] == self._items[asked, np.newaxis]
        share = 0 if self._is_short else LEAST_SHARE
        least = share * of_asked.max(axis=1, initial=0, keepdims=True)
        above_others[(of_asked <= 0) | (of_asked < least) | is_own | ~may_be_named] = -np.inf
        named = np.argsort(-above_others, axis=1, kind="stable")[:, :MAX_CAUSES]
        lifts = above_others[np.arange(len(asked))[:, np.newaxis], named] > 0
        # float64, shape (n, n_asked, MAX_CAUSES): the scores without the first, the first two, ... of them.
        left = self._scores[:, np.newaxis, np.newaxis] - np.cumsum(falls[:, named], axis=2)
        own = left[asked, np.arange(len(asked))]
        fallen = (left > own).sum(axis=0) - asked[:, np.newaxis]
        is_enough = lifts & (fallen >= self._enough(asked, PLACES)[:, np.newaxis])
        are_enough = is_enough.any(axis=1) & (not self._is_short)
        return named, np.where(are_enough, is_enough.argmax(axis=1) + 1, lifts.sum(axis=1))

    def _enough(self, rows: NDArray[np.intp], places: int) -> NDArray[np.intp]:
        """Return by how many places each item has to fall, by fewer where not many are below it; intp, (n_rows,)."""
        below = len(self._items) - 1 - rows
        return np.asarray(np.minimum(np.maximum((below + 1) // 2, 1), places))

    def _falls(self) -> Terms:
        """Return what the linear model takes from each score without each purchase; float64, shape (n, n_history)."""
        falls = np.zeros((len(self._items), len(self._history)))
        for losses, place in zip(self._losses, self._personal, strict=True):
            falls += np.maximum(self._slopes[:, [place]], 0) * losses
        if self._category_losses is not None:
            for place in self._judge.of_category:
                slopes = np.maximum(self._slopes[:, [place]], 0)
                falls += slopes * self._features[:, [place]] * self._category_losses
        return falls

    @cached_property
    def _category_losses(self) -> Terms | None:
        """Which share of the score of ``Category`` is lost without each purchase; shape (n, n_history).

        None where that source gives no item a score.
        """
        for losses, place in zip(self._losses, self._personal, strict=True):
            if self._judged.candidates.sources[place].name == Category.name:
                scores = self._of_sources[:, [place]].astype(np.float64)
                return (
                    np.where(scores > 0, losses / np.where(scores > 0, scores, 1), 0)
                    if scores.any()
                    else None
                )
        return None

    def _ranker_agrees(
        self, rows: NDArray[np.intp], named: NDArray[np.intp], counts: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Return which items the ranker, too, puts behind enough of those near to them; bool, shape (n_rows,).

        ``rows``: of the items. ``named``, ``counts``: of the same items, what ``_foreseen`` returned.
        """
        if not len(rows):
            return np.empty(0, dtype=bool)
        near = rows[:, np.newaxis] + np.arange(-NEAR, NEAR + 1)
        exists = (near >= 0) & (near < len(self._items))
        near = np.minimum(np.maximum(near, 0), len(self._items) - 1)
        is_out = np.arange(named.shape[1]) < counts[:, np.newaxis]

        def lost(losses: NDArray[np.float64]) -> NDArray[np.float64]:
            of_named = losses[..., near[:, :, np.newaxis], named[:, np.newaxis]]
            return np.asarray((of_named * is_out[:, np.newaxis]).sum(axis=-1))

        features = self._features[near]
        for gone, place in zip(lost(self._losses), self._personal, strict=True):
            scores = (self._of_sources[near, place] - gone).astype(np.float32)
            features[:, :, place] = self._judged.candidates.sources[place].feature(scores)
        if self._category_losses is not None:
            kept = np.clip(1 - lost(self._category_losses), 0, None).astype(np.float32)
            features[:, :, list(self._judge.of_category)] *= kept[:, :, np.newaxis]
        # What is left out is no rival of what it lifted.
        is_left_out = self._items[near][:, :, np.newaxis] == self._history.items[named][:, np.newaxis]
        is_rival = exists & ~(is_left_out & is_out[:, np.newaxis]).any(axis=2)
        scores = np.full(near.shape, -np.inf, dtype=np.float32)
        is_rival[:, NEAR] = True
        scores[is_rival] = self._ranker.score_altered(
            features[is_rival], self._judged.features, self._judged.scores
        )
        before = (is_rival & (near < rows[:, np.newaxis])).sum(axis=1)
        after = (is_rival & (scores > scores[:, [NEAR]])).sum(axis=1)
        return np.asarray(after - before >= self._enough(rows, NEAR_PLACES))


def _known(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the features with 0 where one is not known; float64, the same shape."""
    return np.where(np.isnan(features), 0, features).astype(np.float64)


def _middle(falls: Terms) -> NDArray[np.float64]:
    """Return the median over the items; float64, shape (n_history,)."""
    low, high = (len(falls) - 1) // 2, len(falls) // 2
    ordered = np.partition(falls, (low, high), axis=0)
    return np.asarray((ordered[low] + ordered[high]) / 2, np.float64)
