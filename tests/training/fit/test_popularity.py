from support.orders import order_lines

from training.fit.popularity import Popularity
from training.history.interactions import Interactions

NO_LINES = order_lines().clear()


def popularity_of(*lines: tuple) -> Popularity:
    return Popularity.of(Interactions.of(order_lines(*lines), NO_LINES))


def many(item: str, ages: range) -> list[tuple]:
    return [(f"u{age}", item, age, f"{item}-{age}") for age in ages]


def test_orders_are_counted_in_each_window() -> None:
    popularity = popularity_of(("a", "tea", 0), ("b", "tea", 20), ("c", "tea", 60), ("d", "jam", 200))
    assert popularity.windows_days.tolist() == [0, 90, 56, 28, 7]
    # items: jam, tea
    assert popularity.orders.tolist() == [[1, 3], [0, 3], [0, 2], [0, 2], [0, 1]]


def test_windows_longer_than_the_history_are_left_out() -> None:
    assert popularity_of(("a", "tea", 0), ("b", "tea", 10)).windows_days.tolist() == [0, 7]


def test_undated_orders_have_one_window_and_nothing_rises() -> None:
    popularity = popularity_of(("a", "tea", None), ("b", "tea", None))
    assert popularity.windows_days.tolist() == [0]
    assert popularity.orders.tolist() == [[2]]
    assert popularity.trending.tolist() == [0]


def test_what_sells_more_than_before_rises_and_what_always_sold_does_not() -> None:
    steady = many("steady", range(112))
    rising = many("rising", range(14))
    trending = popularity_of(*steady, *rising).trending  # items: rising, steady
    assert trending[0] > 3
    assert trending[1] == 0


def test_a_shop_that_grows_as_a_whole_has_no_rising_items() -> None:
    before = [*many("a", range(28, 112, 4)), *many("b", range(28, 112, 4))]
    twice = [*many("a", range(0, 28, 2)), *many("b", range(0, 28, 2))]
    recent = [(f"{user}{i}", item, age, f"{order}-{i}") for i in range(2) for user, item, age, order in twice]
    assert popularity_of(*before, *recent).trending.tolist() == [0, 0]
