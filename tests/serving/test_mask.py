from recsvc.serving.mask import Restrictions
from recsvc.store.item import Item


def hidden(*items: Item, at_us: int = 5) -> set[str]:
    restrictions = Restrictions()
    restrictions.take(items)
    return set(restrictions.hidden_at(at_us))


def test_what_is_out_of_stock_or_withdrawn_is_hidden() -> None:
    withdrawn = Item("c", in_stock=False, withdrawn=True)
    assert hidden(Item("a"), Item("b", in_stock=False), withdrawn) == {"b", "c"}


def test_what_is_not_yet_or_no_longer_available_is_hidden() -> None:
    window = Item("a", available_from_us=3, available_until_us=6)
    assert [hidden(window, at_us=now) for now in (2, 3, 5, 6)] == [{"a"}, set(), set(), {"a"}]


def test_the_last_word_on_an_item_counts() -> None:
    assert hidden(Item("a", in_stock=False), Item("a")) == set()
    assert hidden(Item("a"), Item("a", in_stock=False)) == {"a"}
