"""Whom changes of items concern, and what becomes of it until it is sent, to a real receiver."""

from collections.abc import Callable

import pytest
from support.webhooks import TellingShop, WebhookReceiver

from recsvc.catalogue.item import Item
from recsvc.store.event import DAY_US
from recsvc.store.notices import Outcome
from recsvc.webhooks import gathering

on_every_database = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
BACK, DROP = "item.back_in_stock", "item.price_drop"


@on_every_database
def test_who_wants_an_item_is_told_that_it_is_back(shop: TellingShop, receiver: WebhookReceiver) -> None:
    for user_id, kind in (("ada", "view"), ("bob", "wishlist"), ("cleo", "add_to_cart"), ("dan", "click")):
        shop.looks(user_id, kind=kind)
    shop.looks("early", kind="view", hours_ago=31 * 24)
    shop.looks("shown", kind="impression")
    shop.looks(None, session_id="a guest")
    for user_id, kind in (("bought", "purchase"), ("no", "dislike")):
        shop.looks(user_id, hours_ago=2)
        shop.looks(user_id, kind=kind)
    shop.looks("objects")
    shop.store.objections.say("objects", 1, objects=True)
    shop.put(title="Tea", price=10.0, in_stock=True)
    shop.look()
    assert receiver.told() == [(BACK, user_id, "tea") for user_id in ("ada", "bob", "cleo", "dan")]
    assert shop.outcomes() == {Outcome.SENT: 4}, "nothing was even made for the others"
    assert receiver.received[0].data["item"] == {
        "item_id": "tea", "title": "Tea", "url": None, "image_url": None, "price": 10.0, "currency": "EUR",
    }  # fmt: skip


def test_nobody_is_told_the_same_twice(shop: TellingShop, receiver: WebhookReceiver) -> None:
    shop.looks("ada")
    for _ in range(3):
        shop.put(title="Tea", in_stock=True)
        shop.look()
        shop.put(title="Tea", in_stock=False)
        shop.look()
    assert receiver.told() == [(BACK, "ada", "tea")]
    shop.looks("ada", hours_ago=0)  # and once more after another look
    shop.put(title="Tea", in_stock=True)
    shop.look()
    assert len(receiver.received) == 2
    assert len({one.webhook_id for one in receiver.received}) == 2


def test_who_saw_that_it_is_back_is_not_told(shop: TellingShop, receiver: WebhookReceiver) -> None:
    shop.looks("ada")
    shop.looks("bob")
    shop.put(in_stock=True)
    shop.looks("ada", hours_ago=-0.001)
    shop.look(later_seconds=10)
    assert receiver.told() == [(BACK, "bob", "tea")]


def test_the_same_feed_again_and_items_that_are_new_are_no_news(
    shop: TellingShop, receiver: WebhookReceiver
) -> None:
    for item_id in ("tea", "new", "gone"):
        shop.looks("ada", item_id)
    shop.put("gone", in_stock=True)
    shop.store.catalogue.withdraw("gone", 1)
    shop.store.catalogue.put([Item("tea", "Tea", price=10.0, in_stock=False), Item("new"), Item("gone")])
    shop.look()
    assert receiver.received == []
    assert shop.store.item_changes.after(0, 10) == []


def test_a_stock_that_flips_is_told_to_nobody(
    shop_of: Callable[..., TellingShop], receiver: WebhookReceiver
) -> None:
    shop = shop_of(settle_seconds=300)
    shop.look()
    shop.put(in_stock=True)
    shop.looks("ada")
    shop.put(in_stock=False)
    shop.put(in_stock=True)  # a feed that first empties the stock
    shop.look(later_seconds=301)
    shop.put("jam", in_stock=False)
    shop.looks("ada", "jam")
    shop.put("jam", in_stock=True)
    shop.put("jam", in_stock=False)  # a mistake that was corrected
    shop.look(later_seconds=301)
    assert receiver.received == []
    assert shop.outcomes() == {}


