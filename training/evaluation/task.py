"""A question, put to a sample of shoppers, with the answer that came to pass."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.ranking.query import Placement
from training.evaluation.catalogue import Catalogue
from training.history.split import Split

MAX_USERS = 5_000


class Question(StrEnum):
    """What is to be foreseen: everything that the shopper buys next, or only what they never bought."""

    ALL = "all"
    NEW = "new"

    @property
    def placement(self) -> Placement:
        """The placement that answers it."""
        return Placement.FOR_YOU if self is Question.ALL else Placement.DISCOVER


@dataclass(frozen=True, eq=False)
class Task:
    """One question to several users.

    Attributes:
        question: what is to be foreseen.
        user_ids: distinct, ascending; each has a target.
        target_indptr: int64, shape (n_users + 1,): where the targets of each user lie in ``target_items``.
        target_items: int32, shape (n_targets,): indices in ``catalogue``.
        catalogue: the items of the training part.
    """

    question: Question
    user_ids: tuple[str, ...]
    target_indptr: NDArray[np.int64]
    target_items: NDArray[np.int32]
    catalogue: Catalogue

    @classmethod
    def of(
        cls, split: Split, question: Question, catalogue: Catalogue, max_users: int = MAX_USERS, seed: int = 0
    ) -> "Task":
        """Put ``question`` to a random sample of at most ``max_users`` test users.

        The sample is the same for both questions; a user without a target of the question is left out.
        """
        targets = split.targets.filter(pl.col("user_id").is_in(_sampled(split, max_users, seed).implode()))
        if question is Question.NEW:
            targets = targets.filter(pl.col("is_new"))
        counts = targets.group_by("user_id").len().sort("user_id")
        items = [
            catalogue.index[item_id] for item_id in targets.sort("user_id", maintain_order=True)["item_id"]
        ]
        indptr = np.concatenate([[0], counts["len"].to_numpy().cumsum()]).astype(np.int64)
        user_ids = tuple(counts["user_id"].to_list())
        return cls(question, user_ids, indptr, np.asarray(items, dtype=np.int32), catalogue)

    @property
    def n_targets(self) -> NDArray[np.int64]:
        """Number of targets of each user, int64, shape (n_users,)."""
        return np.diff(self.target_indptr)

    def __len__(self) -> int:
        return len(self.user_ids)


def _sampled(split: Split, max_users: int, seed: int) -> pl.Series:
    users = split.targets["user_id"].unique().sort()
    if len(users) <= max_users:
        return users
    drawn = np.random.default_rng(seed).choice(len(users), size=max_users, replace=False)
    return users.gather(np.sort(drawn))
