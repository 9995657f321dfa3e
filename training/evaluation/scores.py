"""What all metrics and figures say of one ranker's answers to one task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation import metrics
from training.evaluation.catalogue import Catalogue
from training.evaluation.task import MAX_USERS, Question, Task
from training.history.interactions import Interactions
from training.history.split import Split

LIST_LENGTH = 20


@dataclass(frozen=True, eq=False)
class Scores:
    """How one ranker answered one task.

    Attributes:
        lists: int32, shape (n_users, n): what was shown, in the order of ``task.user_ids``.
        per_user: float64, shape (n_users, n_metrics): a column for each of ``METRICS``.
        figures: what each of ``FIGURES`` says of the lists.
    """

    lists: metrics.Lists
    per_user: NDArray[np.float64]
    figures: Mapping[metrics.Figure, metrics.PerUser | float | None]

    @classmethod
    def of(cls, lists: metrics.Lists, task: Task) -> "Scores":
        """Score ``lists``, int32, shape (n_users, n), in the order of ``task.user_ids``."""
        hits = metrics.find_hits(lists, task.target_indptr, task.target_items)
        shown = metrics.Shown(lists, hits, task.n_targets, task.catalogue.ranks, task.catalogue.categories)
        per_user = np.column_stack([metric.of_users(shown) for metric in metrics.METRICS])
        return cls(lists, per_user, {figure: figure.of(shown) for figure in metrics.FIGURES})

    def metric(self, metric: metrics.Metric) -> metrics.PerUser:
        """Return one metric of each user, float64, shape (n_users,)."""
        return self.per_user[:, metrics.METRICS.index(metric)]


def evaluate_lists(
    lists_by_user: Mapping[str, Sequence[str]],
    split: Split,
    question: Question,
    *,
    max_users: int = MAX_USERS,
    seed: int = 0,
) -> Scores:
    """Score lists that came from anywhere, such as over HTTP: item ids by user id, best first.

    The users are the test users of ``evaluate`` with the same ``max_users`` and ``seed``; a user without a list in
    ``lists_by_user`` counts as having been shown nothing. Raises ValueError for a list with an item twice.
    """
    catalogue = Catalogue.of(Interactions.of(split.train_lines, split.train_guest_lines))
    task = Task.of(split, question, catalogue, max_users, seed)
    lists = (lists_by_user.get(user_id, ()) for user_id in task.user_ids)
    return Scores.of(task.catalogue.lists_of(lists, LIST_LENGTH), task)
