"""How much items are liked, found from clicks in places that are not looked at alike."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from support.exposures import LOOKED_AT, drawn, sales_first

from recsvc.model.vocabulary import ItemVocabulary
from training.fit.appeal import LOOK_BACK_DAYS, MOST_LOG_APPEAL, fit_appeal, item_appeal
from training.history.exposures import NO_EXPOSURES, Exposures

N_ITEMS = 60


@pytest.fixture(scope="module")
def shown() -> np.ndarray:
    return sales_first(N_ITEMS, 6_000, np.random.default_rng(1))


@pytest.fixture(scope="module")
def likes() -> np.ndarray:
    """Half as much or twice as much, whatever sells."""
    return 0.15 * np.where(np.random.default_rng(2).random(N_ITEMS) < 0.5, 0.6, 1.4)


def agreement(exposures: Exposures, likes: np.ndarray) -> float:
    """Return the correlation of what was found with the truth, of the items that were shown."""
    known = np.unique(exposures.counts["item"].to_numpy())
    return float(np.corrcoef(fit_appeal(exposures).log_appeal[known], np.log(likes[known]))[0, 1])


def without_places(exposures: Exposures) -> Exposures:
    """Return the same, as somebody counts it who does not ask for the place."""
    return replace(exposures, counts=exposures.counts.with_columns(pl.lit(1, pl.Int32).alias("position")))


def test_what_is_liked_is_found_where_places_are_looked_at_less_and_less(
    shown: np.ndarray, likes: np.ndarray
) -> None:
    exposures = drawn(likes, shown, np.random.default_rng(3))
    curve = fit_appeal(exposures).curves[0, 1:]
    assert curve / curve[0] == pytest.approx(LOOKED_AT, abs=0.1)
    assert agreement(exposures, likes) > 0.75
    # A rate of clicks says what stood first, as much as what is liked.
    assert agreement(without_places(exposures), likes) < agreement(exposures, likes) - 0.1


def test_what_was_not_in_view_says_nothing_where_the_shop_tells(shown: np.ndarray, likes: np.ndarray) -> None:
    exposures = drawn(likes, shown, np.random.default_rng(3), tells_seen=True)
    curve = fit_appeal(exposures).curves[0, 1:]
    assert curve / curve[0] == pytest.approx(np.ones(10), abs=0.45)
    assert agreement(exposures, likes) > 0.75


def test_items_that_are_liked_alike_mostly_have_no_appeal_and_never_much(shown: np.ndarray) -> None:
    alike = np.full(N_ITEMS, 0.15)
    found = [fit_appeal(drawn(alike, shown, np.random.default_rng(seed))) for seed in range(8)]
    assert sum(one.strength is None for one in found) >= 6
    assert max(np.abs(one.log_appeal).max() for one in found) < 0.15


def test_what_was_shown_once_and_clicked_is_hardly_lifted(shown: np.ndarray, likes: np.ndarray) -> None:
    rarely = shown.copy()
    rarely[N_ITEMS - 1] = 0
    rarely[N_ITEMS - 1, 0] = 1
    likes = likes.copy()
    likes[N_ITEMS - 1] = 1.0
    found = fit_appeal(drawn(likes, rarely, np.random.default_rng(3))).log_appeal
    assert 0 < found[N_ITEMS - 1] < found[: N_ITEMS - 1].max()
    assert np.abs(found).max() <= MOST_LOG_APPEAL


def test_items_of_a_model_have_theirs_and_all_others_none(shown: np.ndarray, likes: np.ndarray) -> None:
    exposures = drawn(likes, shown, np.random.default_rng(3))
    found = item_appeal(exposures, ItemVocabulary.of(["i005", "i006", "unknown"]))
    assert found is not None
    assert found.tolist() == pytest.approx([*fit_appeal(exposures).log_appeal[[5, 6]], 0])


def test_what_was_shown_long_ago_says_nothing(shown: np.ndarray, likes: np.ndarray) -> None:
    now = drawn(likes, shown, np.random.default_rng(3))
    old = drawn(likes[::-1], shown, np.random.default_rng(4), day=20_000 - LOOK_BACK_DAYS)
    both = replace(now, counts=pl.concat([now.counts, old.counts]))
    np.testing.assert_array_equal(fit_appeal(both).log_appeal, fit_appeal(now).log_appeal)


def test_nothing_shown_says_nothing() -> None:
    assert item_appeal(NO_EXPOSURES, ItemVocabulary.of(["tea"])) is None
