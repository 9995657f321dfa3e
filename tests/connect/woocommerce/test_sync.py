from random import Random

import pytest
from support.connected_shop import Connected

from recsvc.connect.rest_client import ApiKeys, RestClient
from recsvc.connect.woocommerce.hooks import HOOK_PATH, WANTED, HookState, put_in_order
from recsvc.connect.woocommerce.rest import WooCommerceRest
from recsvc.errors import PlatformAwayError, PlatformError


def test_an_hour_of_outage_and_a_tenth_of_the_hooks_dropped_lose_nothing(connected: Connected) -> None:
    shop, rng = connected.shop, Random(7)  # noqa: S311 - the same each time
    old = [shop.order(("A", 3), ("B", 1)) for _ in range(8)]
    shop.queue.clear()
    connected.sync().backfill()
    numbers = []
    for _ in range(60):
        shop.tick(minutes=5)
        numbers.append(shop.order((rng.choice("ABCD"), rng.randint(2, 4)), ("E", 1)))
        what = rng.randrange(5)
        if what == 0:
            shop.refund(rng.choice(numbers))
        elif what == 1:
            shop.change(rng.choice(numbers), status=rng.choice(["cancelled", "completed"]))
        elif what == 2:
            shop.delete(numbers.pop(rng.randrange(len(numbers))), for_good=rng.random() < 0.5)
    lost = [one for place, one in enumerate(shop.queue) if place % 10 == 3 or 30 <= place < 60]
    shop.queue = [one for one in shop.queue if one not in lost]
    rng.shuffle(shop.queue)  # they come out of order, too
    connected.deliver()
    shop.refund(old[0], pieces=2)
    shop.delete(old[1], for_good=True)
    shop.tick(days=70)  # the old orders are older than what is looked at anew
    shop.refund(old[2])
    assert connected.stored() != shop.bought()
    connected.sync().reconcile(days=80)
    assert connected.stored() == shop.bought()
    shop.delete(old[3], for_good=True)
    shop.queue.clear()
    connected.sync().reconcile(days=1)
    assert connected.stored() == shop.bought()
    before = connected.store.position().event
    connected.sync().reconcile(days=80)
    assert connected.store.position().event == before


def test_a_backfill_that_was_ended_goes_on_where_it_was(connected: Connected) -> None:
    shop = connected.shop
    shop.product("A")
    for _ in range(250):
        shop.tick(hours=1)
        shop.order(("A", 1))
    n_pages = iter(range(100))
    shop.before = lambda path: (404, {}) if "orderby=date" in path and next(n_pages) == 2 else None
    with pytest.raises(PlatformError):
        connected.sync().backfill()
    assert 0 < len(connected.stored()) < 250
    shop.before = lambda _path: None
    shop.asked.clear()
    connected.sync().backfill()
    assert connected.stored() == shop.bought()
    assert not [one for one in shop.asked if "/products?" in one]
    assert all("after=" in one for one in shop.asked if "orderby=date" in one)


def test_a_shop_that_asks_for_patience_is_asked_again_later(connected: Connected) -> None:
    shop = connected.shop
    shop.order(("A", 1))
    answers = iter([(429, {"Retry-After": "0"}), (503, {})])
    shop.before = lambda _path: next(answers, None)
    connected.rest.check()
    shop.before = lambda _path: (503, {})
    with pytest.raises(PlatformAwayError, match="503"):
        connected.rest.check()


def test_a_wrong_key_is_told_without_the_key(connected: Connected) -> None:
    client = RestClient(connected.client.url, ApiKeys("ck_wrong", "cs_wrong"), pace_seconds=0)
    with pytest.raises(PlatformError, match="the key is wrong") as refused:
        WooCommerceRest(client).check()
    assert "ck_wrong" not in str(refused.value)
    assert "wrong" not in repr(ApiKeys("ck_wrong", "cs_wrong"))
    client.close()
    with pytest.raises(PlatformError, match="must not go over http"):
        RestClient("http://shop.example", ApiKeys("a", "b"))


def test_products_become_the_items_that_an_export_gives(connected: Connected) -> None:
    shop, catalogue = connected.shop, connected.store.catalogue
    shop.product("A", sale_price="4.00")
    draft, hidden = shop.product("D", status="draft"), shop.product("H", catalog_visibility="hidden")
    bare = shop.product("")
    shirt = shop.product("S", type="variable", regular_price="", price="7.00")
    shop.variations[shirt["id"]] = [
        {"id": 900, "sku": "S-RED", "regular_price": "7.00", "status": "publish", "stock_status": "outofstock",
         "image": None, "attributes": [{"name": "Colour", "option": "Red"}]},
        {"id": 901, "sku": "S", "regular_price": "7.00", "status": "publish", "attributes": []},
    ]  # fmt: skip
    report = connected.sync().backfill()
    assert report.problems == []
    item = catalogue.get("A")
    assert item is not None
    assert (item.title, item.price, item.categories) == ("Thing & A", 4.0, ("Kitchen > Baking & Co",))
    assert catalogue.get(str(bare["id"])) is not None
    for sku in (draft["sku"], hidden["sku"]):
        assert (one := catalogue.get(sku)) is not None
        assert not one.in_stock
    red = catalogue.get("S-RED")
    assert red is not None
    assert (red.title, red.group_id, red.in_stock) == ("Thing & S - Red", "S", False)
    assert (red.categories, red.image_url) == (item.categories, shirt["images"][0]["src"])
    revision = catalogue.newest_revision()
    connected.sync().reconcile(days=1)
    assert catalogue.newest_revision() == revision
    del shop.products[shirt["id"]]
    shop.variations.clear()
    assert connected.sync().reconcile(days=1).n_withdrawn == 2
    assert catalogue.get("S-RED") is None


def test_webhooks_that_are_off_or_missing_are_found_and_put_in_order(connected: Connected) -> None:
    state = put_in_order(connected.rest, "https://recsvc.example/", "s" * 20)
    assert state.missing == WANTED
    assert connected.shop.hooks[0]["delivery_url"] == f"https://recsvc.example{HOOK_PATH}"
    connected.shop.hooks[1]["status"] = "disabled"
    state = HookState.of(connected.rest.webhooks())
    assert (state.missing, dict(state.switched_off)) == ((), {"order.updated": "2"})
    put_in_order(connected.rest, "https://recsvc.example/", "s" * 20)
    assert HookState.of(connected.rest.webhooks()) == HookState((), {})


def test_webhooks_of_an_address_of_before_are_made_anew_at_the_new_one(connected: Connected) -> None:
    put_in_order(connected.rest, "https://old.example", "s" * 20)
    assert put_in_order(connected.rest, "https://new.example", "s" * 20).missing == WANTED
    assert put_in_order(connected.rest, "https://new.example", "s" * 20).missing == ()
