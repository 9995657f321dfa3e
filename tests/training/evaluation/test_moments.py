"""Measured on shops whose shoppers' rhythm is known."""

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from support.models import small_model
from support.orders import DAY, SCHEMA, order_lines
from support.rhythms import renewals

from recsvc.moments.shop_rhythm import ShopRhythm
from training.evaluation.bootstrap import Resampling
from training.evaluation.moments import BG_NBD, BUCKETS, RECENCY, MomentsMeasured, measure_moments
from training.history.interactions import Interactions
from training.history.split import OrderLines, Split, time_split
from training.moments.learning import learn_shop_rhythm
from training.moments.order_days import OrderDays

N_DAYS = 300.0


@cache
def parts() -> tuple[Split, Interactions]:
    rows = [
        (f"u{user:04}", "tea", int((1_000 + at) * DAY), f"{user}-{at}", 1.0, None, None)
        for user, times in enumerate(renewals(700, N_DAYS, seed=2))
        for at in times
        if at < N_DAYS
    ]
    lines = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    split = time_split(OrderLines(lines, order_lines()))
    return split, Interactions.of(split.train_lines, split.train_guest_lines)


def measured(shop: ShopRhythm | None = None) -> MomentsMeasured | None:
    """Return how well ``shop``, or else what the orders teach, foresees the held-back weeks."""
    split, known = parts()
    orders = OrderDays.of(known)
    assert orders is not None
    shop = learn_shop_rhythm(orders, seed=1) if shop is None else shop
    # Of the model only what it keeps of rhythms is looked at.
    model = replace(small_model(), moments=shop.to_text())
    object.__setattr__(model, "user_rhythm", orders.user_rhythm())
    return measure_moments(model, known, split, Resampling(n_resamples=200))


@cache
def found() -> MomentsMeasured:
    result = measured()
    assert result is not None
    return result


def test_a_regular_shop_is_foreseen_better_than_by_each_rival() -> None:
    assert set(found().gains) == {RECENCY, BUCKETS, BG_NBD}
    for rival, gain in found().gains.items():
        assert gain.low > 0, rival


def test_of_those_with_a_chance_about_as_many_come() -> None:
    assert [one.days for one in found().calibration] == [7, 28]
    for one in found().calibration:
        assert one.error < 0.06  # 700 shoppers in ten bins are off by .03 by chance alone
        assert [part.foreseen for part in one.bins] == sorted(part.foreseen for part in one.bins)
        assert sum(part.n_users for part in one.bins) == found().n_users


def test_chances_that_are_much_too_large_are_found_out() -> None:
    shop = learn_shop_rhythm(OrderDays.of(parts()[1]), seed=1)
    wrong = replace(shop, weights={**shop.weights, "level": shop.weights["level"] + np.log(3)})
    result = measured(wrong)
    assert result.calibration[1].error > 2 * found().calibration[1].error
    assert result.log_likelihood.mean < found().log_likelihood.mean
    assert result.gains[BG_NBD].mean < found().gains[BG_NBD].mean


def test_the_counts_are_those_of_the_held_back_weeks() -> None:
    split, known = parts()
    ordered = split.held_back.filter(pl.col("user_id").is_in(list(known.users.ids)))
    assert found().n_ordered == ordered["user_id"].n_unique()
    assert found().n_users == len(known.users)
    assert found().window_days == pytest.approx(28)


def test_nothing_is_measured_where_nothing_was_learned() -> None:
    assert measured(ShopRhythm(12)) is None
