"""Examples for the ranker: what it would have seen of a candidate at a moment in the past, and what happened next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recsvc.model.model import Model
from recsvc.model.vocabulary import Vocabulary
from recsvc.ranking.candidates import Candidates, Proposer
from recsvc.ranking.features import FEATURES, features
from recsvc.ranking.history import history_of
from recsvc.ranking.scores import NO_ITEMS, Scores, among, distinct
from recsvc.ranking.selection import EVERYTHING, Selection
from recsvc.ranking.sources.base import CandidateSource
from recsvc.ranking.user_state import UserState
from training.ranker.click_choice import Choices

NEGATIVES_PER_HIT = 160
"""Where examples are thinned, a user keeps a share of what was not bought, and at most about this share of so many
candidates for each one that was bought.

A user who bought none of them keeps none: among equals there is no order to learn.
"""


@dataclass(frozen=True, eq=False)
class Examples:
    """Candidates of many users, one below the other.

    Attributes:
        features: float32, shape (n, len(FEATURES)).
        bought: bool, shape (n,): was the candidate bought next?
        groups: int64, shape (n_users,): number of candidates of each user.
        targets: int64, shape (n_users,): how many items the user bought, candidates or not.
        items: int32, shape (n,): what each candidate is, in the model of its window.
        is_thinned: most of what was not bought is missing.
        appeal: float32, shape (n,): ``Model.item_appeal`` of each; None where the model of its window has none.
        users: int32, shape (n_users,): who they are, in the model of the window; None where that is not known.
        choices: what was clicked in the window; None where that is not known.
    """

    features: NDArray[np.float32]
    bought: NDArray[np.bool_]
    groups: NDArray[np.int64]
    targets: NDArray[np.int64]
    items: NDArray[np.int32]
    is_thinned: bool = False
    appeal: NDArray[np.float32] | None = None
    users: NDArray[np.int32] | None = None
    choices: Choices | None = None

    @classmethod
    def together(cls, parts: "list[Examples]") -> "Examples":
        """Put several below one another, without appeal: it is not known in all of them."""
        return cls(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.bought for part in parts]),
            np.concatenate([part.groups for part in parts]),
            np.concatenate([part.targets for part in parts]),
            np.concatenate([part.items for part in parts]),
            any(part.is_thinned for part in parts),
        )

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.groups)

    def thinned(self, seed: int, share: float) -> "Examples":
        """Return the examples with about this ``share`` of what was not bought."""
        if self.is_thinned:
            return self
        user = np.repeat(np.arange(self.n_users), self.groups)
        hits = np.bincount(user[self.bought], minlength=self.n_users)
        wanted = _share_kept(hits, self.groups - hits, share)[user]
        keep = self.bought | (np.random.default_rng(seed).random(len(self.bought)) < wanted)
        groups = np.bincount(user[keep], minlength=self.n_users)
        appeal = None if self.appeal is None else self.appeal[keep]
        return Examples(
            self.features[keep], self.bought[keep], groups, self.targets, self.items[keep], True, appeal
        )

    def halves(self) -> "tuple[Examples, Examples]":
        """Return every second user, and the others."""
        second = np.arange(self.n_users) % 2 == 1
        rows = np.repeat(second, self.groups)
        return self._part(second, rows), self._part(~second, ~rows)

    def _part(self, users: NDArray[np.bool_], rows: NDArray[np.bool_]) -> "Examples":
        return Examples(
            self.features[rows],
            self.bought[rows],
            self.groups[users],
            self.targets[users],
            self.items[rows],
            self.is_thinned,
            None if self.appeal is None else self.appeal[rows],
            None if self.users is None else self.users[users],
            None if self.choices is None else self.choices.among(rows),
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
    model: Model,
    bought_next: pl.DataFrame,
    lists: Mapping[str, bool],
    sampling: Sampling,
    selection: Selection = EVERYTHING,
) -> dict[str, Examples]:
    """Return, by the name of each list, the candidates of users who bought something next.

    Args:
        model: what was known at the moment.
        bought_next: order lines after it.
        lists: by name, whether a list may hold repeats, or only what is new to the user.
        sampling: how many of both.
        selection: which items are variants of one product; another variant of what the user bought is not new to them.
    """
    targets, proposer = _targets(model, bought_next), Proposer(model)
    drawn = np.random.default_rng(sampling.seed).permutation(len(targets))[: sampling.max_users]
    users = [targets[i] for i in np.sort(drawn)]
    parts = {name: _Parts(sampling, model.item_appeal) for name in lists}
    # One user is too little work to be shared: threads of BLAS would cost more than they save.
    with threadpool_limits(1, "blas"):
        for bought, user, scores in _scored_users(model, proposer, users):
            kept = {}
            for name, repeats in lists.items():
                wanted, sees = bought, user
                if not repeats:
                    others = selection.variants_of(user.history.items)
                    wanted = bought[~among(bought, distinct(np.concatenate([user.history.items, others])))]
                    sees = replace(user, excluded=others) if len(others) else user
                if len(wanted):
                    proposed = proposer.proposed(sees, scores, repeats=repeats)
                    kept[name] = parts[name].kept(
                        user.user_index, distinct(np.concatenate(list(proposed.values()))), wanted
                    )
            # What is known of an item is the same for each list.
            items = distinct(np.concatenate([NO_ITEMS, *kept.values()]))
            if len(items):
                # Trees learn from what is known in each window; what appeal counts is chosen on the newest.
                table = features(model, user, Candidates.scored(items, scores))[:, : len(FEATURES)]
                for name, some in kept.items():
                    parts[name].add(table[np.searchsorted(items, some)])
    return {name: part.examples() for name, part in parts.items()}


def _scored_users(
    model: Model, proposer: Proposer, bought: Sequence[tuple[int, NDArray[np.int32]]]
) -> Iterator[tuple[NDArray[np.int32], UserState, Mapping[CandidateSource, Scores]]]:
    """Yield what each user bought, the user, and what the sources think of the items."""
    users = [UserState(user, history_of(model, user)) for user, _ in bought]
    for (_, items), user, scores in zip(bought, users, proposer.scores_of_all(users), strict=True):
        yield items, user, scores


class _Parts:
    """Examples of one list, user after user."""

    def __init__(self, sampling: Sampling, appeal: NDArray[np.float32] | None) -> None:
        self._share = sampling.negatives_share
        self._appeal = appeal
        self._rng = np.random.default_rng(sampling.seed)
        self._tables = [np.empty((0, len(FEATURES)), np.float32)]
        self._labels = [np.empty(0, dtype=bool)]
        self._targets: list[int] = []
        self._users: list[int] = []
        self._items = [NO_ITEMS]

    def kept(
        self, user: int | None, items: NDArray[np.int32], wanted: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Note of a ``user`` which candidates ``items`` are among those ``wanted``; return which to learn from."""
        bought = among(items, np.sort(wanted))
        kept = np.ones_like(bought) if self._share is None else _kept(bought, self._rng, self._share)
        self._labels.append(bought[kept])
        self._targets.append(len(wanted))
        self._users.append(-1 if user is None else user)
        self._items.append(items[kept])
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
            np.concatenate(self._items),
            self._share is not None,
            self._appeal_of(np.concatenate(self._items)),
            np.asarray(self._users, dtype=np.int32),
        )

    def _appeal_of(self, items: NDArray[np.int32]) -> NDArray[np.float32] | None:
        return None if self._appeal is None else self._appeal[items]


def _kept(bought: NDArray[np.bool_], rng: np.random.Generator, share: float) -> NDArray[np.bool_]:
    """Return which candidates of one user are kept where examples are thinned."""
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
