"""Whether the lists are at least as good as others on the same window."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from training.evaluation.bootstrap import Estimate, Resampling
from training.evaluation.evaluation import (
    LIVE,
    RECSVC,
    Answers,
    Evaluation,
    QuestionResult,
    decimal,
    label_of,
)
from training.evaluation.metrics import COVERAGE_AT_10, DECIDING, Metric
from training.evaluation.segments import Segment
from training.evaluation.task import Question
from training.gate.live import LiveReference
from training.gate.verdict import Check
from training.history.split import MIN_TEST_USERS

FEWEST_SHOPPERS = MIN_TEST_USERS
"""In a segment of fewer every figure is chance."""

IN_DOUBT = "gate_margin in [training] says how much is too much; --force publishes it all the same."

SEGMENT_MARGINS = 2.0
"""Number of margins by which a version may be worse in a segment."""

FALSE_ALARMS = 0.05
"""At most this share of the runs in which nothing became worse is refused by chance."""

COLLAPSED_SHARE = 0.6
"""A figure has to keep this share of what the live version had on its own window; a season explains no larger loss."""

COVERED_SHARE = 0.5

WITHOUT_SHOPPERS = {
    Question.ALL: "Nobody bought anything that could have been foreseen in the part held back.",
    Question.NEW: "Nobody bought anything that was new to them in the part held back.",
}
"""Why a question was not put to anybody."""


@dataclass(frozen=True)
class Margin:
    """How much worse is too much.

    Attributes:
        share: of the rival's mean.
        confidence: with which the difference has to lie below 0, one-sided.
    """

    share: float
    confidence: float

    def is_exceeded(
        self, differences: NDArray[np.float64], rival_mean: float, resampling: Resampling
    ) -> bool:
        """Return whether ``differences``, float64, shape (n_users,), show a loss beyond chance and margin."""
        if len(differences) < 2:
            return False
        n = len(differences)
        # The bootstrap of a few shoppers is too sure of itself: it divides by n, and takes their spread for known.
        error = resampling.standard_error(differences) * (n / (n - 1)) ** 0.5
        mean = float(differences.mean())
        return mean < -self.share * rival_mean and mean + float(stdtrit(n - 1, self.confidence)) * error < 0


def check_quality(evaluation: Evaluation, margin_share: float) -> Iterator[Check]:
    """Yield how the lists compare, shopper by shopper, with the live version's settings and the best baselines.

    The many comparisons share ``FALSE_ALARMS`` (Bonferroni).
    """
    rivals = [(result, rival) for result in evaluation.questions.values() for rival in _rivals(result)]
    n_comparisons = max(1, len(rivals) * len(DECIDING) * (1 + len(Segment)))
    confidence = 1 - FALSE_ALARMS / n_comparisons
    for question in Question:
        if not any(result.question is question for result, _ in rivals):
            why = WITHOUT_SHOPPERS[question]
            if question in evaluation.questions:
                why = f"On {question}, nothing was measured that recsvc could be compared with."
            yield Check.without(f"{question}: lists", why)
    for result, rival in rivals:
        for metric in DECIDING:
            yield _overall(result, rival, metric, Margin(margin_share, confidence), evaluation.resampling)
        in_segment = Margin(SEGMENT_MARGINS * margin_share, confidence)
        yield _segments(result.answers, rival, in_segment, evaluation.resampling)


def check_recorded(evaluation: Evaluation, live: LiveReference) -> Iterator[Check]:
    """Yield how the figures compare with those of the live version on its own, earlier window."""
    for question in Question:
        result = evaluation.questions.get(question)
        if result is None:
            yield Check.without(f"{question}: then and now", WITHOUT_SHOPPERS[question])
            continue
        if all(live.recorded(question, metric) is None for metric in DECIDING):
            why = f"Of the live version it is not known how good its lists were on {question}."
            yield Check.without(f"{question}: then and now", why)
            continue
        for metric in DECIDING:
            before, now = live.recorded(question, metric), result.rankers[RECSVC].means[metric]
            if before is not None:
                found = (
                    f"On {question}, {metric.label} is {decimal(now.mean)}; "
                    f"the live version had {decimal(before)} on its own window"
                )
                yield _kept(
                    f"{question}: {metric.label} then and now",
                    found,
                    now.high >= COLLAPSED_SHARE * before,
                    COLLAPSED_SHARE,
                )
        before = live.recorded_coverage(question)
        share = result.rankers[RECSVC].figure(COVERAGE_AT_10)
        if before is not None and share is not None:
            found = f"On {question}, the first ten show {share:.1%} of the catalogue; the live version's {before:.1%}"
            yield _kept(f"{question}: coverage", found, share >= COVERED_SHARE * before, COVERED_SHARE)


def _kept(name: str, found: str, passed: bool, share: float) -> Check:
    hint = (
        "Did the orders, the settings of [training] or the release change? --force publishes it all the same."
    )
    return Check.of(name, passed, f"{found}." if passed else f"{found}: less than {share:.0%} of it. {hint}")


def _rivals(result: QuestionResult) -> list[str]:
    best = dict.fromkeys(result.best_baseline(metric) for metric in DECIDING)
    live = [LIVE] if LIVE in result.rankers else []
    return live + [name for name in best if name is not None]


def _overall(
    result: QuestionResult, rival: str, metric: Metric, margin: Margin, resampling: Resampling
) -> Check:
    answers = result.answers
    ours, theirs = (answers.scores[name].metric(metric) for name in (RECSVC, rival))
    failed = margin.is_exceeded(ours - theirs, float(theirs.mean()), resampling)
    difference = result.rankers[rival].difference[metric]
    found = (
        f"On {result.question}, {metric.label} is {decimal(float(ours.mean()))}; "
        f"{label_of(rival)}: {decimal(float(theirs.mean()))}; difference {_interval(difference)}"
    )
    worse = f": worse by more than the margin of {margin.share:.0%}. {IN_DOUBT}"
    return Check.of(
        f"{result.question}: {metric.label} against {label_of(rival)}",
        not failed,
        found + (worse if failed else "."),
    )


def _segments(answers: Answers, rival: str, margin: Margin, resampling: Resampling) -> Check:
    question, losses = answers.task.question, []
    large = {one: members for one, members in answers.segments.items() if members.sum() >= FEWEST_SHOPPERS}
    for segment, members in large.items():
        for metric in DECIDING:
            ours, theirs = (answers.scores[one].metric(metric)[members] for one in (RECSVC, rival))
            if margin.is_exceeded(ours - theirs, float(theirs.mean()), resampling):
                means = f"{metric.label} {decimal(float(ours.mean()))} after {decimal(float(theirs.mean()))}"
                losses.append(f"{segment} ({int(members.sum()):,} shoppers): {means}")
    title = f"{question}: segments against {label_of(rival)}"
    if not large:
        return Check.without(title, f"On {question}, no segment has {FEWEST_SHOPPERS} shoppers.")
    if losses:
        return Check.of(
            title,
            passed=False,
            sentence=f"On {question}, worse than {label_of(rival)} for {'; '.join(losses)}. {IN_DOUBT}",
        )
    found = f"On {question}, no segment with {FEWEST_SHOPPERS} shoppers is worse than with {label_of(rival)}."
    return Check.of(title, passed=True, sentence=found)


def _interval(difference: Estimate) -> str:
    low, high = decimal(difference.low, signed=True), decimal(difference.high, signed=True)
    return f"{decimal(difference.mean, signed=True)} [{low}, {high}]"
