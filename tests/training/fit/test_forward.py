from dataclasses import replace

import numpy as np
import pytest
from support.orders import order_lines

from training.fit.als import Factors, fit_als, unit_rows
from training.fit.dated_purchases import DatedPurchases, ForwardSteps
from training.fit.forward import ALL, NEW, fit_forward
from training.history.interactions import Interactions
from training.history.user_items import UserItems
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(factors=4, iterations=10, regularization=0.1, threads=1)
NO_LINES = order_lines().clear()
TASTES = {"a": ("a1", "a2", "ax"), "b": ("b1", "b2", "bx")}
"""Users of each taste buy the first two items, and a few weeks later the third; and the first again."""


def two_tastes(*, dated: bool = True) -> Interactions:
    lines = [
        (f"{taste}-user{i}", item, age if dated else None)
        for taste, (first, second, after) in TASTES.items()
        for i in range(20)
        for item, age in ((first, 60 + i % 5), (second, 60 + i % 5), (after, i % 5), (first, i % 5))
    ]
    return Interactions.of(order_lines(*lines), NO_LINES)


def factors_of(interactions: Interactions) -> Factors:
    user_items = UserItems.of(interactions, half_life_days=120, recent_half_life_days=30)
    return fit_als(user_items.matrix(SETTINGS.alpha * user_items.decayed), SETTINGS, lambda _done: None)


def predicted(steps: ForwardSteps, taste: str) -> dict[str, float]:
    """Return what is expected of a user of ``taste`` for each item."""
    interactions = two_tastes()
    factors = factors_of(interactions)
    table = fit_forward(DatedPurchases.of(interactions), factors, steps, SETTINGS)
    user = interactions.users.index_of(f"{taste}-user0")
    scores = table @ np.append(unit_rows(factors.users)[user], 1)
    return dict(zip(interactions.items.ids, scores.tolist(), strict=True))


@pytest.mark.parametrize(("taste", "other"), [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("steps", [ALL, NEW])
def test_what_users_of_a_taste_bought_next_is_expected_of_it(
    steps: ForwardSteps, taste: str, other: str
) -> None:
    scores = predicted(steps, taste)
    assert scores[f"{taste}x"] > 2 * scores[f"{other}x"] > 0
    assert scores[f"{taste}2"] < 0.2  # bought before, but by nobody since


def test_repeats_are_expected_unless_only_the_new_counts() -> None:
    assert predicted(ALL, "a")["a1"] > 0.4
    assert predicted(replace(ALL, only_new=True), "a")["a1"] == pytest.approx(0, abs=1e-6)
    assert predicted(replace(ALL, only_new=True), "a")["ax"] > 0.4


def test_older_steps_count_as_much_as_their_decay_says() -> None:
    interactions = two_tastes()
    factors = factors_of(interactions)
    # Purchases of the last three days and of the two before are two steps.
    newest = ForwardSteps(days=3, n=1, decay=0.0, ridge=5.0, only_new=False)
    forgetful, remembering = replace(newest, n=2), replace(newest, n=2, decay=1.0)
    one, same, other = (
        fit_forward(DatedPurchases.of(interactions), factors, steps, SETTINGS)
        for steps in (newest, forgetful, remembering)
    )
    np.testing.assert_array_equal(one, same)
    assert abs(other - one).max() > 0.05


def test_an_undated_history_has_no_next() -> None:
    interactions = two_tastes(dated=False)
    factors = factors_of(interactions)
    for steps in (ALL, NEW):
        table = fit_forward(DatedPurchases.of(interactions), factors, steps, SETTINGS)
        assert (table.shape, table.dtype) == ((6, 5), np.float32)
        assert not table.any()


def test_a_history_of_one_day_has_no_next() -> None:
    interactions = Interactions.of(order_lines(("ada", "tea", 0), ("bob", "saw", 0)), NO_LINES)
    assert not fit_forward(DatedPurchases.of(interactions), factors_of(interactions), ALL, SETTINGS).any()


def test_a_short_half_life_forgets_without_overflow() -> None:
    interactions = two_tastes()
    hasty = SETTINGS.model_copy(update={"half_life_days": 0.01})
    assert np.isfinite(
        fit_forward(DatedPurchases.of(interactions), factors_of(interactions), ALL, hasty)
    ).all()
