"""The figures of benchmarks/experiments.py, with fewer made-up experiments."""

import numpy as np
import pytest

from benchmarks.experiments import (
    MadeUpShop,
    called_without_difference,
    sample_for_effect,
    uneven_groups_caught,
)


@pytest.mark.parametrize("is_planned", [True, False])
def test_experiments_without_a_difference_are_hardly_ever_called_in_28_looks(is_planned):
    assert called_without_difference(150, 3, is_planned=is_planned, n=4000) <= 0.05


def test_groups_of_52_and_48_percent_are_caught_at_20_000():
    assert uneven_groups_caught(300, 3) >= 0.95
    assert uneven_groups_caught(300, 3, share=0.5) <= 0.01


def test_5_percent_more_orders_are_found_in_about_one_and_a_half_samples_of_a_fixed_test():
    found = sample_for_effect(150, 3, is_revenue=False, looks=14, most=1.5)
    assert found.found >= 0.73  # 79 % of many more experiments


def test_the_made_up_shop_adds_up_like_its_shoppers():
    """The running sums of squares are those of what each shopper spent by then."""
    shop = MadeUpShop(n=300, orders=3.0)
    last = list(shop.daily_sums(np.random.default_rng(4)))[-1]
    assert sum(one.n for one in last) == 300
    for one in last:
        assert one.yy >= one.y**2 / one.n
        assert 0.2 < one.xy / (one.xx * one.yy) ** 0.5 < 1
        assert one.mean / (one.x / one.n) == pytest.approx(
            0.65, abs=0.25
        )  # shoppers come on days of their own
