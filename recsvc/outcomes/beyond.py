"""What lists bring in beyond a hold-out: the share of the revenue of their shoppers that would not be there without."""

from dataclasses import dataclass

from recsvc.outcomes.comparison import Comparison, Interval
from recsvc.outcomes.experiment import Metric, Variant, VariantKind
from recsvc.outcomes.experiment_results import ExperimentResults, VariantResult


@dataclass(frozen=True)
class Beyond:
    """Shoppers with a list beside those who are held out.

    Attributes:
        variant: whose shoppers see the list.
        shoppers: how many these are.
        held_out: how many see none.
        per_shopper: revenue of a shopper with the list.
        difference: how much more that is than without it.
        share: the same in relation to ``per_shopper``: .05 where 5 % of it is due to the list.
        further: how many times as much has to be known until a difference of the planned size is seen, or None.
    """

    variant: Variant
    shoppers: int
    held_out: int
    per_shopper: float
    difference: Interval
    share: Interval
    further: float | None

    @property
    def is_called(self) -> bool:
        """Whether there is a difference, to either side."""
        low, high = self.difference.low, self.difference.high
        return (low is not None and low > 0) or (high is not None and high < 0)


def beyond_of(found: ExperimentResults) -> Beyond | None:
    """Return what the lists of an experiment bring in; None where it has no hold-out.

    The lists are those of the control. In an experiment without one they are those of the variant with most shoppers;
    of several hold-outs, the one with most shoppers counts.
    """
    held_out = _largest(found, is_hold_out=True)
    if held_out is None:
        return None
    is_control = found.experiment.control.kind is VariantKind.CONTROL
    listed = _named(found, found.experiment.control) if is_control else _largest(found, is_hold_out=False)
    compared = None
    if listed is not None:
        compared = (held_out if is_control else listed).metrics[Metric.REVENUE].compared
    if listed is None or compared is None:
        return None
    return Beyond(
        listed.variant,
        listed.shoppers,
        held_out.shoppers,
        listed.metrics[Metric.REVENUE].adjusted,
        _turned(compared.difference) if is_control else compared.difference,
        _turned(compared.relative) if is_control else _of_the_larger(compared),
        compared.further,
    )


def _largest(found: ExperimentResults, *, is_hold_out: bool) -> VariantResult | None:
    of_kind = [one for one in found.variants if (one.variant.kind is VariantKind.HOLD_OUT) is is_hold_out]
    return max(of_kind, key=lambda one: one.shoppers, default=None)


def _named(found: ExperimentResults, variant: Variant) -> VariantResult | None:
    return next((one for one in found.variants if one.variant == variant), None)


def _turned(one: Interval) -> Interval:
    mean, low, high = (None if end is None else 0.0 - end for end in (one.mean, one.low, one.high))
    return Interval(mean, high, low)


def _of_the_larger(compared: Comparison) -> Interval:
    """Return how much of the lists' revenue a difference is that was in relation to the hold-out's: r / (1 + r)."""
    ends = (compared.relative.mean, compared.relative.low, compared.relative.high)
    if any(end is not None and end <= -1 for end in ends):
        return Interval(None, None, None)
    return Interval(*(None if end is None else end / (1 + end) for end in ends))
