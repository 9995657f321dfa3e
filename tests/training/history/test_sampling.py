import polars as pl
import pytest
from support.orders import order_lines

from training.history.sampling import is_large, part_of, shuffled, some_users, thrifty, users_of
from training.history.split import OrderLines
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(fit_users=20)
N_USERS = 100


@pytest.fixture(scope="module")
def orders() -> OrderLines:
    lines = [
        (f"u{user:03}", item, age) for user in range(N_USERS) for age in (0, 9) for item in ("tea", "milk")
    ]
    guests = [(None, item, 0, f"guest-{i}") for i in range(1000) for item in ("tea", "jam")]
    return OrderLines(order_lines(*lines), order_lines(*guests))


def test_a_history_is_large_beyond_fit_users() -> None:
    assert not is_large(20, SETTINGS)
    assert is_large(21, SETTINGS)


def test_drawn_users_keep_all_their_lines(orders: OrderLines) -> None:
    part = some_users(orders, 20, seed=1)
    assert part.lines["user_id"].n_unique() == 20
    assert part.lines.height == 20 * 4


def test_guests_are_drawn_as_often_by_whole_orders(orders: OrderLines) -> None:
    guests = some_users(orders, 20, seed=1).guest_lines
    assert guests["order_id"].n_unique() == pytest.approx(200, abs=50)
    assert guests.group_by("order_id").len()["len"].unique().to_list() == [2]


def test_guests_without_order_and_date_are_drawn_line_by_line(orders: OrderLines) -> None:
    nameless = orders.guest_lines.with_columns(
        order_id=pl.lit(None, pl.String), ordered_at=pl.lit(None, pl.Int64)
    )
    part = some_users(OrderLines(orders.lines, nameless), 20, seed=1)
    assert part.guest_lines.height == pytest.approx(400, abs=80)


def test_where_there_are_no_more_shoppers_all_lines_stay(orders: OrderLines) -> None:
    part = some_users(orders, N_USERS, seed=1)
    assert part.lines.equals(orders.lines)
    assert part.guest_lines.equals(orders.guest_lines)


def test_the_same_seed_draws_the_same(orders: OrderLines) -> None:
    assert some_users(orders, 20, seed=1).lines.equals(some_users(orders, 20, seed=1).lines)
    assert not some_users(orders, 20, seed=1).lines.equals(some_users(orders, 20, seed=2).lines)


def test_a_part_has_the_shoppers_that_were_named(orders: OrderLines) -> None:
    part = part_of(orders, pl.Series(["u001", "u007"]), N_USERS, seed=1)
    assert part.lines["user_id"].unique().sort().to_list() == ["u001", "u007"]


def test_thrift_never_asks_for_more() -> None:
    frugal = TrainingSettings(
        window_step_days=60,
        users_a_window=50,
        compare_users=40,
        max_examples=90,
        negatives_share=0.05,
        neighbour_items=20,
        iterations=1,
        trees=20,
    )
    assert thrifty(frugal) == frugal
    fewer = thrifty(TrainingSettings())
    assert fewer.overlapping_windows == 0
    assert fewer.max_examples < TrainingSettings().max_examples
    assert fewer.negatives_share < TrainingSettings().negatives_share
    assert fewer.neighbour_items < TrainingSettings().neighbour_items


def test_fewer_trees_add_as_much() -> None:
    fewer = thrifty(TrainingSettings(trees=260, learning_rate=0.02))
    assert fewer.trees < 260
    assert fewer.trees * fewer.learning_rate == pytest.approx(260 * 0.02)
    assert thrifty(TrainingSettings(trees=2000, learning_rate=1)).learning_rate == 1


def test_drawing_more_shoppers_keeps_those_who_were_drawn(orders: OrderLines) -> None:
    order = shuffled(users_of(orders), seed=3)
    assert order.sort().equals(users_of(orders))
    few, many = (set(some_users(orders, n, seed=3).lines["user_id"]) for n in (10, 20))
    assert few == set(order[:10])
    assert few < many
