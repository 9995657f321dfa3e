"""Kinds of shoppers, so that an average does not hide for whom the lists are bad."""

from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.history.interactions import Interactions

HEAVY_SHARE = 0.1


class Segment(StrEnum):
    """By the orders before the cut, and by how many lines they had."""

    ONE_ORDER = "1 earlier order"
    FEW_ORDERS = "2-4 earlier orders"
    MANY_ORDERS = "5+ earlier orders"
    HEAVY = "heavy: top 10 % by lines"
    LIGHT = "light: all others"


def segments_of(interactions: Interactions, user_ids: tuple[str, ...]) -> dict[Segment, NDArray[np.bool_]]:
    """Return who of ``user_ids`` belongs to each segment: bool, shape (n_users,).

    A purchase of which it is not known to which order it belongs counts as an order. Heavy are those with
    more purchases than nine in ten of ``user_ids``; where many have equally many, that is less than a tenth.
    """
    counts = (
        interactions.purchases.filter(pl.col("user_index").is_not_null())
        .group_by("user_index")
        .agg(
            (pl.col("basket").drop_nulls().n_unique() + pl.col("basket").null_count()).alias("orders"),
            pl.len().alias("lines"),
        )
        .sort("user_index")
    )
    users = interactions.users.indices_of(user_ids)
    orders, lines = (counts[name].gather(users).to_numpy() for name in ("orders", "lines"))
    heavy = lines > np.quantile(lines, 1 - HEAVY_SHARE) if len(lines) else np.zeros(0, dtype=bool)
    return {
        Segment.ONE_ORDER: orders == 1,
        Segment.FEW_ORDERS: (orders >= 2) & (orders <= 4),
        Segment.MANY_ORDERS: orders >= 5,
        Segment.HEAVY: heavy,
        Segment.LIGHT: ~heavy,
    }
