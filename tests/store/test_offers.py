from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from support.events import event

from recsvc.errors import ConflictError
from recsvc.store.benefits import StoredBenefit
from recsvc.store.event import DAY_US, EventType
from recsvc.store.offer_room import Limit
from recsvc.store.offers import Decision, Proposal
from recsvc.store.store import Store, open_store

FREE = Limit(5.0, None, 3, 0)


def decision(user_id: str = "ada", at_us: int = DAY_US, **fields: object) -> Decision:
    offer_id = f"{abs(hash((user_id, at_us))):032x}"[-32:]
    made = Decision(offer_id, user_id, "ship", False, "s/1", 0.5, 5.0, at_us, at_us + 14 * DAY_US)
    return replace(made, **fields)  # type: ignore[arg-type]


def nothing(of: Decision) -> Decision:
    return replace(of, benefit="nothing", cost=0.0, stratum="")


def record(store: Store, made: Decision, limit: Limit = FREE, since_us: int | None = None) -> Decision | None:
    since = made.decided_at_us - 14 * DAY_US + 1 if since_us is None else since_us
    (held,) = store.offers.record([Proposal(made, limit, nothing(made))], since)
    return held


def test_benefits_come_back_and_are_bounded(store: Store) -> None:
    one, other = StoredBenefit("ship", {"title": "é"}, 1), StoredBenefit("gift", {}, 2)
    assert store.benefits.put(one, 1)
    assert not store.benefits.put(replace(one, updated_at_us=3), 1)
    with pytest.raises(ConflictError, match="1 benefits already"):
        store.benefits.put(other, 1)
    assert store.benefits.put(other, 2)
    assert [stored.name for stored in store.benefits.all()] == ["gift", "ship"]
    assert store.benefits.delete("gift")
    assert not store.benefits.delete("gift")


def test_a_shopper_has_one_decision_at_a_time(store: Store) -> None:
    first = decision()
    assert record(store, first) == first
    assert record(store, decision(at_us=2 * DAY_US)) == first
    later = decision(at_us=20 * DAY_US)
    assert record(store, later, replace(FREE, since_us=2 * DAY_US)) == later
    assert store.offers.newest(["ada", "bob"], 0) == {"ada": later}
    assert store.offers.newest(["ada"], later.decided_at_us + 1) == {}
    assert store.offers.of_user("ada") == [later, first]


def test_caps_of_a_shopper_hold(store: Store) -> None:
    record(store, decision())
    late = decision(at_us=30 * DAY_US)
    limits = {"ship": Limit(5.0, None, 1, 9 * DAY_US)}
    gone = store.offers.exhausted(limits, ["ada", "bob"], late.decided_at_us)
    assert gone == {"ada": {"ship"}, "bob": frozenset()}
    rested = record(store, late, Limit(5.0, None, 2, DAY_US))  # it was offered from that moment on
    assert rested is not None
    assert rested.benefit == "nothing"


def test_many_at_once_never_promise_more_than_the_budget(database_url: str) -> None:
    stores = [open_store(database_url) for _ in range(4)]
    try:
        with ThreadPoolExecutor(16) as pool:
            made = list(
                pool.map(
                    lambda n: record(stores[n % 4], decision(f"u{n}"), Limit(5.0, 52.0, 3, 0)), range(80)
                )
            )
        offered = [one for one in made if one is not None and one.benefit == "ship"]
        assert len(offered) == 10
        assert stores[0].offers.committed(2 * DAY_US) == {"ship": 50.0, "nothing": 0.0}
    finally:
        for store in stores:
            store.close()


def test_many_decisions_at_a_time_keep_the_budget_and_one_a_shopper(store: Store) -> None:
    """Ada's second account is hers, gone was erased, and of what is left the budget pays two."""
    record(store, decision("old"))
    store.users.merge("user", "two", "ada", 1)
    store.users.erase("gone", 1)
    asked = ["old", "ada", "two", "gone", "ben", "bob"]
    limit, at_us = Limit(5.0, 15.0, 3, 0), 2 * DAY_US
    made = [decision(user_id, at_us) for user_id in asked]
    held = store.offers.record([Proposal(one, limit, nothing(one)) for one in made], 0)
    assert held[0] == decision("old")
    assert held[1] == held[2] == made[1]
    assert held[3] is None
    assert [one and one.benefit for one in held[4:]] == ["ship", "nothing"]
    assert store.offers.committed(at_us) == {"ship": 15.0, "nothing": 0.0}
    assert store.offers.newest(asked, 0).keys() == {"old", "ada", "two", "ben", "bob"}
    assert store.offers.record([], 0) == []


