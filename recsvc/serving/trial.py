"""A version is tried before it is taken up: lists are made from it for a handful of shoppers."""

import numpy as np

from recsvc.cache.finished_list import FinishedList, Kept
from recsvc.errors import DamagedModelError
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender

N_USERS = 5
"""Tried at every placement, beside someone whom the model does not know: about 0.1 s in all."""


def try_out(recommender: Recommender) -> None:
    """Raise DamagedModelError where ``recommender`` cannot make a list that can be kept and sent."""
    try:
        for query in _queries(recommender):
            Kept((FinishedList.of(recommender.recommend(query)),)).pack()
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise DamagedModelError(f"no lists can be made from it ({what:.200}): train again") from error


def _queries(recommender: Recommender) -> list[Query]:
    model = recommender.model
    users = (
        {round(share * (model.n_users - 1)) for share in np.linspace(0, 1, N_USERS)}
        if model.n_users
        else set()
    )
    shoppers = [None, *(model.users.id_of(user) for user in sorted(users))]
    items = [model.items.id_of(item) for item in {0, model.n_items - 1} if item >= 0]
    return [
        Query(placement, user_id=user_id, item_ids=tuple(items) if placement.needs_items else ())
        for user_id in shoppers
        for placement in Placement
        if items or not placement.needs_items
    ]
