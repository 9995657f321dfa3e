"""How much lists change from one version to the next, as shoppers see them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from recsvc.model.model import Model
from recsvc.ranking.query import Query
from recsvc.ranking.recommender import Recommender
from training.evaluation.evaluation import Evaluation, QuestionResult
from training.evaluation.merchandise import SHOWN, Steady
from training.evaluation.metrics import NO_ITEM, Lists, PerUser, churn_at_k
from training.evaluation.task import Question
from training.history.interactions import DAY_SECONDS, Interactions
from training.history.split import Split
from training.progress import Progress

MAX_USERS = 300
"""The lists of so many users are compared."""

Fit = Callable[[Split, Interactions], Model]
"""Learns a model from the training part: order lines in the first argument, indexed in the second."""

GoOn = Callable[[Model, Interactions], Model]
"""Learns the version after a model from a history that is longer by a day."""


def with_changes(evaluation: Evaluation, before: Model, after: Model, progress: Progress) -> Evaluation:
    """Return ``evaluation`` with how many of the first ten ``after`` shows and ``before`` did not."""
    with progress.step("Lists: before and after"):
        churn = _churn(evaluation.questions, before, after)
    questions = {
        question: replace(result, churn_at_10=evaluation.resampling.mean(churn[question]))
        for question, result in evaluation.questions.items()
    }
    return replace(evaluation, questions=questions)


def steadiness(
    questions: Mapping[Question, QuestionResult],
    known: Interactions,
    split: Split,
    fit: Fit,
    go_on: GoOn,
) -> Steady | None:
    """Learn without the newest day, go on with it as on the night after, and compare the lists.

    Returns None for orders without dates, and where the newest day is all that there is.
    """
    earlier = _without_newest_day(split)
    if earlier is None:
        return None
    before = fit(earlier, Interactions.of(earlier.train_lines, earlier.train_guest_lines, known.catalogue))
    churn = _churn(questions, before, go_on(before, known))
    changed = {question.placement.value: float(of.mean()) for question, of in churn.items()}
    n_lines, n_earlier = (one.train_lines.height + one.train_guest_lines.height for one in (split, earlier))
    return Steady(changed, 1 - n_earlier / n_lines)


def _churn(
    questions: Mapping[Question, QuestionResult], before: Model, after: Model
) -> dict[Question, PerUser]:
    """Return by question how much changes for each user, some of those who were asked, drawn by chance."""
    recommenders = [Recommender(model) for model in (before, after)]
    churn = {}
    with threadpool_limits(1, "blas"):
        for question, result in questions.items():
            user_ids = result.answers.task.user_ids
            users = np.random.default_rng(0).permutation(len(user_ids))[:MAX_USERS]
            queries = [Query(question.placement, SHOWN, user_ids[user]) for user in users]
            shown = [[one.item_ids(query) for query in queries] for one in recommenders]
            before_lists, after_lists = _as_numbers(*shown)
            churn[question] = churn_at_k(before_lists, after_lists, SHOWN)
    return churn


def _as_numbers(*of_models: Sequence[Sequence[str]]) -> list[Lists]:
    """Return the lists of each model with numbers for ids, int32, shape (n_users, SHOWN)."""
    numbers: dict[str, int] = {}
    return [
        np.asarray(
            [
                [numbers.setdefault(item_id, len(numbers)) for item_id in shown]
                + [NO_ITEM] * (SHOWN - len(shown))
                for shown in lists
            ],
            dtype=np.int32,
        ).reshape(-1, SHOWN)
        for lists in of_models
    ]


def _without_newest_day(split: Split) -> Split | None:
    newest = split.train_lines["ordered_at"].max()
    if newest is None:
        return None
    kept = (pl.col("ordered_at") <= int(newest) - DAY_SECONDS).fill_null(value=True)  # type: ignore[arg-type]
    lines = split.train_lines.filter(kept)
    if lines.is_empty():
        return None
    return replace(split, train_lines=lines, train_guest_lines=split.train_guest_lines.filter(kept))
