import pytest

from recsvc.catalogue.item import Item


@pytest.mark.parametrize(
    ("item", "is_sold"),
    [
        (Item("a"), True),
        (Item("a", in_stock=False), False),
        (Item("a", withdrawn=True), False),
        (Item("a", available_from_us=10), True),
        (Item("a", available_from_us=11), False),
        (Item("a", available_until_us=11), True),
        (Item("a", available_until_us=10), False),
    ],
)
def test_an_item_is_sold_while_it_is_in_stock_and_available(item: Item, is_sold: bool) -> None:
    assert item.is_sold_at(10) is is_sold


def test_a_patch_changes_attributes_one_by_one_and_removes_those_that_are_none() -> None:
    tea = Item("tea", price=3.5, attributes={"colour": "green", "grams": 100})
    patched = tea.patched({"price": 4.0, "attributes": {"grams": None, "organic": True}})
    assert patched == Item("tea", price=4.0, attributes={"colour": "green", "organic": True})
