"""What clicks say of the order of lists: whether the appeal of items tells which item of a list was clicked.

Purchases cannot say so: they come from lists in the old order, whose first places are looked at most. So each click is
taken as a choice among the items of its list (McFadden, Conditional logit analysis of qualitative choice behavior,
1974), in which the place, as often as it is looked at, is known, and the ranker's score and the appeal count what fits
best. Appeal is that of what happened before, clicks are of afterwards.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.model.model import Model
from training.fit.appeal import fit_appeal
from training.history.exposures import Exposures
from training.history.interactions import DAY_SECONDS

TURNS = 25
RIDGE = 1e-6

MIN_CHOICES = 100
"""With fewer clicks to decide by, nothing is decided."""

MIN_SHOPPERS = 50
"""Nor with those of fewer shoppers: errors over shoppers need some."""


@dataclass(frozen=True, eq=False)
class Choices:
    """Clicks, and what each was chosen from.

    Attributes:
        rows: int64, shape (n,): examples, those of one choice together, the clicked one first.
        starts: int64, shape (n_choices,): where each choice begins.
        looked_at: float64, shape (n,): the logarithm of how often their places are looked at.
        shoppers: int64, shape (n_choices,): who chose.
    """

    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    looked_at: NDArray[np.float64]
    shoppers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)

    def among(self, kept: NDArray[np.bool_]) -> "Choices":
        """Return those all of whose examples are ``kept``, bool, shape (n_examples,), numbered as what is kept is."""
        lengths = np.diff(np.append(self.starts, len(self.rows)))
        is_whole = np.logical_and.reduceat(kept[self.rows], self.starts) if len(self) else kept[:0]
        of_whole = np.repeat(is_whole, lengths)
        number = np.cumsum(kept) - 1
        ends = np.cumsum(lengths[is_whole])
        return Choices(
            number[self.rows[of_whole]],
            ends - lengths[is_whole],
            self.looked_at[of_whole],
            self.shoppers[is_whole],
        )


@dataclass(frozen=True)
class Fit:
    """What explains the clicks best.

    Attributes:
        by_score: what a score of 1 more adds to the logarithm of the odds.
        by_appeal: what an appeal of 1 more adds.
        error: the standard error of ``by_appeal``, over shoppers.
    """

    by_score: float
    by_appeal: float
    error: float


@dataclass(frozen=True, eq=False)
class Candidates:
    """Whose candidates some examples are.

    Attributes:
        users: int32, shape (n_users,): in the model.
        groups: int64, shape (n_users,): number of candidates of each.
        items: int32, shape (n,): the candidates, ascending for each user.
    """

    users: NDArray[np.int32]
    groups: NDArray[np.int64]
    items: NDArray[np.int32]


def choices_of(exposures: Exposures, model: Model, candidates: Candidates, moment: int) -> Choices:
    """Return the clicks of users in lists whose items are among their candidates.

    Args:
        exposures: of which what was clicked after the day of ``moment`` is looked at.
        model: what was known at the moment.
        candidates: of the users.
        moment: in unix seconds.
    """
    lists = exposures.clicked_lists.filter(pl.col("day") > moment // DAY_SECONDS)
    users, groups, items = candidates.users, candidates.groups, candidates.items
    place_of = {user: place for place, user in enumerate(users.tolist())}
    shoppers = [
        -1 if (index := model.users.index_of(one)) is None else place_of.get(index, -1)
        for one in exposures.shopper_ids
    ]
    known_items = [
        -1 if (index := model.items.index_of(one)) is None else index for one in exposures.item_ids
    ]
    lists = lists.with_columns(
        pl.Series(np.asarray(shoppers, np.int64)[lists["shopper"].to_numpy()]).alias("user"),
        pl.Series(np.asarray(known_items, np.int64)[lists["item"].to_numpy()]).alias("index"),
    ).filter((pl.col("user") >= 0) & (pl.col("index") >= 0))
    # Examples stand by user, and by item within a user: one number finds them.
    keys = np.repeat(np.arange(len(groups)), groups) * model.n_items + items
    wanted = lists["user"].to_numpy() * model.n_items + lists["index"].to_numpy()
    row = np.searchsorted(keys, wanted)
    found = (row < len(keys)) & (keys[np.minimum(row, len(keys) - 1)] == wanted) if len(keys) else row < 0
    curves = fit_appeal(exposures.before(moment)).curves
    position = np.minimum(lists["position"].to_numpy(), curves.shape[1] - 1)
    looked_at = np.log(np.maximum(curves[lists["placement"].to_numpy(), position], 1e-9))
    shown = lists.with_columns(pl.Series(row).alias("row"), pl.Series(looked_at).alias("looked_at")).filter(
        pl.Series(found)
    )
    return _choices(shown)


def _choices(shown: pl.DataFrame) -> Choices:
    """Return one choice a click: the clicked item, and those of its list that were not clicked."""
    clicked = shown.filter("clicked").with_row_index("choice").with_columns(pl.col("choice").cast(pl.Int64))
    passed = shown.filter(~pl.col("clicked")).select("list", "row", "looked_at")
    others = clicked.select("choice", "list", "user").join(passed, on="list", how="inner")
    columns = ["choice", "user", "row", "looked_at"]
    # A choice of one is none.
    chosen = clicked.filter(pl.col("choice").is_in(others["choice"].unique().implode())).select(columns)
    both = pl.concat(
        [
            chosen.with_columns(pl.lit(0).alias("after")),
            others.select(columns).with_columns(pl.lit(1).alias("after")),
        ]
    ).sort("choice", "after", "row")
    _, starts = np.unique(both["choice"].to_numpy(), return_index=True)
    return Choices(
        both["row"].to_numpy().astype(np.int64),
        starts.astype(np.int64),
        both["looked_at"].to_numpy().astype(np.float64),
        both["user"].to_numpy()[starts].astype(np.int64),
    )


def fit_choices(choices: Choices, scores: NDArray[np.float32], appeal: NDArray[np.float32]) -> Fit | None:
    """Return what explains ``choices`` best; None where there are too few, or nothing does.

    ``scores``, ``appeal``: float32, shape (n_examples,).
    """
    chosen_by, shopper = np.unique(choices.shoppers, return_inverse=True)
    if len(choices) < MIN_CHOICES or len(chosen_by) < MIN_SHOPPERS:
        return None
    x = np.stack([scores[choices.rows], appeal[choices.rows]], axis=1).astype(np.float64)
    lengths = np.diff(np.append(choices.starts, len(choices.rows)))
    choice = np.repeat(np.arange(len(choices)), lengths)
    scale = np.maximum(x.std(axis=0), 1e-9)
    x = x / scale
    weights = np.zeros(2)

    def means(values: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.add.reduceat(chance[:, np.newaxis] * values, choices.starts, axis=0))

    gradients, curvature = np.zeros((len(choices), 2)), np.eye(2)
    for _ in range(TURNS):
        utility = x @ weights + choices.looked_at
        utility -= np.maximum.reduceat(utility, choices.starts)[choice]
        odds = np.exp(utility)
        chance = odds / np.add.reduceat(odds, choices.starts)[choice]
        mean = means(x, chance)
        gradients = x[choices.starts] - mean
        centred = x - mean[choice]
        curvature = (chance[:, np.newaxis] * centred).T @ centred + RIDGE * len(choices) * np.eye(2)
        step = np.linalg.solve(curvature, gradients.sum(axis=0))
        weights = weights + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    # Clicks of one shopper are alike: errors are over shoppers (the sandwich of Huber and White), and not smaller.
    of_shoppers = np.zeros((len(chosen_by), 2))
    np.add.at(of_shoppers, shopper, gradients)
    inverse = np.linalg.inv(curvature)
    variance = inverse @ (of_shoppers.T @ of_shoppers) @ inverse
    by_score, by_appeal = (weights / scale).tolist()
    error = float(np.sqrt(max(variance[1, 1], inverse[1, 1])) / scale[1])
    return Fit(by_score, by_appeal, error) if np.isfinite([by_score, by_appeal, error]).all() else None
