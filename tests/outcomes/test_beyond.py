"""What lists bring in beyond a hold-out."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from recsvc.outcomes.beyond import beyond_of
from recsvc.outcomes.comparison import Comparison, Interval
from recsvc.outcomes.experiment import Experiment, Metric, Variant, VariantKind
from recsvc.outcomes.experiment_results import ExperimentResults, ShopperFigures, results_of
from recsvc.outcomes.shopper_sums import ShopperSums
from recsvc.outcomes.verdict import Progress
from recsvc.ranking.query import Placement

CONTROL = Variant("control", 0.5, VariantKind.CONTROL)
HELD_OUT = Variant("none", 0.5, VariantKind.HOLD_OUT)
OTHER = Variant("B", 0.5, VariantKind.PLACEMENT, placement=Placement.TRENDING)


def results(variants: tuple[Variant, ...], means: list[float], n: int = 20_000) -> ExperimentResults:
    """Return what came of an experiment whose shoppers spend so much on average in each variant."""
    rng = np.random.default_rng(7)
    place = np.repeat(np.arange(len(variants)), n)
    spent = rng.gamma(1.0, np.repeat(means, n))
    nothing = np.zeros(len(place))
    return results_of(
        Experiment("spring", "for_you", variants, 0),
        ShopperFigures(
            place,
            dict.fromkeys(Metric, spent),
            dict.fromkeys(Metric, nothing),
            {metric: ShopperSums() for metric in Metric},
        ),
        Progress(date(2026, 5, 1), 10.0),
    )


@pytest.mark.parametrize("variants", [(CONTROL, HELD_OUT), (HELD_OUT, CONTROL), (OTHER, HELD_OUT)])
def test_a_fifth_of_what_shoppers_with_lists_spend_is_due_to_them(variants: tuple[Variant, ...]) -> None:
    means = [8.0 if one is HELD_OUT else 10.0 for one in variants]
    found = beyond_of(results(variants, means))
    assert found is not None
    assert found.variant is not HELD_OUT
    assert (found.shoppers, found.held_out) == (20_000, 20_000)
    assert found.is_called
    assert found.share.low is not None
    assert found.share.mean is not None
    assert found.share.high is not None
    assert found.share.low < 0.2 < found.share.high
    assert found.share.mean == pytest.approx(0.2, abs=0.02)
    assert found.difference.mean == pytest.approx(found.share.mean * found.per_shopper, abs=1e-9)


def test_lists_that_cost_revenue_have_a_share_below_nothing() -> None:
    for variants in ((CONTROL, HELD_OUT), (OTHER, HELD_OUT)):
        found = beyond_of(results(variants, [8.0, 10.0]))
        assert found is not None
        assert found.share.high is not None
        assert found.share.low is not None
        assert found.share.low < -0.25 < found.share.high < 0


def test_the_share_is_the_same_whichever_is_compared_with_which() -> None:
    both = [beyond_of(results((one, HELD_OUT), [10.0, 9.0])) for one in (CONTROL, OTHER)]
    shares = [(one.share.low, one.share.mean, one.share.high) for one in both if one is not None]
    assert shares[0] == pytest.approx(shares[1], abs=1e-9)


def test_nothing_is_known_of_few_shoppers_and_without_a_hold_out() -> None:
    few = beyond_of(results((CONTROL, HELD_OUT), [10.0, 8.0], n=50))
    assert few is not None
    assert (few.share, few.is_called) == (Interval(None, None, None), False)
    assert beyond_of(results((CONTROL, OTHER), [10.0, 8.0])) is None


def test_a_loss_of_all_and_more_has_no_share() -> None:
    found = results((OTHER, HELD_OUT), [10.0, 8.0])
    returned = Comparison(Interval(-9.0, -10.0, -8.0), Interval(-1.1, -1.2, -1.0), 0.0, None)
    listed = found.variants[0]
    revenue = replace(listed.metrics[Metric.REVENUE], compared=returned)
    listed = replace(listed, metrics={**listed.metrics, Metric.REVENUE: revenue})
    beyond = beyond_of(replace(found, variants=(listed, found.variants[1])))
    assert beyond is not None
    assert beyond.share == Interval(None, None, None)
    assert beyond.is_called
