"""What a run is measured on: of a large history a part of the shoppers, as many as it takes."""

import polars as pl
from support.orders import order_lines

from training.fit.als_choice import AlsSettings, als_trials
from training.history.sampling import users_of
from training.history.split import OrderLines, Split, SplitKind
from training.measuring import other_settings, split_for_measuring
from training.settings import TrainingSettings

NOBODY = order_lines()


def regulars(n_users: int, every: int = 1) -> OrderLines:
    """Users of whom each ``every``-th comes back in the last four weeks."""
    lines = [
        (f"u{user:04}", item, age)
        for user in range(n_users)
        for age in (300, 200, 100, 20)
        if age > 28 or user % every == 0
        for item in ("tea", f"i{user % 7}")
    ]
    return OrderLines(order_lines(*lines).sort("ordered_at"), NOBODY)


def split_of(orders: OrderLines, settings: TrainingSettings) -> Split:
    split = split_for_measuring(orders, users_of(orders), settings)
    assert isinstance(split, Split)
    return split


def n_users(split: Split) -> int:
    return int(split.train_lines["user_id"].n_unique())


def test_of_a_large_history_a_part_is_measured_and_says_so() -> None:
    split = split_of(regulars(600), TrainingSettings(fit_users=100, gate_users=50))
    assert n_users(split) == split.n_test_users == 100
    assert split.drawn_from == 600
    assert "100 of the 600 shoppers" in split.notes[0]


def test_more_are_drawn_until_enough_of_them_come_back() -> None:
    split = split_of(regulars(600, every=4), TrainingSettings(fit_users=100, gate_users=75))
    assert n_users(split) == 400
    assert split.n_test_users >= 75


def test_where_too_few_come_back_all_are_measured() -> None:
    split = split_of(regulars(600, every=10), TrainingSettings(fit_users=100, gate_users=500))
    assert (n_users(split), split.drawn_from, split.notes) == (600, None, ())


def test_a_part_in_which_too_few_come_back_is_not_split_in_another_way() -> None:
    split = split_of(regulars(2000, every=60), TrainingSettings(fit_users=30, gate_users=25))
    assert split.kind is SplitKind.TIME


def test_a_small_history_is_measured_as_a_whole() -> None:
    split = split_of(regulars(600), TrainingSettings(fit_users=600, gate_users=20))
    assert (n_users(split), split.drawn_from) == (600, None)


def test_undated_orders_are_drawn_from_too() -> None:
    orders = regulars(600)
    numbered = orders.lines.with_columns(order_id=pl.col("user_id") + pl.col("ordered_at").cast(pl.String))
    undated = OrderLines(numbered.with_columns(ordered_at=pl.lit(None, pl.Int64)), NOBODY)
    split = split_of(undated, TrainingSettings(fit_users=100, gate_users=50))
    assert (split.kind, n_users(split)) == (SplitKind.ORDERS, 100)


def test_a_history_that_is_too_short_is_told_in_a_sentence() -> None:
    lines = order_lines(*((f"u{i}", "tea", 0, f"o{i}") for i in range(50)))
    orders = OrderLines(lines, NOBODY)
    told = split_for_measuring(orders, users_of(orders), TrainingSettings(fit_users=10))
    assert isinstance(told, str)


def test_another_seed_makes_no_other_settings() -> None:
    settings = TrainingSettings(seed=1)
    assert other_settings(settings, settings.hyperparameters() | {"seed": 7}) is None
    rival = other_settings(settings, settings.hyperparameters() | {"seed": 7, "factors": 8})
    assert rival is not None
    assert (rival.factors, rival.seed) == (8, 1)


def test_other_settings_have_those_of_als_that_the_live_version_chose() -> None:
    settings, held = TrainingSettings(seed=1), AlsSettings(128, 10.0, 1.0)
    assert other_settings(settings, settings.hyperparameters(), held) is None
    rival = other_settings(settings, settings.hyperparameters() | {"trees": 8}, held)
    assert rival is not None
    assert (AlsSettings.of(rival), rival.trees) == (held, 8)
    assert als_trials(rival, held) == [held]
