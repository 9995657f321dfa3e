"""What users of such a taste bought next: a linear map from the direction of a user's factors."""

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.query import Source
from recsvc.ranking.sources.als import ItemTableSource, unit_factors
from recsvc.ranking.user_state import UserState


class _Forward(ItemTableSource):
    """A map that has an intercept in its last column."""

    n_proposed = 80
    public_name = Source.ALS

    def query(self, user: UserState) -> NDArray[np.float32] | None:
        """Return the unit factors and a 1."""
        return user.once(_unit_factors_and_one, self.model)


class ForwardAll(_Forward):
    """Anything that they bought next."""

    name = table_name = "forward_all"
    words = "what such a taste buys next"


class ForwardNew(_Forward):
    """What they bought next and never before."""

    name = table_name = "forward_new"
    words = "what such a taste tries next"


def _unit_factors_and_one(model: Model, user: UserState) -> NDArray[np.float32] | None:
    unit = user.once(unit_factors, model)
    return None if unit is None else np.append(unit, np.float32(1))
