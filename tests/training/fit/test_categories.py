import numpy as np
import pytest
from support.orders import order_lines

from training.fit.categories import ItemCategories
from training.fit.popularity import Popularity
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.history.interactions import Interactions

SHOP = ShopCatalogue(
    categories={
        "cake": ("Food",),
        "milk": ("Food", "Food > Drinks"),
        "tea": ("Food", "Food > Drinks"),
        "never sold": ("Toys",),
    }
)
# tea in three orders lately, milk in one, cake and nails only long ago
LINES = order_lines(
    ("a", "tea", 1), ("b", "tea", 2), ("c", "tea", 3), ("a", "milk", 4), ("a", "cake", 60), ("a", "nails", 60)
)  # fmt: skip


def categories(catalogue: ShopCatalogue) -> tuple[Interactions, ItemCategories]:
    known = Interactions.of(LINES, LINES.clear(), catalogue)
    return known, ItemCategories.of(known, Popularity.of(known))


def test_only_categories_of_items_that_were_sold_are_kept() -> None:
    _, made = categories(SHOP)
    assert list(made.names) == ["Food", "Food > Drinks"]
    assert made.levels.tolist() == [1, 2]


def test_the_sales_of_a_category_are_shared_out_among_its_items() -> None:
    known, made = categories(SHOP)
    tea, milk = known.items.indices_of(["tea", "milk"])
    items, shares = made.by_category.row(1)
    assert items.tolist() == [tea, milk]
    assert shares.sum() == pytest.approx(1)
    # three recent orders to one, and a little for those of all time
    assert shares[0] == pytest.approx((3 + 3 / 4) / (3 + 3 / 4 + 1 + 1 / 4))


def test_what_has_not_sold_lately_keeps_a_small_share() -> None:
    known, made = categories(SHOP)
    cake = known.items.indices_of(["cake"])[0]
    assert 0 < made.by_category.row(0)[1][made.by_category.row(0)[0].tolist().index(cake)] < 0.1


def test_both_directions_say_the_same() -> None:
    known, made = categories(SHOP)
    for item in range(len(known.items)):
        for category, share in zip(*made.by_item.row(item), strict=True):
            items, shares = made.by_category.row(int(category))
            assert shares[items.tolist().index(item)] == share


def test_an_item_that_the_catalogue_does_not_know_has_no_category() -> None:
    known, made = categories(SHOP)
    assert len(made.by_item.row(known.items.indices_of(["nails"])[0])[0]) == 0


def test_without_a_catalogue_there_are_none() -> None:
    known, made = categories(NO_CATALOGUE)
    assert (len(made.names), len(made.by_category)) == (0, 0)
    assert (len(made.by_item), made.by_item.n_columns) == (len(known.items), 0)
    np.testing.assert_array_equal(made.by_item.indptr, 0)
