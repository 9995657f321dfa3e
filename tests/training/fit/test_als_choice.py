import numpy as np
import polars as pl
import pytest
from support.orders import order_lines

from training.fit.als_choice import CHOICES, FEWEST_SHOPPERS, AlsSettings, ChosenAls, choose_als
from training.history.split import OrderLines
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(threads=1)
DEFAULT = AlsSettings.of(SETTINGS)
NO_LINES = order_lines().clear()


def tastes(n_tastes: int = 120, *, dated: bool = True) -> OrderLines:
    """Four shoppers of each taste buy eight of its ten items, one a fortnight; fewer factors tell too little."""
    lines = [
        (f"u{user}-{taste}", f"i{(user + step * 3) % 10}-{taste}", 98 - 14 * step, f"{taste}-{user}-{step}")
        for taste in range(n_tastes)
        for user in range(4)
        for step in range(8)
    ]
    table = order_lines(*lines)
    return OrderLines(table if dated else table.with_columns(ordered_at=pl.lit(None, pl.Int64)), NO_LINES)


def noise() -> OrderLines:
    rng = np.random.default_rng(1)
    lines = [
        (f"u{user}", f"i{item}", int(age), f"{user}-{age}")
        for user in range(300)
        for item, age in zip(rng.integers(200, size=8), rng.permutation(100), strict=False)
    ]
    return OrderLines(order_lines(*lines), NO_LINES)


def test_what_clearly_fits_better_is_chosen() -> None:
    chosen = choose_als(tastes(200, dated=False), SETTINGS)
    assert chosen.settings.factors == 128
    assert chosen.shoppers >= FEWEST_SHOPPERS
    assert chosen.quality[str(chosen.settings)] == max(chosen.quality.values())


def test_where_nothing_can_be_foreseen_the_settings_stay() -> None:
    chosen = choose_als(noise(), SETTINGS)
    assert chosen.settings == DEFAULT
    assert len(chosen.quality) == 1 + len(CHOICES)


def test_what_the_live_version_has_stays_where_nothing_is_clearly_better() -> None:
    held = AlsSettings(32, 2.0, 7.0)
    assert choose_als(noise(), SETTINGS, held).settings == held


def test_what_the_live_version_has_gives_way_to_what_is_clearly_better() -> None:
    assert choose_als(tastes(), SETTINGS, AlsSettings(8, 3.0, 5.0)).settings.factors > 8


def test_what_was_set_by_hand_stays() -> None:
    by_hand = TrainingSettings(threads=1, factors=32, regularization=6.0)
    chosen = choose_als(tastes(), by_hand, held=AlsSettings(128, 10.0, 1.0))
    assert (chosen.settings.factors, chosen.settings.regularization) == (32, 6.0)
    assert all(name.startswith("32 factors") and name.endswith("regularization 6") for name in chosen.quality)


def test_nothing_is_tried_where_all_was_set_by_hand() -> None:
    by_hand = DEFAULT.within(SETTINGS)
    assert choose_als(tastes(), by_hand, held=CHOICES[0]) == ChosenAls(DEFAULT)


def test_too_few_shoppers_choose_nothing() -> None:
    assert choose_als(tastes(n_tastes=10), SETTINGS) == ChosenAls(DEFAULT)


def test_a_history_without_a_past_chooses_nothing() -> None:
    one_day = order_lines(*((f"u{user}", "tea", 0) for user in range(200)))
    assert choose_als(OrderLines(one_day, NO_LINES), SETTINGS) == ChosenAls(DEFAULT)


def test_the_choice_is_the_same_each_time() -> None:
    assert choose_als(noise(), SETTINGS) == choose_als(noise(), SETTINGS)


def test_of_a_long_history_a_part_is_tried_on(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = choose_als(tastes(), SETTINGS)
    monkeypatch.setattr("training.fit.als_choice.MOST_LINES", 2000)
    assert FEWEST_SHOPPERS <= choose_als(tastes(), SETTINGS).shoppers < everybody.shoppers


def test_many_items_leave_too_few_shoppers_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.fit.als_choice.MOST_SCORES", 100_000)
    assert choose_als(tastes(), SETTINGS) == ChosenAls(DEFAULT)


def test_what_was_chosen_is_read_from_a_manifest() -> None:
    assert AlsSettings.read(ChosenAls(CHOICES[0]).as_dict()) == CHOICES[0]


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        {"settings": {"factors": 64}},
        {"settings": {"factors": 0, "alpha": 3.0, "regularization": 5.0}},
        {"settings": {"factors": "64", "alpha": 3.0, "regularization": 5.0}},
        {"settings": {"factors": 64, "alpha": float("nan"), "regularization": 5.0}},
        {"settings": {"factors": 64, "alpha": 3.0, "regularization": 5.0, "seed": 1}},
    ],
)
def test_what_no_release_wrote_is_not_read(said: object) -> None:
    assert AlsSettings.read(said) is None


def test_the_report_says_what_was_chosen_and_on_what() -> None:
    sentence = ChosenAls(CHOICES[0], 1234, {"128 factors": 0.25, "64 factors": 0.125}).sentence
    assert sentence.startswith(
        f"ALS has {CHOICES[0]}, chosen on what 1,234 shoppers bought in the newest past"
    )
    assert "128 factors: .2500; 64 factors: .1250" in sentence


def test_what_is_bought_again_counts_too_where_it_is() -> None:
    # What is new cannot be foreseen; what is bought again needs as many factors as there are habits.
    rng = np.random.default_rng(2)
    habits = [rng.permutation(300)[:4] for _ in range(200)]
    lines = [
        (f"u{user}", f"i{item}", 98 - 14 * step, f"{user}-{step}")
        for user, habit in enumerate(habits)
        for step in range(8)
        for item in (*habit, rng.integers(300))
    ]
    orders = OrderLines(order_lines(*lines), NO_LINES)
    held = AlsSettings(8, 3.0, 5.0)
    assert choose_als(orders, SETTINGS, held).settings != held
    assert choose_als(noise(), SETTINGS, held).settings == held
