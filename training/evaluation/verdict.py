"""What the numbers come to, in a sentence."""

from training.evaluation.baselines import Baseline
from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluation import LIVE, RECSVC, Evaluation, QuestionResult
from training.evaluation.scores import Metric


def verdict(evaluation: Evaluation) -> str:
    """Return for each question whether recsvc beats the best baseline, and by how much."""
    return " ".join(_of_question(result) for result in evaluation.questions.values())


def label_of(ranker: str) -> str:
    """Return how people call a ranker."""
    names = {RECSVC: RECSVC, LIVE: "live settings"}
    return names[ranker] if ranker in names else Baseline(ranker).label


def decimal(value: float, *, signed: bool = False) -> str:
    """Return a share with three places and, below 1, without the zero before them: .380, +.045, 1.000."""
    text = f"{value:+.3f}" if signed else f"{value:.3f}"
    return text.replace("0.", ".", 1) if abs(value) < 0.9995 else text


def _of_question(result: QuestionResult) -> str:
    clauses, verb = [], ""
    for metric, name in ((Metric.RECALL_AT_20, "Recall@20"), (Metric.NDCG_AT_10, "NDCG@10")):
        best = result.best_baseline(metric)
        if best is None:
            return f"On {result.question}, recsvc has nothing to be compared with."
        difference = result.rankers[best].difference[metric]
        previous, verb = verb, _verb(difference)
        clause = f"in {name} ({label_of(best)}: {_interval(difference)})"
        clauses.append(clause if verb == previous else f"{verb} the best baseline {clause}")
    return f"On {result.question}, recsvc {' and '.join(clauses)}."


def _verb(difference: Estimate) -> str:
    if difference.low > 0:
        return "beats"
    return "is worse than" if difference.high < 0 else "cannot be told apart from"


def _interval(difference: Estimate) -> str:
    low, high = decimal(difference.low, signed=True), decimal(difference.high, signed=True)
    return f"{decimal(difference.mean, signed=True)} [{low}, {high}]"
