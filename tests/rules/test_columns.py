import numpy as np

from recsvc.catalogue.item import Item
from recsvc.rules.columns import Columns, in_order_of_appearance

FIELDS = ("categories", "price", "attributes.brand")
ROSE = Item("rose", price=2.0, categories=("garden", "flowers"), attributes={"brand": "acme"})
TULIP = Item("tulip", price=3.0, categories=("flowers",), attributes={"brand": 7})
PAN = Item("pan", categories=("kitchen",), attributes={"brand": ["x", "acme"]})


def columns(*items: Item, n_items: int = 3) -> Columns:
    return Columns.of(enumerate(items), n_items, FIELDS)


def test_only_the_fields_that_are_asked_for_are_kept() -> None:
    assert Columns.of([(0, ROSE)], 1, ["price"]).fields == {"price"}


def test_what_nobody_said_of_an_item_is_unknown_but_it_is_in_stock() -> None:
    bare = Columns.of([(1, Item("tea", in_stock=False))], 2, ["price", "in_stock", "attributes.x"])
    assert np.isnan(bare["price"].numbers).all()
    assert not bare["attributes.x"].is_known.any()
    assert [bare.dictionary[code] for code in bare["in_stock"].codes] == [True, False]


def test_groups_of_a_cap_are_the_last_category_or_the_value_of_an_attribute() -> None:
    found = columns(ROSE, TULIP, PAN, n_items=4)
    assert in_order_of_appearance(found.lasts("categories")).tolist() == [0, 0, 1, -1]
    assert in_order_of_appearance(found.lasts("attributes.brand")).tolist() == [0, 1, 0, -1]


def test_changes_make_new_columns_and_leave_the_old_ones() -> None:
    before = columns(ROSE, TULIP, PAN)
    after = before.with_changes([(0, Item("rose", price=9.0)), (1, ROSE)])
    assert before["price"].numbers[:2].tolist() == [2.0, 3.0]
    assert after["price"].numbers[:2].tolist() == [9.0, 2.0]
    assert in_order_of_appearance(after.lasts("categories")).tolist() == [-1, 0, 1]


def test_the_digest_depends_on_what_is_said_and_not_on_how_it_came_about() -> None:
    straight = columns(ROSE, TULIP, PAN)
    around = columns(PAN, PAN, ROSE).with_changes([(0, ROSE), (1, TULIP), (2, PAN)])
    assert straight.digest(FIELDS) == around.digest(FIELDS)
    dearer = straight.with_changes(
        [(0, Item("rose", price=2.5, categories=ROSE.categories, attributes=ROSE.attributes))]
    )
    assert straight.digest(["price"]) != dearer.digest(["price"])
    assert straight.digest(["categories"]) == dearer.digest(["categories"])


def test_true_one_and_the_text_one_are_three_values() -> None:
    digests = {
        columns(Item("a", attributes={"brand": value})).digest(FIELDS)
        for value in (True, 1, "1", [True], [1])
    }
    assert len(digests) == 5


def test_codes_are_renumbered_in_the_order_in_which_they_appear() -> None:
    codes = np.asarray([7, -1, 2, 7, 5], dtype=np.int32)
    assert in_order_of_appearance(codes).tolist() == [0, -1, 1, 0, 2]
    assert in_order_of_appearance(codes[:0]).tolist() == []
