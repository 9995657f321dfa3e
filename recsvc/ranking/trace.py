"""What the steps on the way to a list leave behind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.candidates import Candidates, Shopper
from recsvc.ranking.query import Strategy
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.reasons import Evidence


@dataclass(frozen=True, eq=False)
class Judged:
    """Candidates as the ranker sees them.

    Attributes:
        candidates: what was proposed.
        features: float32, shape (n, len(FEATURES)).
        scores: float32, shape (n,): the ranker's.
    """

    candidates: Candidates
    features: NDArray[np.float32]
    scores: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class RankingTrace:
    """A list and what it came from.

    Attributes:
        shopper: whom it is for.
        ranking: all that could have been in it, best first, before it was made more diverse and filled up.
        shown: the list, with the spare items behind it.
        strategy: how it came about.
        evidence: what gives reasons for its items.
    """

    shopper: Shopper
    ranking: Ranking
    shown: Ranking
    strategy: Strategy
    evidence: Evidence
