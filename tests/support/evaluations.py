"""An evaluation of which only what a merchandiser checks is known."""

from training.evaluation.bootstrap import Estimate, Resampling
from training.evaluation.evaluation import DataDescription, Evaluation, QuestionResult
from training.evaluation.merchandise import Merchandise
from training.evaluation.task import Question
from training.history.split import SplitKind

DATA = DataDescription(SplitKind.TIME, None, None, 1, 1, 100, 1, 1, 0.5, ())


def evaluation(found: Merchandise | None, churn: float | None = None) -> Evaluation:
    """Return what was ``found``, and how much of the first ten the live version would not have shown."""
    questions = {}
    if churn is not None:
        estimate = Estimate(churn, churn - 0.02, churn + 0.02)
        result = QuestionResult(Question.ALL, 100, 1.0, {}, (), estimate, answers=None)  # type: ignore[arg-type]
        questions[Question.ALL] = result
    return Evaluation(DATA, questions, Resampling(), found)
