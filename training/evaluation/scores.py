"""The metrics of one ranker's answers to one task, for each user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from training.evaluation import metrics
from training.evaluation.catalogue import Catalogue
from training.evaluation.task import MAX_USERS, Question, Task
from training.history.interactions import Interactions
from training.history.split import Split

LIST_LENGTH = 20
RECALL_K = 20
TOP_K = 10


class Metric(StrEnum):
    """What is averaged over users; of these, more is better."""

    RECALL_AT_20 = "recall_at_20"
    NDCG_AT_10 = "ndcg_at_10"
    HIT_RATE_AT_10 = "hit_rate_at_10"


METRICS = tuple(Metric)


@dataclass(frozen=True, eq=False)
class Scores:
    """How one ranker answered one task.

    Attributes:
        lists: int32, shape (n_users, n): what was shown, in the order of ``task.user_ids``.
        per_user: float64, shape (n_users, 3): a column for each of ``METRICS``.
        popularity_rank: float64, shape (n_users,): mean sales rank of the first ten; NaN for an empty list.
        coverage: share of the catalogue in the first ten of at least one list.
        categories: float64, shape (n_users,): how many categories, of any level, the first ten are in; None where
            no catalogue is known.
    """

    lists: metrics.Lists
    per_user: NDArray[np.float64]
    popularity_rank: NDArray[np.float64]
    coverage: float
    categories: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, lists: metrics.Lists, task: Task) -> "Scores":
        """Score ``lists``, int32, shape (n_users, n), in the order of ``task.user_ids``."""
        hits = metrics.find_hits(lists, task.target_indptr, task.target_items)
        columns = (
            metrics.recall_at_k(hits, task.n_targets, RECALL_K),
            metrics.ndcg_at_k(hits, task.n_targets, TOP_K),
            metrics.hit_rate_at_k(hits, TOP_K),
        )
        return cls(
            lists,
            np.column_stack(columns),
            metrics.popularity_rank_at_k(lists, task.catalogue.ranks, TOP_K),
            metrics.coverage_at_k(lists, len(task.catalogue), TOP_K),
            metrics.categories_at_k(lists, task.catalogue.categories, TOP_K)
            if task.catalogue.categories is not None
            else None,
        )

    def metric(self, metric: Metric) -> NDArray[np.float64]:
        """Return one metric of each user, float64, shape (n_users,)."""
        return self.per_user[:, METRICS.index(metric)]


def evaluate_lists(
    lists_by_user: Mapping[str, Sequence[str]],
    split: Split,
    question: Question,
    *,
    max_users: int = MAX_USERS,
    seed: int = 0,
) -> Scores:
    """Score lists that came from anywhere, such as over HTTP: item ids by user id, best first.

    The users are those that ``evaluate`` asks with the same ``max_users`` and ``seed``; one without a list in
    ``lists_by_user`` counts as having been shown nothing. Raises ValueError for a list with an item twice.
    """
    catalogue = Catalogue.of(Interactions.of(split.train_lines, split.train_guest_lines))
    task = Task.of(split, question, catalogue, max_users, seed)
    lists = (lists_by_user.get(user_id, ()) for user_id in task.user_ids)
    return Scores.of(task.catalogue.lists_of(lists, LIST_LENGTH), task)
