"""What every catalogue must do, run on every database."""

from recsvc.catalogue.item import Item
from recsvc.store.store import Store

TEA = Item(
    "tea", "Tëa", "https://shop/tea", "https://shop/tea.png", 3.5, ("drinks", "hot"), True, 1, 2_000_000_000_000_000,
    {"colour": "green", "grams": 100, "organic": True, "tags": ["a", 1]}, 5, group_id="hot drinks",
)  # fmt: skip


def test_an_item_comes_back_with_every_field(store: Store) -> None:
    assert store.catalogue.put([TEA]) == 1
    assert store.catalogue.get("tea") == TEA


def test_an_item_put_again_is_replaced_whole(store: Store) -> None:
    store.catalogue.put([TEA])
    assert store.catalogue.put([Item("tea", price=1.0)]) == 0
    assert store.catalogue.get("tea") == Item("tea", price=1.0)


def test_of_the_same_item_twice_the_last_counts(store: Store) -> None:
    assert store.catalogue.put([Item("tea", price=1.0), Item("tea", price=2.0)]) == 1
    assert store.catalogue.get("tea") == Item("tea", price=2.0)


def test_a_patch_changes_what_it_names(store: Store) -> None:
    store.catalogue.put([TEA])
    patched = store.catalogue.patch("tea", {"in_stock": False, "price": None})
    assert patched == store.catalogue.get("tea")
    assert (patched.in_stock, patched.price, patched.title) == (False, None, "Tëa")


def test_what_is_unknown_is_none(store: Store) -> None:
    assert store.catalogue.get("soup") is None
    assert store.catalogue.patch("soup", {"price": 1.0}) is None
    assert store.catalogue.get_many([]) == {}
    store.catalogue.put([])


def test_many_are_asked_at_once(store: Store) -> None:
    store.catalogue.put([TEA, Item("milk")])
    assert store.catalogue.get_many(["tea", "milk", "soup"]) == {"tea": TEA, "milk": Item("milk")}


def test_a_withdrawn_item_is_forgotten_but_for_its_withdrawal(store: Store) -> None:
    store.catalogue.put([TEA])
    store.catalogue.withdraw("tea", 7)
    store.catalogue.withdraw("never known", 8)
    assert store.catalogue.get("tea") is None
    assert store.catalogue.patch("tea", {"in_stock": True}) is None
    changes = store.catalogue.changes_since()
    assert [(item.item_id, item.withdrawn, item.title) for item in changes.items] == [
        ("tea", True, None),
        ("never known", True, None),
    ]
    store.catalogue.put([TEA])
    assert store.catalogue.get("tea") == TEA


def test_a_follower_sees_each_change_once(store: Store) -> None:
    store.catalogue.put([Item("a"), Item("b"), Item("c")])
    first = store.catalogue.changes_since(0, 2)
    store.catalogue.patch("a", {"price": 1.0})
    rest = store.catalogue.changes_since(first.revision)
    assert [item.item_id for item in first.items] == ["a", "b"]
    assert [item.item_id for item in rest.items] == ["c", "a"]
    assert rest.revision == store.position().item
    assert store.catalogue.changes_since(rest.revision).items == ()
    assert store.catalogue.changes_since(rest.revision).revision == rest.revision
