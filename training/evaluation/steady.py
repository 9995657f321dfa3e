"""How much lists change when one more day of orders is learned."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import polars as pl

from recsvc.model.model import Model
from training.evaluation.asking import lists_of_model
from training.evaluation.evaluation import RECSVC, QuestionResult
from training.evaluation.merchandise import Steady
from training.evaluation.metrics import churn_at_k
from training.evaluation.task import Question
from training.history.interactions import DAY_SECONDS, Interactions
from training.history.split import Split
from training.progress import Progress

SHOWN = 10


def steadiness(
    questions: Mapping[Question, QuestionResult],
    known: Interactions,
    split: Split,
    fit: Callable[[Split, Interactions], Model],
    progress: Progress,
) -> Steady | None:
    """Learn once more without the newest day, and compare with the lists in ``questions``, which know it.

    Returns None for orders without dates, and where the newest day is all that there is.
    """
    earlier = _without_newest_day(split)
    if earlier is None:
        return None
    before = fit(earlier, Interactions.of(earlier.train_lines, earlier.train_guest_lines, known.catalogue))
    tasks = {question: result.answers.task for question, result in questions.items()}
    n_users = max(map(len, tasks.values()), default=0)
    with progress.step("Lists: one day less", n_users) as done:
        lists = lists_of_model(before, tasks, on_done=done)
    changed = {
        question.placement.value: float(
            churn_at_k(result.answers.scores[RECSVC].lists, lists[question], SHOWN).mean()
        )
        for question, result in questions.items()
    }
    n_lines, n_earlier = (one.train_lines.height + one.train_guest_lines.height for one in (split, earlier))
    return Steady(changed, 1 - n_earlier / n_lines)


def _without_newest_day(split: Split) -> Split | None:
    newest = split.train_lines["ordered_at"].max()
    if newest is None:
        return None
    kept = (pl.col("ordered_at") <= int(newest) - DAY_SECONDS).fill_null(value=True)  # type: ignore[arg-type]
    lines = split.train_lines.filter(kept)
    if lines.is_empty():
        return None
    return replace(split, train_lines=lines, train_guest_lines=split.train_guest_lines.filter(kept))
