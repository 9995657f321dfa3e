"""What placement rules say of the items of ``small_model``, as tests write it."""

import numpy as np

from recsvc.model.model import Model
from recsvc.ranking.query import Query, RecommendationList
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import EXACTLY_N, Capped, OverFetch, Selection
from support.models import HAMMER, ITEMS, NAILS, SAW, small_model

TOOLS = (HAMMER, NAILS, SAW)


def only(*items: int, n_items: int = len(ITEMS)) -> np.ndarray:
    mask = np.zeros(n_items, dtype=bool)
    mask[list(items)] = True
    return mask


def factors(**of: float) -> np.ndarray:
    return np.asarray([of.get(item, 1.0) for item in ITEMS], dtype=np.float32)


def tools_are_one_group(at_most: int) -> Capped:
    return Capped(np.where(only(*TOOLS), 0, -1).astype(np.int32), at_most)


def ids(made: RecommendationList) -> list[str]:
    return [item.item_id for item in made.items]


def recommend(
    query: Query, selection: Selection, model: Model | None = None, over_fetch: OverFetch = EXACTLY_N
):
    return Recommender(model or small_model()).recommend(query, over_fetch=over_fetch, selection=selection)
