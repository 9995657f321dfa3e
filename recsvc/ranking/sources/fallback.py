"""What any user can be shown: what rises, then what sells."""

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.query import Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.scores import SharedScores, Subset
from recsvc.ranking.sources.sales import sales


class Fallback:
    """Fills lists that are too short; made once for each model, used by all threads."""

    def __init__(self, model: Model) -> None:
        all_time = model.popularity[0]
        # Sales of all time decide between equals, and every item has some.
        selling = 1 + sales(model, 28) + all_time / (1 + all_time.max(initial=0))
        self.rising = SharedScores(model.trending)
        self.selling = SharedScores(selling)

    def ranking(self, excluded: NDArray[np.int32], n: int, allowed: Subset | None = None) -> Ranking:
        """Return enough items to fill ``n`` places whatever stands there already, without those ``excluded``.

        With ``allowed``, of those items alone.
        """
        rising = _first(self.rising, excluded, 2 * n, Source.TRENDING, allowed)
        return rising.filled_from(_first(self.selling, excluded, 2 * n, Source.POPULAR, allowed))


def _first(
    scores: SharedScores, excluded: NDArray[np.int32], n: int, source: Source, allowed: Subset | None
) -> Ranking:
    best = scores.best(n + len(excluded), allowed)
    shown = best[~np.isin(best, excluded)][:n]
    # The lowest of all is ranked with them, so that what is scaled does not depend on n.
    items = np.union1d(shown, scores.lowest(excluded, allowed))
    return Ranking.of(items, scores.of(items), (source,) * len(items)).first(len(shown))
