"""What the pipeline leaves behind on its way to a list."""

from dataclasses import dataclass

from recsvc.ranking.query import Strategy
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.reasons import Evidence
from recsvc.ranking.user_state import UserState


@dataclass(frozen=True, eq=False)
class RankingTrace:
    """A list and what it came from.

    Attributes:
        user: whom it is for.
        ranking: all that could have been in it, best first, before it was made more diverse and filled up.
        shown: the list, with the spare items behind it.
        strategy: how it came about.
        evidence: what gives reasons for its items.
    """

    user: UserState
    ranking: Ranking
    shown: Ranking
    strategy: Strategy
    evidence: Evidence