def test_a_change_waits_until_it_has_stayed(
    shop_of: Callable[..., TellingShop], receiver: WebhookReceiver
) -> None:
    shop = shop_of(settle_seconds=300)
    shop.look()
    shop.listen_since(hours_ago=2)
    shop.put(price=10.0)
    shop.looks("ada")
    shop.put(price=8.0)
    shop.look(later_seconds=299)
    assert receiver.received == []
    shop.look(later_seconds=2)
    assert receiver.told() == [(DROP, "ada", "tea")]


@on_every_database
def test_a_price_is_compared_with_what_the_shopper_saw(
    shop_of: Callable[..., TellingShop], receiver: WebhookReceiver
) -> None:
    shop = shop_of()
    shop.look()
    shop.listen_since(hours_ago=2)
    shop.put(price=10.0)
    shop.looks("ada", hours_ago=1)
    shop.put(price=12.0)
    shop.looks("bob", hours_ago=0)
    shop.put(price=9.6)
    shop.looks("late", hours_ago=0)
    shop.look()
    assert receiver.told() == [(DROP, "bob", "tea")], "for ada it fell by 4 %, for late not at all"
    assert (receiver.received[0].data["was_price"], receiver.received[0].data["item"]["price"]) == (12.0, 9.6)
    shop.put(price=9.5)
    shop.look()
    assert receiver.told() == [(DROP, "ada", "tea"), (DROP, "bob", "tea")], "bob was told of 9.60 already"


def test_a_feed_that_loses_prices_for_a_while_makes_no_price_that_was_never_seen(
    shop: TellingShop, receiver: WebhookReceiver
) -> None:
    for item_id, prices in {
        "jam": (8.0, None, 12.0, 11.0),
        "tea": (12.0, None, 8.0),
        "rye": (None, 12.0, 11.0),
    }.items():
        shop.put(item_id, price=prices[0])
        shop.looks("ada", item_id, hours_ago=0)
        for price in prices[1:]:
            shop.put(item_id, price=price)
            shop.look()
    shop.put("saw", price=8.0)
    shop.looks("ada", "saw", hours_ago=0)
    shop.store.catalogue.withdraw("saw", 1)
    for price in (12.0, 11.0):
        shop.put("saw", price=price)
        shop.look()
    assert receiver.told() == [(DROP, "ada", "tea")]
    assert receiver.received[0].data["was_price"] == 12.0


def test_a_price_of_before_anybody_listened_is_not_known(
    shop_of: Callable[..., TellingShop], receiver: WebhookReceiver
) -> None:
    shop = shop_of()
    shop.put(price=8.0)
    shop.looks("ada")
    shop.put(price=12.0)  # noted by nobody
    shop.look()
    shop.put(price=10.0)
    shop.look()
    assert receiver.received == []
    assert shop.outcomes() == {}, "nothing was even made"
    shop.listen_since(hours_ago=2)
    shop.put(price=7.0)
    shop.makers.items.gather(shop.now())
    assert shop.store.notices.n_waiting() == 1
    shop.listen_since(hours_ago=0)  # after an absence of days
    shop.look()
    assert receiver.received == []


def test_a_price_that_flips_is_told_once(
    shop_of: Callable[..., TellingShop], receiver: WebhookReceiver
) -> None:
    shop = shop_of(per_week=100)
    shop.look()
    shop.listen_since(hours_ago=2)
    shop.put(price=10.0)
    shop.looks("ada")
    for price in (8.0, 10.0, 8.0, 10.0, 7.9, 0.0, 7.5):
        shop.put(price=price)
        shop.look()
    assert [one.data["item"]["price"] for one in receiver.received] == [8.0, 7.5]


def test_what_is_back_and_costs_less_is_told_once(shop: TellingShop, receiver: WebhookReceiver) -> None:
    shop.looks("ada")
    shop.put(price=5.0, in_stock=True)
    shop.look()
    assert receiver.told() == [(BACK, "ada", "tea")]


def test_a_shopper_gets_at_most_so_many_a_week(
    shop_of: Callable[..., TellingShop], receiver: WebhookReceiver
) -> None:
    shop = shop_of(per_week=2)
    shop.look()
    shop.listen_since(hours_ago=2)
    for number in range(4):
        shop.put(f"i{number}", price=10.0)
        shop.looks("ada", f"i{number}")
    for number in range(4):
        shop.put(f"i{number}", price=5.0)
    shop.look()
    assert len(receiver.received) == 2
    shop.look(later_seconds=7 * 86_400 + 60)
    for number in range(4):
        shop.looks("ada", f"i{number}", hours_ago=0)
        shop.put(f"i{number}", price=1.0)
    shop.look()
    assert len(receiver.received) == 4


