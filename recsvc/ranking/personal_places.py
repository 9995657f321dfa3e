"""Places of a list that go to what its user's purchases say, where what sells to everybody would take all of them.

The further down a place is, the less it is looked at: there, another item than the likeliest one costs least.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError

N_FIRST = 10
"""What people see of a list at once."""

SMALLEST_STEP = 1e-3
"""Scores of different places differ by at least so much."""

RIVALS = 3
"""So many items more than there are places have to be ahead of one that is altered, before it counts as fallen: what
alters it may alter them, too."""

_BEGINNING = '{"personal_places"'


@dataclass(frozen=True)
class PersonalPlaces:
    """How many of the first ten places are personal, and by what.

    Attributes:
        n: number of places, the last of the ten; 1 to 9.
        taste: weights of the features that say what belongs there, as those of a blend.
    """

    n: int
    taste: Mapping[str, float] = field(hash=False)

    def __post_init__(self) -> None:
        """Raise ValueError for places that a list does not have, and for no taste."""
        if type(self.n) is not int or not 1 <= self.n < N_FIRST or not self.taste:
            raise ValueError(
                f"1 to {N_FIRST - 1} places of {N_FIRST} may be personal, by some taste, not {self}"
            )

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.n} personal places by {'+'.join(self.taste)}"

    def written(self, text: str) -> str:
        """Return the ``text`` of a ranker with these places in its first line."""
        return f"{json.dumps({'personal_places': self.n, 'taste': dict(self.taste)})}\n{text}"

    @classmethod
    def parted(cls, text: str) -> "tuple[PersonalPlaces | None, str]":
        """Return the places that ``text`` begins with, None without any, and the text of the ranker alone.

        Raises DamagedModelError for a first line that says something else of places.
        """
        if not text.startswith(_BEGINNING):
            return None, text
        first, _, rest = text.partition("\n")
        try:
            said = json.loads(first)
            taste = {name: float(weight) for name, weight in said["taste"].items()}
            return cls(said["personal_places"], taste), rest
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise DamagedModelError(f"the personal places of a ranker cannot be read: {error}") from error

    def placed(self, scores: NDArray[np.float32], says: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return scores by which the items that taste ``says`` most of stand at these places, best first.

        Those are chosen among all that would stand behind the first ones; of what it says nothing, none. What is
        left stays in its order. All arrays: float32, shape (n_items,).
        """
        if len(scores) <= self._n_kept:
            return scores
        order = np.argsort(-scores, kind="stable")
        kept, rest = order[: self._n_kept], order[self._n_kept :]
        chosen = rest[np.argsort(-says[rest], kind="stable")[: self.n]]
        chosen = chosen[says[chosen] > 0]
        lowest, step = self._lowest_and_step(scores[kept])
        placed = scores - np.float32(step * (self.n + 1))
        placed[kept] = scores[kept]
        placed[chosen] = lowest - step * np.arange(1, len(chosen) + 1)
        return placed

    def placed_in(
        self,
        scores: NDArray[np.float32],
        says: NDArray[np.float32],
        list_scores: NDArray[np.float32],
        list_says: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Return what rows with these ``scores`` would get in a list that got ``list_scores`` and hardly changes."""
        if len(list_scores) <= self._n_kept:
            return scores
        order = np.argsort(-list_scores, kind="stable")
        kept, behind = order[: self._n_kept], order[self._n_kept :]
        lowest, step = self._lowest_and_step(list_scores[kept])
        is_behind = scores < lowest
        ahead = np.sort(list_says[behind])[::-1][: self.n + RIVALS]
        is_chosen = is_behind & (says > 0) & (says >= ahead.min(initial=np.inf))
        placed = np.where(is_behind, scores - step * (self.n + 1), scores)
        return np.where(is_chosen, lowest - step, placed).astype(np.float32)

    def chosen(self, says: NDArray[np.float32]) -> NDArray[np.intp]:
        """Return which of the first ten of a list are there by taste; ``says``: of its items, best first."""
        return self._n_kept + np.flatnonzero(says[self._n_kept : N_FIRST] > 0)

    @property
    def _n_kept(self) -> int:
        return N_FIRST - self.n

    def _lowest_and_step(self, kept: NDArray[np.float32]) -> tuple[float, float]:
        """Return the score of the last of those that are ``kept``, and by how much the next ones are below it."""
        lowest = float(kept[-1])
        return lowest, max((float(kept[0]) - lowest) / self._n_kept, SMALLEST_STEP)
