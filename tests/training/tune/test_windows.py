import polars as pl
import pytest
from support.orders import DAY, NEWEST, order_lines
from support.tuning import SETTINGS, shop, undated

from recsvc.errors import TooLittleDataError
from training.history.split import OrderLines, split_orders
from training.settings import TrainingSettings
from training.tune.windows import Moment, orders_before_report, tuning_windows


def newest(moment: Moment) -> int:
    return moment.interactions.data_through or 0


def test_nothing_after_the_reported_cut_is_left() -> None:
    cut = split_orders(shop(), seed=SETTINGS.seed).cut
    earlier = orders_before_report(shop(), SETTINGS)
    assert cut == NEWEST - 28 * DAY
    assert earlier.lines["ordered_at"].max() <= cut
    assert earlier.lines.height == shop().lines.filter(pl.col("ordered_at") <= cut).height


def test_windows_lie_one_before_the_other_and_learn_from_older_ones() -> None:
    windows = tuning_windows(orders_before_report(shop(n_orders=20), SETTINGS), SETTINGS)
    ends = [newest(window.moment) for window in windows]
    assert len(windows) == 3
    assert ends == sorted(ends, reverse=True)
    for window in windows:
        assert len(window.look_back) == 4
        assert all(newest(moment) < newest(window.moment) for moment in window.look_back)


def test_a_short_history_has_fewer_windows() -> None:
    assert len(tuning_windows(orders_before_report(shop(n_orders=4), SETTINGS), SETTINGS)) in {1, 2}


def test_undated_orders_are_held_back_at_random_each_time_others() -> None:
    windows = tuning_windows(orders_before_report(undated(shop()), SETTINGS), SETTINGS)
    held_back = [window.moment.bought_next.rows() for window in windows]
    assert len(windows) == 3
    assert held_back[0] != held_back[1] != held_back[2]
    assert all(len(window.look_back) == 1 for window in windows)


def test_of_a_large_shop_some_users_are_looked_at() -> None:
    few = TrainingSettings(fit_users=30)
    assert orders_before_report(shop(), few).lines["user_id"].n_unique() == 30


@pytest.mark.parametrize("n_users", [5, 19])
def test_too_few_shoppers_are_an_error_that_says_so(n_users: int) -> None:
    with pytest.raises(TooLittleDataError, match=r"known shoppers .* at least 20"):
        tuning_windows(orders_before_report(shop(n_users=n_users), SETTINGS), SETTINGS)


def test_a_history_that_only_evaluate_can_use_is_an_error_that_says_what_is_missing() -> None:
    lines = [(f"u{user}", f"i{user % 3}{order}", 100 * order) for user in range(30) for order in range(2)]
    orders = OrderLines(order_lines(*lines), order_lines().clear())
    earlier = orders_before_report(orders, SETTINGS)
    with pytest.raises(TooLittleDataError, match="too few to be tuned on: the end of the history is kept"):
        tuning_windows(earlier, SETTINGS)
