from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from support.events import event

from recsvc.errors import ConflictError
from recsvc.moments.benefit import NOTHING, Benefit
from recsvc.rules.evaluation import ListContext
from recsvc.serving.offer_chooser import Customers, OfferSettings
from recsvc.serving.offer_desk import OfferDesk
from recsvc.store.benefits import StoredBenefit
from recsvc.store.event import DAY_US
from recsvc.store.store import Store, open_store

SHIP = Benefit(title="Free shipping", cost=1.0)


class Shop:
    """A desk over a store whose clock is set by hand; each shopper has as many orders as their id says."""

    def __init__(self, store: Store, hold_out: float = 0.0, seed: int = 1) -> None:
        self.store, self.now_us, self.n_asked = store, 100 * DAY_US, 0
        self.desk = OfferDesk(
            store,
            OfferSettings(14.0, hold_out, 1.0),
            Customers(self._context, lambda: b"x" * 32, self._states),
            clock=lambda: self.now_us,
            rng=np.random.default_rng(seed),
        )
        self.states: dict[str, str] = {}

    def _states(self, user_ids: Sequence[str], at_us: int) -> dict[str, str]:
        assert at_us == self.now_us
        return {user_id: self.states[user_id] for user_id in user_ids if user_id in self.states}

    def _context(self, user_id: str, _needed: frozenset[str]) -> ListContext:
        self.n_asked += 1
        n_orders = int(user_id.rpartition("-")[2]) if "-" in user_id else 0
        return ListContext(n_orders=n_orders, is_known=n_orders > 0)

    def offered(self, users: list[str]) -> list[str]:
        found = [self.desk.offer_for(user) for user in users]
        return [one.decision.benefit for one in found if one is not None]


@pytest.fixture
def shop(tmp_path) -> Shop:  # type: ignore[no-untyped-def]
    store = open_store(f"sqlite:///{tmp_path}/recsvc.db")
    yield Shop(store)
    store.close()


def test_a_decision_stands_and_then_another_is_made(shop: Shop) -> None:
    shop.desk.put("ship", SHIP)
    first = shop.desk.offer_for("ada")
    asked = shop.n_asked
    shop.now_us += 13 * DAY_US
    again = shop.desk.offer_for("ada")
    assert first is not None
    assert again is not None
    assert again.decision == first.decision
    assert shop.n_asked == asked, "what is known of the shopper is not read again"
    shop.now_us += DAY_US
    later = shop.desk.offer_for("ada")
    assert later is not None
    assert later.decision.decided_at_us == shop.now_us


def test_a_benefit_is_offered_only_to_whom_it_is_for_and_while_it_runs(shop: Shop) -> None:
    shop.desk.put("loyal", replace_with(SHIP, when="shopper.orders >= 2", cost=0.0))
    shop.desk.put("over", replace_with(SHIP, end="1970-01-02", cost=0.0))
    shop.desk.put("later", replace_with(SHIP, start="2030-01-02", cost=0.0))
    few, many = shop.offered([f"a{n}-1" for n in range(60)]), shop.offered([f"b{n}-2" for n in range(60)])
    assert set(few) == {NOTHING}
    assert set(many) == {NOTHING, "loyal"}


def test_those_who_are_held_out_are_offered_nothing_ever(tmp_path) -> None:  # type: ignore[no-untyped-def]
    store = open_store(f"sqlite:///{tmp_path}/recsvc.db")
    shop = Shop(store, hold_out=0.3)
    shop.desk.put("gift", replace_with(SHIP, cost=0.0))
    users = [f"u{n}" for n in range(300)]
    held = {user for user in users if (one := shop.desk.offer_for(user)) and one.decision.is_held_out}
    assert 60 <= len(held) <= 120
    shop.now_us += 30 * DAY_US
    again = {user for user in users if (one := shop.desk.offer_for(user)) and one.decision.is_held_out}
    assert again == held
    assert all(found.benefit is None for user in held if (found := shop.desk.offer_for(user)))
    store.close()


def test_it_learns_what_brings_shoppers_back(shop: Shop) -> None:
    shop.desk.put("works", replace_with(SHIP, rest_days=0, max_per_shopper=99))
    shop.desk.put("fails", replace_with(SHIP, rest_days=0, max_per_shopper=99))
    rng = np.random.default_rng(2)
    shares = []
    for turn in range(4):
        users = [f"t{turn}u{n}" for n in range(250)]
        offered = shop.offered(users)
        shares.append(offered.count("works") / len(offered))
        chance = {"works": 0.5, "fails": 0.1, NOTHING: 0.1}
        ordered = [user for user, what in zip(users, offered, strict=True) if rng.random() < chance[what]]
        at = {"occurred_at_us": shop.now_us + DAY_US, "received_at_us": shop.now_us + DAY_US}
        shop.store.events.append(
            [replace(event("tea", 1, user_id=user, unit_price=20.0), **at) for user in ordered]
        )
        shop.now_us += 15 * DAY_US
        shop.desk._chooser._evidence = None
    assert shares[0] < 0.75
    assert shares[-1] > 0.9
    found = shop.desk.results()
    assert found.benefits["works"].sums.ordered / found.benefits["works"].sums.n > 0.35


