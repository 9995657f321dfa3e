"""A few shoppers who make most of the revenue."""

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from recsvc.outcomes.comparison import NOTHING_YET, Comparison, Interval
from recsvc.outcomes.experiment import Experiment, Metric, Variant, VariantKind
from recsvc.outcomes.experiment_results import ExperimentResults, ShopperFigures, results_of
from recsvc.outcomes.shopper_sums import ShopperSums
from recsvc.outcomes.tail import Tail, cap_of, in_words
from recsvc.outcomes.verdict import Conclusion, Progress
from recsvc.ranking.query import Placement

TEST = Experiment(
    "spring",
    "for_you",
    (
        Variant("A", 0.5, VariantKind.CONTROL),
        Variant("B", 0.5, VariantKind.PLACEMENT, placement=Placement.TRENDING),
    ),
    0,
    min_effect=0.2,
)
Money = NDArray[np.float64]


def spent(rng: np.random.Generator, n: int, sigma: float) -> Money:
    return rng.lognormal(0, sigma, n)


def results(
    sigma: float, effect: float, n: int = 20_000, seed: int = 3, *, is_capped: bool = True
) -> ExperimentResults:
    """Return what comes of shoppers whose revenue is log-normal, and in B by ``effect`` larger."""
    rng = np.random.default_rng(seed)
    before, after = spent(rng, n, sigma), spent(rng, n, sigma)
    variant = rng.integers(0, 2, n)
    after *= np.where(variant == 1, 1 + effect, 1)
    cap = cap_of(before) if is_capped else None
    nothing = np.zeros(n)
    return results_of(
        TEST,
        ShopperFigures(
            variant,
            dict.fromkeys(Metric, after),
            dict.fromkeys(Metric, nothing),
            dict.fromkeys(Metric, ShopperSums.of(before)),
            0,
            cap,
            ShopperSums() if cap is None else ShopperSums.of(np.minimum(before, cap)),
        ),
        Progress(date(2026, 5, 1), 20.0),
    )


def test_the_share_of_those_who_spend_most_is_known() -> None:
    revenue = np.concatenate([np.full(10, 50.0), np.full(190, 1.0)])
    assert Tail.of(revenue, 7.0) == Tail(10, 500 / 690, 7.0)
    assert Tail.of(revenue, None).is_heavy
    assert not Tail.of(np.full(200, 3.0), None).is_heavy
    assert Tail.of(np.full(5_000, 3.0), None).n == 50
    assert Tail.of(np.zeros(500), None) == Tail()
    assert Tail.of(np.full(99, 1.0), None) == Tail(), "too few to say"


def test_the_cap_is_what_one_in_a_hundred_spent_more_than_before() -> None:
    assert cap_of(np.arange(1001, dtype=float)) == 990.0
    assert cap_of(np.arange(99, dtype=float)) is None
    assert cap_of(np.where(np.arange(1000) < 5, 9.0, 0.0)) is None, "it would cap all at nothing"


def test_what_chance_hides_in_heavy_tails_is_seen_with_a_cap_and_the_verdict_says_so() -> None:
    found = results(2.0, 0.2)
    b = found.variants[1]
    compared, capped = b.metrics[Metric.REVENUE].compared, b.capped
    assert compared is not None
    assert capped is not None
    assert capped.compared is not None
    assert (compared.is_called, capped.compared.is_called) == (False, True)
    heavy = results(2.5, 0.3)
    assert heavy.tail.is_heavy
    assert heavy.verdict.conclusion is results(2.5, 0.3, is_capped=False).verdict.conclusion
    assert (
        f"200 shoppers make {100 * heavy.tail.share:.0f} % of the revenue, so chance decides"
        in heavy.verdict.text
    )
    assert f"With at most {heavy.tail.cap:,.2f} of each counted, B earns between " in heavy.verdict.text
    assert heavy.verdict.text.endswith("more than the control.")
    assert results(2.5, 0.3, is_capped=False).verdict.text.endswith("orders per shopper say more.")


def test_ordinary_revenue_is_told_as_ever() -> None:
    found = results(0.8, 0.0)
    assert not found.tail.is_heavy
    assert "chance decides" not in found.verdict.text
    early = results(2.5, 0.0, n=150)
    assert early.verdict.conclusion is Conclusion.TOO_EARLY
    assert "chance decides" not in early.verdict.text


@pytest.mark.parametrize("sigma", [1.0, 2.0])
def test_capped_revenue_is_hardly_ever_called_without_a_difference(sigma: float) -> None:
    called = 0
    for seed in range(60):
        capped = results(sigma, 0.0, n=3_000, seed=seed).variants[1].capped
        assert capped is not None
        assert capped.compared is not None
        called += capped.compared.is_called
    assert called <= 3


def test_several_variants_are_told_apart() -> None:
    span = Comparison(Interval(1, 0.5, 2), Interval(0.1, -0.02, 0.3), 0.5, None)
    told = in_words(Tail(20, 0.6, 90.0), {"B": span, "C": span, "D": NOTHING_YET}, "the hold-out")
    assert told == (
        "20 shoppers make 60 % of the revenue, so chance decides over it for long. With at most 90.00 of each counted, "
        "B earns between 2 % less and 30 % more than the hold-out; C earns between 2 % less and 30 % more than the "
        "hold-out."
    )
