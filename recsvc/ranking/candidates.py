"""Which items a list may be made of: the best of each source, scored by all of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.history import History
from recsvc.ranking.query import Source
from recsvc.ranking.scores import (
    NO_ITEMS,
    Scores,
    Subset,
    among,
    best_first_of_each,
    best_positions,
    distinct,
)
from recsvc.ranking.sources.all import CONTEXT_SOURCES, SOURCES, Sources
from recsvc.ranking.sources.base import CandidateSource
from recsvc.ranking.sources.cold_start import PUBLIC_NAMES
from recsvc.ranking.sources.repurchase import own_items
from recsvc.ranking.user_state import UserState

MAX_MORE = 100
"""A source proposes as many items more as excluded ones keep it from, but at most so many."""

USERS_AT_ONCE = 64
"""The item tables are multiplied with the factors of so many users in one go."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Items that some source proposes, with the scores of all sources.

    Attributes:
        items: int32, shape (n,): distinct item indices, ascending.
        scores: float32, shape (n, n_sources).
        sources: those that gave the scores.
    """

    items: NDArray[np.int32]
    scores: NDArray[np.float32]
    sources: tuple[CandidateSource, ...]

    @classmethod
    def scored(cls, items: NDArray[np.int32], scores: Mapping[CandidateSource, Scores]) -> "Candidates":
        """Return ``items``, distinct and ascending, int32, shape (n,), with what each source thinks of them."""
        by_source = np.empty((len(scores), len(items)), dtype=np.float32)
        for row, of in zip(by_source, scores.values(), strict=True):
            row[:] = of.of(items)
        return cls(items, by_source.T, tuple(scores))

    def proposers(self, history: History) -> tuple[str, ...]:
        """Return by item the source that ranks it highest; items of ``history`` are repurchases."""
        n = len(self.items)
        # A source that gives no score has nothing to do with the item.
        has_score = self.scores.T > 0
        ranks = np.empty(has_score.shape, dtype=np.int32)
        order = best_first_of_each(np.where(has_score, self.scores.T, np.float32(0)))
        ranks[np.arange(len(ranks))[:, np.newaxis], order] = np.arange(n, dtype=np.int32)
        ranks[~has_score] = n
        best = ranks.argmin(axis=0)
        best[among(self.items, np.sort(history.items))] = len(self.sources)
        names = (*(source.name for source in self.sources), Source.REPURCHASE)
        return tuple(map(names.__getitem__, best.tolist()))


class Proposer:
    """Proposes candidates from one model by ``sources``; made once, used by all threads."""

    def __init__(self, model: Model, sources: Sources = SOURCES) -> None:
        self.model = model
        self.sources = tuple(make(model) for make in sources)
        self.by_name = {
            source.name: source for source in (*self.sources, *(make(model) for make in CONTEXT_SOURCES))
        }

    def propose(self, user: UserState, also: NDArray[np.int32] = NO_ITEMS, *, repeats: bool) -> Candidates:
        """Return the best of each source, and ``also``; with ``repeats`` the user's own items too, else none."""
        scores = self.scores(user)
        proposed = self.proposed(user, scores, repeats=repeats)
        return Candidates.scored(distinct(np.concatenate([*proposed.values(), also])), scores)

    def proposed(
        self, user: UserState, scores: Mapping[CandidateSource, Scores], *, repeats: bool
    ) -> dict[str, NDArray[np.int32]]:
        """Return what each source proposes; with ``repeats`` the user's own items too, as ``repurchase``."""
        history = user.history.bought()
        excluded = distinct(np.concatenate([user.excluded, NO_ITEMS if repeats else history.items]))
        is_hidden = np.zeros(max(self.model.n_items, int(excluded.max(initial=-1)) + 1), dtype=bool)
        is_hidden[excluded] = True
        proposed = {
            source.name: _best(of, source.n_proposed, len(excluded), is_hidden, user.allowed)
            for source, of in scores.items()
        }
        if repeats:
            own = own_items(history, user.allowed)
            proposed[Source.REPURCHASE] = own[~is_hidden[own]]
        return proposed

    def scores(self, user: UserState) -> Mapping[CandidateSource, Scores]:
        """Return what each source thinks of the items."""
        return {source: source.scores(user) for source in self.sources}

    def scores_of_all(self, users: Sequence[UserState]) -> Iterator[Mapping[CandidateSource, Scores]]:
        """Yield the ``scores`` of each of ``users``, who all have factors; faster than one by one."""
        for start in range(0, len(users), USERS_AT_ONCE):
            some = users[start : start + USERS_AT_ONCE]
            by_source = [source.scores_of_all(some) for source in self.sources]
            for of_user in zip(*by_source, strict=True):
                yield dict(zip(self.sources, of_user, strict=True))

    def public_name(self, proposer: str) -> Source:
        """Return what a proposer of items is called in answers; raises ValueError for one that does not exist."""
        if proposer in self.by_name:
            return self.by_name[proposer].public_name
        return PUBLIC_NAMES[proposer] if proposer in PUBLIC_NAMES else Source(proposer)


def _best(
    scores: Scores, n: int, n_excluded: int, is_hidden: NDArray[np.bool_], allowed: Subset | None
) -> NDArray[np.int32]:
    """Return those of the best ``n + n_excluded`` items that are not hidden, at most ``n + MAX_MORE`` of them.

    ``is_hidden``: bool, shape (n_items,): true for ``n_excluded`` items, some of which may be cold-start items.
    """
    if not n_excluded:
        return scores.best(n, allowed)
    best = np.sort(scores.best(n + n_excluded, allowed))
    shown: NDArray[np.int32] = best[~is_hidden[best]]
    if len(shown) <= n + MAX_MORE:
        return shown
    return shown[best_positions(scores.of(shown), n + MAX_MORE)]
