"""The second stage: candidates in the order in which the ranker sees them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.candidates import Candidates, Proposer
from recsvc.ranking.features import OF_CATEGORY, feature_topics, features, personal_features
from recsvc.ranking.ranker import read_ranker
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.scores import NO_ITEMS
from recsvc.ranking.user_state import UserState

BEST = 120
"""So many candidates are put in their exact order: more than a list can hold, with its spare items."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Candidates as the ranker sees them.

    Attributes:
        candidates: what was proposed.
        features: float32, shape (n, n_features).
        scores: float32, shape (n,): the ranker's.
    """

    candidates: Candidates
    features: NDArray[np.float32]
    scores: NDArray[np.float32]


class Judge:
    """Finds candidates and scores them by the rankers of one model; made once, used by all threads."""

    def __init__(self, model: Model, proposer: Proposer) -> None:
        self.model = model
        self.proposer = proposer
        self.feature_topics = feature_topics(
            tuple(map(type, proposer.sources)), has_appeal=model.item_appeal is not None
        )
        names = tuple(self.feature_topics)
        personal = personal_features(tuple(map(type, proposer.sources)))
        self.is_personal = np.asarray([name in personal for name in names])
        self.of_category = tuple(names.index(name) for name in OF_CATEGORY)
        self.rankers = {
            True: read_ranker(model.ranker_all, names),
            False: read_ranker(model.ranker_new, names),
        }

    def judged(self, user: UserState, also: NDArray[np.int32] = NO_ITEMS, *, repeats: bool) -> Judged:
        """Return the candidates of a user with factors, and the items ``also``, as the ranker sees them."""
        candidates = self.proposer.propose(user, also, repeats=repeats)
        table = features(self.model, user, candidates)
        return Judged(candidates, table, self.rankers[repeats].score(table))

    def once(self, user: UserState, *, repeats: bool) -> Judged:
        """Return the candidates of a user with factors, the ``BEST`` of them in the order of their exact scores.

        They are judged but once.
        """
        return user.once(self._repeats if repeats else self._new, self.model)

    def _repeats(self, _: Model, user: UserState) -> Judged:
        return self._best_judged(user, repeats=True)

    def _new(self, _: Model, user: UserState) -> Judged:
        return self._best_judged(user, repeats=False)

    def _best_judged(self, user: UserState, *, repeats: bool) -> Judged:
        candidates = self.proposer.propose(user, repeats=repeats)
        table = features(self.model, user, candidates)
        return Judged(candidates, table, self.rankers[repeats].score_best(table, BEST))

    def scores_of(self, user: UserState, items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return what a user with factors gets to see sooner, repeats included; float32, shape (n,), larger is sooner.

        ``items``: int32, shape (n,), distinct and ascending. The ``BEST`` of them have their exact scores.
        """
        candidates = Candidates.scored(items, self.proposer.scores(user))
        table = features(self.model, user, candidates)
        return self.rankers[True].score_best(table, BEST)

    def ranking(self, user: UserState, *, repeats: bool) -> Ranking:
        """Return the candidates of a user with factors, best first."""
        judged = self.once(user, repeats=repeats)
        proposers = judged.candidates.proposers(user.history.bought())
        return Ranking.of(judged.candidates.items, judged.scores, proposers)
