"""Examples for the ranker: what it would have seen of a candidate at a moment in the past, and what happened next."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.candidates import Shopper
from recsvc.ranking.features import FEATURES, features
from recsvc.ranking.proposer import Proposer
from recsvc.ranking.recommender import history_of

NOTHING = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Examples:
    """Candidates of many shoppers, one below the other.

    Attributes:
        features: float32, shape (n, len(FEATURES)).
        bought: bool, shape (n,): was the candidate bought next?
        groups: int64, shape (n_shoppers,): number of candidates of each shopper.
        targets: int64, shape (n_shoppers,): how many items the shopper bought, candidates or not.
    """

    features: NDArray[np.float32]
    bought: NDArray[np.bool_]
    groups: NDArray[np.int64]
    targets: NDArray[np.int64]

    @classmethod
    def together(cls, parts: "list[Examples]") -> "Examples":
        """Put several below one another."""
        return cls(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.bought for part in parts]),
            np.concatenate([part.groups for part in parts]),
            np.concatenate([part.targets for part in parts]),
        )

    @property
    def n_shoppers(self) -> int:
        """Number of shoppers."""
        return len(self.groups)

    def thinned(self, share: float, seed: int) -> "Examples":
        """Return the examples with only about ``share`` of the candidates that were not bought."""
        keep = self.bought | (np.random.default_rng(seed).random(len(self.bought)) < share)
        shopper = np.repeat(np.arange(self.n_shoppers), self.groups)
        groups = np.bincount(shopper[keep], minlength=self.n_shoppers)
        return Examples(self.features[keep], self.bought[keep], groups, self.targets)

    def halves(self) -> "tuple[Examples, Examples]":
        """Return every second shopper, and the others."""
        second = np.arange(self.n_shoppers) % 2 == 1
        rows = np.repeat(second, self.groups)
        return self._part(second, rows), self._part(~second, ~rows)

    def _part(self, shoppers: NDArray[np.bool_], rows: NDArray[np.bool_]) -> "Examples":
        return Examples(self.features[rows], self.bought[rows], self.groups[shoppers], self.targets[shoppers])


def make_examples(
    model: Model, bought_next: pl.DataFrame, *, repeats: bool, max_users: int, seed: int
) -> Examples:
    """Return the candidates of users who bought something next.

    Args:
        model: what was known at the moment.
        bought_next: order lines after it.
        repeats: of lists that may hold repeats, or of those that hold only what is new to the shopper.
        max_users: at most so many users, drawn with ``seed``.
    """
    shoppers, proposer = _targets(model, bought_next), Proposer(model)
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(shoppers))[:max_users]
    tables, labels = [np.empty((0, len(FEATURES)), np.float32)], [np.empty(0, dtype=bool)]
    groups, targets = [], []
    for user_index, items in (shoppers[i] for i in np.sort(chosen)):
        shopper = Shopper(user_index, history_of(model, user_index), NOTHING)
        wanted = items if repeats else np.setdiff1d(items, shopper.history.items)
        candidates = proposer.propose(shopper, repeats=repeats)
        if len(wanted):
            tables.append(features(model, shopper, candidates))
            labels.append(np.isin(candidates.items, wanted))
            groups.append(len(candidates.items))
            targets.append(len(wanted))
    counted = (np.asarray(counts, dtype=np.int64) for counts in (groups, targets))
    return Examples(np.concatenate(tables), np.concatenate(labels), *counted)


def _targets(model: Model, bought_next: pl.DataFrame) -> list[tuple[int, NDArray[np.int32]]]:
    """Return (user index, item indices) of each user and item the model knows."""
    found = []
    by_user = bought_next.group_by("user_id", maintain_order=True).agg(
        pl.col("item_id").unique(maintain_order=True)
    )
    for user_id, item_ids in by_user.iter_rows():
        user_index = model.users.index_of(user_id)
        items = np.asarray(model.items.indices_of(item_ids), dtype=np.int32)
        if user_index is not None and len(items):
            found.append((user_index, items))
    return found
