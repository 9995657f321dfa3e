"""What every event log must do, run on every database."""

import threading
import time
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from support.events import SECOND_US, event

from recsvc.store.database import IDS_A_STATEMENT
from recsvc.store.event import Appended, Event, EventType
from recsvc.store.store import Store, open_store


def items_of(store: Store, user_id: str) -> list[str]:
    return sorted(stored.item_id for stored in store.events.history_of(user_id))


def test_users_with_events_are_told_from_those_without(store: Store) -> None:
    store.events.append(
        [event("tea", user_id="ada"), event("tea", user_id="bob"), event("tea", session_id="s")]
    )
    store.users.merge("user", "bob", "ann", 1)
    assert store.events.users_among(["ada", "ann", "bob", "nobody"]) == {"ada", "ann"}


def test_what_was_appended_is_the_history_newest_first(store: Store) -> None:
    events = [event("tea", 1), event("milk", 3), event("cake", 2, "view")]
    assert store.events.append(events) == Appended(3, 0, 0, frozenset({"ada"}), frozenset())
    assert store.events.history_of("ada") == [events[1], events[2], events[0]]
    assert store.events.history_of("bob") == []


def test_an_event_comes_back_with_every_field(store: Store) -> None:
    whole = Event(
        EventType.RETURN, "té ☕", 1_700_000_000_123_456, 1_700_000_001_000_001, "zoë", "s1", 2.5, 0.1, "o/1",
        "phone", "e1", "r1", 3, True,
    )  # fmt: skip
    assert all(getattr(whole, field.name) is not None for field in fields(Event))
    store.events.append([whole])
    assert store.events.history_of("zoë") == [whole]


def test_history_is_bounded_to_the_newest(store: Store) -> None:
    store.events.append([event(at=second) for second in range(10)])
    assert [stored.occurred_at_us // SECOND_US for stored in store.events.history_of("ada", 3)] == [9, 8, 7]


def test_history_of_some_types_is_not_crowded_out_by_others(store: Store) -> None:
    store.events.append([event("tea", 1), *(event(type="impression", at=2 + i) for i in range(5))])
    found = store.events.history_of("ada", 2, {EventType.PURCHASE, EventType.DISLIKE})
    assert [stored.item_id for stored in found] == ["tea"]


def test_a_session_has_a_history_with_and_without_a_user(store: Store) -> None:
    store.events.append([event("tea", 1, session_id="s"), event("milk", 2, session_id="s", user_id="ada")])
    assert [stored.item_id for stored in store.events.history_of_session("s")] == ["milk", "tea"]
    assert [stored.item_id for stored in store.events.history_of("ada")] == ["milk"]


def test_an_event_id_is_stored_once_however_often_it_arrives(store: Store) -> None:
    once = event(event_id="e1")
    assert store.events.append([once, once]).duplicates == 1
    again = store.events.append([once, event("milk", event_id="e2")])
    assert (again.accepted, again.duplicates) == (1, 1)
    assert len(store.events.history_of("ada")) == 2


def test_a_duplicate_still_says_whose_lists_may_have_changed(store: Store) -> None:
    store.events.append([event(event_id="e1")])
    assert store.events.append([event(event_id="e1")]).user_ids == {"ada"}


def test_without_an_event_id_each_counts(store: Store) -> None:
    assert store.events.append([event(), event()]).accepted == 2
    assert len(store.events.history_of("ada")) == 2


def test_another_event_under_a_stored_id_is_a_conflict_and_not_stored(store: Store) -> None:
    first = event("tea", 1, event_id="e", quantity=2.0, unit_price=1.1, order_id="o", channel="web")
    store.events.append([first])
    others: list[dict[str, Any]] = [
        {"type": EventType.RETURN}, {"item_id": "milk"}, {"quantity": 3.0}, {"unit_price": None}, {"order_id": "p"},
        {"channel": None}, {"recommendation_id": "r"}, {"session_id": "s"}, {"occurred_at_us": 2, "received_at_us": 9},
        {"position": 2}, {"seen": True},
    ]  # fmt: skip
    timed = replace(first, received_at_us=9)
    store.events.append([replace(timed, event_id="timed")])
    appended = store.events.append([replace(timed, event_id="timed", **other) for other in others])
    assert (appended.conflicts, appended.accepted, appended.duplicates) == (tuple(range(len(others))), 0, 0)
    assert appended.user_ids == frozenset(), "nobody's lists change"
    assert len(store.events.history_of("ada")) == 2


def test_of_two_events_of_one_id_that_arrive_together_the_first_is_stored(store: Store) -> None:
    appended = store.events.append([event("tea", event_id="e"), event("milk", event_id="e"), event("jam")])
    assert (appended.accepted, appended.conflicts) == (2, (1,))
    assert {stored.item_id for stored in store.events.history_of("ada")} == {"tea", "jam"}


def test_a_time_that_a_client_did_not_give_is_no_other_time(store: Store) -> None:
    store.events.append([event("tea", at=1, event_id="e"), event("tea", at=2, event_id="f")])
    later = event("tea", at=5, event_id="e")
    assert store.events.append([later]).duplicates == 1
    said = replace(event("tea", at=2, event_id="f"), received_at_us=99)
    assert store.events.append([said]).duplicates == 1


def test_nobody_takes_the_event_ids_of_other_shoppers(store: Store) -> None:
    store.events.append([event("junk", user_id="eve", event_id="536365/1", session_id="e")])
    real = store.events.append(
        [event("tea", event_id="536365/1"), event("tea", session_id="s", event_id="536365/1")]
    )
    assert (real.accepted, real.conflicts) == (2, ())
    assert items_of(store, "ada") == ["tea"]


@pytest.mark.parametrize("known", ["before", "after"])
def test_an_event_sent_again_after_its_shopper_was_merged_is_stored_once(store: Store, known: str) -> None:
    """The shop may send it as it was, or under the account that the shopper has now."""
    sent = [event("tea", user_id="ann", event_id="e"), event("milk", session_id="s", event_id="e")]
    if known == "before":
        assert store.events.append(sent).accepted == 2
    store.users.merge("user", "ann", "ada", 1)
    store.users.merge("session", "s", "ada", 1)
    if known == "after":  # two events of one shopper with one id are not the same
        assert store.events.append(sent).conflicts == (1,)
        return
    assert store.events.append(sent).duplicates == 2
    renamed = [event("tea", event_id="e"), event("milk", session_id="s", event_id="e")]
    assert store.events.append(renamed).duplicates == 2
    store.users.merge("session", "s", "bob", 2)
    assert store.events.append(sent).duplicates == 2, "the visit's next events are bob's, this one is not"
    assert items_of(store, "ada") == ["milk", "tea"]


def test_of_several_writers_of_one_event_id_one_stores_it(database_url: str) -> None:
    stores = [open_store(database_url) for _ in range(4)]
    results: list[Appended] = []

    def write(number: int) -> None:
        results.extend(stores[number].events.append([event(event_id=f"e{i}")]) for i in range(10))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.accepted for result in results) == 10
    assert sum(result.duplicates for result in results) == 30
    assert len(stores[0].events.history_of("ada")) == 10
    for store in stores:
        store.close()


