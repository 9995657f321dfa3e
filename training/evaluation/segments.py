"""Kinds of shoppers: an average may hide for which of them the lists are bad."""

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
    """Return which of ``user_ids`` belong to each segment: bool, shape (n_users,).

    A purchase without a known order counts as an order. Heavy users have more purchases than nine in ten of
    ``user_ids``; where many users have equally many, less than a tenth are heavy.
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
