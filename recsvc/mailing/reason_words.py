"""The reason of an item in few words, for a mail."""

from collections.abc import Mapping

from recsvc.ranking.explain.because import because
from recsvc.ranking.explain.explanation import Explanation, Standing
from recsvc.ranking.explain.languages.language import Language
from recsvc.ranking.explain.told import Told
from recsvc.ranking.query import Placement, Reason, Strategy


def why(item_id: str, reason: Reason, titles: Mapping[str, str], language: Language) -> str:
    """Return what follows "because"; "" where nothing that is true can be said without a closer look at the list.

    A full explanation looks at each candidate of the list again, which is too much for all shoppers; what only that
    could tell, such as how well an item sells, is not said.
    """
    of_a_list = Explanation(Strategy.PERSONALIZED, 1, 1, Placement.FOR_YOU, candidate_rank=1)
    return because(Told(of_a_list, item_id, Standing.KNOWN, titles, language), reason)
