from collections.abc import Iterator
from pathlib import Path

import pytest
from support.events import event

from recsvc.catalogue.item import Item
from recsvc.model.vocabulary import Vocabulary
from recsvc.serving import cold_start as first_buyers
from recsvc.serving.cold_start import MAX_BUYERS, MAX_UNLEARNED, FirstBuyers, UnlearnedItems
from recsvc.store.store import Store, open_store

LEARNED = Vocabulary.of(["milk", "tea"])


def ids(unlearned: UnlearnedItems) -> set[str]:
    return {item.item_id for item in unlearned}


def test_only_what_the_model_does_not_know_and_the_shop_has_is_kept() -> None:
    unlearned = UnlearnedItems(LEARNED)
    unlearned.take([Item("tea"), Item("coffee"), Item("gone", withdrawn=True, in_stock=False)])
    assert ids(unlearned) == {"coffee"}
    unlearned.take([Item("coffee", withdrawn=True)])
    assert ids(unlearned) == set()


def test_what_cannot_be_sold_now_is_known_but_not_sold() -> None:
    unlearned = UnlearnedItems(
        LEARNED, [Item("a"), Item("b", in_stock=False), Item("c", available_from_us=10)]
    )
    assert (unlearned.sold_at(9), unlearned.sold_at(10)) == ({"a"}, {"a", "c"})
    assert ids(unlearned) == {"a", "b", "c"}


def test_those_last_heard_of_are_kept_and_the_others_counted() -> None:
    unlearned = UnlearnedItems(LEARNED, [Item(f"i{at}", updated_at_us=at) for at in range(MAX_UNLEARNED)])
    assert unlearned.left_out == 0
    unlearned.take([Item("first", updated_at_us=-1), Item("last", updated_at_us=MAX_UNLEARNED)])
    assert (len(unlearned), unlearned.left_out) == (MAX_UNLEARNED, 2)
    assert "last" in ids(unlearned)
    assert not {"first", "i0"} & ids(unlearned)


ADA, ANN, BEN = range(3)
USERS = Vocabulary.of(["ada", "ann", "ben", *(f"x{number:02}" for number in range(30))])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


def bought(store: Store, *purchases: tuple[str, str]) -> None:
    store.events.append([event(item_id, user_id=user_id) for item_id, user_id in purchases])


def look(buyers: FirstBuyers, store: Store, *item_ids: str) -> bool:
    return buyers.look(set(item_ids), store.events, store.position().event)


def test_who_bought_before_and_after_the_item_was_followed_is_known_once(store: Store) -> None:
    buyers = FirstBuyers(USERS)
    bought(store, ("coffee", "ben"), ("tea", "ada"), ("coffee", "nobody knows"), ("coffee", "ben"))
    assert look(buyers, store, "coffee")
    assert buyers.of("coffee") == (BEN,)
    bought(store, ("coffee", "ada"), ("coffee", "ben"), ("drill", "ann"))
    assert look(buyers, store, "coffee")
    assert buyers.of("coffee") == (BEN, ADA)
    assert not look(buyers, store, "coffee")
    assert look(buyers, store, "coffee", "drill")
    assert (buyers.of("drill"), buyers.of("tea")) == ((ANN,), ())
    assert buyers.is_current


def test_only_purchases_of_users_count(store: Store) -> None:
    buyers = FirstBuyers(USERS)
    store.events.append([event("coffee", type="view"), event("coffee", session_id="s")])
    assert not look(buyers, store, "coffee")
    assert buyers.of("coffee") == ()


def test_later_buyers_than_the_first_are_not_kept(store: Store) -> None:
    buyers = FirstBuyers(USERS)
    bought(store, *(("coffee", f"x{number:02}") for number in range(MAX_BUYERS + 5)))
    look(buyers, store, "coffee")
    assert buyers.of("coffee") == tuple(range(3, 3 + MAX_BUYERS))


def test_a_look_reads_a_bounded_number_of_events_and_the_next_ones_the_rest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_buyers, "EVENTS_A_LOOK", 2)
    buyers = FirstBuyers(USERS)
    bought(store, ("a", "ada"), ("a", "ada"), ("b", "ben"), ("a", "ann"), ("b", "ada"))
    seen = []
    for _ in range(10):
        look(buyers, store, "a", "b")
        seen.append((buyers.of("a"), buyers.of("b")))
        if buyers.is_current:
            break
    assert seen[0] == ((ADA,), ())
    assert seen[-1] == ((ADA, ANN), (BEN, ADA))
    bought(store, ("a", "ben"), ("b", "ann"), ("b", "ann"), ("b", "ann"))
    assert look(buyers, store, "a", "b")
    assert not buyers.is_current
    while not buyers.is_current:
        look(buyers, store, "a", "b")
    assert (buyers.of("a"), buyers.of("b")) == ((ADA, ANN, BEN), (BEN, ADA, ANN))


def test_an_item_that_comes_back_is_read_from_the_beginning(store: Store) -> None:
    buyers = FirstBuyers(USERS)
    bought(store, ("coffee", "ben"))
    look(buyers, store, "coffee")
    look(buyers, store)
    assert buyers.of("coffee") == ()
    bought(store, ("coffee", "ann"))
    look(buyers, store, "coffee")
    assert buyers.of("coffee") == (BEN, ANN)


def test_who_was_erased_is_forgotten(store: Store) -> None:
    buyers = FirstBuyers(USERS)
    bought(store, ("coffee", "ben"), ("coffee", "ada"))
    look(buyers, store, "coffee")
    buyers.forget(lambda user_id: user_id == "ben")
    assert buyers.of("coffee") == (ADA,)
