import numpy as np
from support.models import CAKE, JAM, MILK, NAILS, SAW, TEA

from recsvc.model.model import Model
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import OverFetch


def test_a_list_with_spare_items_begins_like_the_one_without(model: Model) -> None:
    query = Query(Placement.FOR_YOU, 2, "ada")
    short = Recommender(model).recommend(query).items
    long = Recommender(model).recommend(query, over_fetch=OverFetch(spare=3)).items
    assert (len(long), long[:2]) == (5, short)


def test_a_list_grows_by_the_items_that_are_unavailable() -> None:
    over_fetch = OverFetch(spare=1, unavailable=np.asarray([TEA, SAW], np.int32))
    assert over_fetch.length(np.asarray([TEA, CAKE, SAW, JAM, MILK, NAILS], np.int32), 2) == 5