def test_who_rests_from_a_benefit_still_tells_what_nothing_leads_to(shop: Shop) -> None:
    shop.desk.put("gift", replace_with(SHIP, cost=0.0))
    user = next(f"u{n}" for n in range(60) if shop.offered([f"u{n}"]) == ["gift"])
    shop.now_us += 15 * DAY_US
    found = shop.desk.offer_for(user)
    assert found is not None
    assert (found.decision.benefit, found.decision.propensity) == (NOTHING, 1)
    assert found.decision.stratum


def test_many_shoppers_are_decided_on_as_one_by_one(shop: Shop) -> None:
    shop.desk.put("loyal", replace_with(SHIP, when="shopper.orders >= 2", cost=0.0))
    shop.desk.put("gift", replace_with(SHIP, budget=3.0))
    first = shop.desk.offer_for("a-2")
    users = [f"a{n}-{n % 3}" for n in range(120)]
    found = shop.desk.offers_for([*users, "a-2", users[0]])
    assert list(found) == [*users, "a-2"]
    assert found["a-2"] == first
    offered = {user: one.decision.benefit for user, one in found.items() if one is not None}
    assert {what for user, what in offered.items() if not user.endswith("2")} == {NOTHING, "gift"}
    assert {what for user, what in offered.items() if user.endswith("2")} >= {NOTHING, "loyal"}
    assert list(offered.values()).count("gift") == 3
    asked = shop.n_asked
    assert shop.desk.offers_for(users) == {user: found[user] for user in users}
    assert shop.n_asked == asked


def test_shoppers_are_told_apart_by_their_state_and_without_one_by_their_orders(shop: Shop) -> None:
    shop.desk.put("gift", replace_with(SHIP, cost=0.0))
    shop.states = {"ada-3": "due", "bob-1": "due", "cat-3": "gone"}
    found = shop.desk.offers_for(["ada-3", "bob-1", "cat-3", "dan-3", "eve"])
    strata = [one.decision.stratum for one in found.values() if one is not None]
    kinds, benefits = zip(*(stratum.split("/") for stratum in strata), strict=True)
    assert kinds == ("due", "due", "gone", "several_orders", "no_orders")
    assert len(set(benefits)) == 1


def test_what_was_decided_by_orders_still_tells_what_works(shop: Shop) -> None:
    """Two hundred were decided on before their states were known; one in a state is then offered what worked."""
    shop.desk.put("works", replace_with(SHIP, rest_days=0, max_per_shopper=99))
    before = shop.desk.offers_for([f"u{n}" for n in range(200)])
    had = [user for user, one in before.items() if one and one.decision.benefit == "works"]
    at = {"occurred_at_us": shop.now_us + DAY_US, "received_at_us": shop.now_us + DAY_US}
    shop.store.events.append([replace(event("tea", 1, user_id=user, unit_price=20.0), **at) for user in had])
    shop.now_us += 15 * DAY_US
    shop.desk._chooser._evidence = None
    shop.states = {"new": "late"}
    found = shop.desk.offer_for("new")
    assert found is not None
    assert found.decision.stratum.startswith("late/")
    assert (found.decision.benefit, found.decision.propensity > 0.9) == ("works", True)


def test_a_budget_that_is_used_up_leaves_nothing_to_offer(shop: Shop) -> None:
    shop.desk.put("gift", replace_with(SHIP, budget=3.0))
    offered = shop.offered([f"u{n}" for n in range(80)])
    assert offered.count("gift") == 3
    assert shop.desk.results().benefits["gift"].committed == 3


def test_a_benefit_that_was_withdrawn_is_not_offered_any_more(shop: Shop) -> None:
    shop.desk.put("gift", replace_with(SHIP, cost=0.0))
    users = [f"u{n}" for n in range(20)]
    had = [user for user in users if (one := shop.desk.offer_for(user)) and one.benefit]
    assert had
    shop.desk.delete("gift")
    assert [shop.desk.offer_for(user).benefit for user in had] == [None] * len(had)  # type: ignore[union-attr]


def test_what_another_program_wrote_is_left_out(shop: Shop) -> None:
    shop.store.benefits.put(StoredBenefit("odd", {"title": 5}, 1), 50)
    shop.desk.put("ship", SHIP)
    assert list(shop.desk.benefits()) == ["ship"]


def test_nothing_is_no_name_of_a_benefit(shop: Shop) -> None:
    with pytest.raises(ConflictError, match="choose another name"):
        shop.desk.put(NOTHING, SHIP)


def replace_with(benefit: Benefit, **fields: object) -> Benefit:
    return Benefit.model_validate({**benefit.model_dump(mode="json"), **fields})


def test_an_account_that_was_merged_is_the_shopper_of_today(shop: Shop) -> None:
    shop.desk.put("ship", SHIP)
    shop.store.users.merge("user", "old-1", "ada-1", 1)
    by_old, by_new = shop.desk.offer_for("old-1"), shop.desk.offer_for("ada-1")
    assert by_old is not None
    assert by_old == by_new
    assert by_old.decision.user_id == "ada-1"


def test_who_objects_is_offered_nothing_under_an_old_id_either(shop: Shop) -> None:
    shop.desk.put("ship", SHIP)
    shop.store.users.merge("user", "old-1", "ada-1", 1)
    shop.store.objections.say("ada-1", 2, objects=True)
    desk = OfferDesk(
        shop.store,
        OfferSettings(14.0, 0.0, 1.0),
        Customers(shop._context, lambda: b"x" * 32, shop._states),
        objects=shop.store.objections.all().__contains__,
    )
    assert desk.offer_for("old-1") is None