@on_every_database
def test_what_is_no_longer_so_is_not_sent(shop: TellingShop, receiver: WebhookReceiver) -> None:
    shop.put("jam", price=10.0)
    for item_id in ("tea", "jam"):
        shop.looks("ada", item_id)
    shop.looks("bob")
    shop.put(price=10.0, in_stock=True)
    shop.put("jam", price=5.0)
    while shop.makers.items.gather(shop.now()):
        pass
    assert shop.store.notices.n_waiting() == 3
    shop.put(price=10.0, in_stock=False)
    shop.put("jam", price=10.0)
    shop.look()
    assert receiver.received == []
    assert shop.outcomes() == {Outcome.OVER: 3}


@on_every_database
def test_bought_objected_or_told_meanwhile_is_not_sent(shop: TellingShop, receiver: WebhookReceiver) -> None:
    for user_id in ("bought", "objects", "old", "ada"):
        shop.looks(user_id)
    shop.put(in_stock=True)
    shop.makers.items.gather(shop.now())
    shop.looks("bought", kind="purchase", hours_ago=0)
    shop.store.objections.say("objects", 1, objects=True)
    shop.store.users.merge("user", "old", "ada", 1)  # of both accounts, one notice is left
    shop.look()
    assert receiver.told() == [(BACK, "ada", "tea")]
    assert shop.outcomes() == {Outcome.SENT: 1, Outcome.OVER: 1, Outcome.OBJECTS: 1}


@on_every_database
def test_an_item_is_found_in_whatever_spelling_it_was_looked_at(
    shop: TellingShop, receiver: WebhookReceiver
) -> None:
    shop.put("AB-1", in_stock=False)
    shop.looks("ada", "ab-1")
    shop.looks("bob", "AB-1")
    shop.looks("bob", "ab-1", kind="purchase", hours_ago=0)
    shop.put("AB-1", in_stock=True)
    shop.look()
    assert receiver.told() == [(BACK, "ada", "AB-1")]


@on_every_database
def test_while_too_many_wait_changes_wait_too(
    shop: TellingShop, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_WAITING", 4)
    monkeypatch.setattr(gathering, "LOOKS_AT_ONCE", 3)
    monkeypatch.setattr(gathering, "NOTICES_AT_ONCE", 2)
    for number in range(12):
        shop.looks(f"u{number:02}")
    shop.put(in_stock=True)
    shop.makers.items.gather(shop.now())
    assert 4 <= shop.store.notices.n_waiting() <= 6
    for _ in range(6):
        shop.look()
    assert [user_id for _, user_id, _ in receiver.told()] == [f"u{number:02}" for number in range(12)]


def test_prices_of_another_currency_are_compared_with_none(
    shop: TellingShop, shop_of: Callable[..., TellingShop], receiver: WebhookReceiver
) -> None:
    shop.put("jam", price=100.0)
    shop.put("rye", price=100.0)
    for item_id in ("jam", "rye"):
        shop.looks("ada", item_id, hours_ago=0)
    shop.put("jam", price=10.0)
    shop.sender.stop()
    other = shop_of(currency="SEK")
    other.look(later_seconds=1)
    other.put("rye", price=10.0)  # the prices of the catalogue follow, an hour later or so
    other.look(later_seconds=3600)
    assert receiver.received == []
    other.offset_us += DAY_US
    other.looks("ada", "rye", hours_ago=0)
    other.put("rye", price=9.0)
    other.look(later_seconds=1)
    assert receiver.told() == [(DROP, "ada", "rye")]


def test_what_nobody_looked_at_is_not_kept(shop: TellingShop) -> None:
    shop.put("jam", price=10.0)
    shop.put("saw", price=10.0)
    shop.looks("ada", "jam")
    for item_id in ("jam", "saw"):
        shop.put(item_id, price=11.0)
    shop.look()
    assert {one.item_id for one in shop.store.item_changes.after(0, 10)} == {"jam"}
