"""Examples for the ranker: what it would have seen of a candidate at a moment in the past, and what happened next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recsvc.model.model import Model
from recsvc.model.vocabulary import Vocabulary
from recsvc.ranking.candidates import Proposer, Shopper, scored
from recsvc.ranking.features import FEATURES, features
from recsvc.ranking.history import history_of
from recsvc.ranking.scores import Scores, among, distinct

NOTHING = np.empty(0, dtype=np.int32)

NEGATIVES_PER_HIT = 160
"""Where examples are thinned, a shopper keeps a share of what was not bought, and at most about this share of so many
candidates for each one that was bought.

Who bought none of them keeps none: among equals there is no order to learn.
"""


@dataclass(frozen=True, eq=False)
class Examples:
    """Candidates of many shoppers, one below the other.

    Attributes:
        features: float32, shape (n, len(FEATURES)).
        bought: bool, shape (n,): was the candidate bought next?
        groups: int64, shape (n_shoppers,): number of candidates of each shopper.
        targets: int64, shape (n_shoppers,): how many items the shopper bought, candidates or not.
        is_thinned: most of what was not bought is missing.
    """

    features: NDArray[np.float32]
    bought: NDArray[np.bool_]
    groups: NDArray[np.int64]
    targets: NDArray[np.int64]
    is_thinned: bool = False

    @classmethod
    def together(cls, parts: "list[Examples]") -> "Examples":
        """Put several below one another."""
        return cls(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.bought for part in parts]),
            np.concatenate([part.groups for part in parts]),
            np.concatenate([part.targets for part in parts]),
            any(part.is_thinned for part in parts),
        )

    @property
    def n_shoppers(self) -> int:
        """Number of shoppers."""
        return len(self.groups)

    def thinned(self, seed: int, share: float) -> "Examples":
        """Return the examples with about this ``share`` of what was not bought."""
        if self.is_thinned:
            return self
        shopper = np.repeat(np.arange(self.n_shoppers), self.groups)
        hits = np.bincount(shopper[self.bought], minlength=self.n_shoppers)
        wanted = _share_kept(hits, self.groups - hits, share)[shopper]
        keep = self.bought | (np.random.default_rng(seed).random(len(self.bought)) < wanted)
        groups = np.bincount(shopper[keep], minlength=self.n_shoppers)
        return Examples(self.features[keep], self.bought[keep], groups, self.targets, is_thinned=True)

    def halves(self) -> "tuple[Examples, Examples]":
        """Return every second shopper, and the others."""
        second = np.arange(self.n_shoppers) % 2 == 1
        rows = np.repeat(second, self.groups)
        return self._part(second, rows), self._part(~second, ~rows)

    def _part(self, shoppers: NDArray[np.bool_], rows: NDArray[np.bool_]) -> "Examples":
        return Examples(
            self.features[rows],
            self.bought[rows],
            self.groups[shoppers],
            self.targets[shoppers],
            self.is_thinned,
        )


@dataclass(frozen=True)
class Sampling:
    """How much of what happened is learned from.

    Attributes:
        max_users: at most so many users.
        seed: of the users and candidates that are drawn.
        negatives_share: share of the candidates that were not bought, about; None: all of them.
    """

    max_users: int
    seed: int
    negatives_share: float | None = None


def make_examples(
    model: Model, bought_next: pl.DataFrame, lists: Mapping[str, bool], sampling: Sampling
) -> dict[str, Examples]:
    """Return, by the name of each list, the candidates of users who bought something next.

    Args:
        model: what was known at the moment.
        bought_next: order lines after it.
        lists: by name, whether a list may hold repeats, or only what is new to the shopper.
        sampling: how many of both.
    """
    shoppers, proposer = _targets(model, bought_next), Proposer(model)
    chosen = np.random.default_rng(sampling.seed).permutation(len(shoppers))[: sampling.max_users]
    parts = {name: _Parts(sampling) for name in lists}
    # One shopper is too little work to be shared: threads of BLAS would cost more than they save.
    with threadpool_limits(1, "blas"):
        for bought, shopper, scores in _scored_shoppers(
            model, proposer, [shoppers[i] for i in np.sort(chosen)]
        ):
            kept = {}
            for name, repeats in lists.items():
                wanted = bought if repeats else bought[~among(bought, np.sort(shopper.history.items))]
                if len(wanted):
                    proposed = proposer.proposed(shopper, scores, repeats=repeats)
                    kept[name] = parts[name].kept(distinct(np.concatenate(list(proposed.values()))), wanted)
            # What is known of an item is the same for each list.
            items = distinct(np.concatenate([NOTHING, *kept.values()]))
            if len(items):
                table = features(model, shopper, scored(items, scores))
                for name, some in kept.items():
                    parts[name].add(table[np.searchsorted(items, some)])
    return {name: part.examples() for name, part in parts.items()}


def _scored_shoppers(
    model: Model, proposer: Proposer, bought: Sequence[tuple[int, NDArray[np.int32]]]
) -> Iterator[tuple[NDArray[np.int32], Shopper, dict[str, Scores]]]:
    """Yield what each shopper bought, the shopper, and what the sources think of the items."""
    shoppers = [Shopper(user, history_of(model, user), NOTHING) for user, _ in bought]
    for (_, items), shopper, scores in zip(bought, shoppers, proposer.scores_of_all(shoppers), strict=True):
        yield items, shopper, scores


class _Parts:
    """Examples of one list, shopper after shopper."""

    def __init__(self, sampling: Sampling) -> None:
        self._share = sampling.negatives_share
        self._rng = np.random.default_rng(sampling.seed)
        self._tables = [np.empty((0, len(FEATURES)), np.float32)]
        self._labels = [np.empty(0, dtype=bool)]
        self._targets: list[int] = []

    def kept(self, items: NDArray[np.int32], wanted: NDArray[np.int32]) -> NDArray[np.int32]:
        """Note which of the candidates ``items`` are among those ``wanted``; return which to learn from."""
        bought = among(items, np.sort(wanted))
        kept = np.ones_like(bought) if self._share is None else _kept(bought, self._rng, self._share)
        self._labels.append(bought[kept])
        self._targets.append(len(wanted))
        return items[kept]

    def add(self, table: NDArray[np.float32]) -> None:
        """Take the features of what was kept last."""
        self._tables.append(table)

    def examples(self) -> Examples:
        """Return all of them."""
        return Examples(
            np.concatenate(self._tables),
            np.concatenate(self._labels),
            np.asarray([len(labels) for labels in self._labels[1:]], dtype=np.int64),
            np.asarray(self._targets, dtype=np.int64),
            self._share is not None,
        )


def _kept(bought: NDArray[np.bool_], rng: np.random.Generator, share: float) -> NDArray[np.bool_]:
    """Return which candidates of one shopper are kept where examples are thinned."""
    hits = np.asarray([bought.sum()])
    return bought | (rng.random(len(bought)) < _share_kept(hits, len(bought) - hits, share))


def _share_kept(hits: NDArray[np.int64], others: NDArray[np.int64], share: float) -> NDArray[np.float64]:
    return share * np.minimum(1, NEGATIVES_PER_HIT * hits / np.maximum(others, 1))


def _targets(model: Model, bought_next: pl.DataFrame) -> list[tuple[int, NDArray[np.int32]]]:
    """Return (user index, item indices) of each user and item the model knows."""
    bought = (
        bought_next.select(pl.col("user_id", "item_id").cast(pl.String))
        .unique(maintain_order=True)
        .join(_indexed(model.users, "user_id"), on="user_id", maintain_order="left")
        .join(_indexed(model.items, "item_id"), on="item_id", maintain_order="left")
        .group_by("user_id_index", maintain_order=True)
        .agg("item_id_index")
    )
    return [(user, np.asarray(items, dtype=np.int32)) for user, items in bought.iter_rows()]


def _indexed(vocabulary: Vocabulary, name: str) -> pl.DataFrame:
    return pl.DataFrame({name: list(vocabulary.ids), f"{name}_index": range(len(vocabulary))})
