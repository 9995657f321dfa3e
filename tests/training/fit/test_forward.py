from dataclasses import replace

import numpy as np
import pytest
from support.orders import order_lines

from training.fit.als import Factors, fit_als, unit_rows
from training.fit.forward import ALL, NEW, fit_forward
from training.fit.purchases import ForwardSteps, Purchases
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


def predicted(steps: ForwardSteps, taste: str, *, dated: bool = True) -> dict[str, float]:
    """Return what is expected of a user of ``taste`` for each item."""
    interactions = two_tastes(dated=dated)
    factors = factors_of(interactions)
    table = fit_forward(Purchases.of(interactions), factors, steps, SETTINGS)
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
    newest = ForwardSteps(days=3, n=1, decay=0.0, ridge=5.0, only_new=False, hidden_share=0.0)
    forgetful, remembering = replace(newest, n=2), replace(newest, n=2, decay=1.0)
    one, same, other = (
        fit_forward(Purchases.of(interactions), factors, steps, SETTINGS)
        for steps in (newest, forgetful, remembering)
    )
    np.testing.assert_array_equal(one, same)
    assert abs(other - one).max() > 0.05


@pytest.mark.parametrize(("taste", "other"), [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("steps", [ALL, NEW])
def test_without_dates_what_else_users_of_a_taste_bought_is_expected_of_it(
    steps: ForwardSteps, taste: str, other: str
) -> None:
    scores = predicted(steps, taste, dated=False)
    for item in ("1", "2", "x"):
        assert scores[taste + item] > 2 * abs(scores[other + item])


def test_without_dates_whole_orders_are_hidden() -> None:
    lines = [(f"user{u}", f"item{i}", None, f"u{u}o{i // 2}") for u in range(50) for i in range(6)]
    interactions = Interactions.of(order_lines(*lines), NO_LINES)
    step = Purchases.of(interactions).step(0, NEW, factors_of(interactions), SETTINGS)
    assert step is not None
    hidden = step[1].toarray()
    np.testing.assert_array_equal(hidden[:, 0::2], hidden[:, 1::2])  # two items an order
    assert 0.3 < hidden.mean() < 0.7
    few = Purchases.of(interactions).step(
        0, replace(NEW, hidden_share=0.1), factors_of(interactions), SETTINGS
    )
    assert few is not None
    assert few[1].sum() < hidden.sum() / 2


def test_without_dates_each_step_hides_others_and_there_are_few() -> None:
    interactions = two_tastes(dated=False)
    purchases, factors = Purchases.of(interactions), factors_of(interactions)
    first, same, second = (purchases.step(i, NEW, factors, SETTINGS) for i in (0, 0, 1))
    assert first is not None
    assert same is not None
    assert second is not None
    assert (first[1] != same[1]).nnz == 0
    assert first[1].shape != second[1].shape or (first[1] != second[1]).nnz > 0
    assert [purchases.n_steps(steps) for steps in (ALL, NEW)] == [2, 3]
    assert Purchases.of(two_tastes()).n_steps(NEW) == 8


def test_a_history_of_one_day_has_no_next() -> None:
    interactions = Interactions.of(order_lines(("ada", "tea", 0), ("bob", "saw", 0)), NO_LINES)
    assert not fit_forward(Purchases.of(interactions), factors_of(interactions), ALL, SETTINGS).any()


def test_a_short_half_life_forgets_without_overflow() -> None:
    interactions = two_tastes()
    hasty = SETTINGS.model_copy(update={"half_life_days": 0.01})
    assert np.isfinite(fit_forward(Purchases.of(interactions), factors_of(interactions), ALL, hasty)).all()
