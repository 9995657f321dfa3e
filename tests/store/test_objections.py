import pytest

from recsvc.errors import ConflictError
from recsvc.store.objections import Objection
from recsvc.store.store import Store


def test_who_objects_is_known_in_the_one_spelling(store: Store) -> None:
    assert store.objections.say("Ada@Shop.Example", 5, objects=True) == "ada@shop.example"
    assert store.objections.all() == {"ada@shop.example"}
    said = store.objections.of("ADA@shop.example")
    assert said is not None
    assert (said.objects, said.said_at_us) == (True, 5)
    assert store.objections.of("bob") is None


def test_each_change_is_seen_by_who_follows(store: Store) -> None:
    seen = {store.position().objection}
    for objects in (True, False, True):
        store.objections.say("ada", 1, objects=objects)
        seen.add(store.position().objection)
    assert len(seen) == 4
    store.users.erase("ada", 2)
    store.objections.say("bob", 3, objects=True)
    assert store.position().objection not in seen, "a number is never given twice"
    assert store.objections.all() == {"bob"}


def test_who_takes_it_back_objects_no_more(store: Store) -> None:
    store.objections.say("ada", 1, objects=True)
    store.objections.say("ada", 2, objects=False)
    assert store.objections.all() == frozenset()


def test_a_second_account_speaks_for_the_shopper(store: Store) -> None:
    store.users.merge("user", "old", "ada", 1)
    assert store.objections.say("old", 2, objects=True) == "ada"
    store.objections.say("other", 3, objects=True)
    store.users.merge("user", "other", "bob", 4)
    assert store.objections.all() == {"old", "ada", "other", "bob"}, "a version knows them by those ids"


def test_an_id_that_comes_to_who_objects_is_seen_by_who_follows(store: Store) -> None:
    store.objections.say("ada", 1, objects=True)
    store.users.merge("session", "visit", "ada", 2)
    before = store.position().objection
    store.users.merge("user", "old", "ada", 3)
    assert store.position().objection != before
    assert store.objections.all() == {"old", "ada"}
    said = store.objections.of("old")
    assert said is not None
    assert said.said_at_us == 1


def test_the_erased_and_nobody_have_nothing_to_object_to(store: Store) -> None:
    store.objections.say("ada", 1, objects=True)
    store.users.erase("ada", 2)
    for user_id in ("ada", "guest", "0"):
        with pytest.raises(ConflictError):
            store.objections.say(user_id, 3, objects=True)
    assert store.objections.of("ada") is None


def test_of_two_states_of_a_store_the_newer_word_counts(store: Store) -> None:
    store.users.merge("user", "old", "ada", 1)
    store.objections.say("ada", 5, objects=True)
    store.objections.say("bob", 5, objects=True)
    store.users.erase("cyd", 6)
    before = {
        "old": Objection(objects=False, said_at_us=4),
        "bob": Objection(objects=False, said_at_us=7),
        "cyd": Objection(objects=True, said_at_us=3),
        "dan": Objection(objects=True, said_at_us=3),
    }
    assert store.objections.say_again(before) == 2
    assert store.objections.all() == {"ada", "old", "dan"}
    assert store.objections.say_again(store.objections.said()) == 0
