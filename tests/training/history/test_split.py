import polars as pl
import pytest
from support.orders import DAY, NEWEST, order_lines

from recsvc.errors import TooLittleDataError
from training.history.split import OrderLines, Split, SplitKind, split_orders, time_split, undated_split

NO_GUESTS = order_lines().clear()
USERS = [f"u{number:02}" for number in range(25)]


def history(*lines: tuple, guests: pl.DataFrame = NO_GUESTS) -> OrderLines:
    return OrderLines(order_lines(*lines), guests)


def returning(first_age: float = 200, second_age: float = 1) -> list[tuple]:
    """Twenty-five users who bought tea long ago, and tea and milk of late; milk sold before as well."""
    before = [(user, "tea", first_age) for user in USERS] + [("milkman", "milk", first_age)]
    after = [(user, item, second_age) for user in USERS for item in ("tea", "milk")]
    return [*before, *after]


def targets_of(split: Split, user_id: str) -> list[tuple[str, bool]]:
    mine = split.targets.filter(pl.col("user_id") == user_id)
    return list(mine.select("item_id", "is_new").iter_rows())


def test_the_last_28_days_are_held_back() -> None:
    split = time_split(history(*returning(), ("edge", "tea", 28), ("edge", "jam", 27.9), ("u00", "jam", 0)))
    assert split.kind is SplitKind.TIME
    assert split.cut == NEWEST - 28 * DAY
    assert split.train_lines["ordered_at"].max() == split.cut
    assert split.n_test_users == len(USERS)
    assert split.notes == ()


def test_a_target_is_new_unless_the_user_bought_it_before_the_cut() -> None:
    split = time_split(history(*returning(), ("x", "tea", 0)))
    assert targets_of(split, "u00") == [("milk", True), ("tea", False)]
    assert split.repeat_share == 0.5


def test_what_only_sold_after_the_cut_is_no_target() -> None:
    split = time_split(history(*returning(), ("u00", "novelty", 0)))
    assert "novelty" not in split.targets["item_id"]


def test_an_item_that_only_guests_bought_before_is_known() -> None:
    guests = order_lines((None, "jam", 100, "g1"), (None, "jam", 0, "g2"))
    split = time_split(history(*returning(), ("u00", "jam", 0), guests=guests))
    assert ("jam", True) in targets_of(split, "u00")
    assert split.train_guest_lines["order_id"].to_list() == ["g1"]


def test_who_never_bought_before_the_cut_is_not_asked() -> None:
    split = time_split(history(*returning(), ("new", "tea", 0)))
    assert targets_of(split, "new") == []


def test_several_lines_of_an_item_are_one_target() -> None:
    split = time_split(history(*returning(), ("u00", "tea", 2), ("u00", "tea", 3), ("x", "x", 0)))
    assert targets_of(split, "u00") == [("milk", True), ("tea", False)]


def test_a_line_without_a_date_trains() -> None:
    split = time_split(history(*returning(), ("undated", "tea", None), ("x", "x", 0)))
    assert "undated" in split.train_lines["user_id"]


def test_a_short_history_gets_a_window_of_a_fifth_and_says_so() -> None:
    split = time_split(history(*returning(first_age=50), ("x", "tea", 0)))
    assert split.window_days == 10
    assert split.notes == ("the test window is 10 days, a fifth of the history: too short for 28 days",)


def test_a_window_with_too_few_shoppers_is_doubled_and_says_so() -> None:
    split = time_split(history(*returning(first_age=400, second_age=50), ("x", "tea", 0)))
    assert split.window_days == 56
    assert split.n_test_users == len(USERS)
    assert "56 days: in 28 days too few" in split.notes[0]


def test_too_few_shoppers_are_refused_in_one_sentence() -> None:
    few = [line for line in returning() if line[0] < "u05" or line[0] == "milkman"]
    with pytest.raises(
        TooLittleDataError, match=r"^only 5 known shoppers .*; at least 20 are needed"
    ) as error:
        time_split(history(*few, ("x", "tea", 0)))
    assert str(error.value).count(". ") == 0


def undated_orders(n_orders: int) -> OrderLines:
    """Each user's orders o0, o1 … hold tea and an item of the order's own number."""
    return history(
        *(
            (user, item, None, f"{user}-o{number}")
            for user in USERS
            for number in range(n_orders)
            for item in ("tea", f"item{number}")
        )
    )


@pytest.mark.parametrize(("n_orders", "n_held"), [(2, 1), (5, 1), (9, 1), (10, 2), (15, 3)])
def test_a_fifth_of_the_orders_of_each_user_is_held_back_and_at_least_one(n_orders: int, n_held: int) -> None:
    split = undated_split(undated_orders(n_orders), seed=1)
    left = split.train_lines.group_by("user_id").agg(pl.col("order_id").n_unique())
    assert split.kind is SplitKind.ORDERS
    assert left["order_id"].unique().to_list() == [n_orders - n_held]
    # tea is in every order and so is a repeat; the other item of a held order was bought by others before
    assert targets_of(split, "u00")[-1] == ("tea", False)
    assert [is_new for _, is_new in targets_of(split, "u00")] == [True] * n_held + [False]


def test_one_order_is_never_held_back() -> None:
    orders = undated_orders(2)
    loyal = OrderLines(pl.concat([orders.lines, order_lines(("once", "tea", None, "o"))]), NO_GUESTS)
    split = undated_split(loyal)
    assert "once" in split.train_lines["user_id"]
    assert "once" not in split.targets["user_id"]


def test_another_seed_holds_back_other_orders() -> None:
    one, same, other = (undated_split(undated_orders(5), seed=seed) for seed in (1, 1, 2))
    assert one.train_lines.equals(same.train_lines)
    assert not one.train_lines.equals(other.train_lines)


def test_without_orders_items_are_held_back_with_all_their_lines() -> None:
    items = [f"item{number}" for number in range(10)]
    lines = [(user, item, None) for user in USERS for item in items]
    split = undated_split(history(*lines, *lines), seed=1)
    assert split.kind is SplitKind.ITEMS
    assert split.repeat_share == 0
    assert set(split.train_lines.group_by("user_id").len()["len"]) == {2 * 8}
    assert "not measured" in split.notes[0]


def test_undated_orders_are_split_without_time() -> None:
    assert split_orders(undated_orders(2)).kind is SplitKind.ORDERS


def test_orders_of_one_moment_are_split_without_time() -> None:
    one_day = undated_orders(2).lines.with_columns(pl.lit(NEWEST, dtype=pl.Int64).alias("ordered_at"))
    assert split_orders(OrderLines(one_day, NO_GUESTS)).kind is SplitKind.ORDERS


def test_where_nobody_returns_in_the_end_orders_are_held_back_and_that_is_said() -> None:
    lines = [(user, "tea", age, f"{user}-{age}") for user in USERS for age in (400, 390)]
    split = split_orders(history(*lines, ("x", "tea", 0)))
    assert split.kind is SplitKind.ORDERS
    assert split.notes[0].startswith("not split in time, so that the figures flatter: only 0 known shoppers")


def test_a_history_of_nothing_but_single_orders_is_refused() -> None:
    lines = [(user, "tea", age, user) for age, user in enumerate(USERS)]
    with pytest.raises(TooLittleDataError, match="only 0 known shoppers have at least two orders"):
        split_orders(history(*lines))


def test_the_part_before_the_cut_can_be_split_again() -> None:
    earlier = [(user, "tea", 40) for user in USERS]
    split = time_split(history(*returning(), *earlier, ("x", "tea", 0)))
    before = time_split(split.training_part)
    assert before.cut is not None
    assert before.cut < split.cut
