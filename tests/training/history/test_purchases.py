import polars as pl
from support.orders import order_lines

from training.history.interactions import Interactions


def purchases(*lines: tuple, guests: tuple = ()) -> list[tuple]:
    """Return user, item, basket and quantity of each purchase; ids for indices."""
    known = Interactions.of(order_lines(*lines), order_lines(*guests))
    users, items = known.users.ids, known.items.ids
    rows = known.purchases.select("user_index", "item_index", "basket", "quantity").iter_rows()
    return [(None if u is None else users[u], items[i], basket, n) for u, i, basket, n in rows]


def test_an_item_twice_in_an_order_is_one_purchase_where_the_first_line_was() -> None:
    found = purchases(
        ("ada", "tea", 2, "o1"), ("ada", "milk", 2, "o1"), ("bob", "tea", 1, "o2"), ("ada", "tea", 0, "o1")
    )
    assert found == [("ada", "tea", 0, 2), ("ada", "milk", 0, 1), ("bob", "tea", 1, 1)]


def test_the_merged_purchase_has_the_later_moment() -> None:
    known = Interactions.of(order_lines(("ada", "tea", 2, "o1"), ("ada", "tea", 0, "o1")), order_lines())
    assert known.purchases["ordered_at"].to_list() == [known.data_through]


def test_two_shoppers_may_share_an_order_number() -> None:
    found = purchases(("ada", "tea", 1, "o1"), ("bob", "tea", 1, "o1"))
    assert found == [("ada", "tea", 0, 1), ("bob", "tea", 0, 1)]


def test_lines_of_an_order_need_not_be_beside_each_other() -> None:
    found = purchases(("ada", "tea", 1, "o1"), ("bob", "tea", 1, "o2"), ("ada", "milk", 1, "o1"))
    assert [basket for _, _, basket, _ in found] == [0, 1, 0]


def test_without_a_number_the_moment_names_the_order_of_a_shopper() -> None:
    found = purchases(("ada", "tea", 1), ("ada", "milk", 1), ("ada", "tea", 0), ("bob", "tea", 1))
    baskets = {(user, item, basket) for user, item, basket, _ in found}
    assert len({basket for _, _, basket in baskets}) == 3


def test_guests_without_a_number_are_in_no_order_and_come_last() -> None:
    found = purchases(("ada", "tea", 1, "o1"), guests=((None, "jam"), (None, "jam"), (None, "tea", 0, "o9")))
    assert [(user, item, basket) for user, item, basket, _ in found] == [
        ("ada", "tea", 0), (None, "tea", 1), (None, "jam", None), (None, "jam", None),
    ]  # fmt: skip


def test_each_item_has_its_most_frequent_title() -> None:
    lines = order_lines(
        *(("ada", "tea", age) for age in range(5)), ("ada", "milk"), ("ada", "jam", 1), ("ada", "jam")
    )
    titled = lines.with_columns(title=pl.Series(["Tea", "TEA", "TEA", None, "Tea", None, "Plum", "Apple"]))
    known = Interactions.of(titled, order_lines())
    assert dict(zip(known.items.ids, known.titles, strict=True)) == {"jam": "Apple", "milk": "", "tea": "TEA"}