def test_what_expired_untaken_is_free_again_and_what_was_taken_is_not(store: Store) -> None:
    limit = Limit(5.0, 10.0, 3, 0)
    one, other = decision("ada"), decision("bob")
    record(store, one, limit)
    record(store, other, limit)
    taken = store.offers.take(one.offer_id, 2 * DAY_US, 4.0)
    assert taken == replace(one, taken_at_us=2 * DAY_US, cost=4.0)
    assert store.offers.take(one.offer_id, 3 * DAY_US, 1.0) == taken
    assert store.offers.committed(14 * DAY_US) == {"ship": 9.0}
    assert store.offers.committed(16 * DAY_US) == {"ship": 4.0}
    with pytest.raises(ConflictError, match="expired"):
        store.offers.take(other.offer_id, 15 * DAY_US, None)
    assert store.offers.take("0" * 32, 1, None) is None


def test_it_cannot_cost_more_than_it_was_said_to(store: Store) -> None:
    one = decision()
    record(store, one)
    with pytest.raises(ConflictError, match="6 is more than 5"):
        store.offers.take(one.offer_id, 2 * DAY_US, 6.0)


def test_orders_after_a_decision_are_what_came_of_it(store: Store) -> None:
    record(store, decision("ada"))
    record(store, decision("bob"))
    after = {"occurred_at_us": 3 * DAY_US, "received_at_us": 3 * DAY_US}
    bought = replace(event("tea", 1, user_id="ada", quantity=2.0, unit_price=10.0, order_id="o"), **after)
    back = replace(bought, type=EventType.RETURN, quantity=1.0)
    early = replace(event("jam", 1, user_id="bob", unit_price=99.0), occurred_at_us=DAY_US - 1)
    late = replace(event("jam", 1, user_id="bob", unit_price=99.0), occurred_at_us=9 * DAY_US)
    store.events.append([bought, back, early, late])
    assert store.offers.settle(DAY_US, 7 * DAY_US) == 0
    assert store.offers.settle(10 * DAY_US, 7 * DAY_US) == 2
    (found,) = store.offers.settled(0)
    assert (found.n, found.ordered, found.taken, found.revenue, found.cost) == (2, 1, 0, 10.0, 0.0)
    assert store.offers.settled(2 * DAY_US) == []


def test_of_an_erased_shopper_only_what_it_cost_is_left(store: Store, database_url: str) -> None:
    taken, untaken = decision("ada"), decision("ada", at_us=20 * DAY_US)
    record(store, taken)
    store.offers.take(taken.offer_id, 2 * DAY_US, None)
    record(store, untaken)
    record(store, decision("bob"))
    store.users.erase("ada", 21 * DAY_US)
    assert store.offers.of_user("ada") == []
    assert store.offers.take(taken.offer_id, 22 * DAY_US, None) is None
    assert store.offers.committed(25 * DAY_US) == {"ship": 5.0}
    assert record(store, decision("ada", at_us=40 * DAY_US)) is None


def test_who_is_known_by_an_offer_alone_can_be_erased(store: Store) -> None:
    record(store, decision("ada"))
    store.users.erase("ada", 2 * DAY_US)
    assert store.users.tombstones().holds("ada")


def test_offers_of_an_account_that_is_merged_are_the_others(store: Store) -> None:
    record(store, decision("old"))
    store.users.merge("user", "old", "ada", 2 * DAY_US)
    assert [one.benefit for one in store.offers.of_user("ada")] == ["ship"]
    assert [one.benefit for one in store.offers.of_user("old")] == ["ship"], "it is another name of the same"
    assert record(store, decision("old", at_us=3 * DAY_US)) == store.offers.newest(["ada"], 0)["ada"]


def test_decisions_of_one_shopper_are_one_trial(store: Store) -> None:
    for at_us in (DAY_US, 20 * DAY_US):
        record(store, decision("ada", at_us), Limit(5.0, None, 9, 19 * DAY_US))
    held_out = decision("bob", benefit="nothing", cost=0.0, is_held_out=True)
    store.offers.record([Proposal(held_out, None, held_out)], 0)
    later = {"occurred_at_us": 21 * DAY_US, "received_at_us": 21 * DAY_US}
    bought = [
        replace(event("tea", 1, user_id="ada", unit_price=price, order_id=f"o{price}"), **at)
        for price, at in ((10.0, {"occurred_at_us": 2 * DAY_US, "received_at_us": 2 * DAY_US}), (30.0, later))
    ]
    store.events.append(bought)
    assert store.offers.settle(40 * DAY_US, 7 * DAY_US) == 3
    assert store.offers.earned(0, 0.5) == {False: (1, 20.0, 400.0), True: (1, 0.0, 0.0)}


def test_an_order_is_worth_what_those_with_prices_were(store: Store) -> None:
    store.events.append([event("tea", 1, user_id="ada", unit_price=0.0, order_id="free")])
    assert store.offers.order_value() is None, "a system without prices sends 0"
    store.events.append([event("tea", 2, user_id="ada", quantity=2.0, unit_price=6.0, order_id="o")])
    assert store.offers.order_value() == 12.0
