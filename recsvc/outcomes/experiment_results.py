"""What came of an experiment: its figures by variant, beside the control, and the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recsvc.outcomes.comparison import ALPHA, Comparison, Plan, compare
from recsvc.outcomes.experiment import BUCKETS, Experiment, Metric, Variant, VariantKind
from recsvc.outcomes.sample_ratio import sample_ratio_p
from recsvc.outcomes.shopper_sums import Adjusted, ShopperSums, cuped
from recsvc.outcomes.tail import Tail, in_words
from recsvc.outcomes.verdict import (
    Alarms,
    Conclusion,
    Progress,
    Verdict,
    Words,
    stopped,
    verdict_on,
    whole_verdict,
)

BEFORE_DAYS = 28
"""What shoppers did in so many days before the start says what is to be expected of them (CUPED)."""

_WORDS = {Metric.REVENUE: ("earns", ""), Metric.ORDERS: ("has", "orders"), Metric.CLICKS: ("has", "clicks")}


@dataclass(frozen=True, eq=False)
class ShopperFigures:
    """The shoppers of an experiment.

    Attributes:
        variant: the place of each one's variant; int64, shape (n_shoppers,).
        after: what each did since the start, by metric; float64, shape (n_shoppers,).
        before: what each did in the ``BEFORE_DAYS`` before it.
        past: the same of all shoppers of that time, also of those who did not come back.
        strayed: how many saw a variant that is not theirs.
        cap: of a shopper's revenue, so much counts at most in the capped figure; None for no such figure.
        past_capped: the revenue of ``past``, capped.
    """

    variant: NDArray[np.int64]
    after: Mapping[Metric, NDArray[np.float64]]
    before: Mapping[Metric, NDArray[np.float64]]
    past: Mapping[Metric, ShopperSums]
    strayed: int = 0
    cap: float | None = None
    past_capped: ShopperSums = field(default_factory=ShopperSums)


@dataclass(frozen=True)
class MetricResult:
    """A figure of a variant.

    Attributes:
        total: of all its shoppers.
        per_shopper: the mean.
        adjusted: the mean, as if all variants had had the same shoppers.
        compared: beside the control; None for the control itself.
    """

    total: float
    per_shopper: float
    adjusted: float
    compared: Comparison | None


@dataclass(frozen=True)
class VariantResult:
    """A variant, its shoppers and what they did.

    Attributes:
        variant: the variant.
        shoppers: how many it has.
        expected: how many its share is.
        metrics: what they did.
        capped: their revenue, of which so much of each shopper counts at most; None without a cap.
    """

    variant: Variant
    shoppers: int
    expected: float
    metrics: Mapping[Metric, MetricResult]
    capped: MetricResult | None = None


@dataclass(frozen=True)
class ExperimentResults:
    """What came of an experiment.

    Attributes:
        experiment: the experiment.
        shoppers: who did anything since its start.
        variants: in its order.
        alarms: what makes the figures worthless.
        verdict: what to do.
        explained: the share of the variance of its metric that the time before explains.
        tail: what the shoppers make who spend most.
    """

    experiment: Experiment
    shoppers: int
    variants: tuple[VariantResult, ...]
    alarms: Alarms
    verdict: Verdict
    explained: float
    tail: Tail = field(default_factory=Tail)


def population_of(experiment: Experiment) -> str:
    """Return in words who is counted, and where."""
    return (
        "Shoppers with any event since the start: users, and visits of guests who have not said who they are; a visit "
        "that was merged, or in which one user signed in, is that user. Each counts in the variant that was theirs "
        "first, whether or not they saw a list of it (intention to treat)."
    ) + (
        " Impressions and clicks bring nobody in, as the shoppers of the hold-out have none."
        if experiment.has_hold_out
        else ""
    )


def results_of(experiment: Experiment, figures: ShopperFigures, progress: Progress) -> ExperimentResults:
    """Return what came of ``experiment``, by its shoppers: each counts in their variant, whatever they saw of it.

    All variants but one are compared with the control, together at 5 %: the more there are, the wider each interval.
    """
    variants = experiment.variants
    counts = np.bincount(figures.variant, minlength=len(variants)).tolist()
    shares = np.diff([0, *experiment.bounds()]) / BUCKETS
    by_metric = {
        metric: _metric_results(experiment, _sums(experiment, figures, metric), figures.past[metric])
        for metric in Metric
    }
    capped = _capped(experiment, figures)
    tail = Tail.of(figures.after[Metric.REVENUE], figures.cap)
    found = tuple(
        VariantResult(
            variant,
            counts[place],
            float(shares[place] * sum(counts)),
            {metric: results[place] for metric, results in by_metric.items()},
            None if capped is None else capped[place],
        )
        for place, variant in enumerate(variants)
    )
    alarms = Alarms(sample_ratio_p(counts, shares.tolist()), figures.strayed, sum(counts))
    verdict = _verdict(experiment, found, alarms, progress)
    if verdict.conclusion not in (Conclusion.NOT_STARTED, Conclusion.TOO_EARLY, Conclusion.STOPPED):
        verdict = _with_tail(verdict, experiment, found, tail)
    explained = _explained(experiment, figures)
    return ExperimentResults(experiment, sum(counts), found, alarms, verdict, explained, tail)


def _sums(experiment: Experiment, figures: ShopperFigures, metric: Metric) -> list[ShopperSums]:
    places = range(len(experiment.variants))
    after, before = figures.after[metric], figures.before[metric]
    return [
        ShopperSums.of(after[theirs], before[theirs]) for theirs in (figures.variant == one for one in places)
    ]


def _capped(experiment: Experiment, figures: ShopperFigures) -> list[MetricResult] | None:
    """Return the revenue of the variants, of which ``figures.cap`` counts at most of each shopper."""
    if figures.cap is None:
        return None
    after, before = (np.minimum(one[Metric.REVENUE], figures.cap) for one in (figures.after, figures.before))
    places = range(len(experiment.variants))
    sums = [
        ShopperSums.of(after[theirs], before[theirs]) for theirs in (figures.variant == one for one in places)
    ]
    return _metric_results(experiment, sums, figures.past_capped)


def _metric_results(experiment: Experiment, sums: list[ShopperSums], past: ShopperSums) -> list[MetricResult]:
    adjusted = cuped(sums)
    control = experiment.variants.index(experiment.control)
    return [
        MetricResult(
            one.y,
            one.mean,
            adjusted[place].mean,
            None if place == control else _compared(experiment, past, adjusted, (place, control)),
        )
        for place, one in enumerate(sums)
    ]


def _compared(
    experiment: Experiment, past: ShopperSums, adjusted: list[Adjusted], pair: tuple[int, int]
) -> Comparison:
    alpha = ALPHA / (len(experiment.variants) - 1)
    place, control = pair
    shares = (experiment.variants[place].share, experiment.variants[control].share)
    plan = Plan.of(past, experiment.min_effect, shares, alpha)
    return compare(adjusted[place], adjusted[control], plan, experiment.min_effect, alpha)


def _verdict(
    experiment: Experiment, variants: tuple[VariantResult, ...], alarms: Alarms, progress: Progress
) -> Verdict:
    if progress.days < 0:
        return Verdict(Conclusion.NOT_STARTED, "The experiment has not started yet.")
    control = _control_in_words(experiment)
    told = [
        verdict_on(
            Words(one.variant.name, control, *_WORDS[experiment.metric]),
            compared,
            experiment.min_effect,
            progress,
        )
        for one in variants
        if (compared := one.metrics[experiment.metric].compared) is not None
    ]
    return stopped(alarms) or whole_verdict(told)


def _control_in_words(experiment: Experiment) -> str:
    return "the control" if experiment.control.kind is VariantKind.CONTROL else "the hold-out"


def _with_tail(
    verdict: Verdict, experiment: Experiment, variants: tuple[VariantResult, ...], tail: Tail
) -> Verdict:
    """Return a verdict on revenue that says what a few shoppers do to it; it concludes the same."""
    if experiment.metric is not Metric.REVENUE or not tail.is_heavy:
        return verdict
    capped = {
        one.variant.name: one.capped.compared
        for one in variants
        if one.capped is not None and one.capped.compared is not None
    }
    return replace(verdict, text=f"{verdict.text} {in_words(tail, capped, _control_in_words(experiment))}")


def _explained(experiment: Experiment, figures: ShopperFigures) -> float:
    sums = _sums(experiment, figures, experiment.metric)
    whole = sum(one.variance * max(one.n - 1, 0) for one in sums)
    left = sum(one.variance * max(one.n - 1, 0) for one in cuped(sums))
    return 1 - left / whole if whole > 0 else 0.0
