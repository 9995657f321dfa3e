from recsvc.model.vocabulary import Vocabulary
from recsvc.serving.arrivals import MAX_ARRIVALS, Arrivals
from recsvc.store.item import Item

LEARNED = Vocabulary.of(["milk", "tea"])


def ids(arrivals: Arrivals) -> set[str]:
    return {item.item_id for item in arrivals}


def test_only_what_the_model_does_not_know_and_the_shop_has_is_kept() -> None:
    arrivals = Arrivals(LEARNED)
    arrivals.take([Item("tea"), Item("coffee"), Item("gone", withdrawn=True, in_stock=False)])
    assert ids(arrivals) == {"coffee"}
    arrivals.take([Item("coffee", withdrawn=True)])
    assert ids(arrivals) == set()


def test_what_cannot_be_sold_now_is_known_but_not_sold() -> None:
    arrivals = Arrivals(LEARNED, [Item("a"), Item("b", in_stock=False), Item("c", available_from_us=10)])
    assert (arrivals.sold_at(9), arrivals.sold_at(10)) == ({"a"}, {"a", "c"})
    assert ids(arrivals) == {"a", "b", "c"}


def test_those_last_heard_of_are_kept_and_the_others_counted() -> None:
    arrivals = Arrivals(LEARNED, [Item(f"i{at}", updated_at_us=at) for at in range(MAX_ARRIVALS)])
    assert arrivals.left_out == 0
    arrivals.take([Item("first", updated_at_us=-1), Item("last", updated_at_us=MAX_ARRIVALS)])
    assert (len(arrivals), arrivals.left_out) == (MAX_ARRIVALS, 2)
    assert "last" in ids(arrivals)
    assert not {"first", "i0"} & ids(arrivals)
