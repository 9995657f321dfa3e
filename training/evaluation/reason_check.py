"""Whether reasons are true: without the purchases that one names, the item has to fall."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.placements import BuiltInPlacement
from recsvc.ranking.query import Placement, Query, ReasonType
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import EVERYTHING, EXACTLY_N
from recsvc.ranking.sources.als import fold_in
from recsvc.ranking.user_state import UserState

SHOWN = 10
NOWHERE = 1_000_000_000


@dataclass(frozen=True)
class ReasonCheck:
    """What came of leaving out the purchases that reasons name.

    Attributes:
        items: how many items of the lists were looked at.
        named: how many of their reasons are ``because_you_bought``.
        held: how many of these items fell, by at least a place among all others, when what their reason names was
            taken out of the history and the list was ranked anew.
        popular: how many items are said to be popular.
    """

    items: int
    named: int
    held: int
    popular: int

    @property
    def share(self) -> float | None:
        """Share of the reasons that hold; None where none names a purchase."""
        return self.held / self.named if self.named else None


def check_reasons(recommender: Recommender, placement: Placement, user_ids: Sequence[str]) -> ReasonCheck:
    """Check the reasons of the first ten items of each user, each by ranking anew."""
    items = named = held = popular = 0
    for user_id in user_ids:
        query = Query(placement, SHOWN, user_id)
        trace = recommender.trace(query, None, EXACTLY_N, EVERYTHING, recommender.no_cold_start)
        built_in = recommender.placement(query)
        before = built_in.ranking(recommender.judge, trace.user)
        for item, reason in zip(trace.shown.items.tolist(), trace.reasons, strict=True):
            items += 1
            popular += reason.type in (ReasonType.POPULAR, ReasonType.TRENDING)
            if reason.type is ReasonType.BECAUSE_YOU_BOUGHT:
                gone = np.asarray(recommender.model.items.indices_of(reason.item_ids), dtype=np.int32)
                after = _without(recommender, built_in, trace.user, gone)
                named += 1
                held += _place(after, item, gone) > _place(before, item, gone)
    return ReasonCheck(items, named, held, popular)


def _without(
    recommender: Recommender, placement: BuiltInPlacement, user: UserState, gone: NDArray[np.int32]
) -> Ranking:
    """Return the ranking of the user if they had never bought the items ``gone``."""
    kept = np.flatnonzero(~np.isin(user.history.items, gone))
    if not len(kept):
        return Ranking.empty()
    history = user.history.at(kept)
    factors = fold_in(recommender.model, history)
    return placement.ranking(
        recommender.judge, replace(user, user_index=None, history=history, folded_in=factors)
    )


def _place(ranking: Ranking, item: int, gone: NDArray[np.int32]) -> int:
    """Return the place of an item, 0 for the first, among all but ``gone``: these would be new to the user."""
    others = ranking.items[~np.isin(ranking.items, gone)]
    found = np.flatnonzero(others == item)
    return int(found[0]) if len(found) else NOWHERE