def test_a_reader_gets_each_event_once_in_the_order_of_storing(store: Store) -> None:
    store.events.append([event("tea", 9), event("milk", 3, unit_price=1.5)])
    first = store.events.since(0, 1)
    store.events.append([event("cake", 1, type="view", order_id="o")])
    rest = store.events.since(int(first.numbers[-1]))
    assert (first.item_ids, rest.item_ids) == (("tea",), ("milk", "cake"))
    assert rest.types == ("purchase", "view")
    assert rest.order_ids == (None, "o")
    np.testing.assert_array_equal(rest.unit_price, [1.5, np.nan])
    np.testing.assert_array_equal(rest.occurred_at_us, [3 * SECOND_US, 1 * SECOND_US])
    assert len(store.events.since(int(rest.numbers[-1]))) == 0


def test_purchases_of_items_come_in_the_order_of_storing_and_without_anything_else(store: Store) -> None:
    store.events.append([event("tea", 9), event("milk", 1), event("tea", 2, "view"), event("cake", 3)])
    store.events.append([event("cake", 1, user_id="bob"), event("tea", 1, user_id="bob")])
    found = store.events.purchases_of(["cake", "tea", "soup"])
    assert list(zip(found.item_ids, found.user_ids, strict=True)) == [
        ("tea", "ada"), ("cake", "ada"), ("cake", "bob"), ("tea", "bob"),
    ]  # fmt: skip
    first = store.events.purchases_of(["cake", "tea"], limit=2)
    assert first.item_ids == ("tea", "cake")
    assert store.events.purchases_of(["tea"], int(first.numbers[-1])).user_ids == ("bob",)
    assert len(store.events.purchases_of([])) == 0


def test_purchases_of_more_items_than_one_statement_takes_are_in_order(store: Store) -> None:
    item_ids = [f"i{number}" for number in range(IDS_A_STATEMENT + 1)]
    store.events.append([event(item_ids[-1]), event(item_ids[0]), event(item_ids[-1], at=1)])
    assert store.events.purchases_of(item_ids, limit=2).item_ids == (item_ids[-1], item_ids[0])


def test_batches_hold_everything_once(store: Store) -> None:
    store.events.append([event(f"i{number}", number) for number in range(25)])
    batches = list(store.events.batches(size=10))
    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert [item for batch in batches for item in batch.item_ids] == [f"i{number}" for number in range(25)]
    purchases = store.events.batches(types=[EventType.VIEW])
    assert list(purchases) == []


def test_no_reader_misses_an_event_while_many_write(database_url: str) -> None:
    store = open_store(database_url)
    writers = [open_store(database_url) for _ in range(3)]
    seen: list[str | None] = []
    threads = [
        threading.Thread(target=_write_events, args=(writer, number)) for number, writer in enumerate(writers)
    ]
    for thread in threads:
        thread.start()
    cursor = 0
    while True:
        are_done = not any(thread.is_alive() for thread in threads)
        batch = store.events.since(cursor)
        seen.extend(batch.event_ids)
        if len(batch):
            cursor = int(batch.numbers[-1])
        elif are_done:
            break
        time.sleep(0.002)  # a reader that never rests keeps the writers of its own process from working
    assert len(seen) == 3 * 40
    assert len(set(seen)) == 3 * 40
    for opened in (store, *writers):
        opened.close()


def _write_events(store: Store, writer: int) -> None:
    for number in range(40):
        store.events.append([event(event_id=f"{writer}-{number}")])


def test_the_position_moves_with_what_happens(store: Store) -> None:
    assert store.position().event == 0
    store.events.append([event(), event()])
    assert store.position().event == 2


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"quantity": 0}, "above 0, got 0"),
        ({"quantity": -1}, "got -1"),
    ],
)
def test_an_event_checks_itself(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        event(**fields)


def test_the_items_that_were_bought_are_those_of_the_newest_events(store: Store) -> None:
    assert store.events.bought_item_ids() == frozenset()
    bought = [
        event(item, number, type=EventType.PURCHASE) for number, item in enumerate(["tea", "jam", "tea"])
    ]
    store.events.append([*bought, event("milk", 9, type=EventType.VIEW)])
    assert store.events.bought_item_ids() == {"tea", "jam"}
    assert store.events.bought_item_ids(limit=2) == {"tea"}
