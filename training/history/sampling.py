"""The part that is drawn from a large history, so that a run does not grow with all of it."""

import numpy as np
import polars as pl

from training.history.split import OrderHistory, OrderLines, order_key
from training.settings import TrainingSettings

USERS_A_WINDOW, USERS_COMPARED = 2000, 1000
"""The rankers learn from at most so many users of a window, and are compared on at most so many of the newest."""

NEIGHBOUR_ITEMS = 100
"""The number of pairs that a user's items make grows with their square: a few users would make most of them."""

NEGATIVES_SHARE = 0.12
"""About half of what a small history keeps."""

TREES = 65
"""Half of the usual ones, each adding twice as much."""

EXAMPLES = 3500
"""Once windows have so many users in all, none is added: mostly there are three."""


def is_large(n_users: int, settings: TrainingSettings) -> bool:
    """Return whether a history of so many users is learned from in part, but for the model that goes live."""
    return n_users > settings.fit_users


def thrifty(settings: TrainingSettings) -> TrainingSettings:
    """Return ``settings`` with less work than a small history is worth.

    Windows share no days, so that few of them reach as far back as more that do. ALS has half the iterations, and
    of fewer trees each adds as much more.
    """
    fewer = {
        "window_step_days": max(settings.window_step_days, settings.window_days),
        "users_a_window": min(settings.users_a_window, USERS_A_WINDOW),
        "compare_users": min(settings.compare_users, USERS_COMPARED),
        "max_examples": min(settings.max_examples, EXAMPLES),
        "negatives_share": min(settings.negatives_share, NEGATIVES_SHARE),
        "neighbour_items": min(settings.neighbour_items, NEIGHBOUR_ITEMS),
        "iterations": -(-settings.iterations // 2),
    }
    return with_fewer_trees(settings).model_copy(update=fewer)


def with_fewer_trees(settings: TrainingSettings) -> TrainingSettings:
    """Return ``settings`` with at most ``TREES`` trees, each of which adds as much more as there are fewer."""
    trees = min(settings.trees, TREES)
    rate = min(settings.learning_rate * settings.trees / trees, 1.0)
    return settings.model_copy(update={"trees": trees, "learning_rate": rate})


def users_of(orders: OrderHistory) -> pl.Series:
    """Return the distinct users, sorted."""
    return orders.lines["user_id"].unique().sort()


def shuffled(users: pl.Series, seed: int) -> pl.Series:
    """Return ``users`` in an order of which any beginning is a random part."""
    return users.gather(np.random.default_rng(seed).permutation(len(users)))


def some_users(orders: OrderHistory, n: int, seed: int) -> OrderLines:
    """Return the part of ``n`` users drawn at random; all lines where there are no more users than that."""
    users = users_of(orders)
    if len(users) <= n:
        return OrderLines(orders.lines, orders.guest_lines)
    return part_of(orders, shuffled(users, seed)[:n], len(users), seed)


def part_of(orders: OrderHistory, drawn: pl.Series, n_users: int, seed: int) -> OrderLines:
    """Return the lines of the ``drawn`` users, of ``n_users``, and of the same share of the guests' orders."""
    order = pl.coalesce(order_key(), pl.concat_str(pl.lit("row "), pl.int_range(pl.len())))
    users = drawn.cast(orders.lines["user_id"].dtype)
    return OrderLines(
        orders.lines.filter(pl.col("user_id").is_in(users.implode())),
        orders.guest_lines.filter(order.hash(seed) % n_users < len(drawn)),
    )
