import numpy as np

from recsvc.catalogue.item import Item
from recsvc.model.vocabulary import Vocabulary
from recsvc.rules.described import Described


def prices(described: Described, *known: str) -> list[float]:
    return described.placed(Vocabulary.of(known).places_of, len(known)).columns["price"].numbers.tolist()


def test_columns_are_by_the_indices_of_whichever_model_asks() -> None:
    described = Described.of(["price"]).with_changes([Item("tea", price=4.0), Item("saw", price=9.0)])
    assert prices(described, "saw", "tea") == [9.0, 4.0]
    found = prices(described, "jam", "tea")
    assert np.isnan(found[0])
    assert found[1] == 4.0


def test_what_changes_is_of_the_new_columns_alone() -> None:
    before = Described.of(["price"]).with_changes([Item("tea", price=4.0)])
    after = before.with_changes([Item("tea", price=5.0), Item("saw", price=9.0)])
    assert prices(before, "tea") == [4.0]
    assert prices(after, "saw", "tea") == [9.0, 5.0]


def test_it_grows_with_the_catalogue() -> None:
    described = Described.of(["price", "in_stock"])
    n_items = 25_000
    described = described.with_changes(
        Item(f"{i}", price=float(i), in_stock=i % 2 == 0) for i in range(n_items)
    )
    known = ["0", "1", "1000", "24999", "999", "nobody"]
    assert prices(described, *known)[:5] == [0.0, 1.0, 1000.0, n_items - 1.0, 999.0]
    stock = described.placed(Vocabulary.of(known).places_of, 6).columns["in_stock"].codes
    assert stock[0] == stock[2] == stock[5] != stock[1]  # what nobody spoke of is in stock
